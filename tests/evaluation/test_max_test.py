"""The max-type test is the t-test for one comparison, holds its size for many, and for choosing the best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hybridts.evaluation.independent_units import cosines
from hybridts.evaluation.max_test import against_best, alone, together


def coefficients(values):
    """Return the coefficients of units [n, J] that do not overlap."""
    return cosines(len(values), len(values) - 1) @ values


def test_one_comparison_is_the_one_sided_t_test():
    d = np.random.default_rng(0).normal(0.4, 1, (7, 1))
    found = together(coefficients(d))
    assert found.higher[0] == pytest.approx(stats.ttest_1samp(d[:, 0], 0, alternative="greater").pvalue)
    assert found.lower[0] == pytest.approx(stats.ttest_1samp(d[:, 0], 0, alternative="less").pvalue)


def test_many_copies_of_one_comparison_cost_nothing_and_independent_ones_nearly_what_holm_says():
    rng = np.random.default_rng(1)
    one = rng.normal(0.5, 1, (8, 1))
    single, copies = alone(coefficients(one)).higher[0], together(coefficients(np.repeat(one, 50, axis=1))).higher
    assert copies == pytest.approx(np.full(50, single), abs=0.01)
    wide = rng.normal(0, 1, (30, 40))
    wide[:, 0] += 0.8
    found, p = together(coefficients(wide)).higher[0], alone(coefficients(wide)).higher[0]
    assert 20 * p < found <= 40 * p


@given(st.integers(3, 12), st.integers(1, 6), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_corrected_p_values_are_never_smaller_and_keep_their_order(units, count, seed):
    values = np.random.default_rng(seed).normal(size=(units, count))
    single, joint = alone(coefficients(values)), together(coefficients(values))
    for p, corrected in ((single.lower, joint.lower), (single.higher, joint.higher)):
        assert (corrected >= p).all() and (corrected <= 1).all()
        assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("units", [3, 12])
def test_the_family_is_wrong_as_often_as_it_may_be(units):
    """Twenty equal names that share half of their noise: any "better" of them all is false."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(400):
        values = rng.normal(size=(units, 1)) + rng.normal(size=(units, 20))
        wrong += bool((together(coefficients(values)).lower < 0.05).any())
    assert wrong <= 0.05 * 400 + 2 * np.sqrt(0.05 * 0.95 * 400)


def test_the_best_of_equal_baselines_is_no_evidence_against_a_name():
    """Uncorrected, "worse than the best of eight" is found in far more than one in twenty equal names."""
    rng = np.random.default_rng(3)
    wrong = naive = 0
    for _ in range(300):
        losses = rng.normal(size=(12, 9))
        d = losses[:, [0]] - losses[:, 1:]
        found = against_best(coefficients(d), np.zeros(8, int), np.arange(8), one_best=True)
        wrong += bool(found.worse[0] < 0.05)
        best = int(np.argmax(d.mean(axis=0)))
        naive += bool(alone(coefficients(d)).higher[best] < 0.05)
        assert found.better[0] == pytest.approx(alone(coefficients(d)).lower.max())
        assert found.worse[0] == pytest.approx(found.worse_alone[0])
    assert wrong <= 23 < 60 < naive


def test_a_name_with_an_infinite_loss_is_not_tested_and_does_not_disturb_the_others():
    values = np.random.default_rng(4).normal(size=(6, 3))
    broken = values.copy()
    broken[0, 1] = np.inf
    with np.errstate(invalid="ignore"):
        found = together(coefficients(broken))
    assert np.isnan(found.higher[1])
    assert found.higher[[0, 2]] == pytest.approx(together(coefficients(values[:, [0, 2]])).higher)
