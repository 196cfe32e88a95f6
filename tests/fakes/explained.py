"""Frames of daily series that covariates explain, with the least error that a forecast can have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

SERIES, ROWS, HORIZON = 6, 300, 4


class Explained(NamedTuple):
    """A frame, the roles of its columns, and the mean absolute noise that remains."""

    frame: pd.DataFrame
    roles: dict[str, list[str]]
    floor: float


def _frame(make, roles, floor):
    parts = []
    for i in range(SERIES):
        dates = pd.date_range("2023-01-02", periods=ROWS, freq="D")
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": dates, **make(np.random.default_rng(i), i)}))
    return Explained(pd.concat(parts, ignore_index=True), roles, floor)


def walk():
    """y = 2 x + noise, x a random walk known ahead."""

    def make(rng, _):
        x = rng.normal(0, 1.2, ROWS).cumsum()
        return {"x": x, "y": 2 * x + rng.normal(0, 0.3, ROWS)}

    return _frame(make, {"future": ["x"]}, 0.24)


def wandering():
    """A wandering level + 5 x, x known ahead; the level changes by 0.3 a row."""

    def make(rng, _):
        x = rng.normal(0, 1, ROWS)
        return {"x": x, "y": 20 + rng.normal(0, 0.3, ROWS).cumsum() + 5 * x + rng.normal(0, 0.2, ROWS)}

    return _frame(make, {"future": ["x"]}, 0.44)


def two():
    """Two independent columns known ahead."""

    def make(rng, _):
        a, b = rng.normal(size=ROWS), rng.normal(size=ROWS)
        return {"a": a, "b": b, "y": 10 + 3 * a - 2 * b + rng.normal(0, 0.3, ROWS)}

    return _frame(make, {"future": ["a", "b"]}, 0.24)


def lead():
    """A past column leads y by 6 rows."""

    def make(rng, _):
        x = rng.normal(size=ROWS + 6)
        return {"x": x[6:], "y": 5 * x[:-6] + rng.normal(0, 0.3, ROWS)}

    return _frame(make, {"past": ["x"]}, 0.24)


def classes():
    """The response to x, known ahead, differs by a static class."""

    def make(rng, i):
        x = rng.normal(size=ROWS)
        kind = np.full(ROWS, "abc"[i % 3])
        return {"x": x, "kind": kind, "y": 5 + (3.0, -2.0, 0.5)[i % 3] * x + rng.normal(0, 0.3, ROWS)}

    return _frame(make, {"future": ["x"], "static": ["kind"]}, 0.24)


#: Name -> how to make it, and the most of its floor that a name may need.
SETS = {
    "walk": (walk, 1.6),
    "wandering": (wandering, 1.6),
    "two": (two, 1.6),
    "lead": (lead, 1.6),
    "classes": (classes, 2),
}


def shop(days=308, stores=3, seed=0):
    """Daily sales: promotions known ahead, closed on Sundays and on a few holidays, holes, one late start.

    The last horizon of 14 rows holds a holiday, a Wednesday a week after another one, which is thus its anchor.
    """
    rng, dates = np.random.default_rng(seed), pd.date_range("2023-01-02", periods=days, freq="D")
    number = np.arange(days)
    holiday = np.isin(number, [60, 100, 190, 260, days - 19, days - 12])
    opened = (number % 7 != 6) & ~holiday
    parts = []
    for i in range(stores):
        promo = ((number // 7 + i) % 2 == 0) & (number % 7 < 5) & (rng.random(days) < 0.9)
        week = np.array([1.2, 1.0, 0.9, 1.0, 1.1, 1.3, 0.0])[number % 7]
        y = 1000 * (1 + i) * week * (1 + 0.4 * promo) * rng.lognormal(0, 0.08, days) * opened
        y[rng.random(days) < 0.02] = np.nan
        columns = {"y": y.round(), "promo": promo.astype(int), "open": opened.astype(int)}
        parts.append(pd.DataFrame({"unique_id": f"store{i}", "ds": dates, **columns})[200 if i == 1 else 0 :])
    return pd.concat(parts, ignore_index=True)
