"""Simulated series: what a network learns from before it has seen any real series.

A series is a sum of components, drawn independently of each other, in units of its own or in logarithms (so that they
multiply), and then perhaps counted, bounded, rounded or partly missing. No real series is read.

That a network trained on simulated series forecasts real ones: Dooley et al. (2023), ForecastPFN.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.models.neural.prior import components
from hybridts.models.neural.prior.draws import Draws
from hybridts.models.neural.prior.mixture import Mixture, mixture_for
from hybridts.models.neural.prior.observation import observed

#: Values simulated at a time: few enough for the cache, many enough to spread the cost of a call.
AT_ONCE = 250_000
#: Largest absolute value of a logarithm before it is exponentiated.
MAX_LOG = 8.0
#: Rows of a series at least.
SHORTEST = 8


def simulate(count: int, seasons: tuple[int, ...], length: int, seed: int, mixture: Mixture | None = None) -> Panel:
    """Return a panel of simulated series on integer time.

    Args:
        count: number of series.
        seasons: seasonal periods in rows, the main one first; (1,) for none.
        length: median number of rows; each series has 0.6 to 1.4 times as many.
        seed: the same seed gives the same panel.
        mixture: how often each component is there, and how large; None for that of the season.

    >>> panel = simulate(3, (12,), 100, seed=0)
    >>> len(panel), panel.season
    (3, 12)
    """
    mixture = mixture or mixture_for(seasons[0])
    rng = np.random.default_rng(seed)
    lengths = np.maximum((length * rng.uniform(0.6, 1.4, count)).astype(np.int64), SHORTEST)
    order = np.argsort(lengths, kind="stable")  # neighbours in a batch have nearly one length
    size = max(AT_ONCE // max(length, 1), 1)
    values: list[FloatArray] = [np.empty(0)] * count
    for start in range(0, count, size):
        batch = order[start : start + size]
        drawn = _values(Draws(len(batch), int(lengths[batch].max()), rng), seasons, mixture)
        for line, i in zip(drawn, batch, strict=True):
            values[i] = line[-lengths[i] :]
    return _panel(values, lengths, seasons[0])


def _values(draws: Draws, seasons: tuple[int, ...], mixture: Mixture) -> FloatArray:
    """Return [n, T] values of n series of T rows."""
    main, longest = seasons[0], max(seasons)
    y = components.level(draws, mixture, main) + components.seasons(draws, mixture, seasons)
    y += components.cycle(draws, mixture, longest) + components.calendar(draws, mixture, main)
    y += components.noise(draws, mixture) + components.outliers(draws, mixture)
    added, multiplied = y + draws.uniform(1, 5), np.exp(np.clip(y, -MAX_LOG, MAX_LOG))
    in_units = np.where(draws.chance(mixture.multiplicative), multiplied, added) * draws.size((0.0, 4.0))
    return observed(in_units, draws, mixture)


def _panel(values: list[FloatArray], lengths: np.ndarray, season: int) -> Panel:
    stops = np.cumsum(lengths)
    times = np.concatenate([np.arange(n) for n in lengths])
    ids = tuple(f"s{i}" for i in range(len(values)))
    return Panel(np.concatenate(values), times, stops - lengths, stops, stops, ids, season)
