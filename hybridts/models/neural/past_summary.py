"""Summary of the past of an origin beyond the window: seasonal pattern, levels and slopes at several speeds.

A network reads one window. These numbers hold what many seasons before it show, as classical methods see them: the
seasonal pattern of each step ahead (as in a decomposition), exponentially weighted levels of the rest, and lines
fitted to it with falling weights. experiments/prior measures their effect.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, Origins, Panel

#: Weights of the newest row in the exponentially weighted levels.
LEVELS = (0.1, 0.25, 0.5, 0.75)
#: The same of the fitted lines.
LINES = (0.05, 0.15, 0.35)
#: Rows that are read: six seasons, but no more than `ROWS` if those hold two, and at least `SHORTEST`.
SHORTEST, SEASONS, ROWS = 48, 6, 96
#: Numbers are clipped here, in units of the window's scale.
LARGEST = 8.0
#: Values are clipped here before they are averaged.
FARTHEST = 50.0
#: Origins that are summarised at a time: few enough for the cache.
AT_ONCE = 4096


def summary(panel: Panel, origins: Origins, unit: FloatArray, ahead: np.ndarray) -> FloatArray:
    """Return [M, K] numbers of the past of M origins, in units of `unit`, free of the level; K = 0 without a season.

    Args:
        panel: the visible data.
        origins: M origins.
        unit: [M] scale of each window, above 0.
        ahead: [H] rows after the origin, 0 for the first one, that are forecast.
    """
    if panel.season == 1:  # a window shows as much, and more inputs made networks on yearly data worse
        return np.empty((len(origins), 0))
    parts = [
        _summary(panel, origins[rows], unit[rows], ahead)
        for rows in np.array_split(np.arange(len(origins)), max(len(origins) // AT_ONCE, 1))
    ]
    return np.concatenate(parts)


def _summary(panel: Panel, origins: Origins, unit: FloatArray, ahead: np.ndarray) -> FloatArray:
    season = panel.season
    rows = max(SHORTEST, max(min(SEASONS, ROWS // season), 2) * season)
    values = _scaled(panel.window(origins, rows), unit)
    length = np.log(np.minimum(origins.position + 1, 4 * rows))[:, None] - 3
    count = min(rows // season, 2 * SEASONS)
    pattern, means, rest = _seasonal(values[:, -count * season :], season)
    adjusted = values - np.tile(pattern, (1, rows // season + 1))[:, -rows:]
    newest = adjusted[:, -1:]
    ahead_of_newest = pattern[:, ahead % season] - pattern[:, -1:]
    return _clean([ahead_of_newest, rest, means[:, ::-1][:, :3] - newest, *_levels_and_lines(adjusted), length])


def _scaled(window: FloatArray, unit: FloatArray) -> FloatArray:
    """Return the values [M, T] less the newest known one, in units of the scale; NaN where missing."""
    at = np.where(np.isfinite(window), np.arange(window.shape[1]), 0).max(axis=1)
    last = window[np.arange(len(window)), at]
    clipped: FloatArray = np.clip((window - last[:, None]) / unit[:, None], -FARTHEST, FARTHEST)
    return clipped


def _clean(parts: list[FloatArray]) -> FloatArray:
    answer: FloatArray = np.clip(np.nan_to_num(np.concatenate(parts, axis=1)), -LARGEST, LARGEST)
    return answer


def _seasonal(values: FloatArray, season: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the mean seasonal pattern [M, m], the mean of each season [M, J] and the log spread of the rest [M, 1].

    A season counts if three quarters of it are known; the trend inside one is the step from the mean of the season
    before.
    """
    cycles = values.reshape(len(values), -1, season)
    known = np.isfinite(cycles)
    enough = known.sum(axis=2) >= max(1, season * 3 // 4)
    means = np.where(enough, _mean(cycles, known, 2), np.nan)
    step = np.zeros_like(means)
    step[:, 1:] = np.nan_to_num(means[:, 1:] - means[:, :-1])
    inside = (np.arange(season) - (season - 1) / 2) / season
    deviation = cycles - means[..., None] - step[..., None] * inside
    pattern = _mean(deviation, np.isfinite(deviation), 1)
    left = deviation - pattern[:, None]
    there = np.isfinite(left)
    count = np.maximum(there.sum(axis=(1, 2)), 1)
    centre = np.where(there, left, 0.0).sum(axis=(1, 2)) / count
    spread = np.sqrt((np.where(there, left - centre[:, None, None], 0.0) ** 2).sum(axis=(1, 2)) / count)
    return pattern, means, np.where(there.any(axis=(1, 2)), np.log(np.maximum(spread, 1e-3)), 0.0)[:, None]


def _mean(values: FloatArray, known: BoolArray, axis: int) -> FloatArray:
    """Return the mean of the known values along an axis; 0 where there is none."""
    mean: FloatArray = np.where(known, values, 0.0).sum(axis=axis) / np.maximum(known.sum(axis=axis), 1)
    return mean


def _levels_and_lines(values: FloatArray) -> list[FloatArray]:
    """Return weighted levels [M, 4] and, for each line, its slope over 8 rows and its end [M, 2]; less the newest."""
    known = np.isfinite(values)
    filled = np.where(known, values - np.where(known[:, -1:], values[:, -1:], 0.0), 0.0)
    there, age = known.astype(float), np.arange(values.shape[1])[::-1]
    fall = np.stack([(1 - alpha) ** age for alpha in LEVELS], axis=1)  # [T, 4]
    parts = [(filled @ fall) / np.maximum(there @ fall, 1e-9)]
    for alpha in LINES:
        weight = (1 - alpha) ** age
        total = np.maximum(there @ weight, 1e-9)
        when, level = -(there @ (weight * age)) / total, (filled @ weight) / total
        spread = (there @ (weight * age**2)) / total - when**2
        together = -(filled @ (weight * age)) / total - when * level
        slope = np.where(spread > 1e-6, together / np.maximum(spread, 1e-6), 0.0)
        parts.append(np.stack([8 * slope, level - slope * when], axis=1))
    return parts
