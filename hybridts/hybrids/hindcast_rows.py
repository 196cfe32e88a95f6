"""Rows that corrections and ensemble weights learn from: hindcasts with their targets, as they looked at a cutoff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.hybrids.ensemble_weights import Shares, shared_rows
from hybridts.hybrids.folds import Fold
from hybridts.hybrids.settings import How
from hybridts.models.protocols import Hindcasts

#: Which rows are asked for: [M] booleans, or all of them.
Wanted = np.ndarray | slice


EVERY = slice(None)


@dataclass(frozen=True)
class ForecastSpec:
    """What every stage of one chain shares: steps per forecast, steps left out, seed."""

    horizon: int
    gap: int
    seed: int

    @property
    def reach(self) -> int:
        """Rows after an origin until its last target."""
        return self.gap + self.horizon


def rows_at(panel: Panel, origins: Origins, forecast: FloatArray, fold: IntArray, frame: ForecastSpec) -> Hindcasts:
    """Rows with what the panel shows of their targets and scale, ordered by series and position."""
    order = np.argsort(origins.code(), kind="stable")
    origins = origins[order]
    return Hindcasts(
        origins,
        fold[order],
        forecast[order],
        panel.targets(origins, frame.horizon, frame.gap),
        seasonal_error(panel, origins, panel.season),
    )


def honest_rows(panel: Panel, folds: Sequence[Fold], answers: Sequence[FloatArray], frame: ForecastSpec) -> Hindcasts:
    """The hindcasts of all folds as rows; `answers[j]` [M_j, H] belongs to `folds[j].origins`."""
    if not folds:
        return no_rows(frame.horizon)
    series = np.concatenate([f.origins.series for f in folds])
    position = np.concatenate([f.origins.position for f in folds])
    fold = np.concatenate([np.full(len(f.origins), f.index) for f in folds])
    return rows_at(panel, Origins(series, position), np.concatenate(answers), fold, frame)


def no_rows(horizon: int) -> Hindcasts:
    """Rows of a chain whose data are too short for any fold."""
    nothing = np.empty(0, dtype=np.int64)
    return Hindcasts(Origins(nothing, nothing), nothing, np.empty((0, horizon)), np.empty((0, horizon)), np.empty(0))


def joint_rows(members: Sequence[Hindcasts], how: How) -> Hindcasts:
    """The mean or median of members' rows, on the origins that all of them answered."""
    rows = shared_rows(members)
    return replace(rows[0], forecast=middle([r.forecast for r in rows], how))


def middle(forecasts: Sequence[FloatArray], how: How) -> FloatArray:
    """[M, H] of members' [M, H]: their mean or median; NaN where one of them is."""
    found: FloatArray = np.median(forecasts, axis=0) if how == "median" else np.mean(forecasts, axis=0)
    return found


def combined_rows(
    members: Sequence[Hindcasts], panel: Panel, frame: ForecastSpec, learn_on: Callable[[Sequence[Hindcasts]], Shares]
) -> Hindcasts:
    """Honest rows of an ensemble with learned weights: fold k by what older folds taught, the first with equal ones.

    Args:
        members: honest rows of each, seen at the cutoff.
        panel: cut at the cutoff.
        frame: horizon, gap, seed.
        learn_on: weights from the members' rows given to it.
    """
    rows = shared_rows(members)
    forecast = rows[0].forecast.copy()
    for k in np.unique(rows[0].fold):
        mine = rows[0].fold == k
        start = np.minimum(first_origins(panel, rows[0].origins[mine]), panel.lengths - 1)
        earlier = [known_until(r[r.fold < k], start, frame) for r in rows]
        shares = learn_on(earlier)
        forecast[mine] = shares.apply([r.forecast[mine] for r in rows], rows[0].origins.series[mine])
    return replace(rows[0], forecast=forecast)


def first_origins(panel: Panel, origins: Origins) -> IntArray:
    """[N] the first of these origins in each series; in a series without one the same moment on a common calendar,
    for what happened to others by then must stay unknown there too; else its end."""
    first = panel.lengths.copy()
    np.minimum.at(first, origins.series, origins.position)
    if panel.aligned and len(origins):
        back = int((panel.lengths - first).max())
        without = np.setdiff1d(np.arange(len(first)), origins.series)
        first[without] = np.maximum(panel.lengths[without] - back, 0)
    return first


def known_until(rows: Hindcasts, position: IntArray, frame: ForecastSpec) -> Hindcasts:
    """The rows as they looked when position[i] was the last visible value of series i: later targets are unknown."""
    at = rows.origins.position[:, None] + frame.gap + np.arange(1, frame.horizon + 1)
    seen = at <= position[rows.origins.series][:, None]
    return replace(rows, target=np.where(seen, rows.target, np.nan))


def dense_origins(origins: Origins, position: IntArray) -> Origins:
    """The origins, and every position between the cutoff and the latest of them.

    A residual state after the cutoff is filtered on one-step errors there, so they must all be answered; asking for
    all of them always makes an answer independent of what else was asked.
    """
    last = np.full(len(position), -1)
    np.maximum.at(last, origins.series, origins.position)
    between = Origins.between(np.where(last >= 0, position, 0), np.where(last >= 0, last, -1))
    return Origins.join([origins, between])
