"""The order of a seasonal ARIMA, and the rule that reduces it for short series."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole
from hybridts.models.findings import ArimaOrder

Triple = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Order(ArimaOrder):
    """The order of a model to be fitted: what an `ArimaOrder` holds, and what it costs to estimate."""

    @property
    def lost(self) -> int:
        """Number of observations that differencing costs."""
        return self.plain[1] + self.seasonal[1] * self.season

    @property
    def coefficients(self) -> int:
        """Number of coefficients to estimate, without the profile."""
        (p, _, q), (sp, _, sq) = self.plain, self.seasonal
        return p + q + sp + sq + int(self.constant)

    def __str__(self) -> str:
        text = f"({','.join(map(str, self.plain))})"
        if self.season > 1 and any(self.seasonal):
            text += f"({','.join(map(str, self.seasonal))})[{self.season}]"
        return text + (" with constant" if self.constant else "")

    @classmethod
    def of(cls, found: ArimaOrder) -> Order:
        """Return an order that an earlier fit found."""
        return cls(**{item.name: getattr(found, item.name) for item in fields(found)})


def heavy(order: Order, rows: int) -> bool:
    """Return whether the exact likelihood costs many seconds a fit; the start values of CSS matter little there.

    Measured: 2000 hours with (1,1,1)(1,1,1)24 cost 1 s and stay exact; with two seasonal AR terms 10 s, and do not.
    """
    return rows * _state(order) ** 2 > 2_500_000


def heavy_levels(order: Order, rows: int) -> bool:
    """Return the same for the likelihood of levels, whose state contains the differences too.

    Measured: with (1,0,1)(0,1,1)24, 500 hours cost 0.2 s and stay exact; longer series can spare the few
    differences that their gaps cost.
    """
    return rows * (_state(order) + order.lost) ** 2 > 2_500_000


def _state(order: Order) -> int:
    """Return the dimension of the ARMA state."""
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    return max(p + sp * order.season, q + sq * order.season + 1)


def difference(y: FloatArray, order: Order) -> FloatArray:
    """Return y [T] after d plain and D seasonal differences: [T - order.lost], or empty."""
    y = np.diff(y, order.plain[1])
    for _ in range(order.seasonal[1]):
        y = y[order.season :] - y[: -order.season] if len(y) > order.season else y[:0]
    return y


def triple(value: object, key: str) -> Triple:
    """Return (p, d, q) as plain integers.

    Raises:
        BadSetting: the value is not three whole numbers of at least 0.
    """
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(is_whole(v) for v in value):
        raise BadSetting(f"{key} is {value!r}; give three whole numbers, as (1, 1, 1).", key, value)
    first, second, third = (int(v) for v in value)
    if min(first, second, third) < 0:
        raise BadSetting(f"{key} is {value!r}; its numbers must not be negative.", key, value)
    return first, second, third


def shorten(order: Order, known: int) -> Order:
    """Reduce an order until `known` observations suffice: after differencing, two more than there are coefficients.

    Terms are removed one by one, the most expensive first: P, Q, q, p, D, the drift, then d down to 1. The last order,
    a random walk or a mean, needs one observation.
    """
    order = replace(order, constant=order.constant and order.differences < 2)
    while not _estimable(order, known):
        smaller = _smaller(order)
        if smaller is None:
            break
        order = smaller
    return order


def only_seen_phases(order: Order, y: FloatArray) -> Order:
    """Replace seasonal differences where a phase of the season has no value in y [T] (shops closed on Sundays).

    Such a phase has no level to start from, and its forecast would come from the prior. A seasonal AR term takes the
    place of the differences; so does a plain difference where no constant can follow a trend.
    """
    known = np.flatnonzero(np.isfinite(y))
    (sp, sd, sq), (p, d, q) = order.seasonal, order.plain
    if not sd or known[-1] - known[0] < order.season or len(np.unique(known % order.season)) == order.season:
        return order
    d = d if order.constant and sd == 1 else max(d, 1)
    return replace(order, plain=(p, d, q), seasonal=(sp + 1, 0, sq))


def _estimable(order: Order, known: int) -> bool:
    """Return whether `known` observations suffice for an order."""
    usable = known - order.lost
    deepest = order.season * max(order.seasonal[0], order.seasonal[2])
    return usable >= order.coefficients + 2 and usable > deepest


def _smaller(order: Order) -> Order | None:
    """Return the order without its most expensive term; None where nothing can be removed."""
    (p, d, q), (sp, sd, sq) = order.plain, order.seasonal
    if sp or sq:
        return replace(order, seasonal=(sp - 1, sd, sq) if sp else (sp, sd, sq - 1))
    if p or q:
        return replace(order, plain=(p, d, q - 1) if q else (p - 1, d, q))
    if sd:
        return replace(order, seasonal=(0, sd - 1, 0), plain=(0, max(d, 1), 0))
    if order.constant and d:
        return replace(order, constant=False)
    return replace(order, plain=(0, d - 1, 0)) if d > 1 else None
