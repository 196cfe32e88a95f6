"""The frozen model of one series: what every statistical model gives for a fitted series."""

from __future__ import annotations

from typing import Protocol

from hybridts.data.panel import FloatArray, IntArray


class SeriesModel(Protocol):
    """A model of one series with frozen parameters."""

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """Return forecasts [M, H] of position + step from y[: position + 1].

        Args:
            y: [T] values from the first fitted row on; T > max(position), NaN where missing.
            position: [M] last visible position of each origin; negative where nothing is visible yet.
            steps: [H] steps ahead, gap included.
        """
