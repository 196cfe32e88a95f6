"""Folds: which part of the past a base is trained on so that its errors on the rest are honest.

Always forward chaining in time: fold j's base sees nothing after its edge and answers the origins from there to the
next edge. Edges lie on a grid anchored at the start of the data, so that neighbouring cutoffs share fold bases:

    rows      0 ......... e0 ........ e1 ........ e2 ....... cutoff
    base 0    [train      ]answers   |           |
    base 1    [train                  ]answers   |
    base 2    [train                              ]answers
    final     [train                                          ]

Where series are too short for that and share no calendar, folds are taken over series instead (global bases only).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import IntArray, Origins, Panel

FOLDS = 3
#: Rows between two edges, at most, where eight horizons are fewer: a horizon of one must not learn from 24 origins.
ROWS = 128
#: Independent pieces of evidence in a fold below which folds of a local base grow to a quarter of the series: one short
#: series has no others to learn from, and its base needs few rows (experiments/single_series).
PIECES = 64


@dataclass(frozen=True, eq=False)
class Fold:
    """One base fit whose hindcasts are honest.

    Attributes:
        index: 0 for the oldest.
        position: [N] last position its base sees of every series; -1: nothing.
        keep: indices of the series its base is trained on, or None for all that show something.
        origins: where its base answers; its training targets end at or before each of them (or are other series').
    """

    index: int
    position: IntArray
    keep: IntArray | None
    origins: Origins


def span_for(panel: Panel, horizon: int, *, local: bool) -> int:
    """Rows between two edges: one horizon on short series, more on long ones by powers of two, up to eight horizons (or
    `ROWS`, where that is more).

    An eighth of the series at most; a quarter for a local base where all series together show few `PIECES`.
    """
    shown = panel.lengths[panel.lengths > 0]
    median = float(np.median(shown)) if len(shown) else 0.0
    most = max(8, ROWS // horizon)
    horizons = min(_power_of_two(median / (8 * horizon)), _power_of_two(most))
    if local and horizons * len(shown) < PIECES:
        horizons = min(_power_of_two(median / (4 * horizon)), _power_of_two(most))
    return int(horizon * horizons)


def _power_of_two(number: float) -> int:
    """The largest that is no more than `number`; 1 at least."""
    return int(2 ** math.floor(math.log2(max(number, 1))))


def smallest_training(panel: Panel, horizon: int, gap: int) -> int:
    """Rows below which a series is no part of a fold: one season to start from and one full target."""
    return max(panel.season, 2) + gap + horizon


def folds_for(panel: Panel, horizon: int, gap: int, *, local: bool) -> tuple[Fold, ...]:
    """The folds of a panel cut at its cutoff, oldest first; none where the data are too short for any.

    Args:
        panel: everything visible at the cutoff.
        horizon: steps of a forecast.
        gap: steps left out before the first.
        local: whether the base is fitted series by series, so that folds over series mean nothing.
    """
    folds = _time_folds(panel, horizon, gap, local=local)
    if not folds and not local and not panel.aligned and len(panel) >= 2 * FOLDS:
        return _series_folds(panel, horizon, gap)
    return folds


def shown_folds(panel: Panel, horizon: int, gap: int, folds: Sequence[Fold]) -> tuple[Fold, ...]:
    """Folds that hold every origin a fit on the whole panel has seen the targets of (an ablation: not honest).

    The given folds stay, so that gates are judged on the same rows; one with all origins before them comes first.
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
    span, reach = span_for(panel, horizon, local=local), gap + horizon
    # On a common calendar one edge is one time for all series: count rows from the earliest start.
    start = panel.lengths.max(initial=0) - panel.lengths if panel.aligned else np.zeros_like(panel.lengths)
    total = panel.lengths + start
    newest = span * ((total - max(reach, span // 2)) // span) - 1 - start
    edges = np.stack([newest - span * j for j in range(FOLDS - 1, -1, -1)])  # [FOLDS, N]
    usable = edges + 1 >= smallest_training(panel, horizon, gap)
    folds: list[Fold] = []
    for j in np.flatnonzero(usable.sum(axis=1) * 2 >= max((panel.lengths > 0).sum(), 1)):
        position = np.where(usable[j], edges[j], -1)
        until = edges[j + 1] - 1 if j + 1 < FOLDS else panel.lengths - 2 - gap
        origins = Origins.between(np.where(usable[j], edges[j], 0), np.where(usable[j], until, -1))
        folds.append(Fold(len(folds), position, None, origins))
    return tuple(folds)


def _series_folds(panel: Panel, horizon: int, gap: int) -> tuple[Fold, ...]:
    """Every third series hidden in turn; its newest origins are answered by a base that never saw it."""
    folds = []
    last = panel.lengths - 1
    for k in range(FOLDS):
        hidden = np.arange(len(panel)) % FOLDS == k
        first = np.maximum(last - gap - 2 * horizon, 1)
        origins = Origins.between(np.where(hidden, first, 0), np.where(hidden, last - 1 - gap, -1))
        folds.append(Fold(k, np.where(hidden, -1, last), np.flatnonzero(~hidden), origins))
    return tuple(folds)
