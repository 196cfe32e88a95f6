"""Corrections so simple that a test can say what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class MeanError:
    """A corrector that has learned the mean of the errors it was shown, and remembers which."""

    seen: list = field(default_factory=list)

    def fit(self, panel, rows, horizon, gap, seed):
        error = rows.target - rows.forecast
        self.seen.append((panel.lengths.copy(), rows))
        return Constant(float(np.nanmean(error)))


@dataclass(frozen=True)
class Constant:
    amount: float
    notes: dict = field(default_factory=dict)

    def correct(self, panel, rows):
        return np.full(rows.forecast.shape, self.amount)
