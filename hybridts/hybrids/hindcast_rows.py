"""Out-of-fold forecasts with their targets, as rows that corrections and ensemble weights learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.hybrids.ensemble_weights import EnsembleWeights, shared_rows
from hybridts.hybrids.folds import Fold
from hybridts.hybrids.settings import CombineMethod
from hybridts.models.protocols import Hindcasts

#: A choice of rows: [M] booleans, or all of them.
RowMask = np.ndarray | slice
ALL_ROWS = slice(None)


@dataclass(frozen=True)
class ForecastSpec:
    """Settings that all stages of a chain share.

    Attributes:
        horizon: steps of a forecast.
        gap: steps between the origin and the first forecast step that are skipped.
        seed: of everything random.
    """

    horizon: int
    gap: int
    seed: int

    @property
    def reach(self) -> int:
        """Return the number of rows from an origin to its last target: gap + horizon."""
        return self.gap + self.horizon


def rows_at(panel: Panel, origins: Origins, forecast: FloatArray, fold: IntArray, spec: ForecastSpec) -> Hindcasts:
    """Add targets and scales to forecasts [M, H], as far as the panel shows them; order by series and position."""
    order = np.argsort(origins.code(), kind="stable")
    origins = origins[order]
    return Hindcasts(
        origins,
        fold[order],
        forecast[order],
        panel.targets(origins, spec.horizon, spec.gap),
        seasonal_error(panel, origins, panel.season),
    )


def out_of_fold_rows(
    panel: Panel, folds: Sequence[Fold], forecasts: Sequence[FloatArray], spec: ForecastSpec
) -> Hindcasts:
    """Join the forecasts of all folds; `forecasts[j]` [M_j, H] belongs to `folds[j].origins`."""
    if not folds:
        return empty_rows(spec.horizon)
    series = np.concatenate([f.origins.series for f in folds])
    position = np.concatenate([f.origins.position for f in folds])
    fold = np.concatenate([np.full(len(f.origins), f.index) for f in folds])
    return rows_at(panel, Origins(series, position), np.concatenate(forecasts), fold, spec)


def empty_rows(horizon: int) -> Hindcasts:
    """Return no rows, as for data too short for any fold."""
    nothing = np.empty(0, dtype=np.int64)
    return Hindcasts(Origins(nothing, nothing), nothing, np.empty((0, horizon)), np.empty((0, horizon)), np.empty(0))


def average_rows(members: Sequence[Hindcasts], how: CombineMethod) -> Hindcasts:
    """Return the mean or median of the members' rows, at the origins that all of them have."""
    rows = shared_rows(members)
    return replace(rows[0], forecast=average([r.forecast for r in rows], how))


def average(forecasts: Sequence[FloatArray], how: CombineMethod) -> FloatArray:
    """Return [M, H] the mean or median of the members' forecasts [M, H]; NaN where one of them is NaN."""
    found: FloatArray = np.median(forecasts, axis=0) if how == "median" else np.mean(forecasts, axis=0)
    return found


def combined_rows(
    members: Sequence[Hindcasts],
    panel: Panel,
    spec: ForecastSpec,
    learn_on: Callable[[Sequence[Hindcasts]], EnsembleWeights],
) -> Hindcasts:
    """Return out-of-fold rows of an ensemble: the weights of a fold are learned on older folds.

    The oldest fold has equal weights.

    Args:
        members: out-of-fold rows of each member, with the targets known at the cutoff.
        panel: cut at the cutoff.
        spec: horizon, gap, seed.
        learn_on: learns weights from rows of the members.
    """
    rows = shared_rows(members)
    forecast = rows[0].forecast.copy()
    for k in np.unique(rows[0].fold):
        in_fold = rows[0].fold == k
        start = np.minimum(first_origins(panel, rows[0].origins[in_fold]), panel.lengths - 1)
        earlier = [known_until(r[r.fold < k], start, spec) for r in rows]
        weights = learn_on(earlier)
        forecast[in_fold] = weights.apply([r.forecast[in_fold] for r in rows], rows[0].origins.series[in_fold])
    return replace(rows[0], forecast=forecast)


def first_origins(panel: Panel, origins: Origins) -> IntArray:
    """Return [N] the position of the first listed origin of each series.

    A series with none gets the same timestamp as the others in an aligned panel, so that no later value of another
    series becomes visible, and else its length.
    """
    first = panel.lengths.copy()
    np.minimum.at(first, origins.series, origins.position)
    if panel.aligned and len(origins):
        back = int((panel.lengths - first).max())
        without = np.setdiff1d(np.arange(len(first)), origins.series)
        first[without] = np.maximum(panel.lengths[without] - back, 0)
    return first


def known_until(rows: Hindcasts, position: IntArray, spec: ForecastSpec) -> Hindcasts:
    """Hide the targets that come after position[i] of series i.

    Args:
        rows: [M].
        position: [N] last visible position of every series.
        spec: horizon, gap, seed.
    """
    at = rows.origins.position[:, None] + spec.gap + np.arange(1, spec.horizon + 1)
    seen = at <= position[rows.origins.series][:, None]
    return replace(rows, target=np.where(seen, rows.target, np.nan))


def dense_origins(origins: Origins, position: IntArray) -> Origins:
    """Add every position between the cutoff [N] and the latest origin of each series.

    A statistical correction filters one-step errors up to the origin, so it needs the forecasts there. Adding all of
    them always makes a forecast independent of the other origins in the call.
    """
    last = np.full(len(position), -1)
    np.maximum.at(last, origins.series, origins.position)
    between = Origins.between(np.where(last >= 0, position, 0), np.where(last >= 0, last, -1))
    return Origins.join([origins, between])
