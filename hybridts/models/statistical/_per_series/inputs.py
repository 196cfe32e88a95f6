"""Inputs of the frozen model of one series at some origins, and the reasons why it may have no forecast there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.statistical._box_cox import Power
from hybridts.models.statistical._per_series.known_future import (
    ReadsColumns,
    first_gap,
    future_not_given,
    known_future,
    time_text,
)
from hybridts.models.statistical._per_series.series_model import SeriesModel


class SeriesQuery(NamedTuple):
    """Series i of a panel as its model reads it.

    Attributes:
        i: index in the panel.
        model: with its known-future columns, where it reads some.
        y, position: [T] values and [M] origins, counted from the first fitted row; see `SeriesModel`.
        missing: [M] whether a needed known-future value is missing at a step.
        gap: (row, column) of the first such value, the row counted from the panel's first.
        shift: number of rows from the first fitted row to the panel's first row.
    """

    i: int
    model: SeriesModel
    y: FloatArray
    position: IntArray
    missing: npt.NDArray[np.bool_]
    gap: tuple[int, int] | None
    shift: int


def with_columns(
    query: SeriesQuery, model: ReadsColumns, panel: Panel, target: IntArray, *, spared: bool
) -> SeriesQuery:
    """Return the query with the known-future columns up to the last of the target rows [M, H].

    With `spared`, for a model whose future was not known at its fit, rows beyond the panel's own need no values where
    the panel has none.
    """
    columns = known_future(panel, query.i, query.shift, max(int(target.max()) + 1, 0))
    given = query.shift + int(panel.reach[query.i] - panel.starts[query.i])
    needed = np.where(target < given, target, -1) if spared and future_not_given(panel, query.i) else target
    gap = first_gap(model, columns, needed)
    query = query._replace(model=model.given(columns))
    if gap is None:
        return query
    each = np.array([first_gap(model, columns, rows) is not None for rows in needed])
    return query._replace(missing=each, gap=(gap[0] - query.shift, gap[1]))


class Transforming:
    """A model of one series that may transform the values it reads.

    Attributes:
        power: the transform; None where there is none.
    """

    power: Power | None


def domain_failure(panel: Panel, query: SeriesQuery) -> str:
    """Return why the model's transform has no forecast: values outside its domain; empty where it is no reason."""
    power = query.model.power if isinstance(query.model, Transforming) else None
    if power is None:
        return ""
    name = panel.ids[query.i]
    bad = np.flatnonzero(np.isfinite(query.y) & ~np.isfinite(power.apply(query.y)))
    if len(bad):
        time = time_text(panel, int(panel.times[panel.starts[query.i] + bad[0] - query.shift]))
        return (
            f"Series {name!r}: its model's transform needs positive values, and after the fit came {len(bad)} zero or "
            f"negative (the first: {query.y[bad[0]]:g} at {time}); add a constant to the series, or set "
            "transform: none."
        )
    if power.power < 0:
        return (
            f"Series {name!r}: its forecast grows beyond what boxcox_lambda {power.power:g} can take back; use a "
            "lambda of at least 0, or transform: log."
        )
    return ""
