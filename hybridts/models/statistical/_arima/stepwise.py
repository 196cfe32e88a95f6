"""The stepwise walk over ARMA orders: from a few starts to the best neighbour, until no neighbour is better.

Source: Hyndman and Khandakar (2008), Automatic time series forecasting, J. Stat. Softw. 27(3), section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma


@dataclass(frozen=True)
class Limits:
    """Largest orders, whether a constant may be tried, and how many models."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    constant: bool
    models: int

    def hold(self, order: Arma) -> bool:
        """Whether the order is inside."""
        return (
            0 <= order.p <= self.p
            and 0 <= order.q <= self.q
            and 0 <= order.seasonal_p <= self.seasonal_p
            and 0 <= order.seasonal_q <= self.seasonal_q
            and (self.constant or not order.constant)
        )


@dataclass
class Walk:
    """The scores of all orders tried, in the order of trying; `stopped` where the budget ended the walk."""

    score: Callable[[Arma], float]
    limits: Limits
    tried: dict[Arma, float] = field(default_factory=dict)
    stopped: bool = False

    def run(self) -> list[Arma]:
        """Orders with a finite score, best first."""
        for order in _starts(self.limits):
            self._try(order)
        best = self._best()
        while best is not None and not self.stopped:
            better = next((o for o in _neighbours(best) if self._try(o) < self.tried[best]), None)
            if better is None:
                break
            best = better
        return [o for o in sorted(self.tried, key=lambda o: self.tried[o]) if self.tried[o] < np.inf]

    def _best(self) -> Arma | None:
        finite = [o for o in self.tried if self.tried[o] < np.inf]
        return min(finite, key=lambda o: self.tried[o]) if finite else None

    def _try(self, order: Arma) -> float:
        """The order's score; infinite outside the limits and where it was tried before."""
        if order in self.tried or not self.limits.hold(order):
            return np.inf
        if len(self.tried) >= self.limits.models:
            self.stopped = True
            return np.inf
        self.tried[order] = self.score(order)
        return self.tried[order]


def _starts(limits: Limits) -> Iterator[Arma]:
    """Hyndman and Khandakar's four, cut to the limits, and white noise without a constant."""
    for p, q, seasonal_p, seasonal_q in ((2, 2, 1, 1), (0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1)):
        yield Arma(
            min(p, limits.p),
            min(q, limits.q),
            min(seasonal_p, limits.seasonal_p),
            min(seasonal_q, limits.seasonal_q),
            limits.constant,
        )
    yield Arma(0, 0, 0, 0)


def _neighbours(order: Arma) -> Iterator[Arma]:
    """Seasonal orders by one, alone and both, then the plain ones, then the constant."""
    moves = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
    for a, b in moves:
        yield replace(order, seasonal_p=order.seasonal_p + a, seasonal_q=order.seasonal_q + b)
    for a, b in moves:
        yield replace(order, p=order.p + a, q=order.q + b)
    yield replace(order, constant=not order.constant)
