"""Dynamic harmonic regression of long seasons: a fixed seasonal profile of the few harmonics that matter most.

Seasonal lags beyond 24 make the Kalman state and the search too large (a week of hours is 168 lags). The harmonics are
found by least squares on differences.

Source: Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 3rd edition, section 10.5.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray, IntArray

LONGEST_LAG = 24  # longer seasons are modelled by harmonics instead of seasonal lags
MOST_HARMONICS = 12


def choose_harmonics(y: FloatArray, season: int) -> tuple[int, ...]:
    """Choose harmonics among 1 .. season / 2 of y [T] by BIC, the strongest first, at most 12; returned in order.

    Empty where less than two seasons are known: within one season, a pattern and a trend cannot be distinguished.
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
    ranked = sorted(power, key=lambda k: (-power[k], k))[: min(MOST_HARMONICS, n // 10)]
    best, chosen = n * np.log(max(w @ w / n, 1e-300)), nothing
    for count in range(1, len(ranked) + 1):
        left = w @ w - _explained(w, _design(np.arange(len(y)), season, tuple(ranked[:count]))[known])
        score = n * np.log(max(left / n, 1e-300)) + 2 * count * np.log(n)
        if score < best:
            best, chosen = score, tuple(sorted(ranked[:count]))
    return chosen


def why_no_harmonics(y: FloatArray, season: int) -> str:
    """Return the reason why `choose_harmonics` found none, for the notes."""
    changes = int(np.isfinite(np.diff(y)).sum())
    why = "fewer than 2 cycles are known" if changes < 2 * season else "no harmonic of it is worth its weights by BIC"
    return f"season {season}: {why}"


def profile_of(y: FloatArray, season: int, harmonics: tuple[int, ...]) -> FloatArray:
    """Return the seasonal profile [season] of these harmonics, with mean zero; [0.0] where there are none."""
    if not harmonics:
        return np.zeros(1)
    change = np.diff(y)
    known = np.isfinite(change)
    if known.sum() <= 2 * len(harmonics):
        return np.zeros(1)
    size = float(np.nanstd(change)) or 1.0
    w = (change[known] - change[known].mean()) / size
    weights = _least_squares(_design(np.arange(len(y)), season, harmonics)[known], w)
    return np.asarray(_columns(np.arange(season), season, harmonics) @ weights * size)


def _columns(clock: IntArray, season: int, harmonics: tuple[int, ...]) -> FloatArray:
    """Return cosine and sine of each of K harmonics at rows `clock` [R]: [R, 2 K]."""
    angle = (2 * np.pi / season) * clock[:, None] * np.array(harmonics)
    return np.hstack([np.cos(angle), np.sin(angle)])


def _design(clock: IntArray, season: int, harmonics: tuple[int, ...]) -> FloatArray:
    """Return the differences [R - 1, 2 K] of the harmonics' columns."""
    return np.diff(_columns(clock, season, harmonics), axis=0)


def _explained(w: FloatArray, design: FloatArray) -> float:
    """Return the sum of squares of w [R] that a least-squares fit on `design` explains."""
    fitted = design @ _least_squares(design, w)
    return float(2 * (w @ fitted) - fitted @ fitted)


def _least_squares(design: FloatArray, w: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(design, w, rcond=None)[0], dtype=np.float64)
