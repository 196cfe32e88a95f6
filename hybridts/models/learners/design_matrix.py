"""The design matrix of tabular learners: one row per origin and step, built without loops over rows.

Values are differences from the last known one, in units of MASE's scale at the origin, so that rows of all series are
comparable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import last_value, seasonal_error, seasonal_naive
from hybridts.models.learners.covariate_features import Classes, Covariates, covariate_features

#: Largest relative value. Trees and kernels gain nothing beyond, and one outlier would stretch a feature's range.
BOUND = 20.0
#: Origins, and then rows, computed at once: small enough for a processor's cache, changes no number.
AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Pairs:
    """The rows to build, as pairs of origin and step.

    Attributes:
        origin: [R] index into the origins.
        step: [R] 0-based step.
    """

    origin: IntArray
    step: IntArray

    def __len__(self) -> int:
        return len(self.origin)

    @staticmethod
    def all(origins: int, horizon: int) -> Pairs:
        """Return every step of every origin, steps fastest."""
        return Pairs(np.repeat(np.arange(origins), horizon), np.tile(np.arange(horizon), origins))

    @staticmethod
    def where(known: np.ndarray) -> Pairs:
        """Return the pairs at which `known` [M, H] is true."""
        origin, step = np.nonzero(known)
        return Pairs(origin.astype(np.int64), step.astype(np.int64))

    def capped(self, most: int, seed: int) -> Pairs:
        """Return at most `most` pairs: one drawn from each of `most` equal strata in order of series, origin, step."""
        if len(self) <= most:
            return self
        edge = np.arange(most + 1) * len(self) // most  # whole numbers, so that no pair lies in two strata
        draw = np.random.default_rng(seed).random(most)
        picked = edge[:-1] + (draw * np.diff(edge)).astype(np.int64)
        return Pairs(self.origin[picked], self.step[picked])


def unit_at(panel: Panel, origins: Origins) -> FloatArray:
    """Return the unit [M] of predictions: MASE's scale at the origin; where undefined, the size of the last value.

    Zero for a series that never moved: its errors cannot be compared with those of other series, and its seasonal-naive
    forecast has been exact so far.
    """
    scale = seasonal_error(panel, origins, panel.season)
    unit = np.where(np.isfinite(scale), scale, np.abs(last_value(panel, origins)))
    return np.where(np.isfinite(unit), unit, 0.0)


def scale_at(panel: Panel, origins: Origins, last: FloatArray) -> FloatArray:
    """Return the scale [M] that features are divided by: MASE's; where zero or undefined, the size of `last`, or 1.

    `last` [M] holds the last known values. Always positive, unlike `unit_at`.
    """
    scale = seasonal_error(panel, origins, panel.season)
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, np.abs(last))
    return np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)


def lags_for(panel: Panel) -> tuple[int, ...]:
    """Return the lags of a row: one season, at most 24, and those around one and two seasons back."""
    season = panel.season
    near = range(1, min(max(season, 4), 24) + 1)
    far = {season - 1, season, season + 1, 2 * season} if season > 1 else set()
    return tuple(sorted({*near, *far}))


def design(
    panel: Panel, origins: Origins, forecast: FloatArray, pairs: Pairs, gap: int = 0, classes: Classes = ()
) -> tuple[FloatArray, list[str]]:
    """Build the rows for `pairs`.

    Args:
        panel: the data; nothing after an origin is read except known-future covariates.
        origins: [M].
        forecast: [M, H] the forecast so far.
        pairs: [R] which of the M x H rows to build; origins without a pair cost nothing.
        gap: steps between an origin and its first target.
        classes: of the static columns, as they were when the learner was fitted.

    Returns:
        X [R, F] of float32 (NaN where a value is missing) and the F column names.
    """
    used, origin = _used_origins(pairs, len(origins))
    view = _OriginView.of(panel, origins[used], _take_rows(forecast, used), gap)
    groups = [_origin_features(view), _step_features(view), _calendar_features(view), *_covariates(view, classes)]
    ends = np.cumsum([group.width for group in groups]).tolist()
    X = np.empty((len(pairs), ends[-1]), dtype=np.float32)
    for some in _blocks(len(pairs)):
        block = Pairs(origin[some], pairs.step[some])
        for group, end in zip(groups, ends, strict=True):
            X[some, end - group.width : end] = group.read(block)
    return X, [name for group in groups for name in group.names]


def _used_origins(pairs: Pairs, count: int) -> tuple[IntArray, IntArray]:
    """Return the origins [U] that occur in the pairs, in order, and the index into them of each pair [R]."""
    seen = np.zeros(count, dtype=bool)
    seen[pairs.origin] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[pairs.origin]


def _take_rows(table: FloatArray, rows: IntArray) -> FloatArray:
    """Return table[rows] in the table's own memory order, on which the last bit of a sum along a row depends."""
    if len(rows) == len(table):
        return table
    by_column = table.strides[0] < table.strides[1]
    return np.take(table.T, rows, axis=1).T if by_column else np.take(table, rows, axis=0)


