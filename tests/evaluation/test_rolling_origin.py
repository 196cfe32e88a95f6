"""Rolling origins cut the right rows, the right fit answers each window, and an impossible schedule is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hybridts.data import calendar
from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Panel
from hybridts.errors import BadSetting, DataError
from hybridts.evaluation.rolling_origin import Schedule, align_of, overlap, rolling, smallest_past
from hybridts.evaluation.study import groups_of
from tests.fakes.panels import panel_of

LAW = settings(max_examples=40, deadline=None)


def positions(windows):
    return [w.position.tolist() for w in windows]


def dated(*spans, freq="MS"):
    """Return a panel on a calendar; a span is (first, last) month, both included, counted from January 2000."""
    first = calendar.split(np.array([np.datetime64("2000-01-01", "ns").astype(np.int64)]), freq)[0][0]
    residue = calendar.residue_of(freq)
    length = np.array([b - a + 1 for a, b in spans])
    stops = np.cumsum(length)
    ordinal = np.concatenate([np.arange(a, b + 1) for a, b in spans]) + first
    return Panel(
        values=np.arange(float(stops[-1])),
        times=calendar.join(ordinal, np.full(len(ordinal), residue), freq),
        starts=stops - length,
        stops=stops,
        reach=stops,
        ids=tuple(f"s{i}" for i in range(len(spans))),
        season=1,
        freq=freq,
    )


# -- cutoffs -----------------------------------------------------------------------------------------------------
def test_by_default_three_windows_touch_and_the_last_target_is_the_last_row():
    windows = rolling(panel_of(range(20)), Schedule(horizon=4))
    assert positions(windows) == [[7], [11], [15]]
    assert [w.index for w in windows] == [0, 1, 2]
    assert all(w.left_out == () for w in windows)


@LAW
@given(st.integers(1, 5), st.integers(1, 4), st.one_of(st.none(), st.integers(1, 6)), st.integers(0, 3))
def test_gap_step_and_horizon_count_back_from_the_last_row(horizon, count, step, gap):
    schedule = Schedule(horizon=horizon, windows=count, step=step, gap=gap)
    cutoffs = [int(w.position[0]) for w in rolling(panel_of(range(60)), schedule)]
    assert cutoffs[-1] + gap + horizon == 59
    assert np.diff(cutoffs).tolist() == [step or horizon] * (count - 1)


@LAW
@given(st.lists(st.integers(1, 25), min_size=1, max_size=4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2))
def test_a_series_takes_part_exactly_where_it_shows_enough_past_and_a_target(lengths, horizon, count, gap):
    panel = panel_of(*(range(n) for n in lengths), season=2)
    schedule = Schedule(horizon=horizon, windows=count, gap=gap, align="per_series")
    needed = smallest_past(panel)
    assume(max(lengths) >= needed + schedule.span + (count - 1) * horizon)
    for window in rolling(panel, schedule):
        back = schedule.span + (count - 1 - window.index) * horizon
        out = {name: (found, asked) for name, found, asked in window.left_out}
        for i, n in enumerate(lengths):
            past = n - back
            if past >= needed:
                assert window.position[i] == past - 1
                assert f"s{i}" not in out
            else:
                assert window.position[i] == -1
                assert out[f"s{i}"] == (max(past, 0), needed)
        kept = window.origins()
        assert kept.series.tolist() == [i for i in range(len(lengths)) if window.position[i] >= 0]


def test_a_short_series_is_left_out_with_what_it_has_and_what_it_would_need():
    panel = panel_of(range(40), range(9), season=4, ends=[39, 39])
    windows = rolling(panel, Schedule(horizon=3, windows=2))
    assert windows[0].left_out == (("s1", 3, 6),)
    assert windows[1].left_out == ()
    assert positions(windows) == [[33, -1], [36, 5]]
    assert windows[0].origins().series.tolist() == [0]


def test_a_horizon_longer_than_the_data_is_refused_with_the_rows_it_would_need():
    with pytest.raises(
        DataError, match=r"need 55 rows \(3 of them before.*has 20: use a smaller --horizon, a shorter --season"
    ):
        rolling(panel_of(range(20)), Schedule(horizon=50, gap=2, windows=1))


def test_too_many_windows_are_refused_with_the_number_that_fits_and_that_number_fits():
    panel = panel_of(range(20), season=2)
    with pytest.raises(DataError, match=r"use at most 4 windows \(--windows 4\)"):
        rolling(panel, Schedule(horizon=4, windows=9))
    assert len(rolling(panel, Schedule(horizon=4, windows=4))) == 4
    with pytest.raises(DataError):
        rolling(panel, Schedule(horizon=4, windows=5))


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"horizon": 0}, "horizon"),
        ({"windows": 0}, "windows"),
        ({"gap": -1}, "gap"),
        ({"step": 0}, "step"),
        ({"refit": -2}, "refit"),
        ({"horizon": 2.5}, "horizon"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_by_the_name_of_its_setting(wrong, key):
    with pytest.raises(BadSetting, match=key) as caught:
        Schedule(**{"horizon": 1, **wrong})
    assert caught.value.key == key


# -- alignment ----------------------------------------------------------------------------------------------------
def test_series_that_end_together_are_cut_at_one_time_and_others_at_their_own_end():
    assert align_of(panel_of(range(9), range(5), ends=[8, 8]), Schedule(horizon=1)) == "calendar"
    ragged = panel_of(range(9), range(9), ends=[8, 20])
    assert align_of(ragged, Schedule(horizon=1)) == "per_series"
    assert align_of(ragged, Schedule(horizon=1, align="calendar")) == "calendar"


def test_per_series_every_series_is_cut_at_the_same_distance_from_its_own_end():
    panel = panel_of(range(12), range(10), ends=[11, 30])
    windows = rolling(panel, Schedule(horizon=2, windows=2, align="per_series"))
    assert positions(windows) == [[7, 5], [9, 7]]
    assert overlap(panel, windows, "per_series") == [1, 1]
    assert overlap(panel, windows, "calendar") == [0, 0]


def test_on_a_common_calendar_every_cutoff_is_one_time_although_series_end_at_different_ones():
    panel = panel_of(range(20), range(17), ends=[19, 18])
    windows = rolling(panel, Schedule(horizon=3, windows=2, align="calendar"))
    for window in windows:
        times = panel.times[panel.rows(window.origins())]
        assert len(set(times.tolist())) == 1
    assert positions(windows) == [[13, 11], [16, 14]]  # the second ends a row early: its last target is missing


def test_a_series_that_ended_before_a_cutoff_on_the_calendar_is_left_out_of_it():
    panel = panel_of(range(20), range(10), ends=[19, 13])
    windows = rolling(panel, Schedule(horizon=3, windows=2, align="calendar"))
    assert positions(windows) == [[13, -1], [16, -1]]
    assert windows[0].left_out == (("s1", 10, 3),)


@pytest.mark.parametrize("freq", ["MS", "D", "B", "h", "QS"])
def test_calendar_time_is_counted_on_the_grid_also_where_the_longest_series_ends_first(freq):
    panel = dated((0, 29), (12, 33), (20, 35), freq=freq)
    windows = rolling(panel, Schedule(horizon=6, windows=2, step=2, align="calendar"))
    assert positions(windows) == [[27, 15, 7], [-1, 17, 9]]
    for window in windows:
        assert len(set(panel.times[panel.rows(window.origins())].tolist())) == 1


@LAW
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(8, 30)), min_size=1, max_size=4), st.sampled_from([1, 3]))
def test_on_a_calendar_all_cutoffs_of_a_window_share_their_time_whatever_the_spans(spans, step):
    panel = dated(*((a, a + n) for a, n in spans))
    end = max(a + n for a, n in spans)
    try:
        windows = rolling(panel, Schedule(horizon=2, windows=2, step=step, align="calendar"))
    except DataError:
        # The message is about the longest series; a cutoff without any series is what it stands for.
        cutoffs = [end - 2 - step, end - 2]
        assert any(all(not (c - a + 1 >= 3 and c + 1 <= a + n) for a, n in spans) for c in cutoffs)
        return
    for window, cutoff in zip(windows, [end - 2 - step, end - 2], strict=True):
        for i, (a, n) in enumerate(spans):
            takes_part = cutoff - a + 1 >= 3 and cutoff + 1 <= a + n
            assert window.position[i] == (cutoff - a if takes_part else -1)


# -- which fit answers which window -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("refit", "fitted"), [(True, [0, 1, 2, 3, 4]), (False, [0, 0, 0, 0, 0]), (2, [0, 0, 2, 2, 4]), (1, [0, 1, 2, 3, 4])]
)
def test_refit_says_at_which_window_the_fit_of_a_window_was_made(refit, fitted):
    schedule = Schedule(horizon=1, windows=5, refit=refit)
    assert [schedule.fitted_at(w) for w in range(5)] == fitted


def groups(panel, schedule):
    windows = rolling(panel, schedule)
    fitted_at = [schedule.fitted_at(w.index) for w in windows]
    return windows, groups_of(windows, fitted_at, schedule.scheme == "sliding")


def test_expanding_windows_train_on_everything_up_to_the_cutoff():
    panel = panel_of(range(30), range(25), ends=[29, 29])
    windows, found = groups(panel, Schedule(horizon=4))
    for window, group in zip(windows, found, strict=True):
        seen = group.cut.training(panel, 4)
        assert seen.lengths.tolist() == (window.position + 1).tolist()
        assert [seen.series(i)[0] for i in range(2)] == [0.0, 0.0]
        assert group.origins.position.tolist() == window.position.tolist()


def test_sliding_windows_keep_the_length_of_the_first_training_part():
    panel = panel_of(range(30), range(25), ends=[29, 29])
    windows, found = groups(panel, Schedule(horizon=4, scheme="sliding"))
    kept = (windows[0].position + 1).tolist()
    for window, group in zip(windows, found, strict=True):
        seen = group.cut.training(panel, 4)
        assert seen.lengths.tolist() == kept
        # The values count the rows, so the last one shown names the cutoff.
        assert [int(seen.series(i)[-1]) for i in range(2)] == window.position.tolist()
        base = group.cut.base(panel)
        assert base.times[base.rows(group.origins)].tolist() == panel.times[panel.rows(window.origins())].tolist()


@pytest.mark.parametrize("scheme", ["expanding", "sliding"])
@pytest.mark.parametrize("refit", [True, False, 2])
def test_every_window_is_answered_by_exactly_one_fit_made_at_or_before_it(scheme, refit):
    panel = synthetic_panel(3, 80, freq=None, season=4)
    windows, found = groups(panel, Schedule(horizon=3, windows=4, scheme=scheme, refit=refit))
    answered = []
    for group in found:
        base = group.cut.base(panel)
        rows = base.rows(group.origins)
        fitted = base.starts[group.origins.series] + group.cut.position[group.origins.series]
        assert (rows >= fitted).all()
        answered += rows.tolist()
    assert sorted(answered) == sorted(r for w in windows for r in panel.rows(w.origins()).tolist())
    assert [g.index for g in found] == sorted({Schedule(horizon=3, refit=refit).fitted_at(w) for w in range(4)})


def test_a_series_too_short_at_the_fit_is_not_asked_later_from_that_fit():
    panel = panel_of(range(40), range(9), season=4, ends=[39, 39])
    schedule = Schedule(horizon=3, windows=2, refit=False)
    windows, found = groups(panel, schedule)
    assert windows[1].position.tolist() == [36, -1]
    assert windows[1].left_out == windows[0].left_out == (("s1", 3, 6),)
    assert found[0].origins.series.tolist() == [0, 0]
    assert found[0].cut.training(panel, 3).ids == ("s0",)
