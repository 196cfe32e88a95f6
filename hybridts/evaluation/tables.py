"""What one model said in one window: its rows of the forecasts, and its metrics in every cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from hybridts.data import calendar
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.evaluation.metrics import METRICS, Cases
from hybridts.evaluation.rolling_origin import Schedule, Window

TEXT = pa.dictionary(pa.int32(), pa.string())
SCORES = pa.schema(
    [("model", TEXT), ("window", pa.int32()), ("unique_id", TEXT), *((name, pa.float64()) for name in METRICS)]
)


def schema_of(panel: Panel, *, float32: bool = False) -> pa.Schema:
    """The columns of the forecasts of a panel, their numbers with all digits or with seven."""
    time, number = _times(panel.times[:0], panel).type, pa.float32() if float32 else pa.float64()
    return pa.schema(
        [
            *(("model", TEXT), ("window", pa.int32()), ("unique_id", TEXT), ("ds", time), ("cutoff", time)),
            *(("step", pa.int32()), ("y", number), ("yhat", number)),
        ]
    )


class Index(NamedTuple):
    """What all models share in one window of M origins and H steps: everything but names and forecasts.

    Attributes:
        window: its number.
        cells: [M] place of each origin among all series of the window.
        columns: columns of M * H rows, steps fastest.
        y: [M, H] what happened.
    """

    window: int
    cells: IntArray
    columns: Mapping[str, pa.Array]
    y: FloatArray

    @staticmethod
    def of(panel: Panel, window: Window, origins: Origins, schedule: Schedule) -> Index:
        """The index of those origins of a window that its fit answers."""
        horizon, count = schedule.horizon, len(origins)
        now = panel.times[panel.rows(origins)]
        ahead = calendar.later(now, panel.freq, panel.step, schedule.reach)[:, schedule.gap :]
        y = panel.targets(origins, horizon, schedule.gap)
        columns = {
            "window": pa.array(np.full(count * horizon, window.index, np.int32)),
            "unique_id": _texts([panel.ids[i] for i in origins.series], np.repeat(np.arange(count), horizon)),
            "ds": _times(ahead.ravel(), panel),
            "cutoff": _times(np.repeat(now, horizon), panel),
            "step": pa.array(np.tile(np.arange(1, horizon + 1, dtype=np.int32), count)),
            "y": pa.array(y.ravel(), from_pandas=True),
        }
        return Index(window.index, np.searchsorted(window.origins().series, origins.series), columns, y)


class Piece(NamedTuple):
    """What one model said in one window: yhat [M, H], NaN where it said nothing."""

    model: str
    shared: Index
    yhat: FloatArray

    def table(self, schema: pa.Schema) -> pa.Table:
        """The rows that hold a finite forecast."""
        yhat = self.yhat.ravel()
        name = _texts([self.model], np.zeros(yhat.size, np.int64))
        columns = {"model": name, **self.shared.columns, "yhat": pa.array(yhat)}
        table = pa.table([columns[field.name].cast(field.type) for field in schema], schema=schema)
        known = np.isfinite(yhat)
        return table if known.all() else table.filter(pa.array(known))


class _Score(NamedTuple):
    """The metrics of one piece.

    Attributes:
        model, window: whose.
        cells: [M] places among all series of the window.
        known: [M] steps with a forecast and an actual.
        values: [metrics, M].
    """

    model: str
    window: int
    cells: IntArray
    known: IntArray
    values: FloatArray


class Scores:
    """The metrics of the pieces that went by, window by window.

    Attributes:
        have: model -> the cells that it said anything about.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self.have: dict[str, int] = {}
        self._cells = {window: part.reset_index(drop=True) for window, part in cells.groupby("window", sort=False)}
        self._found: list[_Score] = []

    def noted(self, piece: Piece) -> Piece:
        """Score a piece and hand it on."""
        index, said = piece.shared, np.isfinite(piece.yhat)
        self.have[piece.model] = self.have.get(piece.model, 0) + int(said.any(axis=1).sum())
        keep = said & ~np.isnan(index.y)
        cell, step = np.nonzero(keep)
        known: IntArray = keep.sum(axis=1)
        cells = self._cells[index.window].iloc[index.cells]
        cases = Cases((piece.model,), cells, cell, step + 1, index.y[keep], piece.yhat[keep], (known > 0)[None])
        values = np.stack([metric(cases)[0] for metric in METRICS.values()])
        self._found.append(_Score(piece.model, index.window, index.cells, known, values))
        return piece

    def tables(self) -> Iterator[pa.Table]:
        """A table per piece: the cells in which the model has every value that any model has."""
        for window, group in groupby(self._found, key=lambda score: score.window):
            scores = list(group)
            most = np.max([score.known for score in scores], axis=0)
            ids = self._cells[window]["unique_id"].to_numpy()
            for score in scores:
                rows = np.flatnonzero((score.known == most) & (most > 0))
                columns = [
                    _texts([score.model], np.zeros(len(rows), np.int64)),
                    pa.array(np.full(len(rows), window, np.int32)),
                    _texts(ids[score.cells[rows]], np.arange(len(rows))),
                    *(pa.array(values[rows], from_pandas=True) for values in score.values),
                ]
                yield pa.table(columns, schema=SCORES)


def _texts(names: object, place: IntArray) -> pa.Array:
    """A column that repeats texts: names[place]."""
    return pa.DictionaryArray.from_arrays(place.astype(np.int32), pa.array(names, pa.string()))


def _times(times: IntArray, panel: Panel) -> pa.Array:
    """Times as the user gave them."""
    return pa.array(calendar.to_pandas(times, panel.freq))
