"""The tests of significance equal plain versions of their formulas, scipy, and known identities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hybridts.evaluation.significance import IntArray, diebold_mariano, holm, paired_test, wilcoxon


def naive_dm(d, h):
    """Return statistic and p of Harvey, Leybourne and Newbold (1997), written as in the paper."""
    n, mean = len(d), sum(d) / len(d)
    gamma = [sum((d[t] - mean) * (d[t - k] - mean) for t in range(k, n)) / n for k in range(h)]
    variance = (gamma[0] + 2 * sum(gamma[1:])) / n
    if variance <= 0:
        variance = (gamma[0] + 2 * sum((1 - k / h) * gamma[k] for k in range(1, h))) / n
    s = mean / math.sqrt(variance) * math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return s, 2 * stats.t.cdf(-abs(s), n - 1)


@pytest.mark.parametrize("h", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(5))
def test_dm_equals_its_naive_twin(h, seed):
    d = np.random.default_rng(seed).normal(0.2, 1, 25)
    result = diebold_mariano(d, h)
    assert (result.statistic, result.p) == pytest.approx(naive_dm(list(d), h))


def test_dm_with_one_step_is_the_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 30), rng.normal(0.4, 1, 30)
    known = stats.ttest_rel(a, b)
    result = diebold_mariano(a - b)
    assert (result.statistic, result.p) == pytest.approx((known.statistic, known.pvalue))


def test_dm_falls_back_to_bartlett_where_the_variance_is_negative():
    d = np.array([1.0, -1.0, 1.2, -0.9, 1.1, -1.0, 0.8, -1.1])
    result = diebold_mariano(d, 2)
    assert result.variance == "bartlett"
    assert (result.statistic, result.p) == pytest.approx(naive_dm(list(d), 2))
    assert diebold_mariano(d).variance == "rectangular"


def test_dm_of_no_difference_at_all_is_certain_chance_and_of_a_constant_one_is_none():
    assert diebold_mariano(np.zeros(8), 3).p == 1.0
    assert diebold_mariano(np.full(8, -0.5)).p == 0.0
    assert diebold_mariano(np.full(8, -0.5)).statistic == -math.inf


@pytest.mark.parametrize("d, h", [([1.0], 1), ([1.0, 2.0], 2), ([1.0, math.nan, 2.0], 1), ([math.inf, 1.0, 2.0], 1)])
def test_dm_cannot_be_made_from_too_little_or_from_unknown_losses(d, h):
    assert math.isnan(diebold_mariano(np.array(d), h).p)


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=30), st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_dm_is_antisymmetric_and_its_p_is_a_probability(values, h):
    d = np.round(np.array(values), 3)
    one, other = diebold_mariano(d, h), diebold_mariano(-d, h)
    assert one.p == pytest.approx(other.p, nan_ok=True)
    if not math.isnan(one.p):
        assert 0 <= one.p <= 1 and one.statistic == pytest.approx(-other.statistic)


def naive_wilcoxon(d):
    """Return the exact p by enumerating all sign patterns."""
    d = [x for x in d if x != 0]
    ranks = stats.rankdata(np.abs(d))
    observed = sum(r for r, x in zip(ranks, d, strict=True) if x > 0)
    signs = itertools.product([0, 1], repeat=len(d))
    sums = [sum(r for r, s in zip(ranks, sign, strict=True) if s) for sign in signs]
    below = sum(s <= observed + 1e-9 for s in sums) / len(sums)
    above = sum(s >= observed - 1e-9 for s in sums) / len(sums)
    return min(1.0, 2 * min(below, above))


@given(st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=9), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_wilcoxon_is_exact_with_ties_and_zeros(values, zeros):
    d = np.array([*values, *[0] * zeros], dtype=float)
    assert wilcoxon(d).p == pytest.approx(naive_wilcoxon(values))


@pytest.mark.parametrize("n", [12, 50, 51, 400])
def test_wilcoxon_agrees_with_scipy(n):
    d = np.random.default_rng(n).normal(0.1, 1, n)
    options = {"method": "exact"} if n <= 50 else {"method": "approx", "correction": True}
    assert wilcoxon(d).p == pytest.approx(stats.wilcoxon(d, **options).pvalue)


def test_wilcoxon_of_equal_forecasts_is_certain_chance_and_of_nothing_is_no_test():
    assert wilcoxon(np.zeros(5)).p == 1.0
    assert math.isnan(wilcoxon(np.empty(0)).p)
    assert math.isnan(wilcoxon(np.array([1.0, math.nan])).p)


def test_holm_of_a_worked_example():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.01, math.nan, 0.9])) == pytest.approx([0.02, math.nan, 0.9], nan_ok=True)
    assert len(holm(np.empty(0))) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_a_p_and_keeps_their_order(values):
    p = np.array(values)
    adjusted = holm(p)
    assert (adjusted >= p - 1e-12).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-12).all()


def grid(windows: int, series: int) -> tuple[IntArray, IntArray]:
    """Return window and series of every cell of a full grid."""
    return np.repeat(np.arange(windows), series), np.tile(np.arange(series), windows)


@pytest.mark.parametrize(
    "windows, series, reach, step, kind, words",
    [
        (3, 366, 24, 24, "wilcoxon", "over 366 series"),
        (1, 6, 12, 12, "wilcoxon", "over 6 series"),
        (20, 8, 12, 12, "dm", "over 20 windows"),
        (10, 1, 6, 2, "dm", "over 10 windows, lag 2"),
        (3, 1, 12, 1, "none", "no test: 3 windows that overlap of 1 series are too few"),
        (1, 2, 12, 12, "none", "no test: 1 window of 2 series is too few"),
    ],
)
def test_the_data_decide_the_test(windows, series, reach, step, kind, words):
    test = paired_test(*grid(windows, series), reach, step)
    assert test.kind == kind and test.words.endswith(words)


def test_a_paired_test_averages_its_units_first_and_leaves_missing_cells_out():
    window, series = grid(3, 7)
    test = paired_test(window, series, 4, 4)
    d = np.random.default_rng(3).normal(0.3, 1, 21)
    assert test(d).p == wilcoxon(d.reshape(3, 7).mean(axis=0)).p
    d[0] = math.nan
    means = np.nanmean(d.reshape(3, 7), axis=0)
    assert test(d).p == pytest.approx(wilcoxon(means).p)
    assert math.isnan(test(np.full(21, math.nan)).p)
    assert test.smallest == pytest.approx(2 / 2**7)


def test_a_test_over_windows_is_dm_on_their_means():
    window, series = grid(9, 2)
    d = np.random.default_rng(4).normal(0.3, 1, 18)
    assert paired_test(window, series, 5, 5)(d).p == pytest.approx(diebold_mariano(d.reshape(9, 2).mean(axis=1)).p)


def test_dm_holds_its_size_on_differences_that_are_noise():
    rng = np.random.default_rng(5)
    p = np.array([diebold_mariano(rng.normal(0, 1, 20)).p for _ in range(1000)])
    assert 0.03 < (p < 0.05).mean() < 0.07
