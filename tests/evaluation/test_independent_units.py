"""The units of a test are chosen by the calendar, and the t-test over them is the one that books have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hybridts.evaluation.independent_units import cosines, units_of
from hybridts.evaluation.significance import diebold_mariano


def cells_of(cutoffs):
    """Return a row per (window, series, cutoff)."""
    return pd.DataFrame(cutoffs, columns=["window", "unique_id", "cutoff"])


def shared(windows: int, series: int, step: int = 12) -> pd.DataFrame:
    """Return cells of series that share their cutoffs, monthly."""
    months = pd.date_range("2000-01-31", periods=windows * step, freq="ME")[::step]
    return cells_of([(w, f"s{i}", months[w]) for w in range(windows) for i in range(series)])


def chosen(cells, span=12, step=12, freq="ME"):
    return units_of(cells, np.ones(len(cells), dtype=bool), span, step, freq)


@pytest.mark.parametrize(
    "windows, series, span, step, kind, words",
    [
        (3, 366, 24, 24, "t", "t-test over 3 windows of 366 series that share their dates"),
        (20, 8, 12, 12, "t", "t-test over 20 windows of 8 series that share their dates"),
        (10, 1, 12, 12, "t", "t-test over 10 windows"),
        (10, 1, 6, 2, "t", "t-test over 10 windows that overlap (2 degrees of freedom)"),
        (1, 400, 12, 12, "none", "no test: 1 window of 400 series that share their dates is too few"),
        (2, 6, 12, 12, "none", "no test: 2 windows of 6 series that share their dates are too few"),
        (8, 1, 12, 2, "none", "no test: 8 windows that overlap are too few (at least 18 are needed, or a longer step)"),
    ],
)
def test_series_that_share_a_calendar_are_not_units_however_many(windows, series, span, step, kind, words):
    test = chosen(shared(windows, series, step), span, step)
    assert test.kind == kind and test.words.startswith(words)


def test_series_with_cutoffs_of_their_own_are_grouped_by_date():
    """One straggler does not make the others independent: they still share their dates."""
    cells = shared(4, 30)
    early = cells["unique_id"] == "s0"
    cells.loc[early, "cutoff"] = cells.loc[early, "cutoff"] - pd.offsets.MonthEnd(3)
    test = chosen(cells)
    assert (test.what, test.units, test.lag) == ("none", 0, 2)  # four spans of dates that may touch: too few
    starts = pd.date_range("1990-01-31", periods=300, freq="ME")
    spread = cells_of([(w, f"s{i}", starts[7 * i + 12 * w]) for w in range(3) for i in range(30)])
    test = chosen(spread)
    assert test.kind == "t" and test.what == "dates" and test.words.startswith(f"t-test over {test.units} spans")
    at = spread.groupby(test.unit)["cutoff"].agg(["min", "max"])
    months = (at["max"].dt.year - at["min"].dt.year) * 12 + at["max"].dt.month - at["min"].dt.month
    assert (months < 12).all()


def test_whole_numbers_are_no_calendar_where_the_ends_differ():
    own = cells_of([(w, f"s{i}", 50 + i + 6 * w) for w in range(2) for i in range(9)])
    test = chosen(own, 6, 6, None)
    assert test.what == "series" and test.units == 9 and "9 series" in test.words
    few = cells_of([(w, f"s{i}", 50 + i + 6 * w) for w in range(4) for i in range(3)])
    assert chosen(few, 6, 6, None).what == "windows"
    same = cells_of([(w, f"s{i}", 50 + 6 * w) for w in range(4) for i in range(9)])
    assert chosen(same, 6, 6, None).what == "windows"


def test_without_overlap_it_is_the_t_test_of_the_window_means():
    d = np.random.default_rng(4).normal(0.3, 1, 18)
    means = d.reshape(9, 2).mean(axis=1)
    known = stats.ttest_1samp(means, 0.0)
    assert chosen(shared(9, 2))(d) == pytest.approx((known.statistic, known.pvalue))
    assert chosen(shared(9, 2))(d)[1] == pytest.approx(diebold_mariano(means).p)


def test_cells_without_a_loss_are_left_out_and_the_mean_stays_that_of_the_cells():
    d = np.random.default_rng(5).normal(size=18)
    d[[0, 7]] = np.nan
    test = chosen(shared(9, 2))
    assert test.values(d[None]).mean() == pytest.approx(np.nanmean(d))
    assert np.isnan(test(np.full(18, np.nan))[1])
    used = np.ones(18, dtype=bool)
    used[:2] = False  # the first window has no loss of any name
    fewer = units_of(shared(9, 2), used, 12, 12, "ME")
    d[:2] = np.nan
    assert fewer.units == 8 and fewer.values(d[None]).mean() == pytest.approx(np.nanmean(d))


@given(st.integers(2, 30), st.data())
@settings(max_examples=40, deadline=None)
def test_the_cosines_are_orthonormal(units, data):
    rows = cosines(units, data.draw(st.integers(1, units - 1)))
    assert rows @ rows.T == pytest.approx(np.eye(len(rows)), abs=1e-9)


def test_equal_forecasts_are_certain_chance_and_one_constant_difference_is_none():
    test = chosen(shared(5, 2))
    assert test(np.zeros(10)) == (0.0, 1.0)
    assert test(np.full(10, -0.5)) == (-np.inf, 0.0)
    assert np.isnan(test(np.full(10, np.inf))[1])
