"""Adaptive conformal inference over the windows of a backtest: a level that missed too often is asked for wider.

With alpha the part of the actuals that an interval may miss, the next window asks for alpha_next = alpha_now + gamma
(alpha - missed), where `missed` is the part that the intervals of an earlier window missed. Only targets that are known
at the cutoff count, so nothing is seen early. One window of many series says more than one of a single series: gamma
grows with the number of blocks (one horizon of one series; at most `MAX_BLOCKS` a window, for series share their time).

Source: Gibbs and Candes (2021), Adaptive conformal inference under distribution shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.evaluation.rolling_origin import Schedule

#: Blocks at which gamma is one half, and blocks of one window at most.
HALF_BLOCKS, MAX_BLOCKS = 20.0, 10.0
#: Least and largest alpha, as parts and multiples of the one that was asked for.
LEAST, MOST = 0.2, 3.0


class _Past(NamedTuple):
    """Intervals of one name in an earlier window.

    Attributes:
        position: [M, H] of each target; series: [M].
        y: [M, H] actuals.
        quantiles: probability that was asked for -> [M, H].
    """

    series: IntArray
    position: IntArray
    y: FloatArray
    quantiles: Mapping[float, FloatArray]


class AdaptiveLevels:
    """The probabilities that each name asks for in the next window."""

    def __init__(self, probabilities: Iterable[float], schedule: Schedule) -> None:
        self.probabilities = tuple(probabilities)
        self.schedule = schedule
        self.tails = sorted({tail_of(p) for p in self.probabilities if p != 0.5})
        self._past: dict[str, list[_Past]] = {}

    @property
    def needed(self) -> tuple[float, ...]:
        """Return the probabilities to forecast: those asked for and their mirror images, whose misses count too."""
        both = [p for tail in self.tails for p in (tail, round(1 - tail, 12))]
        return tuple(sorted({*both, *self.probabilities}))

    def asked(self, name: str, cutoff: IntArray) -> dict[float, float]:
        """Return probability -> the one to ask for in a window.

        Args:
            name: of the model.
            cutoff: [N] position of the last visible row of each series; -1 where it is left out.
        """
        found = {0.5: 0.5} if 0.5 in self.probabilities else {}
        for tail in self.tails:
            alpha = self._alpha(name, tail, cutoff)
            found |= {tail: alpha / 2, round(1 - tail, 12): 1 - alpha / 2}
        return found

    def add(
        self, name: str, series: IntArray, origin: IntArray, y: FloatArray, quantiles: Mapping[float, FloatArray]
    ) -> None:
        """Keep the intervals of a window, to be judged when their targets are known.

        Args:
            name: of the model.
            series, origin: [M] of each row.
            y: [M, H] actuals; NaN where unknown.
            quantiles: probability -> [M, H].
        """
        steps = self.schedule.gap + 1 + np.arange(y.shape[1])
        past = _Past(series, origin[:, None] + steps, y, quantiles)
        self._past.setdefault(name, []).append(past)

    def _alpha(self, name: str, tail: float, cutoff: IntArray) -> float:
        """Return the alpha of the next window, from all earlier ones whose targets are known."""
        wanted = alpha = 2 * tail
        for past in self._past.get(name, ()):
            low, high = past.quantiles[tail], past.quantiles[round(1 - tail, 12)]
            known = np.isfinite(past.y) & np.isfinite(low) & np.isfinite(high)
            known &= past.position <= cutoff[past.series][:, None]
            if known.any():
                missed = float(((past.y < low) | (past.y > high))[known].mean())
                alpha += self._gamma(known) * (wanted - missed)
                alpha = min(max(alpha, LEAST * wanted), min(MOST * wanted, (1 + wanted) / 2))
        return alpha

    def _gamma(self, known: np.ndarray) -> float:
        """Return the step size; windows that overlap share their targets, and each counts for its own part."""
        blocks = min(float(known.mean(axis=1).sum()), MAX_BLOCKS)
        blocks *= min(1.0, self.schedule.spacing / self.schedule.span)
        return blocks / (blocks + HALF_BLOCKS)


def tail_of(probability: float) -> float:
    """Return the distance of a probability from 0 or 1, whichever is nearer."""
    return round(min(probability, 1 - probability), 12)
