"""Log and Box-Cox around the ARIMA models: round trips, the mean on the way back, lambda, and wrong data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridts.errors import BadSetting, StageFailure
from hybridts.protocols import Forecaster
from hybridts.statistical._transform import Power, Transform, guerrero
from hybridts.statistical.arima import ARIMA, SARIMA
from hybridts.statistical.auto import AutoARIMA, AutoSARIMA

positive = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20).map(np.array)


def growing(length, season=4, seed=0):
    """A positive series whose season grows with its level."""
    rng = np.random.default_rng(seed)
    clock = np.arange(length)
    pattern = 0.2 * rng.normal(size=season)
    return np.exp(0.03 * clock + pattern[clock % season] + 0.05 * rng.normal(size=length))


@given(y=positive, power=st.just(0.0) | st.floats(1e-6, 1), unit=st.floats(1e-3, 1e3))
def test_the_median_comes_back_to_where_it_started(y, power, unit):
    there = Power(power, unit, False)
    np.testing.assert_allclose(there.back(there.apply(y), 0.0), y, rtol=1e-6)


@given(mean=st.floats(0.1, 3), power=st.floats(0, 1), low=st.floats(0, 1), more=st.floats(0, 1))
def test_the_mean_is_never_below_the_median_and_grows_with_the_variance(mean, power, low, more):
    there = Power(power, 1.0, True)
    at = np.array([mean])
    assert there.back(at, 0.0) <= there.back(at, low) <= there.back(at, low + more)


def test_the_adjusted_forecast_is_the_mean_of_simulated_values():
    draws = np.random.default_rng(0).normal(1.0, 0.2, size=400_000)
    for power in (0.0, 0.3, 0.5, 1.0):
        there = Power(power, 1.0, True)
        simulated = there.back(draws, 0.0).mean()
        np.testing.assert_allclose(there.back(np.array(1.0), 0.04), simulated, rtol=2e-3)


def test_below_the_domain_the_answer_is_zero_and_above_it_none():
    assert Power(0.5, 1.0, True).back(np.array([-5.0]), 0.1) == 0.0
    assert np.isnan(Power(-0.5, 1.0, True).back(np.array([5.0]), 0.1)).all()


def test_guerrero_finds_the_power_that_made_the_series():
    rng = np.random.default_rng(1)
    clock = np.arange(240)
    z = 5 + 0.03 * clock + np.tile([0.3, -0.3, 0.1, -0.1], 60) + 0.05 * rng.normal(size=240)
    assert guerrero(np.exp(z), 4) < 0.1
    assert 0.35 < guerrero(z**2, 4) < 0.65
    assert guerrero(z, 4) > 0.9
    assert guerrero(z[:5], 4) == 1.0
    assert guerrero(np.full(40, 3.0), 4) == 1.0


@pytest.mark.parametrize("model", [ARIMA(transform="log"), SARIMA(transform="log", constant=False)])
def test_a_log_model_is_the_model_of_the_logs(model, kit):
    y = growing(120)
    panel, logs = kit.make(y, season=4), kit.make(np.log(y / np.exp(np.log(y).mean())), season=4)
    plain = type(model)(constant=model.constant).fit(logs, 6, 1, 0).forecast(logs, kit.at([80, 119]))
    median = type(model)(constant=model.constant, transform="log", bias_adjust=False)
    answer = median.fit(panel, 6, 1, 0).forecast(panel, kit.at([80, 119]))
    np.testing.assert_allclose(answer, np.exp(plain) * np.exp(np.log(y).mean()), rtol=1e-8)
    mean = model.fit(panel, 6, 1, 0).forecast(panel, kit.at([80, 119]))
    assert (mean > answer).all()
    assert (np.diff(mean / answer, axis=1) > -1e-6).all()  # the variance does not shrink with the step


def test_the_adjustment_is_half_the_variance_statsmodels_gives(kit):
    from statsmodels.tsa.arima.model import ARIMA as Reference

    y = growing(150, seed=3)
    panel = kit.make(y)
    model = ARIMA(constant=False, transform="log")
    mean = model.fit(panel, 8, 0, 0).forecast(panel, kit.at(149))[0]
    median = replace(model, bias_adjust=False).fit(panel, 8, 0, 0).forecast(panel, kit.at(149))[0]
    error = Reference(np.log(y), order=(1, 1, 1)).fit().get_forecast(8).se_mean
    np.testing.assert_allclose(mean / median, 1 + error**2 / 2, rtol=1e-3)


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "Auto-ARIMA", "Auto-SARIMA"])
@pytest.mark.parametrize("transform", ["log", "boxcox"])
def test_all_origins_equal_each_alone_with_gaps(name, transform, kit):
    models: dict[str, Forecaster] = {
        "ARIMA": ARIMA(transform=transform),
        "SARIMA": SARIMA(transform=transform),
        "Auto-ARIMA": AutoARIMA(transform=transform, max_p=1, max_q=1),
        "Auto-SARIMA": AutoSARIMA(transform=transform, max_p=1, max_q=1),
    }
    y = growing(110)
    y[[0, 30, 31, 32, 85, 109]] = np.nan
    panel = kit.make(y, season=4)
    fitted = models[name].fit(panel.cut(np.array([79])), 5, 1, 0)
    origins = kit.at([0, 3, 40, 79, 85, 100, 109])
    together = fitted.forecast(panel, origins)
    assert np.isfinite(together).all() and (together > 0).all()
    np.testing.assert_allclose(together, kit.alone(fitted, panel, origins), rtol=1e-8)
    assert 0 <= fitted.notes["boxcox_lambda"]["s0"] <= 1


@pytest.mark.parametrize("factor", [1e12, 1e-12])
def test_units_do_not_matter(factor, kit):
    y = growing(80)
    model = SARIMA(transform="boxcox")
    small = model.fit(kit.make(y, season=4), 4, 0, 0).forecast(kit.make(y, season=4), kit.at(79))
    scaled = kit.make(y * factor, season=4)
    np.testing.assert_allclose(model.fit(scaled, 4, 0, 0).forecast(scaled, kit.at(79)) / factor, small, rtol=1e-3)


@pytest.mark.parametrize("transform", ["log", "boxcox"])
def test_values_that_are_not_positive_fail_their_series_and_say_what_to_do(transform, kit):
    panel = kit.make(growing(60), growing(60) - 1.5, np.zeros(60), season=4)
    fitted = ARIMA(transform=transform).fit(panel, 4, 0, 0)
    assert set(fitted.failures) == {"s1", "s2"}
    assert "needs positive values" in fitted.failures["s1"]
    assert "set transform: none" in fitted.failures["s2"]
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer[0]).all() and np.isnan(answer[1:]).all()
    with pytest.raises(StageFailure, match="smallest 0"):
        ARIMA(transform=transform).fit(kit.make(np.zeros(30)), 4, 0, 0)


def test_origins_after_a_later_value_outside_the_domain_are_not_answered(kit):
    y = growing(60)
    y[55] = 0.0
    panel = kit.make(y, season=4)
    fitted = ARIMA(transform="log").fit(panel.cut(np.array([49])), 4, 0, 0)
    answer = fitted.forecast(panel, kit.at([54, 55, 59]))
    assert np.isfinite(answer[0]).all() and np.isnan(answer[1:]).all()


def test_a_constant_series_is_continued_exactly(kit):
    panel = kit.make(np.full(40, 7.5), season=4)
    for transform in ("log", "boxcox"):
        answer = ARIMA(transform=transform).fit(panel, 4, 0, 0).forecast(panel, kit.at(39))
        np.testing.assert_allclose(answer, 7.5, rtol=1e-9)


def test_errors_of_another_stage_are_not_transformed():
    assert ARIMA(transform="log").for_residuals().transform == "none"
    assert AutoSARIMA(transform="boxcox", boxcox_lambda=0.5).for_residuals().boxcox_lambda is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "sqrt"}, "use one of none, log, boxcox"),
        ({"kind": "log", "power": 0.5}, "is for transform 'boxcox'"),
        ({"kind": "boxcox", "power": 3.0}, "from -1 to 2"),
    ],
)
def test_wrong_settings_say_what_is_allowed(settings, message):
    with pytest.raises(BadSetting, match=message):
        Transform(**settings)
