"""Multiplicative corrections: a stage learns the factor, instead of the amount, by which a forecast was wrong.

The stage works in logarithms, where factors add: it is given the logarithms of the data and of the forecast, and its
log factor is turned back into units of the series,

    change = forecast x (exp(log factor) - 1)

so that at a gate of 1 the result is the product of forecast and factor (Wang, Zou, Su, Li and Chaudhry, 2013, An
ARIMA-ANN hybrid model for time series forecasting, multiplicative form).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.models.protocols import Corrector, FittedCorrection, Hindcasts

#: Largest factor by which a forecast is changed, up or down.
MAX_FACTOR = 5.0


@dataclass(frozen=True)
class Multiplicative:
    """Any corrector, applied in logarithms; no correction where data or forecast are not positive."""

    corrector: Corrector

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedMultiplicative:
        """Learn from rows whose past, forecast and targets are positive."""
        usable = _usable(panel, rows)
        left_out = [panel.ids[i] for i in np.unique(rows.origins.series[~usable])]
        why = "data or forecasts of zero or less, which no factor can change: no correction there"
        notes = {"not_positive": dict.fromkeys(left_out, why)} if left_out else {}
        if not usable.any():
            return FittedMultiplicative(None, notes)
        fitted = self.corrector.fit(*_in_logs(panel, rows[usable]), horizon, gap, seed)
        return FittedMultiplicative(fitted, {**notes, **fitted.notes})


@dataclass(frozen=True, eq=False)
class FittedMultiplicative:
    """A fitted multiplicative correction; `fitted` is None where no row was positive."""

    fitted: FittedCorrection | None
    notes: Mapping[str, Any]

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return [M, H] the change to add; zero where the past or the forecast is not positive."""
        change = np.zeros(rows.forecast.shape)
        usable = _usable(panel, rows)
        if self.fitted is not None and usable.any():
            log_factor = self.fitted.correct(*_in_logs(panel, rows[usable]))
            factor = np.exp(np.clip(log_factor, -np.log(MAX_FACTOR), np.log(MAX_FACTOR)))
            change[usable] = rows.forecast[usable] * (factor - 1)
        return change


def _in_logs(panel: Panel, rows: Hindcasts) -> tuple[Panel, Hindcasts]:
    """Return data and rows in logarithms; NaN where a value is not positive."""
    logs = replace(panel, values=_log(panel.values))
    scale = seasonal_error(logs, rows.origins, panel.season)
    return logs, replace(rows, forecast=_log(rows.forecast), target=_log(rows.target), scale=scale)


def _log(values: FloatArray) -> FloatArray:
    return np.log(np.where(values > 0, values, np.nan))


def _usable(panel: Panel, rows: Hindcasts) -> npt.NDArray[np.bool_]:
    """Return [M] whether every value up to the origin and every step of the forecast is positive."""
    return (rows.forecast > 0).all(axis=1) & _positive_until(panel, rows.origins)


def _positive_until(panel: Panel, origins: Origins) -> npt.NDArray[np.bool_]:
    """Return [M] whether no value up to the origin is zero or less."""
    until = np.empty(len(panel), dtype=np.int64)  # position of the first value that is not positive
    for i in range(len(panel)):
        bad = np.flatnonzero(panel.series(i) <= 0)
        until[i] = bad[0] if len(bad) else np.iinfo(np.int64).max
    return np.asarray(origins.position < until[origins.series])
