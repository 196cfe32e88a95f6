"""The order of a seasonal ARIMA: a small value with its JSON form, and the rule that shortens it for short series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole

Triple = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Order:
    """ARIMA(p, d, q)(P, D, Q)season, with a mean (d + D = 0) or a drift (d + D = 1) where `constant`.

    `waves` are harmonics of the season that are fitted as a fixed profile where the season is too long for
    lags.
    """

    plain: Triple
    seasonal: Triple = (0, 0, 0)
    season: int = 1
    constant: bool = False
    waves: tuple[int, ...] = ()

    @property
    def differences(self) -> int:
        """d + D."""
        return self.plain[1] + self.seasonal[1]

    @property
    def lost(self) -> int:
        """Observations that differencing costs."""
        return self.plain[1] + self.seasonal[1] * self.season

    @property
    def coefficients(self) -> int:
        """Coefficients to estimate, without the profile."""
        (p, _, q), (sp, _, sq) = self.plain, self.seasonal
        return p + q + sp + sq + int(self.constant)

    def __str__(self) -> str:
        text = f"({','.join(map(str, self.plain))})"
        if self.season > 1 and any(self.seasonal):
            text += f"({','.join(map(str, self.seasonal))})[{self.season}]"
        return text + (" with constant" if self.constant else "")

    def to_json(self) -> dict[str, Any]:
        """The form in an earlier fit's notes."""
        plain: dict[str, Any] = {
            "order": list(self.plain),
            "seasonal": list(self.seasonal),
            "season": self.season,
            "constant": self.constant,
        }
        return {**plain, "waves": list(self.waves)} if self.waves else plain

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Order:
        """The inverse of `to_json`."""
        return Order(
            plain=triple(data["order"], "order"),
            seasonal=triple(data["seasonal"], "seasonal"),
            season=int(data["season"]),
            constant=bool(data["constant"]),
            waves=tuple(int(k) for k in data.get("waves", ())),
        )


def heavy(order: Order, rows: int) -> bool:
    """Where exact likelihood costs many seconds a fit, and conditional squares have nearly forgotten their start.

    Measured: 2000 hours with (1,1,1)(1,1,1)24 cost 1 s and stay exact; with two seasonal AR terms 10 s, and do not.
    """
    return rows * _state(order) ** 2 > 2_500_000


def heavy_levels(order: Order, rows: int) -> bool:
    """The same for the likelihood of levels, whose state holds the differences too.

    Measured: with (1,0,1)(0,1,1), 500 hours cost 0.2 s and stay exact; longer ones can spare a few differences.
    """
    return rows * (_state(order) + order.lost) ** 2 > 2_500_000


def _state(order: Order) -> int:
    (p, _, q), (sp, _, sq) = order.plain, order.seasonal
    return max(p + sp * order.season, q + sq * order.season + 1)


def difference(y: FloatArray, order: Order) -> FloatArray:
    """y after d plain and D seasonal differences."""
    y = np.diff(y, order.plain[1])
    for _ in range(order.seasonal[1]):
        y = y[order.season :] - y[: -order.season] if len(y) > order.season else y[:0]
    return y


def triple(value: Any, key: str) -> Triple:
    """(p, d, q) as plain integers; raises BadSetting for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(is_whole(v) for v in value):
        raise BadSetting(f"{key} is {value!r}; give three whole numbers, as (1, 1, 1).", key, value)
    first, second, third = (int(v) for v in value)
    if min(first, second, third) < 0:
        raise BadSetting(f"{key} is {value!r}; its numbers must not be negative.", key, value)
    return first, second, third


def shorten(order: Order, known: int) -> Order:
    """The order that `known` observations can carry: at least two more than coefficients after differencing.

    Parts go one by one, the most expensive first: P, Q, q, p, D, the drift, then d down to 1. What remains
    at the end, a random walk or a mean, needs one observation.
    """
    order = replace(order, constant=order.constant and order.differences < 2)
    while not _carried(order, known):
        smaller = _smaller(order)
        if smaller is None:
            break
        order = smaller
    return order


def only_seen_phases(order: Order, y: FloatArray) -> Order:
    """The order without seasonal differences where a phase of the season never shows a value (shops closed on Sundays).

    Such a phase has no level to start from, and a forecast of it would be the prior's. Seasonal AR terms take the
    differences' place; without a constant, whose line could follow a trend, a plain difference does too.
    """
    known = np.flatnonzero(np.isfinite(y))
    (sp, sd, sq), (p, d, q) = order.seasonal, order.plain
    if not sd or known[-1] - known[0] < order.season or len(np.unique(known % order.season)) == order.season:
        return order
    d = d if order.constant and sd == 1 else max(d, 1)
    return replace(order, plain=(p, d, q), seasonal=(sp + 1, 0, sq))


def _carried(order: Order, known: int) -> bool:
    usable = known - order.lost
    deepest = order.season * max(order.seasonal[0], order.seasonal[2])
    return usable >= order.coefficients + 2 and usable > deepest


def _smaller(order: Order) -> Order | None:
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
