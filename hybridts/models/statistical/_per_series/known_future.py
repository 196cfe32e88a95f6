"""Known-future columns of one series, aligned with the rows that its model was fitted on, and the rule for gaps.

In fitted rows, and in rows that are past for an origin, a gap takes the newest earlier value of its column (before the
first value, the column's mean). At a row to be forecast after the fit, a gap means no forecast, and the reason names
it. Exception: where no future row was given at the fit (`future_not_given`), forecasts of the panel's end use the
newest values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Panel

if TYPE_CHECKING:
    from hybridts.models.statistical._per_series.series_model import SeriesModel


def known_future(panel: Panel, i: int, shift: int, rows: int) -> FloatArray:
    """Return columns [rows, F] of series i from `shift` rows before the panel's first row on; NaN where not known."""
    result = np.full((rows, panel.future.shape[1]), np.nan)
    seen = panel.future[panel.starts[i] : panel.reach[i]][max(-shift, 0) :]
    start = max(shift, 0)
    room = max(min(len(seen), rows - start), 0)
    result[start : start + room] = seen[:room]
    return result


def names_of(panel: Panel) -> tuple[str, ...]:
    """Return the names of the known-future columns."""
    return panel.columns.get("future") or tuple(f"column {k + 1}" for k in range(panel.future.shape[1]))


class ReadsColumns(ABC):
    """A model of one series that reads known-future columns.

    Attributes:
        rows: number of rows that the model was fitted on.
    """

    rows: int

    @property
    def returns_to_zero(self) -> bool:
        """Whether its forecasts go to zero, whatever the level of the series: it models errors around zero."""
        return False

    @property
    @abstractmethod
    def needed(self) -> IntArray:
        """Indices [k] of the columns that its forecasts depend on."""

    @abstractmethod
    def given(self, columns: FloatArray) -> SeriesModel:
        """Return the model with columns [R, F] from the first fitted row on, NaN where not known."""

    @abstractmethod
    def blamed(self, y: FloatArray, position: IntArray, steps: IntArray) -> str:
        """Return a sentence on the column that drives a path most; empty where none does. Args: see `SeriesModel`."""


def future_not_given(panel: Panel, i: int) -> bool:
    """Return whether the panel has no row of series i after its last target.

    That is so where a model is fitted first and the future is given to `predict`, which requires it.
    """
    return bool(panel.reach[i] == panel.stops[i])


def first_gap(model: ReadsColumns, columns: FloatArray, target: IntArray) -> tuple[int, int] | None:
    """Return (row, column) of the first missing value at a target row after the fitted ones; None where complete."""
    rows = np.unique(target[(target >= model.rows) & (target < len(columns))])
    if not len(rows) or not len(model.needed):
        return None
    gaps = np.argwhere(~np.isfinite(columns[np.ix_(rows, model.needed)]))
    return (int(rows[gaps[0, 0]]), int(model.needed[gaps[0, 1]])) if len(gaps) else None


def gap_message(panel: Panel, i: int, row: int, column: int) -> str:
    """Return the message on a missing value; `row` counts from the panel's first row of series i."""
    after = row - int(panel.lengths[i]) + 1
    place = f"{after} rows after its last target" if after > 0 else f"{-after} rows before its last target"
    return (
        f"Series {panel.ids[i]!r}: known-future column {names_of(panel)[column]!r} has no value at "
        f"{_when(panel, i, row)} ({place}), a step to be forecast. Give the value, or set exogenous: false."
    )


def no_columns_message(name: str) -> str:
    """Return the message on a panel without the columns that a model was fitted with."""
    return (
        f"Series {name!r}: its model was fitted with known-future columns, and this data has none. "
        "Give the columns, or set exogenous: false and fit again."
    )


def _when(panel: Panel, i: int, row: int) -> str:
    """Return the time of a row of series i as text, also where the panel ends before it."""
    last = int(panel.lengths[i]) - 1
    ahead = row - last
    newest = int(panel.times[panel.starts[i] + last])
    if ahead <= 0:
        time = int(panel.times[panel.starts[i] + row])
    else:
        time = int(calendar.later(np.array([newest]), panel.freq, panel.step, ahead)[0, -1])
    return time_text(panel, time)


def time_text(panel: Panel, time: int) -> str:
    """Return a time as the user writes it."""
    return str(time) if panel.freq is None else str(np.datetime64(time, "ns")).removesuffix(".000000000")
