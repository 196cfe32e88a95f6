"""What the past of a series says without a model: seasonal errors, the seasonal-naive forecast, the last value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel

#: Values laid out as one matrix at most, so that many long series need not all be there twice.
PADDED_AT_ONCE = 1_000_000


def pasts(panel: Panel, origins: Origins) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """The series of origins as matrices, some series of similar length at a time.

    A running sum along a line adds in the order of time, so a series gets the same numbers alone and among others.

    Yields:
        rows [m] of `origins`, the line [m] of each in the matrix, and the matrix [n, longest] of all visible values
        of these series, NaN after their end.
    """
    names, owner = np.unique(origins.series, return_inverse=True)
    order = np.argsort(panel.lengths[names], kind="stable")
    size = panel.lengths[names][order]
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    first = 0
    while first < len(names):
        numbers = size[first:] * np.arange(1, len(size) - first + 1)
        stop = first + max(int(np.searchsorted(numbers, PADDED_AT_ONCE, side="right")), 1)
        time = np.arange(int(size[stop - 1]))
        row = panel.starts[names[order[first:stop]]][:, None] + time
        seen = time < size[first:stop, None]
        line = place[owner]
        rows = np.flatnonzero((line >= first) & (line < stop))
        yield rows, line[rows] - first, np.where(seen, panel.values[np.where(seen, row, 0)], np.nan)
        first = stop


def seasonal_error(panel: Panel, origins: Origins, season: int, power: int = 1) -> FloatArray:
    """[M] mean of |y_t - y_{t-season}| ** power over all values up to each origin.

    The scale of MASE (power 1) and, before the root, of RMSSE (power 2). NaN where no such pair is visible.
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
    """[M, H] the last known value of the same season, seen from each origin.

    A missing value is replaced by the one a season earlier, then by the last known value. NaN only where the
    series shows no value at all.
    """
    season = panel.season
    phase = panel.window(origins, season)
    for cycles in (2, 3, 4):  # only where something is missing
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
    """[M] the newest value at or before each origin that is not missing; NaN where there is none."""
    direct = panel.window(origins, 1)[:, 0]
    for row in np.flatnonzero(np.isnan(direct)):
        y = panel.series(int(origins.series[row]))[: origins.position[row] + 1]
        known = np.flatnonzero(np.isfinite(y))
        if len(known):
            direct[row] = y[known[-1]]
    return direct
