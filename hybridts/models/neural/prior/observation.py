"""How a simulated series is observed: bounded, counted, with zeros, rounded, with missing values; all [n, T]."""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.neural.prior.draws import Draws
from hybridts.models.neural.prior.mixture import Mixture

#: Largest mean of a count.
MOST = 1e6


def observed(y: FloatArray, draws: Draws, mixture: Mixture) -> FloatArray:
    """Return the values as they would be recorded; NaN where one is missing."""
    return _missing(_rounded(_counted(_bounded(y, draws, mixture), draws, mixture), draws, mixture), draws, mixture)


def _bounded(y: FloatArray, draws: Draws, mixture: Mixture) -> FloatArray:
    """Squeeze some series between two bounds."""
    middle, half = np.median(y, axis=1, keepdims=True), 1.5 * y.std(axis=1, keepdims=True) + 1e-9
    return np.where(draws.chance(mixture.bounded), middle + half * np.tanh((y - middle) / half), y)


def _counted(y: FloatArray, draws: Draws, mixture: Mixture) -> FloatArray:
    """Turn some series into Poisson counts, others into demand on some rows only (Croston 1972)."""
    mean = np.abs(y) / (np.abs(y).mean(axis=1, keepdims=True) + 1e-9) * draws.size((-0.3, 2.0))
    counts = draws.rng.poisson(np.minimum(mean, MOST)).astype(float)
    on_some_rows = np.abs(y) * (draws.rng.random(y.shape) < draws.uniform(0.1, 0.7))
    demand = np.where(draws.chance(mixture.intermittent), on_some_rows, y)
    return np.where(draws.chance(mixture.counts), counts, demand)


def _rounded(y: FloatArray, draws: Draws, mixture: Mixture) -> FloatArray:
    """Round some series to a unit of a tenth or a hundredth of their spread."""
    unit = 10.0 ** np.floor(np.log10(y.std(axis=1, keepdims=True) + 1e-9) - draws.chance(0.7))
    return np.where(draws.chance(mixture.rounded), np.round(y / unit) * unit, y)


def _missing(y: FloatArray, draws: Draws, mixture: Mixture) -> FloatArray:
    """Take single values or one stretch out of some series."""
    since, longest = draws.rows_since(), max(draws.length // 8, 2)
    stretch = (since >= 0) & (since < draws.rng.integers(1, longest, (draws.count, 1)))
    single = draws.rng.random(y.shape) < 0.05
    gone = np.where(draws.chance(0.5), stretch, single) & draws.chance(mixture.missing)
    return np.where(gone, np.nan, y)
