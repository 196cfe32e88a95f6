"""Baselines without parameters: last value, last season, straight line, mean of a window; all origins at once.

They forecast series that were not fitted, too. A series without a value up to an origin gets NaN there.

Source: Hyndman and Athanasopoulos (2021), Forecasting: principles and practice, 3rd edition, section 5.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import last_value, seasonal_naive
from hybridts.models.statistical._settings import whole

_ROWS = 4  # rows averaged where there is no season

#: Panel, origins [M], horizon and gap to forecasts [M, H].
Rule = Callable[[Panel, Origins, int, int], FloatArray]


@dataclass(frozen=True, eq=False)
class FittedRule:
    """A baseline's rule with its horizon and gap."""

    rule: Rule
    horizon: int
    gap: int
    notes: Mapping[str, Any] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]."""
        return self.rule(panel, origins, self.horizon, self.gap)


@dataclass(frozen=True, kw_only=True)
class Naive:
    """The last known value, repeated."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedRule:  # noqa: ARG002 (nothing to learn)
        """Keep horizon and gap."""
        return _fitted(panel, _repeat, horizon, gap)


@dataclass(frozen=True, kw_only=True)
class SeasonalNaive:
    """The last known value of the same seasonal phase (the last value at season 1)."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedRule:  # noqa: ARG002 (nothing to learn)
        """Keep horizon and gap."""
        return _fitted(panel, seasonal_naive, horizon, gap)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The line through the first and the last known value before each origin, continued."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedRule:  # noqa: ARG002 (nothing to learn)
        """Keep horizon and gap."""
        return _fitted(panel, _line, horizon, gap)


@dataclass(frozen=True, kw_only=True)
class WindowAverage:
    """The mean of the newest rows, repeated.

    Attributes:
        window: rows; None: one season, or 4 rows where there is none. Missing values in it are left out; without any
            other value in it, the last known value is used.
    """

    window: int | None = None

    def __post_init__(self) -> None:
        whole(self, "window", 1, none=True)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedRule:  # noqa: ARG002 (nothing to learn)
        """Keep horizon, gap and the number of rows."""
        rows = self.window or (panel.season if panel.season > 1 else _ROWS)
        return _fitted(panel, _Mean(rows), horizon, gap)


@dataclass(frozen=True)
class _Mean:
    """A `Rule`: the mean of the last `rows`."""

    rows: int

    def __call__(self, panel: Panel, origins: Origins, horizon: int, gap: int) -> FloatArray:  # noqa: ARG002 (a Rule)
        """Return forecasts [M, H]."""
        seen = panel.window(origins, self.rows)
        known = np.isfinite(seen)
        total = np.where(known, seen, 0.0).sum(axis=1)
        mean = np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), last_value(panel, origins))
        return np.repeat(mean[:, None], horizon, axis=1)


def _fitted(panel: Panel, rule: Rule, horizon: int, gap: int) -> FittedRule:
    """Return the fitted rule; a series without any value is a failure."""
    silent = [name for i, name in enumerate(panel.ids) if not np.isfinite(panel.series(i)).any()]
    failures = {name: f"Series {name!r}: it shows no value; leave it out or give it data" for name in silent}
    return FittedRule(rule, horizon, gap, failures=failures)


def _repeat(panel: Panel, origins: Origins, horizon: int, gap: int) -> FloatArray:  # noqa: ARG001 (a Rule)
    """Return the last known value [M, H] of each origin."""
    return np.repeat(last_value(panel, origins)[:, None], horizon, axis=1)


def _line(panel: Panel, origins: Origins, horizon: int, gap: int) -> FloatArray:
    """Return the line [M, H] through the first and the last known value of each origin."""
    last, first = _last_known(panel, origins), _first_known(panel)[origins.series]
    seen = (last >= 0) & (first <= last)
    start = panel.starts[origins.series]
    newest = np.where(seen, panel.values[np.where(seen, start + last, 0)], np.nan)
    oldest = np.where(seen, panel.values[np.where(seen, start + first, 0)], np.nan)
    slope = (newest - oldest) / np.maximum(last - first, 1)
    ahead = (origins.position - last)[:, None] + gap + np.arange(1, horizon + 1)
    return np.asarray(newest[:, None] + slope[:, None] * ahead)


def _last_known(panel: Panel, origins: Origins) -> IntArray:
    """Return the position [M] of the newest known value up to each origin; negative where there is none."""
    row = np.where(np.isfinite(panel.values), np.arange(len(panel.values)), -1)
    newest = np.maximum.accumulate(row) if len(row) else row
    visible = np.minimum(origins.position, panel.lengths[origins.series] - 1)
    at = panel.starts[origins.series] + visible
    found = np.where(visible >= 0, newest[np.maximum(at, 0)], -1) - panel.starts[origins.series]
    return np.asarray(np.maximum(found, -1), dtype=np.int64)


def _first_known(panel: Panel) -> IntArray:
    """Return the position [N] of the first known value of each series; after its end where there is none."""
    known = np.append(np.flatnonzero(np.isfinite(panel.values)), len(panel.values))
    return np.asarray(known[np.searchsorted(known, panel.starts)] - panel.starts, dtype=np.int64)
