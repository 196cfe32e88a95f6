"""Quantiles that a model forecasts itself, moved by their errors out of sample: conformalised quantile regression.

The quantile of probability p is moved, at every step, by the quantile of probability p of (actual - quantile forecast)
over MASE's scale, so that a part p of the hindcasts lies below it.

Source: Romano, Patterson and Candes (2019), Conformalized quantile regression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import ndtri, stdtrit

from hybridts.data.panel import FloatArray
from hybridts.hybrids.intervals import MIN_BLOCKS, Intervals, errors_of, learn_intervals, weighted_quantiles
from hybridts.models.protocols import Hindcasts

Quantiles = Mapping[float, FloatArray]


def with_native(intervals: Intervals, rows: Hindcasts, native: Quantiles, n_series: int, reach: int) -> Intervals:
    """Return intervals that use a model's own quantiles, moved, for the probabilities at which they do better.

    Better is the smaller pinball loss on the newest fold (of one fold its newer half), of quantiles that were moved by
    the older rows, against plain intervals that were learned from them.

    Args:
        intervals: learned from all rows.
        rows: [M] out-of-fold rows; native: probability -> [M, H] quantile forecasts.
        n_series, reach: as in `learn_intervals`.
    """
    if intervals.reason or not native:
        return intervals
    newer = _newer(rows)
    older = learn_intervals(rows[~newer], n_series, reach)
    if older.reason or not newer.any():
        return intervals
    judged = rows[newer]
    plain = older.quantiles(judged.forecast, judged.origins.series, judged.scale, tuple(native))
    shifts = {}
    for p, values in native.items():
        shift = _shift(rows[~newer], values[~newer], p, reach)
        moved = values[newer] + judged.scale[:, None] * shift
        if _pinball(judged, moved, p) < _pinball(judged, plain[p], p):
            shifts[str(p)] = _shift(rows, values, p, reach) * _few_blocks(intervals.blocks, p)
    return replace(intervals, shifts=shifts)


def _newer(rows: Hindcasts) -> np.ndarray:
    folds = np.unique(rows.fold)
    if len(folds) > 1:
        return np.asarray(rows.fold == folds[-1])
    return np.asarray(rows.origins.position >= np.median(rows.origins.position))


def _shift(rows: Hindcasts, native: FloatArray, probability: float, reach: int) -> FloatArray:
    """Return [H] the quantile of actual minus quantile forecast, in MASE's scale."""
    errors = errors_of(replace(rows, forecast=native), reach)
    found = np.zeros(native.shape[1])
    for k in range(len(found)):
        known = errors.known[:, k]
        if known.sum() >= MIN_BLOCKS:
            values, weight = errors.scaled[known, k], errors.weight[known, k]
            found[k] = weighted_quantiles(values, weight, np.array([probability]))[0]
    return found


def _few_blocks(blocks: float, probability: float) -> float:
    """Return the factor by which few blocks widen, that of Student's t."""
    return 1.0 if probability == 0.5 else float(stdtrit(blocks, probability) / ndtri(probability))


def _pinball(rows: Hindcasts, quantile: FloatArray, probability: float) -> float:
    """Return the mean pinball loss in MASE's scale."""
    above = (rows.target - quantile) / np.where(rows.scale > 0, rows.scale, np.nan)[:, None]
    loss = np.maximum(probability * above, (probability - 1) * above)
    known = np.isfinite(loss)
    return float(loss[known].mean()) if known.any() else np.inf
