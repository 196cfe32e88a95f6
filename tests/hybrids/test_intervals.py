"""Intervals cover what they promise where errors are exchangeable, never cross, and say so where they cannot be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data.panel import Origins
from hybridts.hybrids.hindcast_rows import empty_rows
from hybridts.hybrids.intervals import MIN_BLOCKS, learn_intervals
from hybridts.hybrids.native_quantiles import with_native
from hybridts.models.protocols import Hindcasts

HORIZON = 4
PROBABILITIES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def draw(rng, shape):
    """Errors with heavy tails that grow with the step."""
    return rng.standard_t(6, size=shape) * np.sqrt(np.arange(1, HORIZON + 1))


def rows_of(rng, *, series=30, folds=3, spread=None):
    """Return rows whose errors are independent; `spread` [N] is the size of the errors of each series."""
    spread = np.ones(series) if spread is None else spread
    position = np.tile(np.arange(folds * HORIZON), series) + 40
    which = np.repeat(np.arange(series), folds * HORIZON)
    fold = np.tile(np.repeat(np.arange(folds), HORIZON), series)
    forecast = rng.normal(size=(len(which), HORIZON))
    errors = draw(rng, forecast.shape) * spread[which][:, None]
    scale = 2.0 + rng.random(len(which))
    return Hindcasts(Origins(which, position), fold, forecast, forecast + errors * scale[:, None], scale)


def coverage(intervals, rng, series, low, high, spread=None):
    count = 4000
    which = rng.integers(0, series, count)
    errors = draw(rng, (count, HORIZON)) * (1.0 if spread is None else spread[which][:, None])
    scale = np.full(count, 3.0)
    found = intervals.quantiles(np.zeros((count, HORIZON)), which, scale, (low, high))
    return ((found[low] <= errors * 3.0) & (errors * 3.0 <= found[high])).mean()


@pytest.mark.parametrize(("level", "tolerance"), [(0.5, 0.04), (0.8, 0.03), (0.95, 0.015)])
def test_exchangeable_errors_of_a_panel_are_covered_as_promised(level, tolerance):
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        intervals = learn_intervals(rows_of(rng), 30, HORIZON)
        found.append(coverage(intervals, rng, 30, (1 - level) / 2, (1 + level) / 2))
    assert np.mean(found) == pytest.approx(level, abs=tolerance)


def test_errors_of_one_short_series_are_covered_at_least_as_promised():
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        intervals = learn_intervals(rows_of(rng, series=1, folds=4), 1, HORIZON)
        found.append(coverage(intervals, rng, 1, 0.1, 0.9))
    assert 0.79 < np.mean(found) < 0.9


def test_a_series_with_larger_errors_has_wider_intervals_and_all_are_covered():
    rng = np.random.default_rng(0)
    spread = np.where(np.arange(40) < 20, 1.0, 4.0)
    intervals = learn_intervals(rows_of(rng, series=40, folds=8, spread=spread), 40, HORIZON)
    assert intervals.factor[20:].mean() > 2 * intervals.factor[:20].mean()
    assert coverage(intervals, rng, 40, 0.1, 0.9, spread) == pytest.approx(0.8, abs=0.05)
    flat = replace(intervals, factor=np.ones(40))
    assert abs(coverage(flat, rng, 40, 0.1, 0.9, spread) - 0.8) > 0.02


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), series=st.integers(1, 6), folds=st.integers(3, 6))
def test_quantiles_rise_with_the_probability_and_lie_around_the_forecast(seed, series, folds):
    rng = np.random.default_rng(seed)
    intervals = learn_intervals(rows_of(rng, series=series, folds=folds), series, HORIZON)
    forecast = rng.normal(size=(series, HORIZON))
    found = intervals.quantiles(forecast, np.arange(series), np.full(series, 2.0), PROBABILITIES)
    values = np.stack([found[p] for p in PROBABILITIES])
    assert (np.diff(values, axis=0) >= 0).all()
    assert (found[0.5] == forecast).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(1e-6, 1e6))
def test_intervals_follow_the_unit_of_the_data(seed, factor):
    rows = rows_of(np.random.default_rng(seed), series=3)
    scaled = replace(rows, forecast=rows.forecast * factor, target=rows.target * factor, scale=rows.scale * factor)
    both = [learn_intervals(r, 3, HORIZON) for r in (rows, scaled)]
    zero, one = np.zeros((3, HORIZON)), np.ones(3)
    plain, wide = (
        i.quantiles(zero, np.arange(3), s * one, (0.1,))[0.1] for i, s in zip(both, (1, factor), strict=True)
    )
    assert wide == pytest.approx(plain * factor, rel=1e-6)


def test_one_outlier_does_not_decide_the_width_of_its_series():
    rows = rows_of(np.random.default_rng(0), series=10)
    target = rows.target.copy()
    target[0] += 1e6
    plain, wild = (learn_intervals(r, 10, HORIZON) for r in (rows, replace(rows, target=target)))
    assert wild.factor[1] == pytest.approx(plain.factor[1], rel=0.5)


def test_without_hindcasts_there_is_a_reason_and_no_interval():
    none = learn_intervals(empty_rows(HORIZON), 2, HORIZON)
    assert "too short" in none.reason
    found = none.quantiles(np.zeros((2, HORIZON)), np.arange(2), np.ones(2), (0.1, 0.9))
    assert np.isnan(found[0.1]).all()
    few = rows_of(np.random.default_rng(0), series=1, folds=1)[np.arange(2)]
    assert f"{MIN_BLOCKS} needed" in learn_intervals(few, 1, HORIZON).reason


def test_a_step_whose_errors_are_all_unknown_gives_no_interval():
    rows = rows_of(np.random.default_rng(0), series=2)
    target = rows.target.copy()
    target[:, -1] = np.nan
    assert learn_intervals(replace(rows, target=target), 2, HORIZON).reason


def test_a_series_without_scale_has_no_interval_and_an_unseen_one_has_that_of_all():
    intervals = learn_intervals(rows_of(np.random.default_rng(0)), 30, HORIZON)
    series, scale = np.array([0, 1, 99]), np.array([0.0, np.nan, 2.0])
    found = intervals.quantiles(np.zeros((3, HORIZON)), series, scale, (0.1,))[0.1]
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2]).all()


# -- quantiles that a model forecasts itself ----------------------------------------------------------------------
def test_native_quantiles_that_know_more_are_used_and_moved_to_their_coverage():
    rng = np.random.default_rng(0)
    rows = rows_of(rng, series=20, folds=4)
    known = rng.choice([0.2, 3.0], size=rows.forecast.shape)  # the model knows how large each error will be
    rows = replace(rows, target=rows.forecast + (rows.target - rows.forecast) * known)
    width = known * np.sqrt(np.arange(1, HORIZON + 1)) * rows.scale[:, None]
    native = {0.1: rows.forecast - 0.5 * width, 0.9: rows.forecast + 0.5 * width}
    plain = learn_intervals(rows, 20, HORIZON)
    found = with_native(plain, rows, native, 20, HORIZON)
    assert set(found.shifts) == {"0.1", "0.9"}
    args = (rows.forecast, rows.origins.series, rows.scale, (0.1, 0.9))
    low, high = found.quantiles(*args, native).values()
    assert ((low <= rows.target) & (rows.target <= high)).mean() == pytest.approx(0.8, abs=0.03)


def test_native_quantiles_that_know_nothing_are_left_out():
    rng = np.random.default_rng(0)
    rows = rows_of(rng, series=20, folds=4)
    noise = rng.normal(size=rows.forecast.shape) * 20
    plain = learn_intervals(rows, 20, HORIZON)
    assert not with_native(plain, rows, {0.1: rows.forecast - 50 + noise}, 20, HORIZON).shifts
