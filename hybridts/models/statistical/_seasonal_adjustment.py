"""Classical decomposition: seasonality test of the M competitions, seasonal indices, exponential smoothing, gaps."""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray

_NORMAL_90 = 1.645
FEWEST_CYCLES = 3  # fewest cycles for the seasonality test


def is_seasonal(y: FloatArray, season: int) -> bool:
    """Return whether y [T], without gaps, passes the 90 % autocorrelation test at lag `season`; False below 3 cycles.

    Source: Assimakopoulos and Nikolopoulos (2000), The theta model, Int. J. Forecasting 16; M4's Naive 2.
    """
    if season < 2 or len(y) < FEWEST_CYCLES * season:
        return False
    centred = y - y.mean()
    total = float(centred @ centred)
    if total == 0.0:
        return False
    r = np.array([centred[k:] @ centred[:-k] for k in range(1, season + 1)]) / total
    limit = _NORMAL_90 * np.sqrt((1 + 2 * float(np.sum(r[:-1] ** 2))) / len(y))
    return bool(abs(r[-1]) > limit)


def seasonal_indices(y: FloatArray, season: int, multiplicative: bool) -> FloatArray:
    """Return the seasonal index [season] of y [T] by centred averages; phase 0 is y[0].

    Multiplicative: ratios with mean 1. Additive: differences with mean 0.
    """
    weights = np.ones(season) / season
    if season % 2 == 0:
        weights = np.r_[0.5, np.ones(season - 1), 0.5] / season
    trend = np.convolve(y, weights, mode="valid")
    first = len(weights) // 2
    middle = y[first : first + len(trend)]
    parts = middle / trend if multiplicative else middle - trend
    phase = (np.arange(len(parts)) + first) % season
    index = np.bincount(phase, parts, season) / np.bincount(phase, minlength=season)
    return np.asarray(index / index.mean() if multiplicative else index - index.mean())


def smooth(values: FloatArray, alpha: float, start: float) -> FloatArray:
    """Return the exponential smoothing level [T + 1], before any value and after each; missing values are skipped."""
    if np.isfinite(values).all():
        from scipy.signal import lfilter  # imported here, because it takes most of a second

        level = lfilter([alpha], [1.0, alpha - 1.0], values, zi=[(1 - alpha) * start])[0]
        return np.concatenate([[start], level])
    levels = np.empty(len(values) + 1)
    levels[0] = now = start
    for t, value in enumerate(values.tolist()):
        now = now + alpha * (value - now) if value == value else now
        levels[t + 1] = now
    return levels


def filled(y: FloatArray) -> tuple[FloatArray, int]:
    """Return y [T] from its first to its last known value [t], gaps filled linearly, and the rows before the first."""
    known = np.flatnonzero(np.isfinite(y))
    inner = y[known[0] : known[-1] + 1]
    at = known - known[0]
    return np.interp(np.arange(len(inner)), at, inner[at]), int(known[0])
