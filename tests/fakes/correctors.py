"""Corrections with a known result."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class MeanError:
    """Learns the mean error, and records the panel lengths and rows of every fit."""

    seen: list = field(default_factory=list)

    def fit(self, panel, rows, horizon, gap, seed):
        error = rows.target - rows.forecast
        self.seen.append((panel.lengths.copy(), rows))
        return Constant(float(np.nanmean(error)))


@dataclass(frozen=True)
class Constant:
    """Adds a constant to every forecast."""

    amount: float
    notes: dict = field(default_factory=dict)

    def correct(self, panel, rows):
        return np.full(rows.forecast.shape, self.amount)
