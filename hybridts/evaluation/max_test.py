"""Tests of many differences at once, corrected for their number and for choosing the best by a max-type test.

Under "no difference" the rows of `PairedTest.coefficients` (a mean and its deviations, for all comparisons at once) are
equally likely in every rotation. Turning them at random, the same way for all comparisons, gives draws of all t
statistics together, with the correlation that the comparisons have (Langsrud 2005, Rotation tests). The largest t of a
draw is what chance alone makes of the best of many names; stepping down from the largest (Westfall and Young 1993;
Romano and Wolf 2005) gives p-values that are right for the whole family. For a single comparison this is the t-test,
so no number of units is too small for it, unlike a bootstrap of three windows.

"Better than the best baseline" means better than every baseline: the largest p of them, which needs no correction for
the choice (Berger 1982). "Worse than the best baseline" means worse than some baseline: the smallest p, corrected over
all of them, since the best of several equal baselines looks better than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from hybridts.evaluation.independent_units import FloatArray, IntArray, t_of

DRAWS = 4999
CHUNK_VALUES = 1_000_000  # values computed at a time
SEED = 20_18  # the draws are the same for every board


@dataclass(frozen=True)
class OneSided:
    """p-values of J comparisons in both directions.

    Attributes:
        lower: [J] p of "the first loss is not lower"; small where it is clearly lower.
        higher: [J] p of "the first loss is not higher".
    """

    lower: FloatArray
    higher: FloatArray


def alone(coefficients: FloatArray) -> OneSided:
    """Return the p-values of Student's t, each comparison by itself."""
    t, freedom = t_of(coefficients), len(coefficients) - 1
    return OneSided(special.stdtr(freedom, t), special.stdtr(freedom, -t))


def together(coefficients: FloatArray) -> OneSided:
    """Return p-values that hold for all J comparisons together, by the max-type test of this module."""
    single, t = alone(coefficients), t_of(coefficients)
    if t.size <= 1:
        return single
    return OneSided(*(_stepped(coefficients, s, p) for s, p in ((-t, single.lower), (t, single.higher))))


def _stepped(coefficients: FloatArray, t: FloatArray, p: FloatArray) -> FloatArray:
    """Return corrected p-values [J] of "t is large"; NaN where t is.

    Args:
        coefficients: [1 + freedom, J].
        t: [J] the statistics, signed so that large ones count.
        p: [J] their p-values, each alone.
    """
    known = np.flatnonzero(~np.isnan(t))
    order = known[np.argsort(-t[known], kind="stable")]
    exceeded = np.zeros(len(order))
    for draws in draws_of(coefficients[:, order]):
        # the largest of a comparison and of all that are less significant
        largest = np.maximum.accumulate(draws[:, ::-1], axis=1)[:, ::-1]
        exceeded += (largest >= t[order] - 1e-12).sum(axis=0)
    by_draws = (1.0 + exceeded) / (1.0 + DRAWS)
    holm = p[order] * np.arange(len(order), 0, -1)  # never smaller than the exact value, which draws only estimate
    corrected = np.full(len(t), np.nan)
    corrected[order] = np.maximum.accumulate(np.clip(np.minimum(by_draws, holm), p[order], 1.0))
    return corrected


def draws_of(coefficients: FloatArray) -> Iterator[FloatArray]:
    """Yield chunks [draws, J] of t statistics under "no difference"."""
    freedom = len(coefficients) - 1
    total = np.square(coefficients).sum(axis=0)
    turned = _directions(freedom + 1)
    rows = max(1, CHUNK_VALUES // max(coefficients.shape[1], 1))
    for start in range(0, DRAWS, rows):
        mean = turned[start : start + rows] @ coefficients
        rest = np.maximum(total - np.square(mean), 0.0) / freedom
        with np.errstate(invalid="ignore", divide="ignore"):
            yield np.where(total > 0, mean / np.sqrt(rest), 0.0)


@lru_cache(maxsize=8)
def _directions(dimensions: int) -> FloatArray:
    """Return [DRAWS, dimensions] random directions, each of length 1."""
    turned = np.random.default_rng(SEED).normal(size=(DRAWS, dimensions))
    lengths: FloatArray = np.linalg.norm(turned, axis=1, keepdims=True)
    return turned / lengths


@dataclass(frozen=True)
class AgainstBest:
    """p-values of names against the best of their rivals.

    Attributes:
        better: [names] p of "not better than every rival", over all names.
        worse: [names] p of "not worse than any rival", over all names and rivals.
        better_alone, worse_alone: the same, corrected for the choice among rivals but not for the number of names.
    """

    better: FloatArray
    worse: FloatArray
    better_alone: FloatArray
    worse_alone: FloatArray


def against_best(coefficients: FloatArray, name: IntArray, rival: IntArray, *, one_best: bool) -> AgainstBest:
    """Test names against the best of their rivals, each name with one or more.

    Args:
        coefficients: [1 + freedom, J] of loss of the name minus loss of the rival.
        name: [J] name of each comparison, as 0, 1, 2 ...
        rival: [J] rival of each comparison.
        one_best: all names have the same rivals, so there is one best rival, and "better" is corrected over the names
            for each rival by itself; otherwise over all comparisons.
    """
    joint = together(coefficients)
    better = joint.lower.copy()
    if one_best:
        for r in np.unique(rival):
            own = rival == r
            better[own] = together(coefficients[:, own]).lower
    names = int(name.max(initial=-1)) + 1
    single = alone(coefficients)
    found = [np.full(names, np.nan) for _ in range(4)]
    for i in range(names):
        own = np.flatnonzero(name == i)
        if len(own) and not np.isnan(single.lower[own]).any():
            found[0][i] = better[own].max()
            found[1][i] = joint.higher[own].min()
            found[2][i] = single.lower[own].max()
            found[3][i] = together(coefficients[:, own]).higher.min()
    return AgainstBest(*found)
