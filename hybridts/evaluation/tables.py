"""Forecasts of one model in one window: their rows in the table of forecasts, and their metrics in every cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.read.restored import NOTHING, Given, in_zone
from hybridts.evaluation.cases import Cases
from hybridts.evaluation.metrics import Metric
from hybridts.evaluation.rolling_origin import Schedule, Window
from hybridts.hybrids.interval_levels import quantile_name

TEXT = pa.dictionary(pa.int32(), pa.string())


def metrics_schema(metrics: Iterable[str]) -> pa.Schema:
    """Return the columns of the table of metrics."""
    return pa.schema(
        [("model", TEXT), ("window", pa.int32()), ("unique_id", TEXT), *((name, pa.float64()) for name in metrics)]
    )


def forecasts_schema(
    panel: Panel, levels: Iterable[float] = (), *, given: Given = NOTHING, float32: bool = False
) -> pa.Schema:
    """Return the columns of the table of forecasts, with one for every quantile level.

    Times are in the zone in which they were given. `float32` stores actuals and forecasts with seven digits.
    """
    time, number = _time_column(panel.times[:0], panel, given).type, pa.float32() if float32 else pa.float64()
    return pa.schema(
        [
            *(("model", TEXT), ("window", pa.int32()), ("unique_id", TEXT), ("ds", time), ("cutoff", time)),
            *(("step", pa.int32()), ("y", number), ("yhat", number)),
            *((quantile_name(level), number) for level in levels),
        ]
    )


class WindowRows(NamedTuple):
    """Rows that all models share in one window of M origins and H steps: all columns but the name and the forecast.

    Attributes:
        window: number of the window, from 0.
        cells: [M] place of each origin among all series of the window.
        columns: columns of M * H rows, steps fastest.
        y: [M, H] actuals; NaN where unknown.
    """

    window: int
    cells: IntArray
    columns: Mapping[str, pa.Array]
    y: FloatArray

    @staticmethod
    def of(panel: Panel, window: Window, origins: Origins, schedule: Schedule, given: Given = NOTHING) -> WindowRows:
        """Return the rows of `origins`, which are the origins of the window that its fit answers.

        Times come back in the zone in which they were `given`.
        """
        horizon, count = schedule.horizon, len(origins)
        now = panel.times[panel.rows(origins)]
        ahead = calendar.later(now, panel.freq, panel.step, schedule.span)[:, schedule.gap :]
        y = panel.targets(origins, horizon, schedule.gap)
        columns = {
            "window": pa.array(np.full(count * horizon, window.index, np.int32)),
            "unique_id": _text_column([panel.ids[i] for i in origins.series], np.repeat(np.arange(count), horizon)),
            "ds": _time_column(ahead.ravel(), panel, given),
            "cutoff": _time_column(np.repeat(now, horizon), panel, given),
            "step": pa.array(np.tile(np.arange(1, horizon + 1, dtype=np.int32), count)),
            "y": pa.array(y.ravel(), from_pandas=True),
        }
        return WindowRows(window.index, np.searchsorted(window.origins().series, origins.series), columns, y)


class ModelForecasts(NamedTuple):
    """Forecasts of one model in one window.

    Attributes:
        model: name of the model.
        rows: the rows of the window.
        yhat: [M, H] forecasts, in the units of the data; NaN where the model has none.
        quantiles: level -> [M, H]; empty where the model has none.
    """

    model: str
    rows: WindowRows
    yhat: FloatArray
    quantiles: Mapping[float, FloatArray] = MappingProxyType({})

    def table(self, schema: pa.Schema) -> pa.Table:
        """Return the rows with a finite forecast, as columns of the table of forecasts."""
        yhat = self.yhat.ravel()
        name = _text_column([self.model], np.zeros(yhat.size, np.int64))
        columns = {"model": name, **self.rows.columns, "yhat": pa.array(yhat)}
        own = {quantile_name(level): q.ravel() for level, q in self.quantiles.items()}
        columns |= {name: pa.array(values, from_pandas=True) for name, values in own.items()}
        columns |= {item.name: pa.nulls(yhat.size, item.type) for item in schema if item.name not in columns}
        table = pa.table([columns[field.name].cast(field.type) for field in schema], schema=schema)
        known = np.isfinite(yhat)
        return table if known.all() else table.filter(pa.array(known))


class _WindowMetrics(NamedTuple):
    """Metrics of one model in one window.

    Attributes:
        model, window: which model, which window.
        cells: [M] places among all series of the window.
        known: [M] number of steps with a forecast and an actual.
        values: [metrics, M].
    """

    model: str
    window: int
    cells: IntArray
    known: IntArray
    values: FloatArray


class CellMetrics:
    """Metrics of every model in every cell, collected window by window.

    Attributes:
        answered: model -> number of cells with at least one forecast.
        metrics: the metrics, by name.
    """

    def __init__(self, cells: pd.DataFrame, metrics: Mapping[str, Metric]) -> None:
        self.metrics = metrics
        self.answered: dict[str, int] = {}
        self._cells = {window: part.reset_index(drop=True) for window, part in cells.groupby("window", sort=False)}
        self._found: list[_WindowMetrics] = []

    def add(self, forecasts: ModelForecasts) -> None:
        """Score the forecasts of one model in one window."""
        name, rows, finite = forecasts.model, forecasts.rows, np.isfinite(forecasts.yhat)
        self.answered[name] = self.answered.get(name, 0) + int(finite.any(axis=1).sum())
        keep = finite & ~np.isnan(rows.y)
        cell, step = np.nonzero(keep)
        known: IntArray = keep.sum(axis=1)
        cells = self._cells[rows.window].iloc[rows.cells]
        quantiles = {level: q[keep] for level, q in forecasts.quantiles.items()}
        cases = Cases((name,), cells, cell, step + 1, rows.y[keep], forecasts.yhat[keep], (known > 0)[None], quantiles)
        values = np.stack([metric(cases)[0] for metric in self.metrics.values()])
        self._found.append(_WindowMetrics(name, rows.window, rows.cells, known, values))

    def tables(self) -> Iterator[pa.Table]:
        """Yield a table per model and window: the cells in which the model has as many steps as any model has."""
        for window, group in groupby(self._found, key=lambda found: found.window):
            models = list(group)
            most = np.max([found.known for found in models], axis=0)
            ids = self._cells[window]["unique_id"].to_numpy()
            for found in models:
                rows = np.flatnonzero((found.known == most) & (most > 0))
                columns = [
                    _text_column([found.model], np.zeros(len(rows), np.int64)),
                    pa.array(np.full(len(rows), window, np.int32)),
                    _text_column(ids[found.cells[rows]], np.arange(len(rows))),
                    *(pa.array(values[rows], from_pandas=True) for values in found.values),
                ]
                yield pa.table(columns, schema=metrics_schema(self.metrics))


def _text_column(texts: Sequence[str] | np.ndarray, place: IntArray) -> pa.Array:
    """Return texts[place] as a dictionary column, since few texts repeat in many rows."""
    return pa.DictionaryArray.from_arrays(place.astype(np.int32), pa.array(texts, pa.string()))


def _time_column(times: IntArray, panel: Panel, given: Given) -> pa.Array:
    """Return internal times as the type that the user gave: timestamps in their zone, or whole numbers."""
    distinct, back = np.unique(times, return_inverse=True)
    shown = in_zone(pd.Series(calendar.to_pandas(distinct, panel.freq)), given)
    return pa.array(shown).take(pa.array(back.ravel()))
