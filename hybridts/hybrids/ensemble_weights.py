"""Weights of an ensemble's members, learned from their honest hindcasts, in MASE's scale.

Every rule sees errors that end at or before the cutoff, of forecasts that no member was trained on.

Members whose hindcasts are equal (a hybrid with a shut gate is its base) are one member to every rule. What a
selection finds in hindcasts is partly luck, so half of the weights of `greedy` are those of `stacked`, which are drawn
towards equal ones the more, the fewer blocks of time there are: series that share their time repeat one another. Chosen
on inner cutoffs (experiments/ensembles).

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
from hybridts.hybrids.settings import Combining, How
from hybridts.models.protocols import Hindcasts

#: Pairs of origin and step that weights are learned from: more say nothing new.
MOST = 50_000
#: Independent pieces of evidence below which nothing is learned.
FEWEST = 3
#: Independent pieces of evidence at which a series' own weights count half, beside those of the panel.
HALF = 8.0
#: Independent pieces of evidence that all series together show in one block of time, at most.
PER_BLOCK = 10


@dataclass(frozen=True, eq=False)
class Shares:
    """What a combination learned.

    Attributes:
        weights: [N, K] of each series; every row is non-negative and sums to one.
        reason: on how much, or why the weights are equal.
    """

    weights: FloatArray
    reason: str

    def apply(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """[M, H] weighted mean of K members' [M, H]; a member that is not finite leaves its weight to the others."""
        every = np.stack(forecasts)
        known = np.asarray(np.isfinite(every).all(axis=2)).T  # [M, K]
        weights = np.where(known, self.weights[series], 0.0)
        nothing = weights.sum(axis=1) <= 0
        weights[nothing] = known[nothing]
        total = weights.sum(axis=1, keepdims=True)
        weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        mean = np.einsum("mk,kmh->mh", weights, np.where(known.T[..., None], every, 0.0))
        return np.where(total > 0, mean, np.nan)

    def notes(self, names: Sequence[str]) -> dict[str, Any]:
        """JSON-ready facts for the report: mean weight of each member, the largest first."""
        mean = self.weights.mean(axis=0)
        order = np.argsort(-mean, kind="stable")
        return {
            "weights": {names[k]: round(float(mean[k]), 4) for k in order if mean[k] > 0},
            "weights_reason": self.reason,
        }


class Even(Shares):
    """Equal weights, because nothing is to be learned."""

    def notes(self, names: Sequence[str]) -> dict[str, Any]:
        """What the forecast is, without one weight for each."""
        return {"combined": {"members": f"{self.reason} of {len(names)} members"}}


class Middle(Even):
    """The median of the members that have a weight and are finite, instead of a mean."""

    def apply(self, forecasts: Sequence[FloatArray], series: IntArray) -> FloatArray:
        """[M, H] of K members' [M, H]."""
        every = np.stack(forecasts)
        counts = np.isfinite(every).all(axis=2, keepdims=True) & (self.weights[series] > 0).T[..., None]
        some = counts.any(axis=(0, 2))
        found = np.full(every.shape[1:], np.nan)
        found[some] = np.nanmedian(np.where(counts, every, np.nan)[:, some], axis=0)
        return found


def fixed(how: How, series: int, members: int) -> Shares:
    """What a mean or median of any members does."""
    weights = np.full((series, members), 1.0 / members)
    return Middle(weights, "the median") if how == "median" else Even(weights, "the mean")


def equal(series: int, members: int, reason: str) -> Shares:
    """The same weight for every member."""
    return Shares(np.full((series, members), 1.0 / members), reason)


def learn_shares(how: How, options: Combining, members: Sequence[Hindcasts], series: int, reach: int) -> Shares:
    """The weights of K members from their honest rows.

    Args:
        how: the rule.
        options: scope and rounds.
        members: honest rows of each; only origins that all of them answered count.
        series: N of the panel.
        reach: gap + horizon; origins closer than that share targets and are one piece of evidence.
    """
    seen = _evidence(shared_rows(members), series, reach)
    if seen.pieces < FEWEST:
        why = f"{seen.pieces} independent pieces that all members answered, too few to learn from: equal weights"
        return equal(series, len(members), why)
    pieces = min(seen.pieces, PER_BLOCK * seen.blocks)
    weights = np.tile(_weights(how, options, seen.errors, pieces), (series, 1))
    if options.scope == "series":
        for i in np.unique(seen.owner):
            own = seen.owner == i
            count = len(np.unique(seen.piece[own]))
            share = count / (count + HALF)
            weights[i] += share * (_weights(how, options, seen.errors[:, own], count) - weights[i])
    own = "; each series has weights of its own, whose mean is shown" if options.scope == "series" else ""
    return Shares(weights, f"learned on {seen.errors.shape[1]} targets, {pieces} independent pieces{own}")


