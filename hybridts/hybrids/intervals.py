"""Prediction intervals of any name, from the errors of its hindcasts: split conformal prediction by step.

An error is divided by the scale of MASE at its origin, by the mean size of errors of its step, and by a factor of its
series; the quantiles of what is left, over all series, are the offsets. The factor of a series is shrunk towards that
of all series by the number of its independent blocks, and is 1 where it has none. A scaled error is divided by the
factor of the other blocks of its series, so that the offsets allow for what a factor of few blocks does not know. An
offset is half the quantile of signed errors and half that of absolute ones: signed errors know the skew, absolute ones
are twice as many on each side. With few blocks it grows as quantiles of Student's t do.

Fits on folds saw less than the fit in use, and old folds least of all, so newer folds of a series count more. Rules
and constants were chosen on inner cutoffs in experiments/intervals.

Sources: Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world; Lei et al. (2018),
Distribution-free predictive inference for regression (errors divided by an estimate of their size); Stankeviciute,
Alaa and van der Schaar (2021), Conformal time-series forecasting (by step).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import ndtri, stdtrit

from hybridts.data.panel import FloatArray, IntArray
from hybridts.models.protocols import Hindcasts

#: Number of blocks below which there are no intervals. A block is one reach of origins of one series.
MIN_BLOCKS = 3
#: Number of blocks at which the factor of a series counts as much as that of all series.
SHRINKAGE_BLOCKS = 4.0
#: Number of errors of a step, one a block, at which its own quantiles count as much as those of all steps.
STEP_ERRORS = 50.0
#: Weight of a fold, relative to the next newer one of the series.
FOLD_DECAY = 0.5
#: Origins that are learned from, at most: more do not change the quantiles.
MAX_ORIGINS = 20_000
_LOWER = np.concatenate([[0.0005, 0.001, 0.0025], np.arange(1, 100) / 200])
#: Probabilities at which offsets are kept.
GRID: FloatArray = np.concatenate([_LOWER, [0.5], 1 - _LOWER[::-1]])


#: No quantiles of a model's own.
NO_QUANTILES: Mapping[float, FloatArray] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Intervals:
    """What intervals of one name need, learned at one cutoff.

    Attributes:
        size: [H] mean absolute error of each step in MASE's scale, never falling.
        offsets: [H, G] quantiles of scaled errors at `GRID`, rising.
        factor: [N] size of the errors of each series, relative to all.
        blocks: number of independent blocks behind them.
        reason: why there are none; "" where there are.
        shifts: probability, as text -> [H] by how much a model's own quantile is moved, in MASE's scale; of those
            that beat the offsets (see `native_quantiles`).
    """

    size: FloatArray
    offsets: FloatArray
    factor: FloatArray
    blocks: float
    reason: str = ""
    shifts: Mapping[str, FloatArray] = field(default_factory=dict)

    def quantiles(
        self,
        forecast: FloatArray,
        series: IntArray,
        scale: FloatArray,
        probabilities: Sequence[float] | Mapping[float, float],
        native: Mapping[float, FloatArray] = NO_QUANTILES,
    ) -> dict[float, FloatArray]:
        """Return probability -> [M, H] quantile of what will come true.

        They rise with the probability, that of 0.5 is the forecast, and those below and above it lie on its sides. NaN
        without hindcasts, and for a series whose scale is zero or unknown.

        Args:
            forecast: [M, H].
            series: [M] index of the series of each row; one that was not fitted on has the factor 1.
            scale: [M] scale of MASE at the origin.
            probabilities: between 0 and 1; or probability -> the one to take in its place (see `AdaptiveLevels`).
            native: probability -> [M, H] quantiles that the model itself forecasts.
        """
        asked = probabilities if isinstance(probabilities, Mapping) else {p: p for p in probabilities}
        if self.reason:
            return {p: np.full(forecast.shape, np.nan) for p in asked}
        known = series < len(self.factor)
        factor = np.where(known, self.factor[np.where(known, series, 0)], 1.0)
        width = np.where(scale > 0, scale * factor, np.nan)[:, None] * self.size
        found = {p: forecast + width * self._offset(taken) for p, taken in asked.items()}
        unit = np.where(scale > 0, scale, np.nan)[:, None]
        for p in (p for p in asked if p != 0.5 and p in native and str(p) in self.shifts):
            moved = native[p] + unit * self.shifts[str(p)] + width * (self._offset(asked[p]) - self._offset(p))
            found[p] = np.minimum(moved, forecast) if p < 0.5 else np.maximum(moved, forecast)
        return found

    def _offset(self, probability: float) -> FloatArray:
        """Return [H] the offset of a probability: at most 0 below one half, at least 0 above it."""
        if probability == 0.5:
            return np.zeros(len(self.size))
        found = np.array([np.interp(probability, GRID, row) for row in self.offsets])
        found = np.minimum(found, 0.0) if probability < 0.5 else np.maximum(found, 0.0)
        return np.asarray(found * float(stdtrit(self.blocks, probability) / ndtri(probability)))


def no_intervals(reason: str, horizon: int) -> Intervals:
    """Return intervals that do not exist, with the reason."""
    return Intervals(np.full(horizon, np.nan), np.full((horizon, len(GRID)), np.nan), np.ones(0), 0.0, reason)


def learn_intervals(rows: Hindcasts, n_series: int, reach: int) -> Intervals:
    """Learn intervals from the out-of-fold rows of a name.

    Args:
        rows: [M] with the targets that are known at the cutoff.
        n_series: N of the panel.
        reach: gap + horizon; origins closer than that share targets.
    """
    horizon = rows.forecast.shape[1] if rows.forecast.ndim == 2 else 0
    if not len(rows):
        why = "there are no hindcasts to learn intervals from: its series are too short, or its residuals are in-sample"
        return no_intervals(why, horizon)
    errors = errors_of(rows, reach)
    n_blocks = len(errors.blocks)
    if n_blocks >= MIN_BLOCKS and not errors.known.any(axis=0).all():
        return no_intervals("no hindcast reaches the last step: its series are too short for the horizon", horizon)
    if n_blocks < MIN_BLOCKS:
        why = f"hindcasts of {n_blocks} independent blocks are too few to learn intervals from ({MIN_BLOCKS} needed)"
        return no_intervals(why, horizon)
    size = _size_by_step(errors)
    factor, held_out = _factors(errors, size, n_series)
    scaled = errors.scaled / (size * held_out[:, None])
    return Intervals(size, _offsets(scaled, errors), factor, float(n_blocks))


@dataclass(frozen=True, eq=False)
class Errors:
    """Scaled errors of hindcasts.

    Attributes:
        scaled: [M, H] target minus forecast in MASE's scale; NaN where unknown.
        known: [M, H] where it is known.
        weight: [M, H] of each error: all series count alike at every step, newer folds more; 0 where unknown.
        series: [M] index of the series.
        block: [M] index into `blocks`.
        blocks: [B] code of each block; owner: [B] its series.
    """

    scaled: FloatArray
    known: np.ndarray
    weight: FloatArray
    series: IntArray
    block: IntArray
    blocks: IntArray
    owner: IntArray


def errors_of(rows: Hindcasts, reach: int) -> Errors:
    """Return the errors of rows, or of `MAX_ORIGINS` of them spread over series and time."""
    scale = np.where(rows.scale > 0, rows.scale, np.nan)[:, None]
    scaled = (rows.target - rows.forecast) / scale
    used = np.flatnonzero(np.isfinite(scaled).any(axis=1))
    used = used[np.unique(np.linspace(0, max(len(used) - 1, 0), min(MAX_ORIGINS, len(used))).astype(np.int64))]
    scaled, series, fold = scaled[used], rows.origins.series[used], rows.fold[used]
    newest = np.full(int(series.max(initial=-1)) + 1, -1)
    np.maximum.at(newest, series, fold)
    known = np.isfinite(scaled)
    recent = np.where(known, FOLD_DECAY ** (newest[series] - fold)[:, None], 0.0)
    total = np.zeros((len(newest), scaled.shape[1]))
    np.add.at(total, series, recent)
    weight = recent / np.where(total > 0, total, 1.0)[series]
    code, block = np.unique(series * 2**32 + rows.origins.position[used] // reach, return_inverse=True)
    return Errors(scaled, known, weight, series, block, code, code >> 32)


def _size_by_step(errors: Errors) -> FloatArray:
    """Return [H] the weighted mean absolute error, smoothed so that it does not fall with the step."""
    weight = errors.weight.sum(axis=0)
    mean = np.where(errors.known, np.abs(errors.scaled) * errors.weight, 0.0).sum(axis=0) / weight
    smooth: FloatArray = isotonic_regression(mean, weights=weight).x
    return np.maximum(smooth, 1e-12)


def _factors(errors: Errors, size: FloatArray, n_series: int) -> tuple[FloatArray, FloatArray]:
    """Return [N] the factor of each series, and [M] the factor of each row from the other blocks of its series.

    It is the square of a mean of square roots over the median of these means, so that no large error decides it.
    """
    root = np.where(errors.known, np.sqrt(np.abs(errors.scaled) / size), 0.0).sum(axis=1)
    count = errors.known.sum(axis=1).astype(float)
    by_block = np.stack([np.bincount(errors.block, v, len(errors.blocks)) for v in (root, count)]).astype(float)
    by_series = np.stack([np.bincount(errors.owner, v, n_series) for v in by_block]).astype(float)
    blocks = np.bincount(errors.owner, minlength=n_series).astype(float)
    seen = by_series[1] > 0
    common = float(np.median(by_series[0, seen] / by_series[1, seen]))
    if not common > 0 or len(np.unique(errors.owner)) == 1:
        return np.ones(n_series), np.ones(len(errors.series))
    others = by_series[:, errors.owner] - by_block
    held_out = _shrunk(others, blocks[errors.owner] - 1, common)
    return _shrunk(by_series, blocks, common), held_out[errors.block]


def _shrunk(sums: FloatArray, blocks: FloatArray, common: float) -> FloatArray:
    """Return the factor from sums [2, ...] of roots and counts, shrunk to 1 by the number of blocks."""
    own = np.where(sums[1] > 0, sums[0] / np.maximum(sums[1], 1.0) / common, 1.0)
    blocks = np.where(sums[1] > 0, blocks, 0.0)
    return np.asarray(((blocks * own + SHRINKAGE_BLOCKS) / (blocks + SHRINKAGE_BLOCKS)) ** 2)


def _offsets(scaled: FloatArray, errors: Errors) -> FloatArray:
    """Return [H, G] quantiles of scaled errors: of each step, shrunk towards those of all steps by its errors."""
    every = _half_signed(scaled[errors.known], errors.weight[errors.known])
    found = np.empty((scaled.shape[1], len(GRID)))
    for k in range(scaled.shape[1]):
        known = errors.known[:, k]
        count = len(np.unique(errors.block[known]))
        own = _half_signed(scaled[known, k], errors.weight[known, k])
        found[k] = every + count / (count + STEP_ERRORS) * (own - every)
    return found


def _half_signed(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return [G] the mean of two quantiles: of the values, and of their sizes with the sign of the side."""
    sizes = weighted_quantiles(np.abs(values), weight, np.abs(2 * GRID - 1))
    return (weighted_quantiles(values, weight, GRID) + np.sign(GRID - 0.5) * sizes) / 2


def weighted_quantiles(values: FloatArray, weight: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return weighted quantiles, linear between the middles of the weights."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    middle = (total - weight[order] / 2) / total[-1]
    return np.interp(probabilities, middle, values[order])


def monotone(quantiles: Mapping[float, FloatArray]) -> dict[float, FloatArray]:
    """Return quantiles that do not cross: sorted at every row and step; NaN stays where all are NaN."""
    levels = sorted(quantiles)
    ordered = np.sort(np.stack([quantiles[p] for p in levels]), axis=0)
    return dict(zip(levels, ordered, strict=True))
