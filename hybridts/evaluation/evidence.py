"""How sure a board is: verdicts on names, critical differences, intervals, win rates and equal forecasts.

A verdict needs all of: p below `CLEAR` for the mean loss, which is what ranks (`max_test`); the majority of series (of
cells, where there are few series) on the same side; and, where names were run under several seeds, a difference that
their seeds do not explain. Where the mean says one thing and the majority another, the verdict says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from hybridts.evaluation.independent_units import MIN_SERIES, FloatArray, IntArray, PairedTest
from hybridts.evaluation.max_test import against_best
from hybridts.evaluation.significance import TestResult, diebold_mariano, wilcoxon

CLEAR = 0.05
ROUNDING = 1e-12  # losses whose relative difference is smaller count as equal
REPLICATES = 1999
SEED = 20_18

BETTER, WORSE, SAME, EQUAL = "clearly better", "clearly worse", "not told apart", "equal"
DISAGREE, SEEDS, UNTESTED = "mean and ranks disagree", "within the spread of seeds", "not tested"
VERDICTS = (BETTER, WORSE, SAME, EQUAL, DISAGREE, SEEDS, UNTESTED)


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses of names, lower is better, and the units that a test of them may use.

    Attributes:
        of: name -> [cells]; NaN where it has none.
        by_seed: name -> [seeds, cells]; one row where a name has one seed.
        series: [cells] series of each cell, as 0, 1, 2 ...
        test: the units.
    """

    of: Callable[[str], FloatArray]
    by_seed: Callable[[str], FloatArray]
    series: IntArray
    test: PairedTest

    def difference(self, name: str, other: str) -> FloatArray:
        """Return loss of `name` minus loss of `other` [cells]; NaN where one is missing, 0 where equal to rounding."""
        return _difference(self.of(name), self.of(other))

    def gain(self, name: str, other: str) -> float:
        """Return by how many percent the mean loss of `name` is lower, on the cells that both have."""
        d, b = self.difference(name, other), self.of(other)
        both = ~np.isnan(d)
        if not both.any():
            return math.nan
        with np.errstate(invalid="ignore"):
            change, reference = float(d[both].mean()), abs(float(b[both].mean()))
        gain = -100.0 * change / reference if reference > 0 else (0.0 if change == 0 else math.nan)
        return gain + 0.0  # turns -0.0 into 0.0

    def majority(self, name: str, other: str) -> float:
        """Return the share of series (of cells, for few series) in which `name` is better; ties count half."""
        return win_share(self.difference(name, other), self.series)

    def p_of_seeds(self, name: str, other: str) -> float:
        """Return the p of "the seeds explain the difference": a t-test over seeds; 0 where no name has several."""
        a, b = self.by_seed(name), self.by_seed(other)
        seeds = max(len(a), len(b))
        if seeds < 2:
            return 0.0
        pairs = [_difference(a[i % len(a)], b[i % len(b)]) for i in range(seeds)]
        means = np.array([_mean(d) for d in pairs])
        if not np.isfinite(means).all():
            return math.nan
        spread = float(means.std(ddof=1))
        if spread <= 1e-12 * float(np.abs(means).max()):
            return 0.0
        return float(2.0 * special.stdtr(seeds - 1, -abs(means.mean()) / (spread / math.sqrt(seeds))))