class _Evidence(NamedTuple):
    """What K members got wrong, at P targets that all of them forecast.

    Attributes:
        errors: [K, P] in MASE's scale.
        owner: [P] the series; piece: [P] the block of its targets, which share errors.
        pieces: different ones; blocks: of time, counted back from every series' newest origin.
    """

    errors: FloatArray
    owner: IntArray
    piece: IntArray
    pieces: int
    blocks: int


def _evidence(rows: Sequence[Hindcasts], series: int, reach: int) -> _Evidence:
    """Every target, or `MOST` of them spread over series and time."""
    scale = np.where(rows[0].scale > 0, rows[0].scale, np.nan)[:, None]  # a constant series has none
    error = np.stack([(r.target - r.forecast) / scale for r in rows])  # [K, R, H]
    origin, step = np.nonzero(np.isfinite(error).all(axis=0))
    owner, position = rows[0].origins.series[origin], rows[0].origins.position[origin]
    newest = np.full(series, -1)
    np.maximum.at(newest, owner, position)
    piece, block = owner * 2**20 + position // reach, (newest[owner] - position) // reach
    picked = np.unique(np.linspace(0, max(len(origin) - 1, 0), min(MOST, len(origin))).astype(np.int64))
    errors = error[:, origin[picked], step[picked]]
    return _Evidence(errors, owner[picked], piece[picked], len(np.unique(piece)), len(np.unique(block)))


def shared_rows(members: Sequence[Hindcasts]) -> list[Hindcasts]:
    """The rows of each on the origins that all of them answered; a row counts as its newest member's fold."""
    codes = [m.origins.code() for m in members]
    common = codes[0]
    for code in codes[1:]:
        common = np.intersect1d(common, code)
    picked = [m[np.searchsorted(code, common)] for m, code in zip(members, codes, strict=True)]
    fold = np.max([p.fold for p in picked], axis=0) if len(common) else picked[0].fold
    return [replace(p, fold=fold) for p in picked]


def _weights(how: How, options: Combining, errors: FloatArray, pieces: int) -> FloatArray:
    """[K] from scaled errors [K, P]."""
    different = _different(errors)
    own = errors[different]
    rules: dict[How, Callable[[], FloatArray]] = {
        "weighted": lambda: _inverse(own),
        "stacked": lambda: _stacked(own, pieces),
        "greedy": lambda: _half_stacked(_greedy(own, options.rounds), own, pieces, options.pull),
        "best": lambda: _best(own),
    }
    weights = np.zeros(len(errors))
    weights[different] = rules[how]()
    return weights


def _different(errors: FloatArray) -> IntArray:
    """The first of every set of members that err alike; it stands for all of them."""
    first: dict[bytes, int] = {}
    for k, error in enumerate(errors):
        first.setdefault(error.tobytes(), k)
    return np.array(sorted(first.values()), dtype=np.int64)


def _inverse(errors: FloatArray) -> FloatArray:
    """In proportion to one over the mean squared error (Bates and Granger without covariances)."""
    size = (errors**2).mean(axis=1)
    if (size <= 0).any():
        return np.asarray((size <= 0) / (size <= 0).sum())
    return np.asarray((1 / size) / (1 / size).sum())


def _best(errors: FloatArray) -> FloatArray:
    weights = np.zeros(len(errors))
    weights[np.argmin(np.abs(errors).mean(axis=1))] = 1.0
    return weights


def _stacked(errors: FloatArray, pieces: int) -> FloatArray:
    """Least squares over non-negative weights that sum to one, shrunk towards equal weights where evidence is thin."""
    from scipy.optimize import nnls

    count = len(errors)
    products = errors @ errors.T / errors.shape[1]
    size = float(np.trace(products)) / count
    if not size > 0:
        return np.full(count, 1.0 / count)
    pull = size * count / max(pieces, 1)
    root = np.linalg.cholesky(products + (pull + 1e-9 * size) * np.eye(count)).T
    aim = np.linalg.solve(root.T, np.full(count, pull / count))
    firm = 1e3 * np.sqrt(size)  # holds the sum at one
    weights = nnls(np.vstack([root, np.full(count, firm)]), np.append(aim, firm))[0]
    return np.asarray(weights / weights.sum())


def _half_stacked(selected: FloatArray, errors: FloatArray, pieces: int, pull: float) -> FloatArray:
    """Selected weights drawn towards stacked ones."""
    return (1 - pull) * selected + pull * _stacked(errors, pieces) if pull else selected


def _greedy(errors: FloatArray, rounds: int) -> FloatArray:
    """Members taken one by one, again and again, each time the one that lowers the absolute error of the mean most."""
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
