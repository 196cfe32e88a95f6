"""Weights of the members of an ensemble, learned from their out-of-fold errors in MASE's scale.

Every rule uses errors whose targets end at or before the cutoff, of forecasts by fits that had not seen the targets.
Members with equal errors (a hybrid with a closed gate equals its base) count as one member. Selection on hindcasts
overfits, so half of the weights of `greedy` are those of `stacked`, which are shrunk towards equal weights: the more,
the fewer blocks of time there are (series on a common calendar repeat one another). Measured on inner cutoffs in
experiments/ensembles.

Sources: Bates and Granger (1969), The combination of forecasts (inverse errors); Breiman (1996), Stacked regressions
(non-negative least squares); Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of
models (greedy, with replacement).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.hybrids.settings import CombineMethod, EnsembleSettings
from hybridts.models.findings import EnsembleWeightsFound, FixedCombination
from hybridts.models.protocols import Hindcasts

#: Targets (origin x step) that weights are learned from, at most: more do not change them.
MAX_TARGETS = 50_000
#: Number of blocks below which the weights stay equal.
MIN_BLOCKS = 3
#: Number of blocks at which the weights of a series count as much as those of the panel.
SHRINKAGE_BLOCKS = 8.0
#: Blocks that one block of time counts for at most, however many series there are.
MAX_BLOCKS_PER_TIME = 10


@dataclass(frozen=True, eq=False)
class EnsembleWeights:
    """Weights of K members.

    Attributes:
        by_series: [N, K]; every row is non-negative and sums to one.
        reason: the evidence behind them, or why they are equal.

    >>> import numpy as np
    >>> weights = EnsembleWeights(np.array([[0.75, 0.25]]), "example")
    >>> weights.apply([np.array([[10.0, 12.0]]), np.array([[20.0, 16.0]])], series=np.array([0])).tolist()
    [[12.5, 13.0]]
    """

    by_series: FloatArray
    reason: str

    def apply(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [M, H] the weighted mean of the members' forecasts.

        Where a member is not finite, its weight goes to the others.

        Args:
            forecasts: [M, H] of each of the K members.
            series: [M] index of the series of each row.
        """
        stacked = np.stack(forecasts)
        weights, known = self._weights(stacked, series)
        mean = np.einsum("mk,kmh->mh", weights, np.where(known.T[..., None], stacked, 0.0))
        return np.where(known.any(axis=1, keepdims=True), mean, np.nan)

    def shares(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [K, M, H] the weight of every member in `apply`; NaN where no member is finite."""
        stacked = np.stack(forecasts)
        weights, known = self._weights(stacked, series)
        weights = np.where(known.any(axis=1, keepdims=True), weights, np.nan)
        return np.repeat(weights.T[..., None], stacked.shape[2], axis=2)

    def _weights(self, stacked: FloatArray, series: IntArray) -> tuple[FloatArray, np.ndarray]:
        """Return weights [M, K] that sum to one over the finite members, and [M, K] which are finite."""
        known = np.asarray(np.isfinite(stacked).all(axis=2)).T
        weights = np.where(known, self.by_series[series], 0.0)
        nothing = weights.sum(axis=1) <= 0
        weights[nothing] = known[nothing]
        total = weights.sum(axis=1, keepdims=True)
        return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0), known

    def for_series(self, count: int) -> EnsembleWeights:
        """Return the weights of `count` series: those beyond the fitted ones have the mean weights of these."""
        more = count - len(self.by_series)
        if more <= 0:
            return self
        mean = self.by_series.mean(axis=0, keepdims=True)
        return replace(self, by_series=np.vstack([self.by_series, np.repeat(mean, more, axis=0)]))

    def notes(self, names: Sequence[str]) -> dict[str, Any]:
        """Return JSON-ready facts for the report: the mean weight of each member, the largest first."""
        mean = self.by_series.mean(axis=0)
        order = np.argsort(-mean, kind="stable")
        weights = {names[k]: round(float(mean[k]), 4) for k in order if mean[k] > 0}
        return EnsembleWeightsFound(weights, self.reason).to_notes()


class EqualWeights(EnsembleWeights):
    """Equal weights by definition, not learned: a mean."""

    def notes(self, names: Sequence[str]) -> dict[str, Any]:
        """Return JSON-ready facts for the report: the kind of average and the number of members."""
        return FixedCombination(f"{self.reason} of {len(names)} members").to_notes()


class MedianOfMembers(EqualWeights):
    """The median of the finite members, instead of a mean."""

    def apply(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [M, H] the median of the members' forecasts [M, H] that have a weight and are finite."""
        stacked = np.stack(forecasts)
        counts = np.isfinite(stacked).all(axis=2, keepdims=True) & (self.by_series[series] > 0).T[..., None]
        some = counts.any(axis=(0, 2))
        found = np.full(stacked.shape[1:], np.nan)
        found[some] = np.nanmedian(np.where(counts, stacked, np.nan)[:, some], axis=0)
        return found

    def shares(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [K, M, H] the weight of every member: that of the one or two in the middle."""
        stacked = np.stack(forecasts)
        counts = np.isfinite(stacked).all(axis=2, keepdims=True) & (self.by_series[series] > 0).T[..., None]
        return median_shares(np.where(counts, stacked, np.nan))


def median_shares(stacked: FloatArray) -> FloatArray:
    """Return [K, M, H] the weights of members whose weighted sum is the median of the finite ones of [K, M, H].

    >>> median_shares(np.array([[[1.0]], [[5.0]], [[3.0]], [[np.nan]]])).ravel().tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    rank = np.argsort(np.argsort(stacked, axis=0, kind="stable"), axis=0, kind="stable")  # NaN comes last
    count = np.isfinite(stacked).sum(axis=0)
    middle = [rank == (count - 1) // 2, rank == count // 2]
    return np.where(count > 0, np.mean(middle, axis=0), np.nan)


@dataclass(frozen=True, eq=False)
class TowardsMedian(EnsembleWeights):
    """Learned weights and the median of all members, the more of the median the less evidence there is.

    A selection on a few hindcasts is partly luck; the median needs none and no bad member moves it far.

    Attributes:
        by_series: [N, K] the learned weights; members that nothing was learned about have 0.
        share: of the learned weights in the forecast, from 0 to 1.

    >>> import numpy as np
    >>> weights = TowardsMedian(np.array([[1.0, 0.0, 0.0]]), "example", share=0.5)
    >>> weights.apply([np.array([[10.0]]), np.array([[20.0]]), np.array([[40.0]])], series=np.array([0])).tolist()
    [[15.0]]
    """

    share: float = 0.0

    def apply(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [M, H] share x weighted mean + (1 - share) x median; see `EnsembleWeights.apply`."""
        return self.share * super().apply(forecasts, series) + (1 - self.share) * self._median.apply(forecasts, series)

    def shares(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """Return [K, M, H] the weight of every member; see `EnsembleWeights.shares`."""
        learned, middle = super().shares(forecasts, series), self._median.shares(forecasts, series)
        return self.share * learned + (1 - self.share) * middle

    @property
    def _median(self) -> MedianOfMembers:
        return MedianOfMembers(np.ones_like(self.by_series), "the median")

    def among(self, learned: Sequence[int], count: int) -> TowardsMedian:
        """Return the same for `count` members, of which `learned` are those that weights were learned for."""
        by_series = np.zeros((len(self.by_series), count))
        by_series[:, list(learned)] = self.by_series
        return replace(self, by_series=by_series)

    def notes(self, names: Sequence[str]) -> dict[str, Any]:
        """Return JSON-ready facts for the report; the median counts as equal weights."""
        equal = 1.0 / self.by_series.shape[1]
        shown = EnsembleWeights(self.share * self.by_series + (1 - self.share) * equal, self.reason)
        return shown.notes(names)


def fixed_weights(how: CombineMethod, n_series: int, n_members: int) -> EnsembleWeights:
    """Return the weights of a mean or median, which learns nothing."""
    by_series = np.full((n_series, n_members), 1.0 / n_members)
    return MedianOfMembers(by_series, "the median") if how == "median" else EqualWeights(by_series, "the mean")


def learn_weights(
    how: CombineMethod, options: EnsembleSettings, members: Sequence[Hindcasts], n_series: int, reach: int
) -> EnsembleWeights:
    """Learn the weights of K members from their out-of-fold rows; with `median_blocks`, mix in their median.

    The arguments are those of `_learned_weights`.
    """
    learned, n_blocks = _learned_weights(how, options, members, n_series, reach)
    if not options.median_blocks:
        return learned
    share = n_blocks / (n_blocks + options.median_blocks)
    reason = f"{share:.0%} {learned.reason}; the rest is the median of all members"
    return TowardsMedian(learned.by_series, reason, share)


def _learned_weights(
    how: CombineMethod, options: EnsembleSettings, members: Sequence[Hindcasts], n_series: int, reach: int
) -> tuple[EnsembleWeights, int]:
    """Return the weights of K members, learned from their out-of-fold rows, and the number of blocks of evidence.

    Args:
        how: the rule.
        options: settings of the rule.
        members: out-of-fold rows of each member; only origins that all of them have are used.
        n_series: N of the panel.
        reach: gap + horizon; origins closer than that share targets and lie in one block.
    """
    errors = _errors_of(shared_rows(members), n_series, reach)
    if errors.n_blocks < MIN_BLOCKS:
        why = f"{errors.n_blocks} independent blocks that all members forecast, too few to learn from: equal weights"
        return EnsembleWeights(np.full((n_series, len(members)), 1.0 / len(members)), why), errors.n_blocks
    n_blocks = min(errors.n_blocks, MAX_BLOCKS_PER_TIME * errors.n_times)
    by_series = np.tile(_weights(how, options, errors.scaled, n_blocks), (n_series, 1))
    if options.scope == "series":
        for i in np.unique(errors.series):
            own = errors.series == i
            count = len(np.unique(errors.block[own]))
            weight = count / (count + SHRINKAGE_BLOCKS)
            by_series[i] += weight * (_weights(how, options, errors.scaled[:, own], count) - by_series[i])
    shown = "; the mean is shown of weights that differ by series" if options.scope == "series" else ""
    n_targets = errors.scaled.shape[1]
    reason = f"learned on {n_targets} targets, {n_blocks} independent blocks{shown}"
    return EnsembleWeights(by_series, reason), n_blocks


class _Errors(NamedTuple):
    """Errors of K members at P targets that all of them forecast.

    Attributes:
        scaled: [K, P] target minus forecast, in MASE's scale.
        series: [P] index of the series of each target.
        block: [P] block of each target: one series, one reach of time.
        n_blocks: number of different blocks before targets were sampled.
        n_times: number of blocks of time, counted back from the newest origin of every series.
    """

    scaled: FloatArray
    series: IntArray
    block: IntArray
    n_blocks: int
    n_times: int


def _errors_of(rows: Sequence[Hindcasts], n_series: int, reach: int) -> _Errors:
    """Return the errors of every target, or of `MAX_TARGETS` spread over series and time."""
    scale = np.where(rows[0].scale > 0, rows[0].scale, np.nan)[:, None]  # a constant series has none
    error = np.stack([(r.target - r.forecast) / scale for r in rows])  # [K, M, H]
    origin, step = np.nonzero(np.isfinite(error).all(axis=0))
    series, position = rows[0].origins.series[origin], rows[0].origins.position[origin]
    newest = np.full(n_series, -1)
    np.maximum.at(newest, series, position)
    block, time = series * 2**20 + position // reach, (newest[series] - position) // reach
    picked = np.unique(np.linspace(0, max(len(origin) - 1, 0), min(MAX_TARGETS, len(origin))).astype(np.int64))
    scaled = error[:, origin[picked], step[picked]]
    return _Errors(scaled, series[picked], block[picked], len(np.unique(block)), len(np.unique(time)))


def shared_rows(members: Sequence[Hindcasts]) -> list[Hindcasts]:
    """Return the rows of each member at the origins that all members have.

    The fold of a row is that of the member whose fold is newest there.
    """
    codes = [m.origins.code() for m in members]
    common = codes[0]
    for code in codes[1:]:
        common = np.intersect1d(common, code)
    picked = [m[np.searchsorted(code, common)] for m, code in zip(members, codes, strict=True)]
    fold = np.max([p.fold for p in picked], axis=0) if len(common) else picked[0].fold
    return [replace(p, fold=fold) for p in picked]


# -- rules: weights [K] from scaled errors [K, P] ----------------------------------------------------------------
def _weights(how: CombineMethod, options: EnsembleSettings, errors: FloatArray, n_blocks: int) -> FloatArray:
    """Apply a rule to the members with different errors; the others get a weight of 0."""
    distinct = _distinct(errors)
    own = errors[distinct]
    rules: dict[CombineMethod, Callable[[], FloatArray]] = {
        "weighted": lambda: _inverse(own),
        "stacked": lambda: _stacked(own, n_blocks),
        "greedy": lambda: _half_stacked(_greedy(own, options.rounds), own, n_blocks, options.pull),
        "best": lambda: _best(own),
    }
    weights = np.zeros(len(errors))
    weights[distinct] = rules[how]()
    return weights


def _distinct(errors: FloatArray) -> IntArray:
    """Return the indices of members with different errors: the first of every group of equal ones."""
    first: dict[bytes, int] = {}
    for k, error in enumerate(errors):
        first.setdefault(error.tobytes(), k)
    return np.array(sorted(first.values()), dtype=np.int64)


def _inverse(errors: FloatArray) -> FloatArray:
    """Weigh by one over the mean squared error (Bates and Granger 1969, without covariances)."""
    size = (errors**2).mean(axis=1)
    if (size <= 0).any():
        return np.asarray((size <= 0) / (size <= 0).sum())
    return np.asarray((1 / size) / (1 / size).sum())


def _best(errors: FloatArray) -> FloatArray:
    """Give all weight to the member of smallest mean absolute error."""
    weights = np.zeros(len(errors))
    weights[np.argmin(np.abs(errors).mean(axis=1))] = 1.0
    return weights


def _stacked(errors: FloatArray, n_blocks: int) -> FloatArray:
    """Solve least squares for non-negative weights that sum to one, shrunk towards equal weights (Breiman 1996)."""
    from scipy.optimize import nnls

    count = len(errors)
    products = errors @ errors.T / errors.shape[1]
    size = float(np.trace(products)) / count
    if not size > 0:
        return np.full(count, 1.0 / count)
    ridge = size * count / max(n_blocks, 1)
    root = np.linalg.cholesky(products + (ridge + 1e-9 * size) * np.eye(count)).T
    aim = np.linalg.solve(root.T, np.full(count, ridge / count))
    penalty = 1e3 * np.sqrt(size)  # keeps the sum at one
    weights = nnls(np.vstack([root, np.full(count, penalty)]), np.append(aim, penalty))[0]
    return np.asarray(weights / weights.sum())


def _half_stacked(selected: FloatArray, errors: FloatArray, n_blocks: int, pull: float) -> FloatArray:
    """Return (1 - pull) x selected weights + pull x stacked weights."""
    return (1 - pull) * selected + pull * _stacked(errors, n_blocks) if pull else selected


def _greedy(errors: FloatArray, rounds: int) -> FloatArray:
    """Add members one by one, with replacement, each time the one that lowers the mean absolute error most.

    Return the counts of the best round as weights (Caruana et al. 2004).
    """
    taken = np.zeros(len(errors))
    best, kept = np.inf, taken
    total = np.zeros(errors.shape[1])
    for n in range(1, rounds + 1):
        size = np.abs((errors + total) / n).mean(axis=1)
        k = int(np.argmin(size))
        taken = taken.copy()
        taken[k] += 1
        total = total + errors[k]
        if size[k] < best:
            best, kept = float(size[k]), taken
    return np.asarray(kept / kept.sum())
