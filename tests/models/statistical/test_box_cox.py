"""Log and Box-Cox transforms of the ARIMA models: round trips, mean of the back-transform, lambda, wrong data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.stats import norm

from hybridts.errors import BadSetting, StageFailure
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical import _box_cox as _transform
from hybridts.models.statistical._arima.order import Order
from hybridts.models.statistical._arima.regression_with_errors import RegressionWithArimaErrors
from hybridts.models.statistical._arima.state_space import Coefficients, build
from hybridts.models.statistical._box_cox import Power, Transform, guerrero
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA

positive = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20).map(np.array)


def growing(length, season=4, seed=0):
    """Return a positive series whose season grows with its level."""
    rng = np.random.default_rng(seed)
    clock = np.arange(length)
    pattern = 0.2 * rng.normal(size=season)
    return np.exp(0.03 * clock + pattern[clock % season] + 0.05 * rng.normal(size=length))


def integrated(mean, variance, power):
    """Return E max(0, 1 + power Z) ** (1 / power) by a fine grid of t, x = start + t^2, smooth at the edge."""
    sd = np.sqrt(variance)
    start = np.clip((-1 / power - mean) / sd, -40.0, 40.0)
    t = np.linspace(0, np.sqrt(40.0 - start), 200_001)
    x = start + t**2
    return trapezoid(np.maximum(1 + power * (mean + sd * x), 0.0) ** (1 / power) * norm.pdf(x) * 2 * t, t)


def arima(plain, seasonal=(0, 0, 0), season=1, ma=(), seasonal_ma=()):
    """Return a frozen model without AR part, in units of its innovations."""
    none = np.empty(0)
    found = Coefficients(none, np.array(ma, float), none, np.array(seasonal_ma, float))
    return build(Order(plain=plain, seasonal=seasonal, season=season), found, 0.0, 1.0, np.zeros(1))


@given(y=positive, power=st.just(0.0) | st.floats(1e-6, 1), unit=st.floats(1e-3, 1e3))
def test_the_median_comes_back_to_where_it_started(y, power, unit):
    there = Power(power, unit, False)
    np.testing.assert_allclose(there.back(there.apply(y), 0.0), y, rtol=1e-6)


@given(mean=st.floats(0.1, 3), power=st.just(0.0) | st.floats(1e-9, 1), low=st.floats(0, 1), more=st.floats(0, 1))
def test_the_mean_is_never_below_the_median_and_grows_with_the_variance(mean, power, low, more):
    there = Power(power, 1.0, True)
    at = np.array([mean])
    middle = there.back(at, low)
    assert there.back(at, 0.0) <= middle * (1 + 1e-12)
    assert middle <= there.back(at, low + more) * (1 + 1e-12)


@pytest.mark.parametrize("power", [1e-3, 0.1, 0.3, 0.5, 1.0, 1.5, 2.0])
def test_the_adjusted_forecast_is_the_integral(power):
    # from below the domain (1 + power mean < 0) to far inside it, from hardly any variance to a huge one
    for inside in (-0.3, 0.0, 0.02, 0.3, 1.0, 4.0):
        for variance in (1e-4, 0.05, 1.0, 9.0, 60.0):
            mean = (inside - 1) / power if power > 0.05 else inside
            truth = integrated(mean, variance, power)
            if truth < 1e-9:
                continue
            answer = Power(power, 1.0, True).back(np.array(mean), variance)
            np.testing.assert_allclose(answer, truth, rtol=1e-4 if power <= 1 else 1e-3)


@given(mean=st.floats(-20, 20), variance=st.floats(0, 50), unit=st.floats(1e-3, 1e3))
def test_the_mean_of_a_lognormal_is_exact_and_powers_near_0_agree_with_it(mean, variance, unit):
    exact = np.exp(mean + variance / 2) * unit
    at = np.array([mean])
    np.testing.assert_allclose(Power(0.0, unit, True).back(at, variance), exact, rtol=1e-12)
    np.testing.assert_allclose(Power(1e-12, unit, True).back(at, variance), exact, rtol=1e-7)


@pytest.mark.parametrize("power", [0.05, 0.3, 0.5, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("variance", [1e-6, 0.01, 1.0, 25.0])
def test_nothing_explodes_at_the_edge_of_the_domain(power, variance):
    mean = -1 / power + np.linspace(-3, 3, 3001) * np.sqrt(variance)
    answer = Power(power, 1.0, True).back(mean, variance)
    assert np.isfinite(answer).all() and (answer >= 0).all()
    assert (np.diff(answer) > 0).all()  # it increases with the mean
    assert (np.abs(np.diff(answer, 2)) <= 0.02 * answer[2:] + 1e-9).all()  # and is smooth


@pytest.mark.parametrize("power", [0.0, 1e-9, 0.3, 1.0, 2.0])
def test_without_variance_the_mean_is_the_median(power):
    at = np.array([-0.4, 0.0, 0.7, 3.0])
    median = Power(power, 7.0, False).back(at, 1.0)
    there = Power(power, 7.0, True)
    np.testing.assert_array_equal(there.back(at, 0.0), median)
    for variance in (1e-300, 1e-20, 1e-10):
        np.testing.assert_allclose(there.back(at, variance), median, rtol=1e-8)


def test_what_is_too_large_for_a_number_is_no_forecast_and_never_infinite():
    for power in (0.0, 1e-6, 0.01, 0.5):
        for mean, variance in ((1e308, 1.0), (1e4, 1e308), (5.0, 1e7)):
            answer = Power(power, 1.0, True).back(np.array([mean]), variance)
            assert not np.isinf(answer).any()
    assert np.isnan(Power(0.0, 1.0, True).back(np.array([700.0]), 100.0)).all()
    assert np.isfinite(Power(0.0, 1e-12, True).back(np.array([700.0]), 30.0)).all()  # exp(715) alone would overflow


def test_the_adjusted_forecast_is_the_mean_of_simulated_values():
    draws = np.random.default_rng(0).normal(1.0, 0.2, size=400_000)
    for power in (0.0, 0.3, 0.5, 1.0):
        there = Power(power, 1.0, True)
        simulated = there.back(draws, 0.0).mean()
        np.testing.assert_allclose(there.back(np.array(1.0), 0.04), simulated, rtol=2e-3)


def test_below_the_domain_the_answer_is_zero_and_above_it_none():
    assert Power(0.5, 1.0, False).back(np.array([-5.0]), 0.1) == 0.0
    assert 0 < Power(0.5, 1.0, True).back(np.array([-5.0]), 0.1) < 1e-20  # the rest of the upper tail
    assert np.isnan(Power(-0.5, 1.0, True).back(np.array([5.0]), 0.1)).all()


def test_guerrero_finds_the_power_that_made_the_series():
    rng = np.random.default_rng(1)
    clock = np.arange(240)
    z = 5 + 0.03 * clock + np.tile([0.3, -0.3, 0.1, -0.1], 60) + 0.05 * rng.normal(size=240)
    assert guerrero(np.exp(z), 4)[0] < 0.1
    assert 0.35 < guerrero(z**2, 4)[0] < 0.65
    assert guerrero(z, 4)[0] > 0.9
    assert guerrero(z, 4)[1] == ""
    power, reason = guerrero(z[:5], 4)
    assert power == 1.0 and "needs two seasons" in reason and "1 of 1 seasons of 4 rows" in reason
    power, reason = guerrero(np.full(40, 3.0), 4)
    assert power == 1.0 and "nothing varies within the 10 seasons" in reason


def test_guerrero_is_what_r_answers(monkeypatch):
    # R's forecast::BoxCox.lambda(lynx): 0.152; of AirPassengers with its lower = -1, upper = 2: -0.2947
    from pmdarima.datasets import load_lynx
    from statsforecast.utils import AirPassengers

    assert guerrero(np.asarray(load_lynx(), float), 1)[0] == pytest.approx(0.152, abs=5e-4)
    monkeypatch.setattr(_transform, "_POWERS", (-1.0, 2.0))
    assert guerrero(np.asarray(AirPassengers, float), 12)[0] == pytest.approx(-0.2947, abs=1e-4)


@pytest.mark.parametrize("season", [1, 4, 7])
def test_guerrero_is_a_plain_search_over_the_known_values(season):
    rng = np.random.default_rng(season)
    clock = np.arange(83)
    y = (3 + 0.05 * clock + 0.6 * rng.normal(size=83)) ** 2 + 1
    y[rng.random(83) < 0.2] = np.nan
    rows = max(season, 2)
    blocks = []
    for end in range(83, rows - 1, -rows):
        known = [value for value in y[end - rows : end] if np.isfinite(value)]
        if len(known) >= 2 and 2 * len(known) >= rows:
            blocks.append(known)

    def variation(power):
        ratios = [np.std(known, ddof=1) / np.mean(known) ** (1 - power) for known in blocks]
        return np.std(ratios, ddof=1) / np.mean(ratios)

    grid = np.linspace(0, 1, 2001)
    assert guerrero(y, season)[0] == pytest.approx(grid[np.argmin([variation(power) for power in grid])], abs=2e-3)


def test_guerrero_reads_seasons_with_missing_values():
    y = growing(240, season=12)
    whole = guerrero(y, 12)[0]
    y[5::12] = np.nan  # one value of every season is missing: once, no season was used and no transform made
    assert guerrero(y, 12)[0] == pytest.approx(whole, abs=0.2)
    assert guerrero(y, 12)[1] == ""


def test_the_notes_say_why_guerrero_found_no_power(kit):
    model = ARIMA(order=(0, 1, 1), transform="boxcox")
    short, flat, fine = growing(30), np.full(60, 2.0), growing(60)
    short[:26] = short[0]
    short[2:26] = np.nan
    notes = model.fit(kit.make(short, flat, fine, season=12), 2, 0, 0).notes
    assert notes["boxcox_reason"].keys() == {"s0", "s1"}
    assert "0 of 2 seasons of 12 rows" in notes["boxcox_reason"]["s0"]
    assert "nothing varies" in notes["boxcox_reason"]["s1"]
    assert notes["boxcox_lambda"]["s0"] == notes["boxcox_lambda"]["s1"] == 1.0


def test_a_negative_power_forecasts_the_median_and_says_so(kit):
    panel = kit.make(growing(60), season=4)
    model = ARIMA(transform="boxcox", boxcox_lambda=-0.5)
    fitted, median = model.fit(panel, 4, 0, 0), replace(model, bias_adjust=False).fit(panel, 4, 0, 0)
    np.testing.assert_array_equal(fitted.forecast(panel, kit.at(59)), median.forecast(panel, kit.at(59)))
    assert "below 0" in fitted.notes["bias_left_out"]["s0"]
    assert "bias_left_out" not in median.notes
    assert "bias_left_out" not in replace(model, boxcox_lambda=0.5).fit(panel, 4, 0, 0).notes


def test_the_variance_counts_at_the_steps_it_is_known_for():
    y = np.array([1.0, 2.0, np.nan, 4.0, 5.0, np.nan, np.nan, 8.0])
    steps = np.arange(1, 9)
    _, variance = arima((0, 0, 0), (0, 1, 0), 4).moments(y, np.array([-1, 1, 7]), steps)
    # a phase's forecast varies by one innovation a year since it was seen, and is unknown before
    np.testing.assert_allclose(variance[0], 0.0)
    np.testing.assert_allclose(variance[1], [0, 0, 1, 1, 0, 0, 2, 2], rtol=1e-5)
    np.testing.assert_allclose(variance[2], [1, 2, 0, 1, 2, 3, 0, 2], rtol=1e-5)


@pytest.mark.parametrize("theta", [-0.95, -0.3, 0.4])
def test_the_variance_after_the_first_values_is_that_of_the_values_alone(theta):
    y, steps, at = np.array([3.0, 3.5, 3.2]), np.arange(1, 13), np.array([0, 1])
    first = arima((0, 1, 1), ma=[theta]).moments(y, at, steps)[1][0]
    # y_h - y_0 = e_h + (1 + theta) (e_1 + ... + e_{h-1}) + theta e_0
    np.testing.assert_allclose(first, 1 + theta**2 + (steps - 1) * (1 + theta) ** 2, rtol=1e-4)
    two = arima((0, 2, 1), ma=[theta]).moments(y, at, steps)[1]
    np.testing.assert_array_equal(two[0], 0.0)  # one value does not determine the slope
    # the line through both values misses by the sum of (h + 1 - k) (e_k + theta e_{k-1}), k = 1 .. h
    for h, variance in zip(steps, two[1], strict=True):
        reach = np.zeros(h + 1)
        for k in range(1, h + 1):
            reach[k] += h + 1 - k
            reach[k - 1] += theta * (h + 1 - k)
        np.testing.assert_allclose(variance, (reach**2).sum(), rtol=1e-3)


@pytest.mark.parametrize("gaps", [[], [3, 5, 6, 14, 20, 21, 22], list(range(15, 60))])
@pytest.mark.parametrize("transform", ["log", "boxcox"])
@pytest.mark.parametrize("model", [SARIMA(order=(1, 1, 1)), ARIMA(order=(0, 2, 1))])
def test_no_early_origin_explodes(model, transform, gaps, kit):
    y = growing(110, season=12)
    y[gaps] = np.nan
    panel, origins = kit.make(y, season=12), kit.at(np.arange(110))
    model = replace(model, transform=transform)
    mean = model.fit(panel, 24, 0, 0).forecast(panel, origins)
    median = replace(model, bias_adjust=False).fit(panel, 24, 0, 0).forecast(panel, origins)
    # at the end of a long gap a slope may carry a path beyond all that the past supports, which is then not given
    given = np.isfinite(mean).all(axis=1) & np.isfinite(median).all(axis=1)
    assert given[[0, *range(60, 110)]].all() and given.sum() >= 105
    mean, median = np.where(given[:, None], mean, 1.0), np.where(given[:, None], median, 1.0)
    assert (mean >= median * (1 - 1e-9)).all()
    usual = np.exp(np.nanmean(np.log(y)))
    assert (mean < 8 * np.maximum(median, usual if transform == "boxcox" else 0.0)).all()  # a median may be 0
    np.testing.assert_array_equal(mean[0], median[0])  # nothing is known yet of slope or season
    ratio = mean[80:] / median[80:]
    assert (ratio > 1 + 1e-5).all() and (ratio < 2.5).all()


def test_where_it_is_known_an_early_origin_is_adjusted_by_half_its_variance(kit):
    y = growing(110, season=12)
    y[[30, 31, 47]] = np.nan
    panel, origins = kit.make(y, season=12), kit.at([5, 11, 12, 13, 32, 109])
    model = SARIMA(order=(1, 1, 1), transform="log")
    fitted = model.fit(panel, 24, 0, 0)
    mean = fitted.forecast(panel, origins)
    median = replace(model, bias_adjust=False).fit(panel, 24, 0, 0).forecast(panel, origins)
    layered = fitted.models["s0"]
    assert isinstance(layered, RegressionWithArimaErrors) and layered.power is not None
    core, z = layered.core, layered.power.apply(y)
    wide = core._variances(
        core._filter((z - core._fixed(np.arange(110))) / core.scale, True, 1e8).covariances[origins.position + 1],
        np.arange(1, 25),
    )
    known = wide < 1e4  # with a prior of 1e8 there is nothing in between
    assert not known[:2].any() and known[2:].all()
    half = np.where(known, wide * core.scale**2 * layered.variance / 2, 0.0)
    np.testing.assert_allclose(np.log(mean / median), half, rtol=1e-3, atol=1e-12)


def test_a_variance_beyond_all_data_is_followed_only_so_far():
    mean, variance = np.array([-3.0, 0.0, 5.0]), np.array([0.5, 3.0, 5.0])
    np.testing.assert_array_equal(Power(0.0, 1.0, True).trusted(mean, variance), [0.5, 3.0, 4.0])
    np.testing.assert_array_equal(Power(0.5, 1.0, True).trusted(mean, variance * 10), [4.0, 4.0, 49.0])
    wild = np.array([1e9])
    for power in (0.0, 0.1, 0.5, 1.0):
        there = Power(power, 1.0, True)
        for at in (np.array([0.0]), np.array([30.0])):
            assert there.back(at, there.trusted(at, wild)) < 8 * there.back(at, 0.0)


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
    np.testing.assert_allclose(np.log(mean / median), error**2 / 2, rtol=2e-2)


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
