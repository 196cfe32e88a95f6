"""The guard of statistical forecasts: how far a path may go beyond everything that its past has shown.

A path may leave the range of the past by several times that range, more at a long horizon of a short past, and more
where the range itself keeps growing that fast: twofold in as many rows allows twofold again. Adding a constant to a
series or changing its unit moves these limits along. Honest forecasts stay far inside (experiments/statistical_guard);
a path outside comes from a weight or a root that no data support.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray

#: How many times the range of the past a path may go beyond it, before growth counts.
MOST = 3.0
FEWEST = 4  # with fewer values there is no past to speak of, and no weight or root is estimated
_SHORTEST = 3  # fewest rows of a stretch whose growth counts
_ROUNDING = 1e-6  # of the level, which a path may always leave the range by


class Experience(NamedTuple):
    """What the fitted rows of a series have shown.

    Attributes:
        low, high: smallest and largest value.
        growth: factor by which the range grew in a row.
        rows: number of rows.
        known: number of known values.
    """

    low: float
    high: float
    growth: float
    rows: int
    known: int

    @staticmethod
    def of(y: FloatArray, *, zero: bool = False) -> Experience:
        """Read y [T], NaN where missing, with a known value.

        Args:
            y: the fitted rows.
            zero: 0 counts as a value of the past, because the model forecasts errors around it.
        """
        known = y[np.flatnonzero(np.isfinite(y))[0] :]
        low = np.fmin.accumulate(known)
        high = np.fmax.accumulate(known)
        if zero:
            low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
        rows = len(known)
        growth = _growth(high - low)
        return Experience(float(low[-1]), float(high[-1]), growth, rows, int(np.isfinite(known).sum()))

    def excess(self, y: FloatArray, position: IntArray, steps: IntArray, forecast: FloatArray) -> BoolArray:
        """Return [M] whether a forecast [M, H] leaves what may be expected; NaN does not.

        Args:
            y: [T] values from the first fitted row on; those up to an origin count for it.
            position: [M] origins.
            steps: [H] steps ahead.
            forecast: [M, H].
        """
        if self.known < FEWEST:
            return np.zeros(len(position), dtype=bool)
        low = np.fmin.accumulate(np.concatenate([[self.low], y]))[np.clip(position + 1, 0, len(y))]
        high = np.fmax.accumulate(np.concatenate([[self.high], y]))[np.clip(position + 1, 0, len(y))]
        size = _ROUNDING * np.maximum(np.abs(low), np.abs(high))
        with np.errstate(over="ignore"):
            factor = MOST * (1 + steps / self.rows) * self.growth**steps
            room = (high - low)[:, None] * factor + size[:, None]
        outside = (forecast > high[:, None] + room) | (forecast < low[:, None] - room)
        return np.asarray(outside.any(axis=1))


def _growth(width: FloatArray) -> float:
    """Return the factor per row by which a range [T] keeps growing; at least 1.

    It keeps growing where it grew over two stretches of the newest rows alike; a jump at the end is no growth.
    """
    rates = [1.0]
    for span in {max(len(width) // 8, _SHORTEST), max(len(width) // 4, _SHORTEST)}:
        early, middle = width[-1 - 2 * span :: span][:2] if len(width) > 2 * span else (0.0, 0.0)
        if early > 0:
            rates.append(float(min(middle / early, width[-1] / middle)) ** (1 / span))
    return max(rates)


def reason(name: str, experience: Experience, forecast: FloatArray, cause: str = "") -> str:
    """Return why a series has no forecast: what its model said, against what its past has shown.

    Args:
        name: series id.
        experience: of the fitted rows.
        forecast: [H] the path.
        cause: what drives it, as a further sentence; empty where it is not known.
    """
    worst = forecast[np.abs(forecast - (experience.low + experience.high) / 2).argmax()]
    return (
        f"Series {name!r}: its model forecasts {worst:.4g}, and the past lies between {experience.low:.4g} and "
        f"{experience.high:.4g}; nothing in it supports such a path.{' ' + cause if cause else ''}"
    )
