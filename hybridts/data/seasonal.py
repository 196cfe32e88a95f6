"""Seasonal errors, the seasonal-naive forecast and the last known value: computed from the past without a model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel, take_where

#: Largest matrix of padded series, in values: many long series are never copied all at once.
MAX_PADDED_VALUES = 1_000_000


def pasts(panel: Panel, origins: Origins) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Yield the series of these origins as padded matrices, a batch of similar lengths at a time.

    A cumulative sum along a line adds in order of time, so its numbers do not depend on the other series.

    Yields:
        [B] rows of `origins` in this batch, [B] the line of each in the matrix, and the matrix [n, T] of all visible
        values of the n series, NaN after their end.
    """
    names, owner = np.unique(origins.series, return_inverse=True)
    order = np.argsort(panel.lengths[names], kind="stable")
    size = panel.lengths[names][order]
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    line = rank[owner]
    first = 0
    while first < len(names):
        # Values of a matrix that ends at each series: lengths ascend, so the last one sets the width.
        numbers = size[first:] * np.arange(1, len(size) - first + 1)
        stop = first + max(int(np.searchsorted(numbers, MAX_PADDED_VALUES, side="right")), 1)
        time = np.arange(int(size[stop - 1]))
        row = panel.starts[names[order[first:stop]]][:, None] + time
        rows = np.flatnonzero((line >= first) & (line < stop))
        yield rows, line[rows] - first, take_where(time < size[first:stop, None], panel.values, row)
        first = stop


def seasonal_error(panel: Panel, origins: Origins, season: int, power: int = 1) -> FloatArray:
    """Return [M] the mean of |y_t - y_{t-season}| ** power over all values up to each origin; NaN without a pair.

    This is the scale of MASE (power 1; Hyndman and Koehler 2006, section 3) and the square of the scale of RMSSE
    (power 2).

    >>> from hybridts.data.datasets import load_dataset
    >>> panel = load_dataset("airpassengers").panel
    >>> seasonal_error(panel, panel.ends(), season=12).round(2).tolist()
    [32.03]
    """
    result = np.full(len(origins), np.nan)
    for rows, line, values in pasts(panel, origins):
        error = np.abs(values[:, season:] - values[:, :-season]) ** power
        known = np.isfinite(error)
        at = np.minimum(origins.position[rows] - season, error.shape[1] - 1)
        late = at >= 0
        at, line = at[late], line[late]
        count = np.cumsum(known, axis=1)[line, at]
        total = np.cumsum(np.where(known, error, 0.0), axis=1)[line, at]
        result[rows[late]] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return result


def seasonal_naive(panel: Panel, origins: Origins, horizon: int, gap: int = 0) -> FloatArray:
    """Return [M, H] the last known value of the same season, as seen from each origin.

    A missing value is replaced by the one a season earlier (up to three times), then by the last known value. NaN
    only where no value of the series is known.

    >>> from hybridts.data.datasets import load_dataset
    >>> panel = load_dataset("airpassengers").panel
    >>> seasonal_naive(panel, panel.ends(), horizon=3).tolist()
    [[417.0, 391.0, 419.0]]
    """
    season = panel.season
    phase = panel.window(origins, season)
    for cycles in (2, 3, 4):
        holes = np.flatnonzero(np.isnan(phase).any(axis=1))
        if not len(holes):
            break
        past = panel.window(origins[holes], cycles * season)[:, :season]
        phase[holes] = np.where(np.isnan(phase[holes]), past, phase[holes])
    holes = np.flatnonzero(np.isnan(phase).any(axis=1))
    if len(holes):
        last = last_value(panel, origins[holes])[:, None]
        phase[holes] = np.where(np.isnan(phase[holes]), last, phase[holes])
    return phase[:, (gap + np.arange(horizon)) % season]


def last_value(panel: Panel, origins: Origins) -> FloatArray:
    """Return [M] the newest known value at or before each origin; NaN where there is none."""
    direct = panel.window(origins, 1)[:, 0]
    for row in np.flatnonzero(np.isnan(direct)):
        y = panel.series(int(origins.series[row]))[: origins.position[row] + 1]
        known = np.flatnonzero(np.isfinite(y))
        if len(known):
            direct[row] = y[known[-1]]
    return direct
