"""Covariates as a network reads them: window and horizon in one scale, of each series, from its past alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel

#: Scaled covariates are clipped here, so that outliers do not dominate.
LARGEST = 10.0
#: A spread below this share of the largest value is rounding error.
DUST = 1e-9


class Size(NamedTuple):
    """Mean and spread of each covariate column on the fitted panel."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(cls, values: FloatArray) -> Size:
        """Estimate from the known values [n, columns]; a constant column gets its size, or 1, as spread."""
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
        largest = np.abs(np.where(known, values, 0.0)).max(axis=0, initial=0.0)
        spread = np.where(spread > DUST * largest, spread, np.maximum(largest, 1.0))
        return cls(tuple(map(float, mean)), tuple(map(float, spread)))

    def standardised(self, values: FloatArray) -> FloatArray:
        """Standardise and clip values [..., columns]; 0 where missing."""
        answer = np.nan_to_num((values - np.array(self.mean)) / np.array(self.spread))
        clipped: FloatArray = np.clip(answer, -LARGEST, LARGEST)
        return clipped


class CovariateScale(NamedTuple):
    """Mean and spread of each column over the past of M origins, both [M, columns].

    A column without a spread so far has that of the fitted panel: its first change is then seen.
    """

    mean: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, panel: Panel, table: FloatArray, origins: Origins) -> CovariateScale:
        """Compute them for a table [total, columns] of the panel; the spread is 0 where a column has not moved."""
        mean, spread = np.zeros((len(origins), table.shape[1])), np.zeros((len(origins), table.shape[1]))
        if not table.size:
            return cls(mean, spread)
        order = np.argsort(origins.series, kind="stable")
        names, first = np.unique(origins.series[order], return_index=True)
        for i, rows in zip(names, np.split(order, first[1:]), strict=True):
            values = table[panel.starts[i] : panel.stops[i]]
            mean[rows], spread[rows] = (part[origins.position[rows]] for part in _running(values))
        return cls(mean, spread)

    def take(self, rows: np.ndarray) -> CovariateScale:
        """Return those of these origins."""
        return CovariateScale(self.mean[rows], self.spread[rows])

    def scaled(self, window: FloatArray, ahead: FloatArray, size: Size) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Scale a window [M, T, columns] and the values [M, H, columns] after it; return the window's level too.

        Both are less the mean of the window, in units of the spread so far, clipped, 0 where missing. The level, [M,
        columns], is that mean less the mean so far: a window on a slow column is the same in summer and winter, its
        level is not.
        """
        spread = np.where(self.spread > 0, self.spread, np.array(size.spread))
        known = np.isfinite(window)
        total = np.where(known, window, 0.0).sum(axis=1)
        centre = np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), self.mean)
        parts = (window - centre[:, None]) / spread[:, None], (ahead - centre[:, None]) / spread[:, None]
        clipped = [np.clip(np.nan_to_num(part), -LARGEST, LARGEST) for part in (*parts, (centre - self.mean) / spread)]
        return clipped[0], clipped[1], clipped[2]


def _running(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and spread [T, columns] of the known values up to each row of [T, columns]."""
    known = np.isfinite(values)
    start = values[np.argmax(known, axis=0), np.arange(values.shape[1])]
    shift = np.where(np.isfinite(start), start, 0.0)  # around the first value, for the last digits
    moved = np.where(known, values - shift, 0.0)
    count = np.maximum(np.cumsum(known, axis=0), 1)
    mean = np.cumsum(moved, axis=0) / count
    square = np.cumsum(moved**2, axis=0) / count - mean**2
    spread = np.sqrt(np.maximum(square, 0.0))
    largest = np.maximum.accumulate(np.abs(np.where(known, values, 0.0)), axis=0)
    return mean + shift, np.where(spread > 1e-6 * largest, spread, 0.0)
