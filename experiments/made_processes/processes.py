"""Eleven processes in which a correction helps by design: the base model cannot express what a learner can.

Each is drawn from a seed, as one series with its dates. Levels and units are arbitrary; the noise leaves at least a third of
the error of the base to be explained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

FloatArray = np.ndarray


@dataclass(frozen=True)
class Process:
    """A made process.

    Attributes:
        draw: dates [T] and a generator -> values [T].
        freq: pandas frequency of the dates.
        season: seasonal period that the models are told.
        base: statistical base that misses the structure.
        cases: (rows to learn from, horizon) of the cases.
    """

    draw: Callable[[pd.DatetimeIndex, np.random.Generator], FloatArray]
    freq: str
    season: int
    base: str
    cases: tuple[tuple[int, int], ...]


def _recursion(length: int, rng: np.random.Generator, noise: float, step: Callable[[float], float]) -> FloatArray:
    """Return values of y[t] = step(y[t-1]) + noise."""
    values = np.zeros(length + 50)
    shocks = rng.normal(0, noise, len(values))
    for t in range(1, len(values)):
        values[t] = step(values[t - 1]) + shocks[t]
    return values[50:]


def threshold_ar(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """Two regimes of an autoregression: fall above zero, rise below."""
    return 50 + _recursion(len(dates), rng, 0.4, lambda y: -1.5 + 0.3 * y if y > 0 else 1.8 - 0.2 * y)


def exponential_ar(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """An autoregression whose coefficient depends on the size of the last value."""
    return 20 + _recursion(len(dates), rng, 0.5, lambda y: (-0.9 + 2.4 * np.exp(-0.5 * y * y)) * y)


def logistic_map(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """A chaotic map with a little noise: unpredictable to a straight line, predictable to a curve."""
    values = np.empty(len(dates))
    now = 0.4
    for t in range(len(values)):
        now = float(np.clip(3.8 * now * (1 - now) + rng.normal(0, 0.02), 0.01, 0.99))
        values[t] = now
    return 10 * values


def multiplicative_season(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """A yearly pattern that grows with the level, under a base that is told of no season."""
    at = np.arange(len(dates))
    pattern = 1 + 0.25 * np.sin(2 * np.pi * (dates.month.to_numpy() - 1) / 12) + 0.1 * (dates.month.to_numpy() == 12)
    return (100 + 0.8 * at) * pattern * np.exp(rng.normal(0, 0.04, len(at)))


def day_of_month(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """Daily sales with pay days: the first and the fifteenth of a month, beside a week."""
    week = np.array([0, 1, 2, 3, 6, 9, 4.0])[dates.dayofweek]
    pay = 14.0 * np.isin(dates.day, (1, 2, 15, 16))
    return 60 + week + pay + rng.normal(0, 2, len(dates))


def week_and_year(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """Daily load with a week and a winter whose edges are sharp."""
    week = np.where(dates.dayofweek < 5, 6.0, 0.0)
    winter = 25.0 * np.isin(dates.month, (12, 1, 2)) + 10.0 * np.isin(dates.month, (3, 11))
    return 80 + week + winter + rng.normal(0, 3, len(dates))


def monthly_levels(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """Daily values that step to another level with each calendar month of a quarter."""
    return 40 + np.array([0.0, 12.0, 24.0])[(dates.month - 1) % 3] + rng.normal(0, 2, len(dates))


def unknown_cycle(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """A cycle of 9 rows with two harmonics under a base that is told of no season."""
    at = np.arange(len(dates))
    wave = np.sin(2 * np.pi * at / 9) + 0.6 * np.sin(4 * np.pi * at / 9 + 1)
    return 30 + 4 * wave + rng.normal(0, 0.8, len(at))


def relaxation(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """A stock that is used up slowly and filled at once when it falls below a limit."""
    values, now = np.empty(len(dates)), 30.0
    for t in range(len(values)):
        now -= rng.gamma(4, 0.5)
        if now < 10:
            now += 20
        values[t] = now
    return values + rng.normal(0, 0.3, len(values))


def trading_days(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """Monthly sums of what is sold on the days of a month, Saturdays the most, under a base without a calendar."""
    rate = np.array([1, 1, 1, 1, 2.5, 5, 0.2])
    days = [pd.date_range(d, d + pd.offsets.MonthEnd(0)).dayofweek for d in dates]
    sold = np.array([rate[d].sum() for d in days])
    return 10 * sold + np.cumsum(rng.normal(0, 1, len(dates))) + rng.normal(0, 4, len(dates))


def squared_season(dates: pd.DatetimeIndex, rng: np.random.Generator) -> FloatArray:
    """A season that is strong at high levels and absent at low ones; the level wanders."""
    level = 10 + 4 * np.sin(2 * np.pi * np.arange(len(dates)) / 67) + 0.02 * np.cumsum(rng.normal(0, 1, len(dates)))
    season = np.sin(2 * np.pi * dates.month.to_numpy() / 12)
    return level + 0.06 * level * level * season + rng.normal(0, 0.7, len(dates))


SHORT, LONG = 120, 300
PROCESSES: dict[str, Process] = {
    "threshold AR": Process(threshold_ar, "MS", 1, "ARIMA", ((SHORT, 1), (LONG, 1), (SHORT, 3), (LONG, 3))),
    "exponential AR": Process(exponential_ar, "MS", 1, "ARIMA", ((SHORT, 1), (LONG, 1), (SHORT, 3), (LONG, 3))),
    "logistic map": Process(logistic_map, "MS", 1, "ARIMA", ((SHORT, 1), (LONG, 1), (SHORT, 3), (LONG, 3))),
    "multiplicative season": Process(
        multiplicative_season, "MS", 1, "ARIMA", ((96, 6), (180, 6), (120, 12), (240, 12))
    ),
    "day of month": Process(day_of_month, "D", 7, "SARIMA", ((180, 7), (365, 7), (180, 14), (365, 14))),
    "week and year": Process(week_and_year, "D", 7, "SARIMA", ((730, 7), (1095, 7), (730, 14), (1095, 14))),
    "monthly levels": Process(monthly_levels, "D", 7, "ARIMA", ((200, 7), (400, 7), (200, 14), (400, 14))),
    "unknown cycle": Process(unknown_cycle, "MS", 1, "ARIMA", ((90, 6), (180, 6), (120, 12), (240, 12))),
    "relaxation": Process(relaxation, "D", 1, "ARIMA", ((SHORT, 3), (LONG, 3), (SHORT, 6), (LONG, 6))),
    "trading days": Process(trading_days, "MS", 12, "ARIMA", ((96, 6), (180, 6), (120, 12), (240, 12))),
    "squared season": Process(squared_season, "MS", 12, "SARIMA", ((96, 6), (180, 6), (144, 12), (240, 12))),
}

#: Rows after those to learn from, on which forecasts are judged.
TEST_ROWS = 96


def frame_of(name: str, rows: int, seed: int) -> pd.DataFrame:
    """Return one series of a process as a long frame: `rows` to learn from and `TEST_ROWS` to be judged on."""
    process = PROCESSES[name]
    dates = pd.date_range("2010-01-01", periods=rows + TEST_ROWS, freq=process.freq)
    rng = np.random.default_rng([seed, sorted(PROCESSES).index(name)])
    return pd.DataFrame({"unique_id": f"{name} {seed}", "ds": dates, "y": process.draw(dates, rng)})
