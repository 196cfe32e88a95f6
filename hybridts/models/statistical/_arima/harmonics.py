"""A long season as a fixed profile: the few harmonics that carry most of it, found by least squares on
differences.

Seasonal lags beyond 24 make the Kalman state and the search too large (a week of hours is 168 lags), so such
seasons become dynamic harmonic regression (Hyndman and Athanasopoulos, chapter "Dynamic harmonic
regression").
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray, IntArray

LONGEST_LAG = 24  # seasons above this are carried by harmonics instead of lags
MOST_WAVES = 12


def choose_waves(y: FloatArray, season: int) -> tuple[int, ...]:
    """The harmonics 1 .. season / 2 worth having: strongest first, as many as BIC pays for, at most 12.

    Empty where less than two seasons are visible: one season cannot tell a pattern from a path.
    """
    nothing: tuple[int, ...] = ()
    change = np.diff(y)
    known = np.isfinite(change)
    n = int(known.sum())
    if n < 2 * season or not np.any(change[known] != change[known][0]):
        return nothing
    size = np.nanstd(change)
    w = (change[known] - change[known].mean()) / size
    power = {k: _explained(w, _design(np.arange(len(y)), season, (k,))[known]) for k in range(1, season // 2 + 1)}
    ranked = sorted(power, key=lambda k: (-power[k], k))[: min(MOST_WAVES, n // 10)]
    best, chosen = n * np.log(max(w @ w / n, 1e-300)), nothing
    for count in range(1, len(ranked) + 1):
        left = w @ w - _explained(w, _design(np.arange(len(y)), season, tuple(ranked[:count]))[known])
        score = n * np.log(max(left / n, 1e-300)) + 2 * count * np.log(n)
        if score < best:
            best, chosen = score, tuple(sorted(ranked[:count]))
    return chosen


def no_waves(y: FloatArray, season: int) -> str:
    """Why `choose_waves` found none, for the notes."""
    changes = int(np.isfinite(np.diff(y)).sum())
    why = "fewer than 2 cycles are known" if changes < 2 * season else "no harmonic of it is worth its weights by BIC"
    return f"season {season}: {why}"


def profile_of(y: FloatArray, season: int, waves: tuple[int, ...]) -> FloatArray:
    """[season] the pattern these harmonics draw, mean zero; [0.0] where there are none."""
    if not waves:
        return np.zeros(1)
    change = np.diff(y)
    known = np.isfinite(change)
    if known.sum() <= 2 * len(waves):
        return np.zeros(1)
    size = float(np.nanstd(change)) or 1.0
    w = (change[known] - change[known].mean()) / size
    weights = _least_squares(_design(np.arange(len(y)), season, waves)[known], w)
    return np.asarray(_columns(np.arange(season), season, waves) @ weights * size)


def _columns(clock: IntArray, season: int, waves: tuple[int, ...]) -> FloatArray:
    """[len(clock), 2K] cosine and sine of each harmonic (only the cosine moves at half the season)."""
    angle = (2 * np.pi / season) * clock[:, None] * np.array(waves)
    return np.hstack([np.cos(angle), np.sin(angle)])


def _design(clock: IntArray, season: int, waves: tuple[int, ...]) -> FloatArray:
    return np.diff(_columns(clock, season, waves), axis=0)


def _explained(w: FloatArray, design: FloatArray) -> float:
    fitted = design @ _least_squares(design, w)
    return float(2 * (w @ fitted) - fitted @ fitted)


def _least_squares(design: FloatArray, w: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(design, w, rcond=None)[0], dtype=np.float64)
