"""Contract of every statistical model: no leak, all origins as one by one, a failed series fails alone."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.errors import DataError, StageFailure
from tests.fakes.statistical import EVERY, LOCAL


@pytest.fixture(scope="module")
def fits():
    return {}


def _fitted(fits, name, kit):
    """Fit every model once on the first 70 rows of two series of 90, one with gaps and a late start."""
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


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "AutoSARIMA", "ETS", "Theta"])
@pytest.mark.parametrize("factor", [1e12, 1e-12])
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
    """Trimming removes any number of rows; phases and drift must still agree."""
    panel = kit.make(kit.wave(200, noise=0.1), season=4)
    fitted = EVERY[name].fit(panel, 4, 0, 0)
    trimmed = panel.trim(np.array([81]))
    whole, part = fitted.forecast(panel, kit.at(199)), fitted.forecast(trimmed, kit.at(118))
    np.testing.assert_allclose(part, whole, rtol=2e-2)
    refit = EVERY[name].fit(trimmed, 4, 0, 0)
    np.testing.assert_allclose(refit.forecast(panel, kit.at(199)), refit.forecast(trimmed, kit.at(118)), rtol=2e-2)


def test_importing_the_baselines_stays_light():
    heavy = "{'statsforecast', 'statsmodels', 'pmdarima', 'scipy'}"
    code = f"import sys, hybridts.models.statistical.baselines; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
