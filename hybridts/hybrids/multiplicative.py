"""Corrections that multiply: a stage learns by which factor a forecast was wrong, instead of by how much.

The later stage works in logarithms, where factors add: it sees the log of the data and of the forecast so far, and what
it says is turned back into units of the series,

    change = forecast x (exp(log factor) - 1)

so that at a gate of 1 the result is the product of the forecast and the factor (Wang, Zou, Su, Li and Chaudhry, 2013,
An ARIMA-ANN hybrid model for time series forecasting, multiplicative form).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.models.protocols import Corrector, FittedCorrection, Hindcasts

#: The largest factor by which a forecast is changed, up or down.
MOST = 5.0


@dataclass(frozen=True)
class Multiplicative:
    """Any corrector, working in logarithms; where data or forecast are not positive, it changes nothing."""

    corrector: Corrector

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedMultiplicative:
        """Learns from rows whose past, forecast and targets are positive."""
        usable = _usable(panel, rows)
        left = [panel.ids[i] for i in np.unique(rows.origins.series[~usable])]
        why = "data or forecasts of zero or less, which no factor can change: no correction there"
        notes = {"not_positive": dict.fromkeys(left, why)} if left else {}
        if not usable.any():
            return FittedMultiplicative(None, notes)
        fitted = self.corrector.fit(*_in_logs(panel, rows[usable]), horizon, gap, seed)
        return FittedMultiplicative(fitted, {**notes, **fitted.notes})


@dataclass(frozen=True, eq=False)
class FittedMultiplicative:
    """The fitted corrector; None where no row was positive."""

    fitted: FittedCorrection | None
    notes: Mapping[str, Any]

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """[M, H] what to add; zero where the past or the forecast is not positive."""
        change = np.zeros(rows.forecast.shape)
        usable = _usable(panel, rows)
        if self.fitted is not None and usable.any():
            log_factor = self.fitted.correct(*_in_logs(panel, rows[usable]))
            factor = np.exp(np.clip(log_factor, -np.log(MOST), np.log(MOST)))
            change[usable] = rows.forecast[usable] * (factor - 1)
        return change


def _in_logs(panel: Panel, rows: Hindcasts) -> tuple[Panel, Hindcasts]:
    """Data and rows in logarithms; a value that has none is missing."""
    logs = replace(panel, values=_log(panel.values))
    scale = seasonal_error(logs, rows.origins, panel.season)
    return logs, replace(rows, forecast=_log(rows.forecast), target=_log(rows.target), scale=scale)


def _log(values: FloatArray) -> FloatArray:
    return np.log(np.where(values > 0, values, np.nan))


def _usable(panel: Panel, rows: Hindcasts) -> np.ndarray:
    """[M] whether everything the series showed up to the origin, and every step of the forecast, is positive."""
    return (rows.forecast > 0).all(axis=1) & _positive_until(panel, rows.origins)


def _positive_until(panel: Panel, origins: Origins) -> np.ndarray:
    """[M] whether no value up to the origin is zero or less."""
    until = np.empty(len(panel), dtype=np.int64)  # position of the first value that is not positive
    for i in range(len(panel)):
        bad = np.flatnonzero(panel.series(i) <= 0)
        until[i] = bad[0] if len(bad) else np.iinfo(np.int64).max
    return np.asarray(origins.position < until[origins.series])
