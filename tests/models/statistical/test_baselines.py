"""WindowAverage and MSTL: repeated values, several seasons at once, and seasons too long for the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.errors import BadSetting, NotApplicable
from hybridts.models.statistical.baselines import WindowAverage
from hybridts.models.statistical.mstl import MSTL, decompose, periods_of


def hours(length, seed=0, noise=0.3):
    """Return a series with a daily and a weekly season and a slow random walk."""
    rng = np.random.default_rng(seed)
    clock = np.arange(length)
    day, week = 5 * rng.normal(size=24), 8 * rng.normal(size=168)
    return (
        100
        + day[clock % 24]
        + week[clock % 168]
        + 0.1 * rng.normal(size=length).cumsum()
        + noise * rng.normal(size=length)
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_window_average_is_the_mean_of_the_newest_known_values(data, kit):
    y = np.array(data.draw(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=30)))
    y[0] = 1.0
    rows = data.draw(st.integers(1, 12))
    panel = kit.make(y)
    position = data.draw(st.integers(0, len(y) - 1))
    answer = WindowAverage(window=rows).fit(panel, 2, 1, 0).forecast(panel, kit.at(position))
    seen = y[max(position + 1 - rows, 0) : position + 1]
    known = y[: position + 1][np.isfinite(y[: position + 1])]
    expected = np.nanmean(seen) if np.isfinite(seen).any() else known[-1]
    np.testing.assert_allclose(answer, np.full((1, 2), expected), rtol=1e-9, atol=1e-9)


def test_window_average_takes_one_season_or_four_rows(kit):
    y = np.arange(1.0, 25.0)
    for season, expected in ((12, y[-12:].mean()), (1, y[-4:].mean())):
        panel = kit.make(y, season=season)
        assert WindowAverage().fit(panel, 1, 0, 0).forecast(panel, panel.ends()) == pytest.approx(expected)
    with pytest.raises(BadSetting, match="a whole number, 1 or more"):
        WindowAverage(window=0)


@pytest.mark.parametrize("rest", ["ETS", "Theta"])
def test_mstl_knows_the_day_and_the_week(rest, kit):
    y = hours(1200)
    panel = kit.make(y, season=24)
    fitted = MSTL(rest=rest).fit(panel.cut(np.array([1007])), 168, 0, 0)
    assert fitted.notes["periods"] == {"s0": [24, 168]}
    error = np.abs(fitted.forecast(panel, kit.at(1007))[0] - y[1008:1176]).mean()
    assert error < 1.5
    single = MSTL(periods=(24,), rest=rest).fit(panel.cut(np.array([1007])), 168, 0, 0)
    assert error < 0.4 * np.abs(single.forecast(panel, kit.at(1007))[0] - y[1008:1176]).mean()


def test_the_adjusted_series_plus_the_seasons_is_the_series(kit):
    y = hours(600)
    parts = decompose(y, (24, 168))
    assert parts.shape == (2, 600)
    assert np.abs(parts.mean(axis=1)).max() < 1.0
    assert (y - parts.sum(axis=0)).std() < 0.3 * y.std()


def test_after_the_fit_the_last_cycle_is_repeated_with_the_right_phase(kit):
    pattern = np.array([5.0, -1.0, 2.0, -6.0])
    y = 50 + pattern[np.arange(60) % 4]
    late = y.copy()
    late[:5] = np.nan  # the phase counts from the first row, not from the first value
    for values in (y, late):
        panel = kit.make(values, season=4)
        fitted = MSTL().fit(panel.cut(np.array([41])), 6, 1, 0)
        origins = kit.at([20, 41, 43, 50])
        np.testing.assert_allclose(fitted.forecast(panel, origins), panel.targets(origins, 6, 1), atol=1e-6)


def test_periods_come_from_the_season(kit):
    assert periods_of(kit.make(np.ones(9), season=24)) == (24, 168)
    assert periods_of(kit.make(np.ones(9), season=48)) == (48, 336)
    assert periods_of(kit.make(np.ones(9), season=52)) == (52,)
    assert periods_of(kit.make(np.ones(9), season=12)) == (12,)
    assert periods_of(kit.make(np.ones(9), season=365)) == (365,)
    for freq, season, weeks in [
        ("h", 24, True),
        ("30min", 48, True),
        ("15min", 96, True),
        ("min", 1440, True),
        ("min", 60, False),
        ("h", 168, False),
        ("D", 365, False),
        ("D", 30, False),
        ("MS", 24, False),
        ("W-SUN", 52, False),
        ("B", 24, False),
    ]:
        panel = replace(kit.make(np.ones(9), season=season), freq=freq)
        assert periods_of(panel) == ((season, 7 * season) if weeks else (season,)), freq
    with pytest.raises(NotApplicable, match="season 1: MSTL needs"):
        MSTL().fit(kit.make(np.ones(9)), 2, 0, 0)


def test_a_season_longer_than_half_the_series_is_left_out_and_named(kit):
    panel = kit.make(hours(200), hours(1000), season=24)
    fitted = MSTL().fit(panel, 24, 0, 0)
    assert fitted.notes["periods"] == {"s0": [24], "s1": [24, 168]}
    assert fitted.notes["periods_left_out"] == {"s0": [168]}


def test_wrong_settings_say_what_is_allowed():
    with pytest.raises(BadSetting, match="at least 2"):
        MSTL(periods=(1, 24))
    with pytest.raises(BadSetting, match="use one of ETS, Theta"):
        MSTL(rest="ARIMA")  # type: ignore[arg-type]
