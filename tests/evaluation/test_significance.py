"""The tests of significance equal R, scipy, plain versions of their formulas, and known identities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hybridts.evaluation.significance import clark_west, diebold_mariano, holm, wilcoxon


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


# R 4.2.2, forecast 8.20:
#   library(forecast)
#   i <- 1:24
#   e1 <- sin(i / 3) * 1.5 + (i %% 5) / 4
#   e2 <- cos(i / 4) + (i %% 3) / 5
#   for (h in 1:4) for (power in 1:2) print(dm.test(e1, e2, h = h, power = power))
R_DM_TEST = [
    (1, 1, 4.250167995581, 0.000301838462),
    (1, 2, 3.862562814962, 0.000790913762),
    (2, 1, 2.837620890439, 0.009326135135),
    (2, 2, 2.586337136297, 0.016506628621),
    (3, 1, 2.435964905289, 0.023010963253),
    (3, 2, 2.289895158367, 0.031531404215),
    (4, 1, 2.274683099010, 0.032567817880),
    (4, 2, 2.165917958496, 0.040929674883),
]


@pytest.mark.parametrize("h, power, statistic, p", R_DM_TEST)
def test_dm_equals_that_of_r(h, power, statistic, p):
    i = np.arange(1, 25)
    first = np.sin(i / 3) * 1.5 + (i % 5) / 4
    second = np.cos(i / 4) + (i % 3) / 5
    result = diebold_mariano(np.abs(first) ** power - np.abs(second) ** power, h)
    assert (result.statistic, result.p) == pytest.approx((statistic, p), rel=1e-8)


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


def test_dm_holds_its_size_on_differences_that_are_noise():
    rng = np.random.default_rng(5)
    p = np.array([diebold_mariano(rng.normal(0, 1, 20)).p for _ in range(1000)])
    assert 0.03 < (p < 0.05).mean() < 0.07


def test_clark_west_adds_back_what_the_wider_model_loses_by_estimating_more():
    """Clark and West (2007), equation 3.1; noise in the wider model costs nothing."""
    rng = np.random.default_rng(6)
    y, narrow, wide = rng.normal(size=(3, 50))
    by_hand = (y - narrow) ** 2 - ((y - wide) ** 2 - (narrow - wide) ** 2)
    assert clark_west(narrow - y, wide - y) == pytest.approx(by_hand)
    shocks, noise = rng.normal(size=(2, 20_000))
    adjusted = clark_west(shocks, shocks + noise)
    assert abs(adjusted.mean()) < 4 * adjusted.std() / math.sqrt(20_000)
    assert (np.square(shocks) - np.square(shocks + noise)).mean() < -0.9  # without the term it would look far worse
