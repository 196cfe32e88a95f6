"""Read and check data: files, frames and other objects become a Panel, and every decision becomes a notice.

    open (source.py) -> table (formats.py) -> roles of the columns (columns.py)
        -> cells and times (cells.py, categories.py, times.py) -> rows of series (rows.py) -> spacing (frequency.py)
        -> Panel (time_grid.py)

Where data can be read in two plausible ways, a DataError shows the choice; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.calendar import canonical
from hybridts.data.panel import BoolArray, FloatArray, IntArray, Panel
from hybridts.data.read import cells
from hybridts.data.read.categories import Categories, notice, numbered, unseen_notice, with_empty
from hybridts.data.read.columns import ID_NAMES, Columns, as_names, is_wide, resolve_columns
from hybridts.data.read.formats import DataSource, read
from hybridts.data.read.number_text import check_points
from hybridts.data.read.options import ReadOptions, read_options
from hybridts.data.read.pruning import unneeded
from hybridts.data.read.restored import Given, given_by, restored
from hybridts.data.read.rows import SeriesRows
from hybridts.data.read.table import Table
from hybridts.data.read.time_grid import to_panel
from hybridts.data.read.times import read_times
from hybridts.data.season_test import proposed_season, season_tests
from hybridts.errors import BadSetting, DataError

__all__ = ["Columns", "DataSource", "Loaded", "ReadOptions", "as_names", "load", "restored"]


@dataclass(frozen=True)
class Loaded:
    """A panel read from data.

    Attributes:
        panel: the data.
        notices: decisions and repairs made while reading, in sentences for the user.
        unseen: those notices that tell of categories whose effect no model can know.
        roles: the roles of the columns that were used; None for a Panel.
        source: name of the file, or kind of object.
        given: names and types of the columns, for results; see `restored`.
    """

    panel: Panel
    notices: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    roles: Columns | None = None
    source: str = "the Panel"
    given: Given = field(default_factory=Given)

    def with_season(self, season: int, notice: str) -> Loaded:
        """Return the data with another season, and a notice on it in place of those on its absence."""
        rest = [text for text in self.notices if not text.startswith(_NO_SEASON)]
        if rest and rest[0].endswith(f", season {self.panel.season}."):
            rest[0] = f"{rest[0].removesuffix(f'season {self.panel.season}.')}season {season}."
        return replace(self, panel=replace(self.panel, season=season), notices=(*rest, notice))


#: Start of the notices on integer time without a season.
_NO_SEASON = "integer time has no default season"


def load(
    source: DataSource,
    columns: Columns | None = None,
    freq: str | None = None,
    season: int | None = None,
    categories: Mapping[str, tuple[str, ...]] | None = None,
    *,
    reading: Mapping[str, Any] | ReadOptions | None = None,
) -> Loaded:
    """Read and check data.

    Args:
        source: path of a file, "-" for stdin, a URL, a frame of pandas, polars or Arrow, a numpy array, or a Panel
            (returned unchanged).
        columns: roles of the columns; by default `unique_id, ds, y`, or the only candidates.
        freq: pandas frequency alias; by default the most common spacing of the rows.
        season: seasonal period in rows; by default that of the frequency, and 1 for integer time.
        categories: names of the categories of text columns that keep their numbers; see `Panel.categories`.
        reading: how to read what the data do not show, by name; see `ReadOptions`.

    Raises:
        DataError: a file, column, row or time that cannot be used; the message names it and the remedy.
        BadSetting: `freq`, `season` or an option of `reading` is not valid.
    """
    options = read_options(reading)
    columns = Columns() if columns is None else columns
    freq = None if freq is None else canonical(str(freq))
    if season is not None and (isinstance(season, bool) or not isinstance(season, int | np.integer) or season < 1):
        raise BadSetting(f"season {season!r} is not a whole number of rows, 1 or more.", "season", season, ">= 1")
    if isinstance(source, Panel):
        if options != ReadOptions():
            raise BadSetting(
                f"the data is a Panel, which has been read already. Leave {', '.join(options.given())} out.", "reading"
            )
        return Loaded(_check_panel(source, columns, freq, season))
    named = (columns.id, columns.group, *(ID_NAMES if columns.id is None else ()))
    table = read(source, [name for name in named if name], options, lambda schema, _: unneeded(schema, columns))
    table.freq = freq
    roles = resolve_columns(table, columns)
    rows = _rows(table, roles, categories or {})
    panel = to_panel(rows, freq, None if season is None else int(season))
    if panel.freq is None and season is None:
        table.notices.append(_no_season(panel))
    return Loaded(panel, tuple(_summary(panel, table)), tuple(table.unseen), roles, table.name, given_by(table, roles))


def _check_panel(panel: Panel, columns: Columns, freq: str | None, season: int | None) -> Panel:
    """Return a Panel that was given as data, with another season if asked for."""
    if columns != Columns():
        raise DataError("the data is a Panel, whose columns already have their roles. Leave the column names out.")
    if freq is not None and freq != panel.freq:
        raise DataError(f"the data is a Panel with freq {panel.freq!r}, but freq {freq!r} was given. Leave freq out.")
    return panel if season is None else replace(panel, season=int(season))


def _rows(table: Table, roles: Columns, numbers: Mapping[str, tuple[str, ...]]) -> SeriesRows:
    """Return the cells in use as plain arrays; a wide table becomes long. `numbers`: see `load`."""
    assert roles.time is not None
    targets = [cells.numbers(table, name, "target") for name in roles.target]
    known = np.asarray(np.isfinite(targets).any(axis=0))
    columns = {role: _covariates(table, role, roles, known) for role in ("past", "future", "static")}
    check_points(table, [*roles.target, *roles.past, *roles.future, *roles.static])
    times, dates = read_times(table, roles.time)
    names: dict[str, tuple[str, ...]] = {}
    past, future, static = (_matrix(table, columns[role], (times, known), names, numbers) for role in columns)
    ids, code = _series(table, roles)
    table.single, table.group = roles.id is None, roles.group or ""
    source = np.arange(len(times))
    groups = cells.labels(table, roles.group, "group") if roles.group else None
    rows = SeriesRows(
        ids=ids,
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
        categories=names,
    )
    if not is_wide(roles):
        return rows
    order = np.argsort(ids, kind="stable")
    wide = rows.pick(np.tile(source, len(ids)))
    values = np.concatenate([targets[i] for i in order])
    ids = tuple(ids[i] for i in order)
    label = np.full(len(values), "wide", dtype=object)
    return replace(wide, ids=ids, code=np.repeat(np.arange(len(ids)), len(times)), values=values, groups=label)


def _covariates(table: Table, role: str, roles: Columns, known: BoolArray) -> dict[str, Categories | FloatArray]:
    """Return the covariates of a role by name; `known` [n] are the rows with a target.

    An empty cell of a static column is an error later; of others, it may be a category (see `with_empty`).
    """
    found: dict[str, Categories | FloatArray] = {}
    for name in getattr(roles, role):
        column = cells.categories_or_numbers(table, name, role)
        mends = isinstance(column, Categories) and role != "static"
        found[name] = with_empty(column, known) if mends and isinstance(column, Categories) else column
    return found


def _matrix(
    table: Table,
    columns: Mapping[str, Categories | FloatArray],
    rows: tuple[IntArray, BoolArray],
    names: dict[str, tuple[str, ...]],
    first: Mapping[str, tuple[str, ...]],
) -> FloatArray:
    """Return [n, C] the covariates of a role, categories as numbers; add their names to `names`, by column.

    Args:
        table: collects a notice on each text column.
        columns: by name.
        rows: [n] times, and whether the target is known.
        names: grows.
        first: names of categories that keep their numbers.
    """
    times, known = rows
    result = np.empty((len(table.frame), len(columns)))
    for k, (name, column) in enumerate(columns.items()):
        if not isinstance(column, Categories):
            result[:, k] = column
            continue
        result[:, k], names[name] = numbered(column, times, first.get(name, ()))
        table.notices.append(notice(name, names[name]))
        shown = set(np.unique(column.code[known]).tolist())
        unseen = [text for code, text in enumerate(column.names) if code not in shown]
        if unseen:
            table.unseen.append(unseen_notice(name, unseen))
            table.notices.append(table.unseen[-1])
    return result


def _series(table: Table, roles: Columns) -> tuple[tuple[str, ...], IntArray]:
    """Return the N series names, sorted whatever the order of rows, and [n] the series of each row."""
    if roles.id is None:
        return tuple(roles.target), np.zeros(len(table.frame), dtype=np.int64)
    names, code = np.unique(cells.labels(table, roles.id, "id"), return_inverse=True)
    return tuple(str(name) for name in names), code.astype(np.int64)


def _no_season(panel: Panel) -> str:
    """Return the notice on integer time, with the season that the values show, if any."""
    shown = proposed_season(panel, season_tests(panel))
    if shown > 1:
        return f"{_NO_SEASON}, but the values repeat every {shown} rows: give --season {shown}."
    return f"{_NO_SEASON}; give --season (season=...)."


def _summary(panel: Panel, table: Table) -> list[str]:
    """Return one sentence on the whole panel, then all notices."""
    lengths = panel.lengths
    rows = f"{lengths.min()}" if lengths.min() == lengths.max() else f"{lengths.min()} to {lengths.max()}"
    time = "integer time" if panel.freq is None else f"freq {panel.freq!r}"
    head = f"{table.name}: {len(panel)} series of {rows} rows, {time}, season {panel.season}."
    missing = int(sum(np.isnan(panel.values[a:b]).sum() for a, b in zip(panel.starts, panel.stops, strict=True)))
    tail = [f"{missing} of {int(lengths.sum())} target values are missing."] if missing else []
    return [head, *table.notices, *tail]
