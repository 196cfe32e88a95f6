"""Folds for out-of-fold errors: which part of the past a base is trained on, and which origins it forecasts.

Folds run forward in time: the base of fold j is trained up to its edge and forecasts the origins from there to the
next edge. Edges lie on a grid anchored at the start of the data, so that neighbouring cutoffs share fold bases:

    rows      0 ......... e0 ........ e1 ........ e2 ....... cutoff
    base 0    [train      ]forecasts |           |
    base 1    [train                  ]forecasts |
    base 2    [train                              ]forecasts
    final     [train                                          ]

Where series are too short for that and share no calendar, folds are taken over series instead (global bases only).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.content_order import content_order
from hybridts.data.panel import IntArray, Origins, Panel

FOLDS = 3
#: Folds at most of a panel with little evidence: a correction learns from more rows, and more rows judge it.
FOLDS_OF_LITTLE = 6
#: Rows between two edges at most, where eight horizons are fewer: with a horizon of 1 there would be only 24 origins.
ROWS = 128
#: Series that a fold of a local base needs at most: it is fitted on each alone, so others tell as much as half of all.
ENOUGH_SERIES = 8
#: Blocks of one horizon in a fold, over all series, below which a panel has little evidence: a few short series
#: (experiments/made_processes).
MIN_FOLD_BLOCKS = 64


@dataclass(frozen=True, eq=False)
class Fold:
    """One fit of a base, and the origins that it forecasts out of fold.

    Attributes:
        index: 0 for the oldest.
        position: [N] last position of each series that the base is trained on; -1: none.
        keep: indices of the series that the base is trained on, or None for all with data.
        origins: where the base forecasts; its training targets end at or before each, or belong to other series.
    """

    index: int
    position: IntArray
    keep: IntArray | None
    origins: Origins


def span_for(panel: Panel, horizon: int) -> int:
    """Return the number of rows between two edges: a power of two times the horizon.

    At most an eighth of the median series, and at most eight horizons or `ROWS`, whichever is more.
    """
    lengths = panel.lengths[panel.lengths > 0]
    median = float(np.median(lengths)) if len(lengths) else 0.0
    most = max(8, ROWS // horizon)
    return int(horizon * min(_power_of_two(median / (8 * horizon)), _power_of_two(most)))


def fold_count(panel: Panel, horizon: int, *, local: bool) -> int:
    """Return the number of folds at most: more for a local base on few short series, and for any on one short series.

    A global base has as many as an ordinary panel: its series share their errors, and each of its fits is dear.
    """
    count = int((panel.lengths > 0).sum())
    little = span_for(panel, horizon) // horizon * count < MIN_FOLD_BLOCKS
    return FOLDS_OF_LITTLE if little and (local or count == 1) else FOLDS


def _power_of_two(number: float) -> int:
    """Return the largest power of two up to `number`, at least 1."""
    return int(2 ** math.floor(math.log2(max(number, 1))))


def smallest_training(panel: Panel, horizon: int, gap: int) -> int:
    """Return the rows that a series needs to be part of a fold: one season to start from and one full target."""
    return max(panel.season, 2) + gap + horizon


def folds_for(panel: Panel, horizon: int, gap: int, *, local: bool) -> tuple[Fold, ...]:
    """Return the folds of a panel, oldest first; none where the data are too short.

    Args:
        panel: cut at the cutoff.
        horizon: steps of a forecast.
        gap: steps skipped before the first.
        local: the base fits each series alone, which rules out folds over series.
    """
    folds = _time_folds(panel, horizon, gap, local=local)
    if not folds and not local and not panel.aligned and len(panel) >= 2 * FOLDS:
        return _series_folds(panel, horizon, gap)
    return folds


def spare_folds(panel: Panel, horizon: int, gap: int) -> tuple[Fold, ...]:
    """Return folds for intervals alone, oldest first, for a panel that has no other: of its longer series only.

    Edges lie one, two and three reaches before the end of each series, where at least half of it is left to train on.
    """
    reach = gap + horizon
    folds: list[Fold] = []
    least = np.maximum(panel.season + 2, (panel.lengths + 1) // 2)
    for back in range(FOLDS, 0, -1):
        edge = panel.lengths - 1 - reach * back
        usable = edge + 1 >= least
        if usable.any():
            until = np.minimum(edge + reach - 1, panel.lengths - 2 - gap)
            origins = Origins.between(np.where(usable, edge, 0), np.where(usable, until, -1))
            folds.append(Fold(len(folds), np.where(usable, edge, -1), None, origins))
    return tuple(folds)


def in_sample_folds(panel: Panel, horizon: int, gap: int, folds: Sequence[Fold]) -> tuple[Fold, ...]:
    """Return folds that cover every origin whose targets the final fit is trained on (an ablation).

    The given folds stay, so that gates are learned on the same rows; a fold with all earlier origins comes first.
    """
    smallest = smallest_training(panel, horizon, gap)
    first = np.full(len(panel), smallest - 1)
    until = panel.lengths - 2 - gap
    for fold in folds:
        np.minimum.at(until, fold.origins.series, fold.origins.position - 1)
    origins = Origins.between(first, until)
    if not len(origins):
        return tuple(folds)
    oldest = Fold(0, panel.lengths - 1, None, origins)
    return (oldest, *(replace(fold, index=fold.index + 1) for fold in folds))


def _time_folds(panel: Panel, horizon: int, gap: int, *, local: bool) -> tuple[Fold, ...]:
    """Return folds over time; a fold needs at least half of the series, or `ENOUGH_SERIES` if the base is local."""
    span, reach, count = span_for(panel, horizon), gap + horizon, fold_count(panel, horizon, local=local)
    # In an aligned panel an edge is one time for all series: count rows from the earliest start.
    start = panel.lengths.max(initial=0) - panel.lengths if panel.aligned else np.zeros_like(panel.lengths)
    total = panel.lengths + start
    newest = span * ((total - max(reach, span // 2)) // span) - 1 - start
    edges = np.stack([newest - span * j for j in range(count - 1, -1, -1)])  # [folds, N]
    least = np.maximum(smallest_training(panel, horizon, gap), 0 if count == FOLDS else panel.lengths // 4)
    usable = edges + 1 >= least
    half = max(int((panel.lengths > 0).sum() + 1) // 2, 1)
    folds: list[Fold] = []
    for j in np.flatnonzero(usable.sum(axis=1) >= (min(half, ENOUGH_SERIES) if local else half)):
        position = np.where(usable[j], edges[j], -1)
        until = edges[j + 1] - 1 if j + 1 < count else panel.lengths - 2 - gap
        origins = Origins.between(np.where(usable[j], edges[j], 0), np.where(usable[j], until, -1))
        folds.append(Fold(len(folds), position, None, origins))
    return tuple(folds)


def _series_folds(panel: Panel, horizon: int, gap: int) -> tuple[Fold, ...]:
    """Return folds over series: each hides every third series and forecasts their newest origins."""
    folds = []
    last = panel.lengths - 1
    rank = np.empty(len(panel), np.int64)
    rank[content_order(panel)] = np.arange(len(panel))
    for k in range(FOLDS):
        hidden = rank % FOLDS == k
        first = np.maximum(last - gap - 2 * horizon, 1)
        origins = Origins.between(np.where(hidden, first, 0), np.where(hidden, last - 1 - gap, -1))
        folds.append(Fold(k, np.where(hidden, -1, last), np.flatnonzero(~hidden), origins))
    return tuple(folds)
