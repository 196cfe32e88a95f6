"""The door where data is checked: CSV, Parquet, pandas, polars -> Panel, every decision told in a sentence.

    read (table.py) -> roles of the columns (columns.py) -> cells and times (cells.py, times.py)
        -> rows of series (rows.py) -> spacing (frequency.py) -> Panel (grid.py)

Nothing is guessed between two plausible readings: that is a DataError which shows the choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hybridts.data.calendar import canonical
from hybridts.data.panel import FloatArray, Panel
from hybridts.data.read import cells
from hybridts.data.read.columns import ID_NAMES, Columns, is_wide, listed, resolve_columns
from hybridts.data.read.rows import Rows
from hybridts.data.read.table import Table, read
from hybridts.data.read.time_grid import to_panel
from hybridts.data.read.times import read_times
from hybridts.errors import BadSetting, DataError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Columns", "DataSource", "Loaded", "listed", "load"]

#: Everything that data is read from.
DataSource: TypeAlias = "str | Path | pd.DataFrame | pd.Series[Any] | pl.DataFrame | Panel"


@dataclass(frozen=True)
class Loaded:
    """A panel, and what was decided or repaired on the way to it, in sentences for the user."""

    panel: Panel
    notices: tuple[str, ...] = ()


def load(
    source: DataSource,
    columns: Columns | None = None,
    freq: str | None = None,
    season: int | None = None,
) -> Loaded:
    """Read and check data.

    Args:
        source: path of a CSV or Parquet file, a pandas or polars frame, or a Panel (returned as it is).
        columns: roles of the columns; by default `unique_id, ds, y`, or what is unmistakable.
        freq: pandas frequency alias; by default the most common spacing of the rows.
        season: seasonal period in rows; by default what the frequency suggests, 1 for integer time.

    Raises:
        DataError: a file, column, row or time that cannot be used; the message names it and says what to do.
        BadSetting: a `freq` or `season` that is none.
    """
    columns = Columns() if columns is None else columns
    freq = None if freq is None else canonical(str(freq))
    if season is not None and (isinstance(season, bool) or not isinstance(season, int | np.integer) or season < 1):
        raise BadSetting(f"season {season!r} is not a whole number of rows, 1 or more.", "season", season, ">= 1")
    if isinstance(source, Panel):
        return Loaded(_given(source, columns, freq, season))
    named = (columns.id, columns.group, *(ID_NAMES if columns.id is None else ()))
    table = read(source, as_text=[name for name in named if name])
    rows = _rows(table, resolve_columns(table, columns))
    panel = to_panel(rows, freq, None if season is None else int(season))
    return Loaded(panel, tuple(_summary(panel, table)))


def _given(panel: Panel, columns: Columns, freq: str | None, season: int | None) -> Panel:
    if columns != Columns():
        raise DataError("the data is a Panel, whose columns already have their roles. Leave the column names out.")
    if freq is not None and freq != panel.freq:
        raise DataError(
            f"the data is a Panel with freq {panel.freq!r}, but freq {freq!r} was asked for. Leave freq out."
        )
    return panel if season is None else replace(panel, season=int(season))


def _rows(table: Table, roles: Columns) -> Rows:
    """The cells in use as plain arrays; a wide table becomes long."""
    assert roles.time is not None
    targets = [cells.numbers(table, name, "target") for name in roles.target]
    past, future, static = (_matrix(table, role, roles) for role in ("past", "future", "static"))
    cells.check_one_decimal_mark(table, [*roles.target, *roles.past, *roles.future, *roles.static])
    times, dates = read_times(table, roles.time)
    names, code = _series(table, roles)
    table.single, table.group = roles.id is None, roles.group or ""
    source = np.arange(len(times))
    groups = cells.labels(table, roles.group, "group") if roles.group else None
    rows = Rows(
        ids=names,
        code=code,
        times=times,
        values=targets[0],
        source=source,
        dates=dates,
        past=past,
        future=future,
        static=static,
        columns={"past": roles.past, "future": roles.future, "static": roles.static},
        table=table,
        groups=groups,
    )
    if not is_wide(roles):
        return rows
    order = np.argsort(names, kind="stable")
    wide = rows.pick(np.tile(source, len(names)))
    values = np.concatenate([targets[i] for i in order])
    ids = tuple(names[i] for i in order)
    label = np.full(len(values), "wide", dtype=object)
    return replace(wide, ids=ids, code=np.repeat(np.arange(len(ids)), len(times)), values=values, groups=label)


def _matrix(table: Table, role: str, roles: Columns) -> FloatArray:
    columns = [cells.codes_or_numbers(table, name, role) for name in getattr(roles, role)]
    return np.column_stack(columns) if columns else np.empty((len(table.frame), 0))


def _series(table: Table, roles: Columns) -> tuple[tuple[str, ...], Any]:
    """(series names, [n] series of each row); names are sorted so that the order of rows never matters."""
    if roles.id is None:
        return tuple(roles.target), np.zeros(len(table.frame), dtype=np.int64)
    names, code = np.unique(cells.labels(table, roles.id, "id"), return_inverse=True)
    return tuple(str(name) for name in names), code.astype(np.int64)


def _summary(panel: Panel, table: Table) -> list[str]:
    """All notices, after one sentence that says what was loaded."""
    lengths = panel.lengths
    rows = f"{lengths.min()}" if lengths.min() == lengths.max() else f"{lengths.min()} to {lengths.max()}"
    time = "integer time" if panel.freq is None else f"freq {panel.freq!r}"
    head = f"{table.name}: {len(panel)} series of {rows} rows, {time}, season {panel.season}."
    missing = int(sum(np.isnan(panel.values[a:b]).sum() for a, b in zip(panel.starts, panel.stops, strict=True)))
    tail = [f"{missing} of {int(lengths.sum())} target values are missing."] if missing else []
    return [head, *table.notices, *tail]
