"""Terms of past columns are kept where forecasts of the whole horizon gain by them, judged on newer rows.

A past column that follows the target by the hour says little about tomorrow: its own value has to be expected there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.models.covariates import gls
from hybridts.models.covariates.terms import Term

#: Share of the rows that forecasts are judged on, and most origins of the panel.
NEWER, MOST_ORIGINS = 0.3, 2000
#: A term stays where the error without it is larger by this share; all terms together must gain as much again.
GAIN = 0.005


class Explains(NamedTuple):
    """An effect that was estimated on older rows.

    Attributes:
        at_rows: series and positions (of one shape) -> effect.
        at_targets: origins and rows ahead [H] -> effect [M, H].
    """

    at_rows: Callable[[IntArray, IntArray], FloatArray]
    at_targets: Callable[[Origins, IntArray], FloatArray]


def pruned(
    panel: Panel, terms: list[Term], ahead: IntArray, lags: tuple[int, ...], estimate: Callable[[list[Term]], Explains]
) -> list[Term]:
    """Return the terms without those of past columns that no forecast gains by.

    Args:
        panel: some series, with all their rows.
        terms: the strongest first.
        ahead: [H] rows from an origin to its targets.
        lags: of the autoregression that forecasts.
        estimate: estimates terms on `older` rows.
    """
    if all(term.kind == "future" for term in terms):
        return terms
    origins = judged(panel, int(ahead.max()))
    if not len(origins):
        return [term for term in terms if term.kind == "future"]
    kept = list(terms)
    error = _error(panel, origins, ahead, lags, estimate(kept))
    for term in reversed(terms):
        others = [t for t in kept if t != term]
        if term.kind == "past":
            without = _error(panel, origins, ahead, lags, estimate(others) if others else None)
            if without <= (1 + GAIN) * error:
                kept, error = others, without
    return kept


def older(panel: Panel) -> IntArray:
    """Return [N] the last of the rows that effects to be judged are estimated on."""
    return np.asarray(((1 - NEWER) * panel.lengths).astype(np.int64) - 1)


def judged(panel: Panel, reach: int) -> Origins:
    """Return origins in the newer rows, spread evenly."""
    origins = Origins.between(np.maximum(older(panel), 0), panel.lengths - 1 - reach)
    step = max(len(origins) // MOST_ORIGINS, 1)
    return origins[np.arange(0, len(origins), step)]


def _error(panel: Panel, origins: Origins, ahead: IntArray, lags: tuple[int, ...], effect: Explains | None) -> float:
    """Return the mean absolute error of autoregressive forecasts of what the effect leaves, plus the effect."""
    time = np.arange(int(panel.lengths.max()))
    position = np.broadcast_to(time, (len(panel), len(time)))
    series = np.broadcast_to(np.arange(len(panel))[:, None], position.shape)
    inside = time < panel.lengths[:, None]
    y = np.where(inside, panel.values[np.where(inside, panel.starts[:, None] + time, 0)], np.nan)
    rest = y if effect is None else y - effect.at_rows(series, position)
    fitted = np.where(time <= older(panel)[:, None], rest, np.nan)
    phi = gls.autoregression(fitted, lags)
    left = gls.filtered(fitted, phi, lags)
    known = np.isfinite(left)
    constant = np.where(known, left, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    forecast = _ahead(rest, origins, (phi, constant), lags, int(ahead.max()))[:, ahead - 1]
    if effect is not None:
        forecast = forecast + effect.at_targets(origins, ahead)
    size = np.abs(np.diff(y, axis=1))
    unit = np.nan_to_num(np.where(np.isfinite(size), size, 0.0).mean(axis=1))[origins.series]
    at = origins.position[:, None] + ahead
    error = np.abs(y[origins.series[:, None], at] - forecast) / np.where(unit > 0, unit, 1.0)[:, None]
    usable = np.isfinite(error)
    return float(error[usable].mean()) if usable.any() else np.inf


def _ahead(
    rest: FloatArray, origins: Origins, model: tuple[FloatArray, FloatArray], lags: tuple[int, ...], reach: int
) -> FloatArray:
    """Return [M, reach] iterated forecasts of an autoregression."""
    phi, constant = (part[origins.series] for part in model)
    longest = max(lags)
    back = origins.position[:, None] + np.arange(1 - longest, 1)
    past = np.where(back >= 0, rest[origins.series[:, None], np.maximum(back, 0)], np.nan)
    path = np.concatenate([past, np.zeros((len(past), reach))], axis=1)
    for k in range(longest, longest + reach):
        path[:, k] = constant + sum(phi[:, p] * path[:, k - lag] for p, lag in enumerate(lags))
    return path[:, longest:]
