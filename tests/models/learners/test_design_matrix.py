"""The design matrix of tabular learners: equal to a loop over rows, from the past only."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data import calendar
from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.panel import Origins
from hybridts.data.seasonal import last_value, seasonal_error, seasonal_naive
from hybridts.models.learners import design_matrix as features
from hybridts.models.learners.covariate_features import LEADS, classes_of
from hybridts.models.learners.design_matrix import AT_ONCE, BOUND, Pairs, design, lags_for, scale_at
from tests.fakes.panels import changed_after, origins_at, panel_of, ragged, same, with_origins

LAW = settings(max_examples=25, deadline=None)


def clipped(x):
    return x if math.isnan(x) else min(max(x, -BOUND), BOUND)


def naive_row(panel, one, forecast, step, gap):
    """Return one row, computed number by number from the values up to its origin."""
    i, p = int(one.series[0]), int(one.position[0])
    y = panel.series(i)[: p + 1].tolist()
    known = [v for v in y if not math.isnan(v)]
    last = known[-1] if known else math.nan
    scale = float(scale_at(panel, one, last_value(panel, one))[0])

    def relative(position):
        return clipped((y[position] - last) / scale) if 0 <= position <= p else math.nan

    row = [relative(p - lag) for lag in lags_for(panel)]
    count = min(max(panel.season, 4), max(lags_for(panel)) + 1)
    recent = [v for v in (relative(p - k) for k in range(count)) if not math.isnan(v)]
    mean = sum(recent) / max(len(recent), 1)
    row += [mean, math.sqrt(sum((v - mean) ** 2 for v in recent) / max(len(recent), 1))]
    naive = seasonal_naive(panel, one, len(forecast), gap)[0]
    so_far = [clipped((f - last) / scale) for f in forecast]
    seasonal = clipped((float(naive[step]) - last) / scale)
    row += [step + 1, so_far[step], seasonal, so_far[step] - seasonal, sum(so_far) / len(so_far)]
    if panel.freq is not None:
        now = panel.times[panel.rows(one)]
        target = calendar.later(now, panel.freq, panel.step, gap + step + 1)[:, -1]
        row += calendar.features(target, panel.freq)[0][0].tolist()
    return row + naive_covariates(panel, i, p, gap + step + 1)


def naive_covariates(panel, i, p, ahead):
    def at(table, stop, position):
        inside = 0 <= position < stop - panel.starts[i]
        return table[panel.starts[i] + position] if inside else np.full(table.shape[1], np.nan)

    row, season = [], panel.season
    if panel.future.size:
        now, target, before = (at(panel.future, panel.reach[i], q) for q in (p, p + ahead, p + ahead - 1))
        row += [*target, *before, *(target - now)]
        same = p + ahead - season * math.ceil(ahead / season)
        row += [*(target - at(panel.future, panel.reach[i], same))] if season > 1 else []
    if panel.past.size:
        now = at(panel.past, panel.stops[i], p)
        row += [*now]
        for lag in sorted({1, season}):
            row += [*(now - at(panel.past, panel.stops[i], p - lag))]
        for lead in LEADS:
            row += [*at(panel.past, panel.stops[i] if ahead <= lead else 0, p + ahead - lead)]
    return row + (panel.static[i].tolist() if panel.static.size else [])


def agrees(panel, origins, horizon, gap, seed=0):
    rng = np.random.default_rng(seed)
    forecast = rng.normal(0, 30, (len(origins), horizon))
    pairs = Pairs.all(len(origins), horizon)
    X, names = design(panel, origins, forecast, pairs, gap)
    assert X.dtype == np.float32 and X.shape == (len(pairs), len(names)) and len(set(names)) == len(names)
    for row, (m, step) in enumerate(zip(pairs.origin.tolist(), pairs.step.tolist(), strict=True)):
        expected = naive_row(panel, origins[np.array([m])], forecast[m], step, gap)
        np.testing.assert_allclose(X[row], expected, rtol=1e-5, atol=1e-5)


@LAW
@given(with_origins(ragged(most=20)), st.integers(1, 4), st.integers(0, 2), st.integers(0, 99))
def test_every_row_is_the_one_a_loop_over_rows_would_write(case, horizon, gap, seed):
    panel, origins = case
    agrees(panel, origins, horizon, gap, seed)


@pytest.mark.parametrize(("season", "freq"), [(1, "D"), (7, "D"), (12, "MS"), (24, "h"), (30, None)])
def test_rows_with_many_lags_and_dates_are_those_of_the_loop_too(season, freq):
    panel = damaged(synthetic_panel(3, 90, season=season, freq=freq), missing=0.1, shortest=50, seed=1)
    agrees(panel, origins_at((0, 40), (1, 49), (2, 10), (2, 0)), 3, 1)


def test_covariates_are_read_at_the_origin_or_at_the_target():
    at = np.arange(20.0)
    panel = panel_of(
        range(10),
        range(10),
        past=at[:, None],
        future=np.stack([at * 2, at * 3], axis=1),
        static=np.array([[5.0], [6.0]]),
        columns={"past": ("p",), "future": ("f", "g"), "static": ("s",)},
    )
    agrees(panel, origins_at((0, 4), (1, 5)), 3, 1)
    X, names = design(panel, origins_at((1, 5)), np.zeros((1, 3)), Pairs.all(1, 3), 1)
    found = {name: X[:, k].tolist() for k, name in enumerate(names)}
    assert found["past_p"] == [15.0] * 3
    assert found["future_f"] == [34.0, 36.0, 38.0]
    assert found["static_s"] == [6.0] * 3
    assert found["future_f_before"] == [32.0, 34.0, 36.0]
    assert found["future_f_change"] == [4.0, 6.0, 8.0]
    assert found["past_p_change_1"] == [1.0] * 3
    assert found["past_p_lead_3"][:2] == [14.0, 15.0] and np.isnan(found["past_p_lead_3"][2])  # after the origin


def test_static_classes_have_a_column_each_also_where_a_row_has_none_of_them():
    three = panel_of(range(9), range(9), range(9), static=np.array([[0.0], [4.0], [7.0]]), columns={"static": ("k",)})
    classes = classes_of(three)
    one = panel_of(range(9), static=np.array([[4.0]]), columns={"static": ("k",)})
    X, names = design(one, origins_at((0, 5)), np.zeros((1, 1)), Pairs.all(1, 1), 0, classes)
    assert names[-4:] == ["static_k", "static_k=0", "static_k=4", "static_k=7"]
    assert X[0, -4:].tolist() == [4.0, 0.0, 1.0, 0.0]
    measured = panel_of(range(9), range(9), static=np.array([[0.5], [4.25]]), columns={"static": ("k",)})
    assert classes_of(measured) == ((),)


@LAW
@given(with_origins(ragged(most=20)), st.integers(0, 99))
def test_a_row_depends_on_the_past_of_its_origin_only(case, seed):
    panel, origins = case
    for row in range(len(origins)):
        one = origins[np.array([row])]
        position = np.full(len(panel), -1)  # every other series is changed altogether
        position[one.series[0]] = one.position[0]
        forecast = np.array([[1.0, 2.0]])
        before, _ = design(panel, one, forecast, Pairs.all(1, 2))
        after, _ = design(changed_after(panel, position, seed), one, forecast, Pairs.all(1, 2))
        np.testing.assert_array_equal(before, after)


@LAW
@given(with_origins(ragged(most=20)), st.integers(0, 20))
def test_several_origins_at_once_give_the_rows_of_each_alone(case, seed):
    panel, origins = case
    forecast = np.random.default_rng(seed).normal(size=(len(origins), 3))
    together, _ = design(panel, origins, forecast, Pairs.all(len(origins), 3))
    for row in range(len(origins)):
        one, alone = origins[np.array([row])], forecast[row : row + 1]
        X, _ = design(panel, one, alone, Pairs.all(1, 3))
        np.testing.assert_array_equal(together[3 * row : 3 * row + 3], X)


@LAW
@given(with_origins(ragged(most=20), most=12), st.integers(1, 10), st.integers(0, 2), st.integers(0, 99))
def test_rows_of_some_pairs_are_those_of_all_pairs_bit_for_bit(case, horizon, gap, seed):
    panel, origins = case
    rng = np.random.default_rng(seed)
    forecast = rng.normal(0, 30, (len(origins), horizon))
    pairs = Pairs.all(len(origins), horizon)
    picked = rng.integers(0, len(pairs), rng.integers(0, len(pairs) + 1))  # in any order, some more than once
    X, names = design(panel, origins, forecast, pairs, gap)
    some, same_names = design(panel, origins, forecast, Pairs(pairs.origin[picked], pairs.step[picked]), gap)
    assert some.tobytes() == X[picked].tobytes() and names == same_names


@pytest.mark.parametrize("freq", ["h", "B", "ME", None])
def test_many_pairs_picked_from_a_large_panel_get_the_rows_they_have_among_all(freq):
    panel = damaged(synthetic_panel(3, 3000, season=12, freq=freq), missing=0.1, shortest=2000, seed=1)
    covariates = np.random.default_rng(2).normal(size=(len(panel.values), 2))
    columns = {"past": ("a", "b"), "future": ("c", "d"), "static": ("e",)}
    panel = replace(panel, past=covariates, future=-covariates, static=np.arange(3.0)[:, None], columns=columns)
    origins = Origins.between(np.zeros(3, np.int64), panel.lengths - 1)
    assert len(origins) > AT_ONCE
    forecast = np.random.default_rng(3).normal(0, 30, (len(origins), 2))
    pairs = Pairs.all(len(origins), 2)
    X, _ = design(panel, origins, forecast, pairs, 1)
    for most in (40, AT_ONCE + 1):
        picked = np.sort(np.random.default_rng(most).choice(len(pairs), most, replace=False))
        some, _ = design(panel, origins, forecast, Pairs(pairs.origin[picked], pairs.step[picked]), 1)
        assert some.tobytes() == X[picked].tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_origins_that_no_pair_names_cost_nothing(order, monkeypatch):
    panel = damaged(synthetic_panel(2, 300, season=12), missing=0.1, seed=1)
    origins = Origins.between(np.zeros(2, np.int64), panel.lengths - 1)
    forecast = np.asarray(np.random.default_rng(3).normal(0, 30, (len(origins), 20)), order=order)
    pairs = Pairs(np.array([7, 7, 401]), np.array([0, 19, 3]))
    X, _ = design(panel, origins, forecast, Pairs.all(len(origins), 20))
    read = []

    def watched(panel, origins):
        read.append(len(origins))
        return last_value(panel, origins)

    monkeypatch.setattr(features, "last_value", watched)
    some, _ = design(panel, origins, forecast, pairs)
    assert read == [2]
    assert some.tobytes() == X[pairs.origin * 20 + pairs.step].tobytes()


def test_no_pairs_are_no_rows_with_the_same_columns():
    panel = synthetic_panel(2, 60)
    origins = origins_at((0, 40), (1, 50))
    _, names = design(panel, origins, np.zeros((2, 3)), Pairs.all(2, 3))
    for some, forecast in ((origins, np.zeros((2, 3))), (origins_at(), np.zeros((0, 3)))):
        X, found = design(panel, some, forecast, Pairs.all(0, 3))
        assert X.shape == (0, len(names)) and found == names


@LAW
@given(with_origins())
def test_the_scale_is_the_seasonal_error_or_the_size_of_the_last_value_or_one(case):
    panel, origins = case
    error = seasonal_error(panel, origins, panel.season)
    size = np.abs(last_value(panel, origins))
    expected = [next((float(v) for v in (e, s) if v > 0), 1.0) for e, s in zip(error, size, strict=True)]
    same(scale_at(panel, origins, last_value(panel, origins)), np.array(expected))


def test_lags_are_a_season_and_those_around_one_and_two_seasons_back():
    assert lags_for(panel_of([1.0], season=1)) == (1, 2, 3, 4)
    assert lags_for(panel_of([1.0], season=4)) == (1, 2, 3, 4, 5, 8)
    assert lags_for(panel_of([1.0], season=12)) == (*range(1, 14), 24)
    assert lags_for(panel_of([1.0], season=168)) == (*range(1, 25), 167, 168, 169, 336)


# -- pairs --------------------------------------------------------------------------------------------------------
def listed(pairs):
    return list(zip(pairs.origin.tolist(), pairs.step.tolist(), strict=True))


def test_all_pairs_run_through_the_steps_fastest():
    assert listed(Pairs.all(2, 3)) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


@LAW
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_pairs_where_something_is_known_are_exactly_those(origins, horizon, seed):
    known = np.random.default_rng(seed).random((origins, horizon)) < 0.5
    assert listed(Pairs.where(known)) == [(m, h) for m in range(origins) for h in range(horizon) if known[m, h]]


@LAW
@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 60), st.integers(0, 10**6))
def test_capped_pairs_are_one_from_each_equal_piece_and_the_same_every_time(origins, horizon, most, seed):
    pairs = Pairs.all(origins, horizon)
    number = {pair: k for k, pair in enumerate(listed(pairs))}
    picked = [number[pair] for pair in listed(pairs.capped(most, seed))]
    assert picked == [number[pair] for pair in listed(pairs.capped(most, seed))]
    assert len(picked) == min(most, len(pairs))
    if len(pairs) <= most:
        assert picked == sorted(number.values())
        return
    width = len(pairs) / most
    for k, at in enumerate(picked):
        assert k * width - 1 < at < (k + 1) * width
    assert picked == sorted(set(picked))  # no pair twice


def test_capping_is_stratified_over_series_and_steps_and_differs_between_seeds():
    pairs = Pairs.all(1000, 12).capped(1200, 0)
    assert np.bincount(pairs.origin // 100).tolist() == [120] * 10  # ten series of a hundred origins
    steps = np.bincount(pairs.step, minlength=12)
    assert steps.min() > 60 and steps.max() < 150
    assert listed(pairs) != listed(Pairs.all(1000, 12).capped(1200, 1))
