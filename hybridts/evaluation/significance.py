"""The classical tests of a difference in loss: Diebold-Mariano, Wilcoxon, Clark-West and Holm.

The board tests with `independent_units` and `max_test`, which hold their size where series share a calendar, windows
overlap and the best is chosen. The tests here are shown beside it for two names, to be compared with papers.

Sources: Diebold and Mariano (1995), Comparing predictive accuracy. Harvey, Leybourne and Newbold (1997), Testing the
equality of prediction mean squared errors. Newey and West (1987), for Bartlett weights. Wilcoxon (1945), Individual
comparisons by ranking methods. Holm (1979), A simple sequentially rejective multiple test procedure. Clark and West
(2007), Approximately normal tests for equal predictive accuracy in nested models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special  # scipy.stats would take two seconds to import

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EXACT_UP_TO = 50  # differences; for more, the normal approximation with tie correction


@dataclass(frozen=True)
class TestResult:
    """Result of a two-sided test of "no difference".

    Attributes:
        statistic: test statistic; negative where the first forecast has the lower loss.
        p: probability of a difference at least this large by chance, from 0 to 1; NaN where no test is possible.
        variance: estimate of the variance: "rectangular", "bartlett", or "" for a test without one.
    """

    __test__ = False  # pytest would collect the class for its name

    statistic: float
    p: float
    variance: str = ""


NO_TEST = TestResult(math.nan, math.nan)


def diebold_mariano(difference: FloatArray, horizon: int = 1) -> TestResult:
    """Test equal mean loss by Diebold-Mariano with the correction of Harvey, Leybourne and Newbold, two-sided.

    The statistic is mean(d) / sqrt(V / n) * sqrt((n + 1 - 2h + h (h - 1) / n) / n), where V = g_0 + 2 (g_1 + ... +
    g_{h-1}) and g_k is the autocovariance of d at lag k, divided by n. p comes from Student's t with n - 1 degrees of
    freedom. V can be negative in small samples; Bartlett weights 1 - k / h, which cannot make it negative, then
    replace the equal weights.

    >>> result = diebold_mariano(np.array([1.0, 2.0, 3.0]))
    >>> round(result.statistic, 3), round(result.p, 3)
    (3.464, 0.074)

    Args:
        difference: [n] loss of the first forecast minus loss of the second, in order of time.
        horizon: h; differences at least h apart are taken to be uncorrelated.

    Returns:
        The result; p = 1 where all differences are zero, p = 0 where all are equal and not zero; NaN where n <= h,
        n < 2 or a difference is not finite.
    """
    d = np.asarray(difference, dtype=float)
    n = len(d)
    if n < 2 or horizon >= n or not np.isfinite(d).all():
        return NO_TEST
    if not d.any():
        return TestResult(0.0, 1.0)
    mean = d.mean()
    centred = d - mean
    covariance = np.array([centred[k:] @ centred[: n - k] for k in range(horizon)]) / n
    if covariance[0] <= 1e-28 * mean**2:  # all differences are equal, up to rounding
        return TestResult(math.copysign(math.inf, mean), 0.0)
    variance, kind = covariance[0] + 2.0 * covariance[1:].sum(), "rectangular"
    if variance <= 1e-12 * covariance[0]:
        weights = 1.0 - np.arange(1, horizon) / horizon
        variance, kind = covariance[0] + 2.0 * (weights @ covariance[1:]), "bartlett"
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = float(mean / math.sqrt(variance / n) * math.sqrt(correction))
    return TestResult(statistic, float(2.0 * special.stdtr(n - 1, -abs(statistic))), kind)


def wilcoxon(difference: FloatArray) -> TestResult:
    """Test whether differences are centred at zero by Wilcoxon's signed ranks, two-sided.

    Zeros are left out, ties share their mean rank. p is exact, ties included, for up to `EXACT_UP_TO` non-zero
    differences; for more it is normal with tie and continuity correction. The statistic is (sum of positive ranks -
    sum of negative ranks) / sum of all ranks, from -1 to 1.

    >>> wilcoxon(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    TestResult(statistic=1.0, p=0.03125, variance='')

    Args:
        difference: [n] loss of the first forecast minus loss of the second, one per independent unit.

    Returns:
        The result; p = 1 where all differences are zero; NaN without a difference or where one is NaN.
    """
    d = np.asarray(difference, dtype=float)
    if not len(d) or np.isnan(d).any():
        return NO_TEST
    d = d[d != 0]
    if not len(d):
        return TestResult(0.0, 1.0)
    doubled = np.rint(2 * pd.Series(np.abs(d)).rank()).astype(np.int64)  # ties have ranks such as 2.5: double them
    positive = int(doubled[d > 0].sum())
    most = int(doubled.sum())
    p = _exact_p(doubled, positive) if len(d) <= EXACT_UP_TO else _normal_p(doubled, positive)
    return TestResult((2 * positive - most) / most, p)


def _exact_p(ranks: IntArray, positive: int) -> float:
    """Return the two-sided p of a rank sum; its distribution under random signs comes from convolution.

    Args:
        ranks: [n] doubled ranks.
        positive: sum of the doubled ranks of positive differences.
    """
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0] = 1.0
    for r in ranks:
        moved = np.zeros_like(chance)
        moved[r:] = chance[:-r]
        chance = 0.5 * (chance + moved)
    tail = min(chance[: positive + 1].sum(), chance[positive:].sum())
    return float(min(1.0, 2.0 * tail))


def _normal_p(ranks: IntArray, positive: int) -> float:
    """Return the same p for many differences: normal, with variance sum(rank^2) / 4 under random signs."""
    spread = 0.5 * math.sqrt(float((ranks.astype(float) ** 2).sum()))
    distance = abs(positive - ranks.sum() / 2.0) - 1.0  # continuity correction: half a rank, doubled
    return float(min(1.0, 2.0 * special.ndtr(-max(distance, 0.0) / spread)))


def holm(p: FloatArray) -> FloatArray:
    """Correct p-values for many tests by Holm's step-down procedure.

    With p_(1) <= ... <= p_(m), the corrected p_(i) is the largest of (m - j + 1) p_(j) over j <= i, at most 1.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])

    Args:
        p: [m] p-values; NaN is not a test and is not counted.

    Returns:
        [m] corrected p-values; NaN where `p` is NaN.
    """
    p = np.asarray(p, dtype=float)
    adjusted = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    raised = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)) if len(order) else p[order]
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def clark_west(narrow: FloatArray, wide: FloatArray) -> FloatArray:
    """Return the adjusted difference in squared error of a model and a wider one that nests it.

    f = e_n^2 - (e_w^2 - (e_n - e_w)^2): what the wider model gains, plus what it loses only because it estimates more.
    Its mean is zero where the wider model knows nothing more; it is tested one-sided.

    >>> clark_west(np.array([2.0]), np.array([1.0])).tolist()
    [4.0]

    Args:
        narrow: [n] errors of the nested model.
        wide: [n] errors of the wider one.
    """
    adjusted: FloatArray = np.square(narrow) - (np.square(wide) - np.square(narrow - wide))
    return adjusted
