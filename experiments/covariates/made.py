"""Made panels whose targets covariates explain, with the error that no forecast can go below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

SERIES, ROWS, HORIZON = 6, 300, 4


@dataclass(frozen=True)
class Made:
    """A made panel.

    Attributes:
        frame: unique_id, ds, y and covariates.
        floor: unique_id, ds, floor: the best forecast of each row that is known some steps before it; for a wandering
            level, the change of the level since the origin remains and is the floor.
        roles: arguments of `hybridts.backtest` that give the roles of the columns.
        level: unique_id, ds, level: what a forecast can only know up to its origin; 0 where nothing wanders.
    """

    frame: pd.DataFrame
    expected: np.ndarray
    roles: dict[str, list[str]]
    level: np.ndarray

    def floor(self, forecasts: pd.DataFrame) -> float:
        """Return the MAE of the best forecast at the cells of a board's `forecasts`."""
        known = self.frame[["unique_id", "ds"]].assign(expected=self.expected, level=self.level)
        cells = forecasts[["unique_id", "ds", "cutoff", "y"]].merge(known, on=["unique_id", "ds"])
        at = known.rename(columns={"ds": "cutoff", "level": "level_then"})[["unique_id", "cutoff", "level_then"]]
        cells = cells.merge(at, on=["unique_id", "cutoff"])
        return float((cells.y - cells.expected - cells.level_then).abs().mean())


def _panel(seed: int, make: Callable[[np.random.Generator, int], dict[str, np.ndarray]], roles: dict) -> Made:
    parts = []
    for i in range(SERIES):
        columns = make(np.random.default_rng([seed, i]), i)
        dates = pd.date_range("2023-01-02", periods=ROWS, freq="D")
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": dates, **columns}))
    frame = pd.concat(parts, ignore_index=True)
    extra = [frame.pop(name).to_numpy(float) for name in ("expected", "level")]
    return Made(frame, extra[0], roles, extra[1])


def walk(seed: int = 0) -> Made:
    """Return y = 2 x + noise, x a random walk known ahead."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        x = rng.normal(0, 1.2, ROWS).cumsum()
        return {"x": x, "y": 2 * x + rng.normal(0, 0.27, ROWS), "expected": 2 * x, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"future": ["x"]})


def wandering(seed: int = 0) -> Made:
    """Return a wandering level + 5 x + noise, x known ahead."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        x, level = rng.normal(0, 1, ROWS), 20 + rng.normal(0, 0.3, ROWS).cumsum()
        y = level + 5 * x + rng.normal(0, 0.2, ROWS)
        return {"x": x, "y": y, "expected": 5 * x, "level": level}

    return _panel(seed, make, {"future": ["x"]})


def two(seed: int = 0) -> Made:
    """Return y = 3 a - 2 b + noise, both known ahead and independent over time."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        a, b = rng.normal(0, 1, ROWS), rng.normal(0, 1, ROWS)
        expected = 10 + 3 * a - 2 * b
        return {"a": a, "b": b, "y": expected + rng.normal(0, 0.3, ROWS), "expected": expected, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"future": ["a", "b"]})


def lead(seed: int = 0) -> Made:
    """Return y that a past column leads by 6 rows."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        x = rng.normal(0, 1, ROWS + 6)
        expected = 5 * x[:-6]
        return {"x": x[6:], "y": expected + rng.normal(0, 0.3, ROWS), "expected": expected, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"past": ["x"]})


def classes(seed: int = 0) -> Made:
    """Return y whose response to x, known ahead, differs by a static class."""

    def make(rng: np.random.Generator, i: int) -> dict[str, np.ndarray]:
        x, weight = rng.normal(0, 1, ROWS), (3.0, -2.0, 0.5)[i % 3]
        expected = 5 + weight * x
        kind = np.full(ROWS, "abc"[i % 3])
        y = expected + rng.normal(0, 0.3, ROWS)
        return {"x": x, "kind": kind, "y": y, "expected": expected, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"future": ["x"], "static": ["kind"]})


# -- other kinds, without a bar of their own ----------------------------------------------------------------------
def _iid(roles: dict[str, list[str]], shape: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[int], Made]:
    def of(seed: int = 0) -> Made:
        def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
            a, b = rng.normal(0, 1, ROWS), rng.normal(0, 1, ROWS)
            expected = 10 + shape(a, b)
            noise = rng.normal(0, 0.3, ROWS)
            return {"a": a, "b": b, "y": expected + noise, "expected": expected, "level": np.zeros(ROWS)}

        return _panel(seed, make, roles)

    return of


def walk_lead(seed: int = 0) -> Made:
    """Return y that a random walk leads by 6 rows."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        x = rng.normal(0, 1, ROWS + 6).cumsum()
        expected = 2 * x[:-6]
        return {"x": x[6:], "y": expected + rng.normal(0, 0.3, ROWS), "expected": expected, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"past": ["x"]})


def weekly(seed: int = 0) -> Made:
    """Return a weekly pattern with a level of its own in each series, and promotions of a percentage."""

    def make(rng: np.random.Generator, i: int) -> dict[str, np.ndarray]:
        level = 50.0 * 2**i
        promo = rng.random(ROWS) < 0.2
        week = np.array([0.9, 0.8, 0.9, 1.0, 1.2, 1.4, 0.8])[np.arange(ROWS) % 7]
        expected = level * week * (1 + 0.4 * promo)
        y = expected + level * rng.normal(0, 0.05, ROWS)
        return {"promo": promo, "y": y, "expected": expected, "level": np.zeros(ROWS)}

    return _panel(seed, make, {"future": ["promo"]})


def text(seed: int = 0) -> Made:
    """Return y that a text column with four kinds explains."""

    def make(rng: np.random.Generator, _: int) -> dict[str, np.ndarray]:
        kind = rng.integers(0, 4, ROWS)
        expected = np.array([10.0, 14.0, 5.0, 11.0])[kind]
        words = np.array(["fair", "gala", "none of it", "zoo"])[kind]
        return {
            "kind": words,
            "y": expected + rng.normal(0, 0.3, ROWS),
            "expected": expected,
            "level": np.zeros(ROWS),
        }

    return _panel(seed, make, {"future": ["kind"]})


OTHERS = {
    "square": _iid({"future": ["a", "b"]}, lambda a, b: 2 * a**2 + 0 * b),
    "product": _iid({"future": ["a", "b"]}, lambda a, b: 3 * a * b),
    "step": _iid({"future": ["a", "b"]}, lambda a, b: 4.0 * (a > 0.5) + 0 * b),
    "walk_lead": walk_lead,
    "weekly": weekly,
    "text": text,
}
SETS = {"walk": walk, "wandering": wandering, "two": two, "lead": lead, "classes": classes}
#: Most of a floor that a name may need.
BARS = {"walk": 1.6, "wandering": 1.6, "two": 1.6, "lead": 1.6, "classes": 2.0}
NAMES = ("MLP", "LSTM", "CNN-LSTM", "XGBoost", "RF", "ARIMA-XGBoost")