def _blocks(count: int) -> list[slice]:
    """Split 0..count in order into slices of at most AT_ONCE."""
    return [slice(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE)]


@dataclass(frozen=True, eq=False)
class _OriginView:
    """Values at the origins that occur in the pairs.

    Attributes:
        panel: the data.
        origins: [U].
        last: [U] last known value.
        scale: [U] unit of relative values, see `scale_at`.
        so_far: [U, H] the forecast so far, relative.
        gap: steps between an origin and its first target.
    """

    panel: Panel
    origins: Origins
    last: FloatArray
    scale: FloatArray
    so_far: FloatArray
    gap: int

    @staticmethod
    def of(panel: Panel, origins: Origins, forecast: FloatArray, gap: int) -> _OriginView:
        """Build the view from origins [U] with forecasts [U, H]."""
        last = last_value(panel, origins)
        scale = scale_at(panel, origins, last)
        return _OriginView(panel, origins, last, scale, _relative(forecast, last, scale), gap)


def _relative(values: FloatArray, last: FloatArray, scale: FloatArray) -> FloatArray:
    """Return values [U, n] relative to `last` [U], in units of `scale` [U], clipped to BOUND."""
    return np.clip((values - last[:, None]) / scale[:, None], -BOUND, BOUND)


class _FeatureGroup(NamedTuple):
    """Columns that are computed together.

    Attributes:
        read: returns [r, width] for r pairs.
        names: of the columns.
        width: number of columns.
    """

    read: Callable[[Pairs], npt.NDArray[np.floating[Any]]]
    names: list[str]
    width: int


def _origin_features(view: _OriginView) -> _FeatureGroup:
    """Return lags, and mean and standard deviation of the last season."""
    panel, origins = view.panel, view.origins
    lags = lags_for(panel)
    table = np.empty((len(origins), len(lags) + 2), dtype=np.float32)
    for some in _blocks(len(origins)):
        part = Origins(origins.series[some], origins.position[some])
        window = _relative(panel.window(part, max(lags) + 1), view.last[some], view.scale[some])
        table[some, :-2] = window[:, [-1 - lag for lag in lags]]
        table[some, -2], table[some, -1] = _mean_and_spread(window[:, -max(panel.season, 4) :])
    names = [f"lag_{lag}" for lag in lags] + ["season_mean", "season_spread"]
    return _FeatureGroup(lambda pairs: table[pairs.origin], names, len(names))


def _mean_and_spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean [U] and standard deviation [U] of the known ones among values [U, n]; 0 where none is known."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, values, 0.0).sum(axis=1) / count
    spread = np.sqrt(np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / count)
    return mean, spread


def _step_features(view: _OriginView) -> _FeatureGroup:
    """Return step number, the forecast so far, and the seasonal-naive value."""
    origins, horizon = view.origins, view.so_far.shape[1]
    seasonal = np.empty((len(origins), horizon))
    for some in _blocks(len(origins)):
        part = Origins(origins.series[some], origins.position[some])
        naive = seasonal_naive(view.panel, part, horizon, view.gap)
        seasonal[some] = _relative(naive, view.last[some], view.scale[some])
    mean = view.so_far.mean(axis=1)

    def read(pairs: Pairs) -> FloatArray:
        at = (pairs.origin, pairs.step)
        ours, naive = view.so_far[at], seasonal[at]
        return np.stack([pairs.step + 1.0, ours, naive, ours - naive, mean[pairs.origin]], axis=1)

    names = ["step", "forecast", "seasonal_naive", "forecast_minus_naive", "forecast_mean"]
    return _FeatureGroup(read, names, len(names))


def _calendar_features(view: _OriginView) -> _FeatureGroup:
    """Return calendar features of the targets' times, computed once per time."""
    panel, freq = view.panel, view.panel.freq
    if freq is None:
        return _FeatureGroup(lambda pairs: np.empty((len(pairs), 0)), [], 0)
    ordinal, residue = calendar.split(panel.times[panel.rows(view.origins)], freq)

    def read(pairs: Pairs) -> FloatArray:
        ahead = view.gap + 1 + pairs.step
        times = calendar.join(ordinal[pairs.origin] + ahead, residue[pairs.origin], freq)
        unique, inverse = np.unique(times, return_inverse=True)
        return calendar.features(unique, freq)[0][inverse]

    _, names = calendar.features(np.empty(0, np.int64), freq)
    return _FeatureGroup(read, list(names), len(names))


def _covariates(view: _OriginView, classes: Classes) -> list[_FeatureGroup]:
    """Return the features of covariates; no group without any."""
    panel, origins = view.panel, view.origins

    def of(pairs: Pairs) -> Covariates:
        return covariate_features(panel, origins[pairs.origin], view.gap + 1 + pairs.step, classes)

    nothing = np.empty(0, np.int64)
    names = of(Pairs(nothing, nothing)).names
    return [_FeatureGroup(lambda pairs: of(pairs).values, names, len(names))] if names else []
