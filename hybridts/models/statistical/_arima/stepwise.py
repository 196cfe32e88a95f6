"""The stepwise search over ARMA orders: from a few starts to a better neighbour, until no neighbour is better.

Source: Hyndman and Khandakar (2008), Automatic time series forecasting, J. Stat. Softw. 27(3), section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from hybridts.models.statistical._arima.conditional_sum_of_squares import Arma


@dataclass(frozen=True)
class OrderLimits:
    """Largest orders, whether a constant may be tried, and the largest number of models."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    constant: bool
    models: int

    def hold(self, order: Arma) -> bool:
        """Return whether the order is within the limits."""
        return (
            0 <= order.p <= self.p
            and 0 <= order.q <= self.q
            and 0 <= order.seasonal_p <= self.seasonal_p
            and 0 <= order.seasonal_q <= self.seasonal_q
            and (self.constant or not order.constant)
        )


@dataclass
class StepwiseSearch:
    """A search and its progress.

    Attributes:
        score: the criterion to minimise.
        limits: of the orders.
        tried: scores of all orders tried, in the sequence of trying.
        stopped: whether the budget of models ended the search.
    """

    score: Callable[[Arma], float]
    limits: OrderLimits
    tried: dict[Arma, float] = field(default_factory=dict)
    stopped: bool = False

    def run(self) -> list[Arma]:
        """Search, and return the orders with a finite score, best first."""
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
        """Return the score of an order; infinite outside the limits and where it was tried before."""
        if order in self.tried or not self.limits.hold(order):
            return np.inf
        if len(self.tried) >= self.limits.models:
            self.stopped = True
            return np.inf
        self.tried[order] = self.score(order)
        return self.tried[order]


def _starts(limits: OrderLimits) -> Iterator[Arma]:
    """Yield Hyndman and Khandakar's four orders, cut to the limits, and white noise without a constant."""
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
    """Yield neighbours: seasonal orders changed by one, alone and both, then plain orders, then the constant."""
    moves = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
    for a, b in moves:
        yield replace(order, seasonal_p=order.seasonal_p + a, seasonal_q=order.seasonal_q + b)
    for a, b in moves:
        yield replace(order, p=order.p + a, q=order.q + b)
    yield replace(order, constant=not order.constant)
