"""Metrics of quantile forecasts: pinball loss, weighted quantile loss, CRPS, coverage and the interval scores.

In the formulas, q is a level, f_q the quantile forecast of a step, and rho_q = max(q (y - f_q), (q - 1) (y - f_q)) its
pinball loss. [l, u] is the widest interval whose two quantiles lie as far from 0 as from 1, with level
1 - alpha = q_u - q_l. Every metric returns [models, cells]: NaN for a name without the quantiles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hybridts.evaluation.cases import Cases, FloatArray
from hybridts.hybrids.interval_levels import Levels

#: Level between 0 and 1, lower and upper quantile [rows].
_Interval = tuple[float, FloatArray, FloatArray]
#: Beginning of the columns that `coverages` names.
COVERAGE_OF = "coverage-"


def pinball(cases: Cases) -> FloatArray:
    """Return the pinball loss, the mean of rho_q over levels and steps.

    Shape [models, cells], in the units of the data, from 0 to infinity. Source: Koenker and Bassett (1978).
    """
    if not cases.quantiles:
        return _none(cases)
    return cases.mean(np.mean([_rho(cases.y, f, q) for q, f in cases.quantiles.items()], axis=0))


def crps(cases: Cases) -> FloatArray:
    """Return the continuous ranked probability score from the quantiles: twice the pinball loss.

    The CRPS is twice the integral of rho_q over all levels; its value from few levels is an approximation. Shape
    [models, cells], in the units of the data. Source: Gneiting and Raftery (2007); Laio and Tamea (2007).
    """
    return 2.0 * pinball(cases)


def weighted_quantile_loss(cases: Cases) -> FloatArray:
    """Return the weighted quantile loss: the mean over levels of 2 sum rho_q / sum |y|.

    Shape [models, cells], without unit. NaN where every actual of the cell is zero. Source: Rangapuram et al. (2021),
    as the scaled CRPS.
    """
    if not cases.quantiles:
        return _none(cases)
    size = cases.total(np.abs(cases.y))
    rho = np.mean([_rho(cases.y, f, q) for q, f in cases.quantiles.items()], axis=0)
    return 2.0 * cases.total(rho) / np.where(size > 0, size, np.nan)


def coverage(cases: Cases) -> FloatArray:
    """Return the share of steps whose actual lies in [l, u].

    Shape [models, cells], in percent; best is the level of the interval.
    """
    bounds = _widest(cases)
    return _none(cases) if bounds is None else _share_inside(cases, bounds)


def coverages(cases: Cases) -> dict[str, FloatArray]:
    """Return column -> [models, cells] `coverage` of every central interval, the narrowest first.

    A column is called by the level in percent, such as coverage-80.
    """
    found = {f"{COVERAGE_OF}{100 * bounds[0]:.10g}": bounds for bounds in sorted(_central(cases), key=lambda b: b[0])}
    return {column: _share_inside(cases, bounds) for column, bounds in found.items()}


def winkler(cases: Cases) -> FloatArray:
    """Return the interval score, the mean of u - l + 2 / alpha times the distance of y from [l, u].

    Shape [models, cells], in the units of the data, from 0 to infinity. Source: Winkler (1972); Gneiting and Raftery
    (2007).
    """
    bounds = _widest(cases)
    if bounds is None:
        return _none(cases)
    level, low, high = bounds
    outside = np.maximum(low - cases.y, 0.0) + np.maximum(cases.y - high, 0.0)
    return cases.mean(high - low + 2.0 / (1.0 - level) * outside)


def msis(cases: Cases) -> FloatArray:
    """Return the mean scaled interval score: `winkler` over the scale of MASE.

    Shape [models, cells], without unit. Source: the M4 competition (Makridakis, Spiliotis and Assimakopoulos 2020).
    """
    return winkler(cases) / cases.scale("mase_scale")


INTERVAL_METRICS: dict[str, Callable[[Cases], FloatArray]] = {
    "pinball": pinball,
    "WQL": weighted_quantile_loss,
    "CRPS": crps,
    "coverage": coverage,
    "Winkler": winkler,
    "MSIS": msis,
}


def metrics_of(levels: Levels) -> tuple[str, ...]:
    """Return the metrics that a board shows where intervals are asked for: of intervals only where there is one."""
    low = [p for p in levels.probabilities if p < 0.5 and round(1 - p, 12) in levels.probabilities]
    return (*(("coverage", "Winkler", "MSIS") if low else ()), "WQL", "pinball")


def widest_level(cases: Cases) -> float:
    """Return the level of the widest interval, between 0 and 1; NaN without one."""
    bounds = _widest(cases)
    return float("nan") if bounds is None else bounds[0]


def _widest(cases: Cases) -> _Interval | None:
    """Return the widest central interval; None without one."""
    return max(_central(cases), key=lambda interval: interval[0], default=None)


def _central(cases: Cases) -> list[_Interval]:
    """Return every central interval."""
    levels = list(cases.quantiles)
    pairs = [(low, high) for low in levels for high in levels if low < 0.5 and abs(low + high - 1.0) < 1e-9]
    return [(round(high - low, 12), cases.quantiles[low], cases.quantiles[high]) for low, high in pairs]


def _share_inside(cases: Cases, bounds: _Interval) -> FloatArray:
    """Return [models, cells] the percentage of steps whose actual lies in an interval."""
    low, high = bounds[1:]
    inside = np.where(np.isnan(low) | np.isnan(high), np.nan, (low <= cases.y) & (cases.y <= high))
    return cases.mean(100.0 * inside)


def _rho(y: FloatArray, forecast: FloatArray, level: float) -> FloatArray:
    """Return the pinball loss of a level [rows]."""
    above = y - forecast
    loss: FloatArray = np.maximum(level * above, (level - 1.0) * above)
    return loss


def _none(cases: Cases) -> FloatArray:
    return np.full(cases.answered.shape, np.nan)
