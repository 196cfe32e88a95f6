"""Random draws for many series of one length at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray
from hybridts.models.neural.prior.mixture import Decades


@dataclass(frozen=True)
class Draws:
    """Draws for `count` series of `length` rows; every array has one line a series.

    Attributes:
        count: n, number of series.
        length: T, rows of each.
        rng: source of all draws.
    """

    count: int
    length: int
    rng: np.random.Generator

    def chance(self, p: float) -> BoolArray:
        """Return [n, 1] true with probability `p`."""
        return self.rng.random((self.count, 1)) < p

    def uniform(self, low: float, high: float) -> FloatArray:
        """Return [n, 1] numbers between `low` and `high`."""
        return self.rng.uniform(low, high, (self.count, 1))

    def size(self, decades: Decades, p: float = 1.0) -> FloatArray:
        """Return [n, 1] sizes, log-uniform between two powers of ten; 0 where a component is absent (1 - `p`)."""
        return np.where(self.chance(p), 10.0 ** self.uniform(*decades), 0.0)

    def sign(self) -> FloatArray:
        """Return [n, 1] 1 or -1."""
        sign: FloatArray = self.rng.choice([-1.0, 1.0], (self.count, 1))
        return sign

    def normal(self) -> FloatArray:
        """Return [n, T] standard normal numbers."""
        return self.rng.normal(size=(self.count, self.length))

    def rows_since(self) -> FloatArray:
        """Return [n, T] rows since a random row of each series; negative before it."""
        since: FloatArray = np.arange(self.length) - self.rng.integers(0, self.length, (self.count, 1)).astype(float)
        return since
