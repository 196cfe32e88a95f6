"""Laws that every statistical model keeps: no leak, all origins equal to one by one, and no series sinks the panel."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.errors import DataError, StageFailure
from hybridts.protocols import Forecaster
from hybridts.statistical.arima import ARIMA, SARIMA
from hybridts.statistical.auto import AutoARIMA, AutoSARIMA
from hybridts.statistical.baselines import Drift, Naive, SeasonalNaive
from hybridts.statistical.ets import ETS
from hybridts.statistical.theta import Theta
from hybridts.statistical.var import VAR

LOCAL: dict[str, Forecaster] = {
    "ARIMA": ARIMA(),
    "AR-ols": ARIMA(order=(2, 0, 0), estimator="ols"),
    "ARIMA-residual": ARIMA().for_residuals(),
    "SARIMA": SARIMA(),
    "SARIMA-residual": SARIMA().for_residuals(),
    "AutoARIMA": AutoARIMA(max_p=2, max_q=2),
    "AutoSARIMA": AutoSARIMA(max_p=2, max_q=1),
    "Theta": Theta(),
    "ETS": ETS(),
}
RULES: dict[str, Forecaster] = {"Naive": Naive(), "SeasonalNaive": SeasonalNaive(), "Drift": Drift()}
EVERY: dict[str, Forecaster] = {**LOCAL, **RULES, "VAR": VAR(max_lag=3)}


@pytest.fixture(scope="module")
def fits():
    return {}


def _fitted(fits, name, kit):
    """Every model fitted once on the first 70 rows of two series of 90, one with gaps and a late start."""
    if name not in fits:
        first, second = kit.wave(90), kit.wave(90, seed=1)
        second[:5] = np.nan
        second[[20, 21, 40, 75, 76]] = np.nan
        panel = kit.make(first, second, season=4)
        fits[name] = panel, EVERY[name].fit(panel.cut(np.array([69, 69])), 5, 2, 0)
    return fits[name]


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_many_origins_equal_each_alone_on_its_own_cut_panel(name, data, kit, fits):
    panel, fitted = _fitted(fits, name, kit)
    position = data.draw(st.lists(st.integers(6, 89), min_size=1, max_size=6))
    series = data.draw(st.integers(0, 1))
    origins = kit.at(position, series)
    together = fitted.forecast(panel, origins)
    assert np.isfinite(together).all()
    np.testing.assert_allclose(together, kit.alone(fitted, panel, origins), rtol=1e-8)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(6, 88), poison=st.sampled_from([1e9, -3.0, np.nan]))
def test_values_after_an_origin_change_nothing(name, position, poison, kit, fits):
    panel, fitted = _fitted(fits, name, kit)
    origins = kit.at(position)
    poisoned = panel.replace_after(np.array([position, position]), np.full(len(panel.values), poison))
    np.testing.assert_array_equal(fitted.forecast(panel, origins), fitted.forecast(poisoned, origins))


@pytest.mark.parametrize("name", LOCAL)
def test_origins_before_any_value_get_finite_forecasts(name, kit, fits):
    panel, fitted = _fitted(fits, name, kit)
    assert np.isfinite(fitted.forecast(panel, kit.at([-1, 0, 1, 2], series=1))).all()


@pytest.mark.parametrize("name", LOCAL)
def test_an_unseen_series_is_refused_by_name(name, kit, fits):
    _, fitted = _fitted(fits, name, kit)
    stranger = kit.make(kit.wave(30), names=["stranger"], season=4)
    with pytest.raises(DataError, match="'stranger' was not in the fitted data"):
        fitted.forecast(stranger, kit.at(29))


@pytest.mark.parametrize("name", EVERY)
def test_two_fits_are_equal_and_notes_are_json(name, kit, fits):
    panel, fitted = _fitted(fits, name, kit)
    again = EVERY[name].fit(panel.cut(np.array([69, 69])), 5, 2, 1)
    np.testing.assert_array_equal(again.forecast(panel, panel.ends()), fitted.forecast(panel, panel.ends()))
    assert json.loads(json.dumps(dict(fitted.notes))) == dict(again.notes)


def _awkward(kit):
    base = kit.wave(40)
    late, gaps = base.copy(), base.copy()
    late[:12] = np.nan
    gaps[[0, 5, 6, 7, 20, 39]] = np.nan
    spike = np.zeros(40)
    spike[30] = 1.0
    return {
        "constant": np.full(40, 7.5),
        "zero": np.zeros(40),
        "three": np.array([1.0, 2.0, 4.0]),
        "one": np.array([3.0]),
        "late": late,
        "gaps": gaps,
        "huge": base * 1e12,
        "tiny": base * 1e-9,
        "line": np.arange(40.0) * 2 + 1,
        "cycle": np.tile([1.0, 5.0, 2.0, 3.0], 10),
        "negative": base - 60,
        "spike": spike,
        "offset": base * 1e-3 + 1e9,
        "nothing": np.full(10, np.nan),
    }


@pytest.mark.parametrize("name", [*LOCAL, *RULES])
def test_awkward_series_answer_or_fail_alone(name, kit):
    series = _awkward(kit)
    panel = kit.make(*series.values(), names=list(series), season=4)
    fitted = EVERY[name].fit(panel, 6, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    failed = np.array([i in fitted.failures for i in panel.ids])
    # least squares cannot write a unit root and a constant as a mean, and says so
    assert fitted.failures.keys() <= {"nothing"} | ({"line", "cycle"} if name == "AR-ols" else set())
    assert np.isfinite(answer[~failed]).all()
    assert np.isnan(answer[failed]).all()
    assert "shows no value" in fitted.failures["nothing"]
    size = np.array([np.nanmax(np.abs(y)) if np.isfinite(y).any() else 1.0 for y in series.values()])
    assert (np.abs(answer[~failed]) <= 10 * size[~failed, None] + 1e-12).all()
    np.testing.assert_array_equal(answer[panel.index["zero"]], 0.0)
    if "residual" in name:  # errors move around zero: a constant is not their data
        return
    np.testing.assert_allclose(answer[panel.index["constant"]], 7.5, rtol=1e-6)


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "AutoSARIMA", "ETS", "Theta"])
@pytest.mark.parametrize("factor", [1e12, 1e-9])
def test_units_do_not_matter(name, factor, kit):
    y = kit.wave(60)
    small = EVERY[name].fit(kit.make(y, season=4), 4, 0, 0).forecast(kit.make(y, season=4), kit.at(59))
    panel = kit.make(y * factor, season=4)
    scaled = EVERY[name].fit(panel, 4, 0, 0).forecast(panel, kit.at(59))
    np.testing.assert_allclose(scaled / factor, small, rtol=2e-3)


@pytest.mark.parametrize("name", LOCAL)
def test_a_panel_of_nothing_is_a_stage_failure(name, kit):
    with pytest.raises(StageFailure, match="No series could be fitted"):
        LOCAL[name].fit(kit.make(np.full(20, np.nan), season=4), 3, 0, 0)


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "Theta", "ETS"])
def test_a_panel_trimmed_after_the_fit_keeps_its_clocks(name, kit):
    """Trimming takes away a multiple of nothing in particular; phases and drift must still agree."""
    panel = kit.make(kit.wave(200, noise=0.1), season=4)
    fitted = EVERY[name].fit(panel, 4, 0, 0)
    trimmed = panel.trim(np.array([81]))
    whole, part = fitted.forecast(panel, kit.at(199)), fitted.forecast(trimmed, kit.at(118))
    np.testing.assert_allclose(part, whole, rtol=2e-2)
    refit = EVERY[name].fit(trimmed, 4, 0, 0)
    np.testing.assert_allclose(refit.forecast(panel, kit.at(199)), refit.forecast(trimmed, kit.at(118)), rtol=2e-2)


def test_importing_the_baselines_stays_light():
    heavy = "{'statsforecast', 'statsmodels', 'pmdarima', 'scipy'}"
    code = f"import sys, hybridts.statistical.baselines; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