def _difference(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a - b; 0 where they are equal up to rounding."""
    with np.errstate(invalid="ignore"):
        difference = a - b
        difference[np.abs(difference) <= ROUNDING * (np.abs(a) + np.abs(b))] = 0.0
    return difference


def win_share(difference: FloatArray, series: IntArray) -> float:
    """Return the share of series with a negative mean difference (of cells, where there are fewer than `MIN_SERIES`).

    Args:
        difference: [cells]; NaN cells are left out.
        series: [cells].
    """
    used = ~np.isnan(difference)
    d, own = difference[used], series[used]
    if not len(d):
        return math.nan
    if len(np.unique(own)) >= MIN_SERIES:
        d = _totals(d, own)
    return float((d < 0).mean() + 0.5 * (d == 0).mean())


def _totals(values: FloatArray, group: IntArray) -> FloatArray:
    """Return the sum of the values of every group that occurs, in the order of their numbers."""
    if not len(values):
        return np.empty(0)
    total: FloatArray = np.bincount(group, weights=values).astype(float)
    return total[np.bincount(group) > 0]


@dataclass(frozen=True)
class Comparison:
    """A name against the best of its rivals.

    Attributes:
        rival: the rival with the lowest mean loss.
        gain: by how many percent the mean loss is lower than the rival's.
        p: two-sided, corrected for all names of the board and for the choice of the rival; 1 where the majority of
            series is on the other side; NaN without a test.
        p_alone: the same, for this name only, and of the mean only.
        verdict: one of `VERDICTS`.
    """

    rival: str
    gain: float
    p: float
    p_alone: float
    verdict: str


def compare_all(
    losses: Losses, rivals: Mapping[str, Sequence[str]], best: Mapping[str, str], *, one_best: bool
) -> dict[str, Comparison]:
    """Compare names with the best of their rivals, with p-values that hold for all of them together.

    Args:
        losses: the losses.
        rivals: name -> the names it is compared with.
        best: name -> the rival with the lowest mean loss.
        one_best: all names have the same rivals.
    """
    pairs = [(n, r) for n in rivals for r in rivals[n] if n != r and np.isfinite(_mean(losses.difference(n, r)))]
    p = _p_values(losses, pairs, one_best=one_best)
    none = (math.nan, math.nan, math.nan, math.nan)
    return {name: _judged(losses, name, best[name], p.get(name, none)) for name in rivals}


def _p_values(losses: Losses, pairs: list[tuple[str, str]], *, one_best: bool) -> dict[str, tuple[float, ...]]:
    """Return name -> p of better and worse over all names, and for this name alone."""
    if losses.test.kind == "none" or not pairs:
        return {}
    names, rivals = (list(dict.fromkeys(column)) for column in zip(*pairs, strict=True))
    found = against_best(
        losses.test.coefficients(np.stack([losses.difference(n, r) for n, r in pairs])),
        np.array([names.index(n) for n, _ in pairs]),
        np.array([rivals.index(r) for _, r in pairs]),
        one_best=one_best,
    )
    columns = (found.better, found.worse, found.better_alone, found.worse_alone)
    return {name: tuple(float(c[i]) for c in columns) for i, name in enumerate(names)}


def _judged(losses: Losses, name: str, rival: str, p: tuple[float, ...]) -> Comparison:
    """Return the comparison of a name with its best rival; `p`: see `_p_values`."""
    gain = losses.gain(name, rival)
    if gain == 0.0 and not np.nan_to_num(losses.difference(name, rival)).any():
        known = 1.0 if losses.test.kind != "none" else math.nan
        return Comparison(rival, gain, known, known, EQUAL)
    better = gain > 0
    alone = min(1.0, 2.0 * p[2 if better else 3])
    corrected = max(min(1.0, 2.0 * p[0 if better else 1]), alone) if not math.isnan(p[0]) else math.nan
    if math.isnan(corrected):
        return Comparison(rival, gain, math.nan, math.nan, UNTESTED)
    if not _agrees(losses.majority(name, rival), better=better):
        return Comparison(rival, gain, 1.0, alone, DISAGREE if corrected < CLEAR else SAME)
    seeds = losses.p_of_seeds(name, rival)
    if corrected < CLEAR and not seeds < CLEAR:
        return Comparison(rival, gain, seeds, alone, SEEDS)
    verdict = SAME if corrected >= CLEAR else BETTER if better else WORSE
    return Comparison(rival, gain, corrected, alone, verdict)


def _agrees(share: float, *, better: bool) -> bool:
    return share >= 0.5 if better else share <= 0.5


# -- two names ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class HeadToHead:
    """Two names against each other, chosen without looking at their losses.

    Attributes:
        gain: by how many percent the mean loss of the first is lower; low, high: its 95 % interval.
        p: two-sided p of "no difference", for this pair alone.
        wins: share of cells in which the first is better, ties half.
        verdict: one of `VERDICTS`.
        words: the test.
        diebold_mariano: the classical test over the units in order of time, lag as for their overlap; rejects too
            often where windows overlap.
        signed_rank: Wilcoxon's test over series; too sure where series share a calendar.
    """

    gain: float
    low: float
    high: float
    p: float
    wins: float
    verdict: str
    words: str
    diebold_mariano: TestResult
    signed_rank: TestResult


def head_to_head(losses: Losses, name: str, other: str) -> HeadToHead:
    """Compare two names."""
    d, test = losses.difference(name, other), losses.test
    t, p = test(d)
    gain = losses.gain(name, other)
    judged = _judged(losses, name, other, (0.5 * p, 0.5 * p, 0.5 * p, 0.5 * p))
    half = math.nan
    if test.kind != "none" and math.isfinite(t) and t != 0.0:
        half = abs(gain / t) * float(special.stdtrit(test.freedom, 0.975))
    elif judged.verdict == EQUAL or (test.kind != "none" and math.isinf(t)):
        half = 0.0
    used = ~np.isnan(d)
    cells = d[used]
    wins = float((cells < 0).mean() + 0.5 * (cells == 0).mean()) if len(cells) else math.nan
    units = test.values(d[None])[:, 0] if test.kind != "none" else np.empty(0)
    return HeadToHead(
        *(gain, gain - half, gain + half, p, wins, judged.verdict, test.words),
        diebold_mariano=diebold_mariano(units, test.lag),
        signed_rank=wilcoxon(_totals(cells, losses.series[used])),
    )


def win_rates(names: Sequence[str], losses: Losses) -> pd.DataFrame:
    """Return names x names: the share of cells, of those that both have, in which the row is better; ties half."""
    table = np.full((len(names), len(names)), np.nan)
    every = np.stack([losses.of(n) for n in names]) if names else np.empty((0, 0))
    for i, own in enumerate(every):
        d = np.stack([_difference(own, other) for other in every])
        both = (~np.isnan(d)).sum(axis=1)
        won = (d < 0).sum(axis=1) + 0.5 * (d == 0).sum(axis=1)
        table[i] = np.where(both > 0, won / np.maximum(both, 1), np.nan)
    frame = pd.DataFrame(table, index=list(names), columns=list(names))
    frame.attrs["words"] = "share of cells (series x window) in which the row is better; ties count half"
    return frame


# -- ranks --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class CriticalDifference:
    """Mean ranks of names over the units, and the difference of two mean ranks that chance does not explain.

    Attributes:
        names: names that have every cell, best mean rank first.
        mean_rank: [names].
        difference: critical difference of Nemenyi's test at 5 %; NaN where there is no test.
        groups: names that cannot be told apart, largest groups only, as slices of `names`.
        p: Friedman's p of "all names are equal", in the form of Iman and Davenport; NaN where there is no test.
        units: number of independent units.
        words: how it was made, or why not.
    """

    names: tuple[str, ...]
    mean_rank: FloatArray
    difference: float
    groups: tuple[tuple[str, ...], ...]
    p: float
    units: int
    words: str


def critical_difference(names: Sequence[str], losses: FloatArray, test: PairedTest) -> CriticalDifference:
    """Rank the names in every unit and compare their mean ranks, by Friedman's and Nemenyi's tests.

    Units that overlap count as their independent number. Source: Demsar (2006), Statistical comparisons of classifiers
    over multiple data sets.

    Args:
        names: K names that have every cell.
        losses: [K, cells].
        test: the units.
    """
    count, units = len(names), test.freedom + 1
    if test.kind == "none" or count < 2:
        words = test.words if test.kind == "none" else "fewer than two names have every cell"
        return CriticalDifference(tuple(names), np.full(count, np.nan), math.nan, (), math.nan, 0, words)
    ranks = pd.DataFrame(_rounded(test.values(losses))).rank(axis=1).to_numpy()
    mean = ranks.mean(axis=0)
    order = np.argsort(mean, kind="stable")
    difference = _nemenyi(count) * math.sqrt(count * (count + 1) / (6.0 * units))
    chosen = tuple(names[i] for i in order)
    return CriticalDifference(
        *(chosen, mean[order], difference, _groups(chosen, mean[order], difference)),
        *(_friedman(mean, ranks, units), units, f"mean ranks over {units} independent units ({test.words})"),
    )


def _nemenyi(count: int) -> float:
    """Return the 95 % point of the studentized range of `count` names over sqrt(2)."""
    from scipy import stats  # imported late: it takes two seconds

    return float(stats.studentized_range.ppf(0.95, count, np.inf)) / math.sqrt(2.0)


def _friedman(mean: FloatArray, ranks: FloatArray, units: int) -> float:
    """Return the p of Iman and Davenport's F; ties are corrected for by the variance of the ranks."""
    count = ranks.shape[1]
    spread = float(np.square(ranks - (count + 1) / 2).sum(axis=1).mean()) / (count - 1)
    if spread == 0.0 or units < 2:
        return 1.0
    chi = units * float(np.square(mean - (count + 1) / 2).sum()) / spread
    most = units * (count - 1)
    if chi >= most:
        return 0.0
    f = (units - 1) * chi / (most - chi)
    return float(special.fdtrc(count - 1, (count - 1) * (units - 1), f))


def _groups(names: Sequence[str], mean: FloatArray, difference: float) -> tuple[tuple[str, ...], ...]:
    """Return the largest runs of names whose mean ranks are closer than the critical difference."""
    groups: list[tuple[int, int]] = []
    for i in range(len(names)):
        stop = int(np.searchsorted(mean, mean[i] + difference, side="left"))
        if stop - i > 1 and (not groups or stop > groups[-1][1]):
            groups.append((i, stop))
    return tuple(tuple(names[a:b]) for a, b in groups)


# -- intervals ----------------------------------------------------------------------------------------------------
def intervals(names: Sequence[str], losses: FloatArray, test: PairedTest, baseline: str | None) -> pd.DataFrame:
    """Return 95 % intervals of mean loss, skill over the best baseline and rank, by a multiplier bootstrap over time.

    The deviations of the units (of their cosines, where they overlap) get random weights, the same for all names, so
    that the correlation of names is kept. The weights have the spread of Student's t: drawing three windows with
    replacement cannot leave their range, and covered the mean in 75 % of samples (experiments/evidence).

    Args:
        names: K names that have every cell.
        losses: [K, cells].
        test: the units.
        baseline: name that skill compares with; None leaves skill out.

    Returns:
        Index model; loss, loss_low, loss_high, skill (%), skill_low, skill_high, rank, rank_low, rank_high; NaN limits
        without a test. ``attrs``: level, words.
    """
    mean = _rounded(np.array([_mean(row) for row in losses]))
    with np.errstate(invalid="ignore"):
        point = _statistics(mean[None], list(names), baseline)
    draws = _drawn(losses, test) if test.kind != "none" and len(names) else np.full((1, len(names)), np.nan)
    with np.errstate(invalid="ignore"):
        drawn = _statistics(draws, list(names), baseline)
    columns: dict[str, FloatArray] = {}
    for name, value in point.items():
        with np.errstate(invalid="ignore"):
            low, high = np.quantile(drawn[name], [0.025, 0.975], axis=0)
        columns |= {name: value[0], f"{name}_low": low, f"{name}_high": high}
    table = pd.DataFrame(columns, index=pd.Index(list(names), name="model"))
    words = f"95 % by a bootstrap ({test.words})" if test.kind != "none" else test.words
    table.attrs.update(level=0.95, words=words)
    return table


def _drawn(losses: FloatArray, test: PairedTest) -> FloatArray:
    """Return [replicates, K] mean losses; their deviations from the mean have Student's t with the test's freedom."""
    rows, freedom = test.coefficients(losses), test.freedom
    rng = np.random.default_rng(SEED)
    weights = rng.normal(size=(REPLICATES, freedom))
    weights /= np.sqrt(rng.chisquare(freedom, size=(REPLICATES, 1)))
    drawn: FloatArray = _rounded((rows[0] + weights @ rows[1:]) / math.sqrt(test.units))
    return drawn


def _statistics(mean: FloatArray, names: list[str], baseline: str | None) -> dict[str, FloatArray]:
    """Return loss, skill and rank [draws, K] of mean losses [draws, K]."""
    skill = np.full(mean.shape, np.nan)
    if baseline in names:
        reference = mean[:, [names.index(baseline)]]
        skill = 100.0 * (1.0 - mean / np.where(reference > 0, reference, np.nan))
    return {"loss": mean, "skill": skill, "rank": pd.DataFrame(mean).rank(axis=1, method="min").to_numpy()}


def _rounded(values: FloatArray) -> FloatArray:
    """Return values with 12 significant digits, so that equal losses tie."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.where(np.isfinite(values) & (values != 0), np.floor(np.log10(np.abs(values))), 0.0)
    unit = 10.0 ** (11.0 - digits)
    return np.where(np.isfinite(values), np.rint(values * unit) / unit, values)


# -- equal forecasts ----------------------------------------------------------------------------------------------
def equal_groups(forecasts: Mapping[str, npt.NDArray[np.float64]], order: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the names that make the same forecasts (in single precision), simplest first, groups of two or more.

    Args:
        forecasts: name -> its forecasts in one order of rows.
        order: all names, the simplest first.
    """
    groups: dict[bytes, list[str]] = {}
    for name in order:
        if name in forecasts:
            with np.errstate(over="ignore"):
                key = (forecasts[name].astype(np.float32) + np.float32(0.0)).tobytes()  # -0.0 is 0.0
            groups.setdefault(key, []).append(name)
    return [tuple(g) for g in groups.values() if len(g) > 1]


def _mean(values: FloatArray) -> float:
    """Return the mean without NaN; NaN for no value."""
    defined = values[~np.isnan(values)]
    with np.errstate(invalid="ignore"):
        return float(defined.mean()) if len(defined) else math.nan
