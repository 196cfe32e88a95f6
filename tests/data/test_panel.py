"""The panel: slicing copies no values and gives the same as plain lists; windows and scales equal naive loops."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.panel import Origins, Panel
from hybridts.data.seasonal import last_value, seasonal_error, seasonal_naive
from tests.fakes.panels import Lists, changed_after, origins_at, panel_of, ragged, same, with_origins

NAN = float("nan")
PROPERTY = settings(max_examples=40, deadline=None)


def assert_shows(panel, values, times):
    found = Lists.of(panel)
    assert found.times == times
    assert [len(y) for y in found.values] == [len(y) for y in values]
    for a, b in zip(found.values, values, strict=True):
        same(np.array(a), np.array(b))


# -- slicing ------------------------------------------------------------------------------------------------------
@PROPERTY
@given(ragged(), st.data())
def test_cut_trim_and_take_equal_slicing_a_list_per_series(panel, data):
    naive = Lists.of(panel)
    values, times, order = naive.values, naive.times, list(range(len(panel)))
    now = panel
    for _ in range(data.draw(st.integers(1, 5))):
        kind = data.draw(st.sampled_from(["cut", "trim", "take"]))
        if kind == "take":
            keep = data.draw(st.lists(st.integers(0, len(now) - 1), min_size=1, unique=True))
            now, order = now.take(np.array(keep)), [order[k] for k in keep]
            values, times = [values[k] for k in keep], [times[k] for k in keep]
            continue
        at = [data.draw(st.integers(-2, 14)) for _ in range(len(now))]
        if kind == "cut":
            now = now.cut(np.array(at))
            ends = [max(p, -1) + 1 for p in at]
            values = [y[:e] for y, e in zip(values, ends, strict=True)]
            times = [t[:e] for t, e in zip(times, ends, strict=True)]
        else:
            now = now.trim(np.array(at))
            firsts = [max(p, 0) for p in at]
            values = [y[f:] for y, f in zip(values, firsts, strict=True)]
            times = [t[f:] for t, f in zip(times, firsts, strict=True)]
    assert_shows(now, values, times)
    assert np.shares_memory(now.values, panel.values)
    assert now.ids == tuple(panel.ids[k] for k in order)
    assert (now.starts <= now.stops).all() and (now.stops <= now.reach).all()


def test_slicing_copies_no_values_and_leaves_the_original_alone():
    panel = synthetic_panel(3, 40)
    before = panel.fingerprint
    for part in (panel.cut(np.array([10, 20, 30])), panel.trim(np.array([3, 2, 1])), panel.take(np.array([2, 0]))):
        assert np.shares_memory(part.values, panel.values)
        assert np.shares_memory(part.series(0), panel.values)
    assert Panel(**{f: getattr(panel, f) for f in panel.__dataclass_fields__}).fingerprint == before


def test_a_series_is_a_view_that_cannot_be_written_to():
    panel = panel_of([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        panel.series(0)[0] = 5.0


def test_a_cut_keeps_known_future_rows_as_far_as_the_horizon_reaches():
    panel = panel_of(range(10), range(6), future=np.arange(16.0)[:, None])
    cut = panel.cut(np.array([4, 5]), ahead=3)
    assert (cut.reach - cut.starts).tolist() == [8, 6]
    assert cut.future_window(origins_at((0, 4)), 3)[0, :, 0].tolist() == [5.0, 6.0, 7.0]
    assert np.isnan(cut.future_window(origins_at((0, 4)), 3, gap=1)[0, :, 0]).tolist() == [False, False, True]
    again = cut.cut(np.array([2, 5]), ahead=100)
    assert (again.reach - again.starts).tolist() == [8, 6]  # never beyond the known rows


def test_take_carries_groups_static_and_ids_along():
    panel = panel_of([1.0], [2.0], [3.0], static=np.array([[1.0], [2.0], [3.0]]), groups=("a", "b", "a"))
    part = panel.take(np.array([2, 1]))
    assert part.ids == ("s2", "s1") and part.groups == ("a", "b")
    assert part.static[:, 0].tolist() == [3.0, 2.0]
    assert part.index == {"s2": 0, "s1": 1}


def test_aligned_means_that_all_shown_series_end_at_the_same_time():
    panel = panel_of([1.0, 2.0, 3.0], [4.0, 5.0], ends=[9, 9])
    assert panel.aligned
    assert not panel.cut(np.array([1, 1])).aligned
    assert panel.cut(np.array([1, 0])).aligned
    assert panel.cut(np.array([1, -1])).aligned  # a series without visible rows has no end


@PROPERTY
@given(ragged(), st.integers(-1, 12))
def test_replace_after_changes_only_later_values(panel, p):
    position = np.full(len(panel), p)
    other = changed_after(panel, position)
    for i in range(len(panel)):
        same(other.series(i)[: p + 1], panel.series(i)[: p + 1])
        assert not (other.series(i)[p + 1 :] == panel.series(i)[p + 1 :]).any()
    assert not np.shares_memory(other.values, panel.values)


# -- windows and scales -------------------------------------------------------------------------------------------
@PROPERTY
@given(with_origins(), st.integers(1, 9), st.integers(0, 3))
def test_windows_and_targets_are_those_of_naive_loops(case, length, gap):
    panel, origins = case
    lists = Lists.of(panel)
    window = [[lists.value(i, p - length + 1 + k) for k in range(length)] for i, p in rows(origins)]
    targets = [[lists.value(i, p + gap + k) for k in range(1, length + 1)] for i, p in rows(origins)]
    same(panel.window(origins, length), np.array(window))
    same(panel.targets(origins, length, gap), np.array(targets))


def rows(origins):
    return list(zip(origins.series.tolist(), origins.position.tolist(), strict=True))


@PROPERTY
@given(with_origins(), st.integers(1, 5), st.sampled_from([1, 2]))
def test_seasonal_error_is_the_mean_of_the_visible_seasonal_differences(case, season, power):
    panel, origins = case
    expected = []
    for i, p in rows(origins):
        y = panel.series(i).tolist()
        steps = [abs(y[t] - y[t - season]) ** power for t in range(season, p + 1)]
        steps = [s for s in steps if not math.isnan(s)]
        expected.append(sum(steps) / len(steps) if steps else NAN)
    same(seasonal_error(panel, origins, season, power), np.array(expected))


def test_no_origins_have_no_scale_no_naive_forecast_and_no_last_value():
    panel, none = panel_of([1.0, 2.0]), Origins.join([])
    assert seasonal_error(panel, none, 1).shape == (0,)
    assert seasonal_naive(panel, none, 3).shape == (0, 3)
    assert last_value(panel, none).shape == (0,)


def naive_last(panel, i, p):
    for t in range(p, -1, -1):
        if not math.isnan(panel.series(i)[t]):
            return float(panel.series(i)[t])
    return NAN


@PROPERTY
@given(with_origins(), st.integers(1, 6), st.integers(0, 3))
def test_seasonal_naive_repeats_the_last_season_and_fills_gaps_from_earlier_ones(case, horizon, gap):
    panel, origins = case
    m, lists, expected = panel.season, Lists.of(panel), []
    for i, p in rows(origins):
        answer = []
        for h in range(1, horizon + 1):
            t = p + gap + h
            while t > p:
                t -= m
            value = NAN
            for cycle in range(4):
                value = lists.value(i, t - cycle * m)
                if not math.isnan(value):
                    break
            answer.append(naive_last(panel, i, p) if math.isnan(value) else value)
        expected.append(answer)
    same(seasonal_naive(panel, origins, horizon, gap), np.array(expected))


@PROPERTY
@given(with_origins())
def test_the_last_value_is_the_newest_one_that_is_not_missing(case):
    panel, origins = case
    same(last_value(panel, origins), np.array([naive_last(panel, i, p) for i, p in rows(origins)]))


@PROPERTY
@given(with_origins(), st.integers(0, 99))
def test_nothing_computed_from_the_past_depends_on_values_after_an_origin(case, seed):
    panel, origins = case
    for row in range(len(origins)):
        one = origins[np.array([row])]
        position = panel.lengths.copy()
        position[one.series[0]] = one.position[0]
        other = changed_after(panel, position, seed)
        same(panel.window(one, 5), other.window(one, 5))
        same(seasonal_error(panel, one, panel.season), seasonal_error(other, one, panel.season))
        same(seasonal_naive(panel, one, 5), seasonal_naive(other, one, 5))
        same(last_value(panel, one), last_value(other, one))


def test_past_covariates_before_a_series_starts_are_missing_and_not_those_of_the_series_before():
    panel = panel_of([1.0, 2.0], [3.0, 4.0], past=np.array([[10.0], [20.0], [30.0], [40.0]]))
    found = panel.past_window(origins_at((1, 0), (1, 1)), 3)[..., 0]
    same(found, np.array([[NAN, NAN, 30.0], [NAN, 30.0, 40.0]]))


def test_windows_and_targets_never_include_values_of_another_series():
    panel = panel_of([1.0, 2.0], [3.0, 4.0])
    same(panel.window(origins_at((1, 0)), 3), np.array([[NAN, NAN, 3.0]]))
    same(panel.targets(origins_at((0, 1)), 2), np.array([[NAN, NAN]]))


# -- origins ------------------------------------------------------------------------------------------------------
PAIRS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(-1, 10**9)), max_size=12)


@PROPERTY
@given(PAIRS)
def test_an_origins_code_turns_back_into_the_origin(pairs):
    origins = origins_at(*pairs)
    back = Origins.from_code(origins.code())
    assert rows(back) == rows(origins)


@PROPERTY
@given(PAIRS)
def test_codes_sort_as_series_then_position(pairs):
    origins = origins_at(*pairs)
    assert rows(origins[np.argsort(origins.code(), kind="stable")]) == sorted(pairs)


@PROPERTY
@given(PAIRS, PAIRS)
def test_joining_origins_keeps_each_once_in_order(a, b):
    assert rows(Origins.join([origins_at(*a), origins_at(*b)])) == sorted({*a, *b})


def test_joining_nothing_is_no_origins():
    assert len(Origins.join([])) == 0


@PROPERTY
@given(st.lists(st.tuples(st.integers(-1, 9), st.integers(-3, 9)), min_size=1, max_size=5))
def test_between_lists_every_position_of_every_series(limits):
    first, last = np.array(limits, dtype=np.int64).T
    expected = [(i, p) for i, (a, b) in enumerate(limits) for p in range(a, b + 1)]
    assert rows(Origins.between(first, last)) == expected


# -- identity -----------------------------------------------------------------------------------------------------
@PROPERTY
@given(ragged(), st.data())
def test_panels_with_equal_visible_rows_have_equal_fingerprints_however_they_were_cut(panel, data):
    position = np.array([data.draw(st.integers(0, 12)) for _ in range(len(panel))])
    cut = panel.cut(position)
    lists = Lists.of(cut)
    fresh = panel_of(*lists.values, season=panel.season, ends=[t[-1] for t in lists.times])
    assert fresh.fingerprint == cut.fingerprint
    assert panel.cut(position + 1).cut(position).fingerprint == cut.fingerprint
    order = np.arange(len(panel))[::-1].copy()
    assert panel.take(order).cut(position[order]).take(order).fingerprint == cut.fingerprint


@PROPERTY
@given(ragged(), st.data())
def test_the_fingerprint_depends_on_visible_values_only(panel, data):
    position = np.array([data.draw(st.integers(-1, 12)) for _ in range(len(panel))])
    print_before = panel.cut(position).fingerprint
    assert changed_after(panel, position).cut(position).fingerprint == print_before
    shown = np.flatnonzero(panel.cut(position).lengths > 0)
    if len(shown):
        i = int(data.draw(st.sampled_from(shown.tolist())))
        row = int(panel.starts[i]) + data.draw(st.integers(0, int(panel.cut(position).lengths[i]) - 1))
        values = panel.values.copy()
        values[row] = 777.0
        assert replace(panel, values=values).cut(position).fingerprint != print_before


def test_the_fingerprint_depends_on_names_times_season_groups_and_covariates():
    columns = np.arange(4.0)[:, None]
    panel = panel_of([1.0, 2.0], [3.0, 4.0], past=columns, future=columns, static=columns[:2], groups=("a", "a"))
    others = [
        replace(panel, ids=("s0", "t1")),
        replace(panel, times=panel.times + 1),
        replace(panel, season=2),
        replace(panel, freq="D"),
        replace(panel, groups=("a", "b")),
        replace(panel, past=columns + 1),
        replace(panel, future=columns + 1),
        replace(panel, static=columns[:2] + 1),
        replace(panel, columns={"past": ("p",)}),
        panel.take(np.array([1, 0])),
        panel.cut(np.array([0, 1])),
    ]
    assert len({panel.fingerprint, *(other.fingerprint for other in others)}) == len(others) + 1


def test_where_one_series_ends_and_the_next_begins_is_part_of_the_fingerprint():
    assert panel_of([1.0, 2.0], [3.0]).fingerprint != panel_of([1.0], [2.0, 3.0]).fingerprint


# -- helpers of other tests ---------------------------------------------------------------------------------------
def test_damaged_panels_have_gaps_and_unequal_lengths_but_known_ends():
    panel = damaged(synthetic_panel(6, 60), missing=0.2, shortest=20, seed=3)
    assert panel.aligned and len(set(panel.lengths.tolist())) > 1
    assert panel.lengths.min() >= 20
    assert all(np.isfinite(panel.series(i)[[0, -1]]).all() for i in range(6))
    assert any(np.isnan(panel.series(i)).any() for i in range(6))
