"""Is a difference in loss more than noise? Diebold-Mariano, Wilcoxon and Holm, and the rule for which to use.

The rule (`paired_test`). The values of one forecast path, and of one series, move together, so single steps
and cells are no independent evidence. The units of a test are therefore whole series or whole windows:

* at least `MIN_SERIES` series, and no fewer series than windows: the mean difference of each series over its
  windows, Wilcoxon signed-rank over series (robust to the few series that explode);
* otherwise, at least `MIN_WINDOWS` windows: the mean difference of each window over its series and steps,
  Diebold-Mariano with the Harvey-Leybourne-Newbold correction over windows in time. An error holds all that
  happened from the cutoff to its target, so windows closer than gap + horizon are correlated: its lag covers them.
  This is the average multi-horizon test of Quaedvlieg (2021), and with windows of one step the classical test;
* otherwise there is no test, and p is NaN.

Series that share a calendar are not fully independent either: with few windows and many such series, read a
small p as "on these dates". A hybrid nests its base, so a p beside a gain over its own part is approximate.
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

MIN_SERIES = 6  # the smallest count whose two-sided signed-rank p can fall under 0.05
MIN_WINDOWS = 3
EXACT_UP_TO = 50  # units; beyond, the normal approximation with tie correction


@dataclass(frozen=True)
class TestResult:
    """A two-sided test of "no difference".

    Attributes:
        statistic: negative where the first forecast loses less.
        p: probability of a difference at least this large by chance; NaN where the test cannot be made.
        variance: how the variance was estimated: "rectangular", "bartlett", or "" where that has no meaning.
    """

    __test__ = False  # the name does not make it a pytest class

    statistic: float
    p: float
    variance: str = ""


NO_TEST = TestResult(math.nan, math.nan)


def diebold_mariano(difference: FloatArray, horizon: int = 1) -> TestResult:
    """Diebold-Mariano test of equal mean loss, corrected by Harvey, Leybourne and Newbold (1997), two-sided.

    Args:
        difference: [n] loss of the first minus loss of the second, in time order.
        horizon: h; differences up to lag h - 1 are taken to be correlated.

    The long-run variance is the rectangular sum of autocovariances; it can be negative in small samples, then
    Bartlett weights are used, which cannot. Differences that are all zero give p = 1. NaN where n <= h, n <
    2 or a difference is not finite.
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
    if covariance[0] <= 1e-28 * mean**2:  # the same difference every time
        return TestResult(math.copysign(math.inf, mean), 0.0)
    variance, kind = covariance[0] + 2.0 * covariance[1:].sum(), "rectangular"
    if variance <= 1e-12 * covariance[0]:
        weights = 1.0 - np.arange(1, horizon) / horizon
        variance, kind = covariance[0] + 2.0 * (weights @ covariance[1:]), "bartlett"
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = float(mean / math.sqrt(variance / n) * math.sqrt(correction))
    return TestResult(statistic, float(2.0 * special.stdtr(n - 1, -abs(statistic))), kind)


def wilcoxon(difference: FloatArray) -> TestResult:
    """Wilcoxon signed-rank test of a difference centred at zero, two-sided.

    Zeros are left out, ties share their mean rank. Exact, ties included, up to 50 non-zero differences;
    beyond, normal with tie and continuity correction. All zero gives p = 1. NaN for no difference at all or
    a NaN among them. The statistic is the signed rank sum over its largest possible value, from -1 to 1.
    """
    d = np.asarray(difference, dtype=float)
    if not len(d) or np.isnan(d).any():
        return NO_TEST
    d = d[d != 0]
    if not len(d):
        return TestResult(0.0, 1.0)
    doubled = np.rint(2 * pd.Series(np.abs(d)).rank()).astype(np.int64)  # mean ranks are halves: whole numbers now
    positive = int(doubled[d > 0].sum())
    most = int(doubled.sum())
    p = _exact_p(doubled, positive) if len(d) <= EXACT_UP_TO else _normal_p(doubled, positive)
    return TestResult((2 * positive - most) / most, p)


def _exact_p(ranks: IntArray, positive: int) -> float:
    """Two-sided p of a rank sum when every sign is a fair coin: the distribution by convolution."""
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0] = 1.0
    for r in ranks:
        moved = np.zeros_like(chance)
        moved[r:] = chance[:-r]
        chance = 0.5 * (chance + moved)
    tail = min(chance[: positive + 1].sum(), chance[positive:].sum())
    return float(min(1.0, 2.0 * tail))


def _normal_p(ranks: IntArray, positive: int) -> float:
    """The same for many differences: normal, with variance sum(rank^2) / 4 under fair coins, ties included."""
    spread = 0.5 * math.sqrt(float((ranks.astype(float) ** 2).sum()))
    distance = abs(positive - ranks.sum() / 2.0) - 1.0  # half a rank, doubled
    return float(min(1.0, 2.0 * special.ndtr(-max(distance, 0.0) / spread)))


def holm(p: FloatArray) -> FloatArray:
    """Holm's step-down correction for many tests; NaN entries are no tests and stay NaN."""
    p = np.asarray(p, dtype=float)
    adjusted = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    raised = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)) if len(order) else p[order]
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


@dataclass(frozen=True, eq=False)
class PairedTest:
    """The test that this evaluation allows, from the differences of its cells.

    Attributes:
        kind: "wilcoxon", "dm" or "none".
        unit: [C] the series or the window of each cell, as 0, 1, 2 ... (windows in time order).
        lag: h of the Diebold-Mariano test.
        words: the test in words, for a report.
        units: how many series or windows have a loss; 0 where there is no test.
    """

    kind: str
    unit: IntArray
    lag: int
    words: str
    units: int

    @property
    def smallest(self) -> float:
        """The smallest p this test can give: a signed-rank test of few series cannot give a small one."""
        return 2.0 * 0.5**self.units if self.kind == "wilcoxon" else 0.0

    def __call__(self, difference: FloatArray) -> TestResult:
        """Test [C] differences of loss; NaN cells (missing or undefined on either side) are left out."""
        used = ~np.isnan(difference)
        if self.kind == "none" or not used.any():
            return NO_TEST
        unit = self.unit[used]
        count = np.bincount(unit)
        means = np.bincount(unit, weights=difference[used])[count > 0] / count[count > 0]
        return wilcoxon(means) if self.kind == "wilcoxon" else diebold_mariano(means, self.lag)


def paired_test(window: IntArray, series: IntArray, reach: int, step: int) -> PairedTest:
    """Choose the test (the rule on top) for cells given by their window and series, as 0, 1, 2 ...

    `reach` (gap + horizon) is how many rows lie between a cutoff and its last target, `step` between two cutoffs.
    """
    windows, count = len(np.unique(window)), len(np.unique(series))
    lag = max(1, -(-reach // max(step, 1)))
    if count >= MIN_SERIES and count >= windows:
        return PairedTest("wilcoxon", series, lag, f"Wilcoxon signed-rank over {count} series", count)
    if windows >= MIN_WINDOWS and lag < windows:
        words = f"Diebold-Mariano (Harvey-Leybourne-Newbold) over {windows} windows"
        return PairedTest("dm", window, lag, words + (f", lag {lag - 1}" if lag > 1 else ""), windows)
    found = f"{windows} window{'s' * (windows != 1)}{' that overlap' * (lag > 1)} of {count} series"
    return PairedTest("none", window, lag, f"no test: {found} {'is' if windows == 1 else 'are'} too few", 0)
