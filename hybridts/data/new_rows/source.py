"""Read new rows into plain arrays, by the column names of the data that a model was fitted on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.data.read import Columns, cells
from hybridts.data.read.categories import Categories, numbered, unseen_notice
from hybridts.data.read.columns import ID_NAMES
from hybridts.data.read.formats import DataSource, read
from hybridts.data.read.restored import NOTHING, Given
from hybridts.data.read.table import Table
from hybridts.data.read.times import read_times, show_time
from hybridts.errors import DataError

_ID, _TIME, _TARGET = "unique_id", "ds", "y"
ROLES = ("past", "future", "static")


class NewRows(NamedTuple):
    """New rows as plain arrays, sorted by series and time.

    Attributes:
        names: [n] series; times: [n]; values: [n] targets, NaN where not known or not to be read.
        columns: role -> [n, C], NaN where the source has no such column.
        groups: [n] labels, or None where the source has none.
        place: [n] row of the source.
        dates: whether times are dates.
    """

    names: np.ndarray
    times: IntArray
    values: FloatArray
    columns: dict[str, FloatArray]
    groups: np.ndarray | None
    place: IntArray
    dates: bool


@dataclass
class RowSource:
    """A source of new rows, for messages and notices.

    Attributes:
        what: argument that gave it.
        table: its cells.
        panel: that the model was fitted on; categories grow.
        roles: columns of that panel's data.
        written: how those were written.
        notices: grow.
    """

    what: str
    table: Table
    panel: Panel
    roles: Columns
    written: Given = NOTHING
    notices: list[str] = field(default_factory=list)

    def when(self, time: int | np.int64) -> str:
        """Return a time of the panel for a message, in the zone of its data."""
        zone = "" if self.written.local else self.written.zone
        return show_time(int(time), self.panel.freq is not None, zone)

    def error(self, text: str) -> DataError:
        return DataError(f"`{self.what}`: {text}")


def row_source(what: str, panel: Panel, roles: Columns, source: DataSource, written: Given = NOTHING) -> RowSource:
    frame = frame_of(source, roles) if isinstance(source, Panel) else source
    table = read(
        frame, as_text=[name for name in (roles.id, roles.group, *ID_NAMES) if name], options=written.options()
    )
    table.freq = panel.freq  # decides what 2018-1 means
    table.name = f"`{what}`" if table.lines is None else f"`{what}` ({table.name})"
    return RowSource(what, table, panel, roles, written)


def frame_of(panel: Panel, roles: Columns) -> pd.DataFrame:
    """Return a panel as a long frame, under the column names of `roles` where they have them."""
    rows = [np.arange(a, b) for a, b in zip(panel.starts, panel.reach, strict=True)]
    flat = np.concatenate(rows)
    place = np.repeat(np.arange(len(panel)), [len(r) for r in rows])
    shown = flat < panel.stops[place]
    times = panel.times[flat] if panel.freq is None else panel.times[flat].astype("datetime64[ns]")
    target = roles.target[0] if len(roles.target) == 1 else _TARGET
    found = {roles.id or _ID: np.array(panel.ids, dtype=object)[place], roles.time or _TIME: times}
    found[target] = np.where(shown, panel.values[flat], np.nan)
    for role in ROLES:
        values: FloatArray = getattr(panel, role)
        at = place if role == "static" else flat
        for k, name in enumerate(panel.columns.get(role, ()) if values.size else ()):
            column = values[at, k]
            found[name] = _words(column, panel.categories[name]) if name in panel.categories else column
    if panel.groups is not None and roles.group:
        found[roles.group] = np.array(panel.groups, dtype=object)[place]
    return pd.DataFrame(found)


def _words(codes: FloatArray, names: tuple[str, ...]) -> np.ndarray:
    known = np.isfinite(codes)
    words = np.array([*names, None], dtype=object)
    return np.asarray(words[np.where(known, codes, len(names)).astype(np.int64)])


def new_rows_of(source: RowSource, *, target: bool) -> NewRows:
    """Return the rows of a source, sorted; with `target`, their targets too."""
    source, panel = _long(source, target), source.panel
    table, roles = source.table, source.roles
    time = _column(source, (roles.time, _TIME), "time")
    times, dates = read_times(table, time)
    if dates != (panel.freq is not None):
        kinds = ("dates", "whole numbers") if panel.freq is None else ("whole numbers", "dates")
        raise source.error(f"the times are {kinds[0]}, and the model was fitted on {kinds[1]}. Write them alike.")
    times = _as_fitted(source, times) if dates else times
    values = np.full(len(times), np.nan)
    if target:
        values = cells.numbers(table, _column(source, (_target(roles), _TARGET), "target"), "target")
    needed = {"past": target, "future": True, "static": False}
    columns = {role: _covariates(source, role, times, needed[role]) for role in ROLES}
    groups = None
    if roles.group and roles.group in table.frame.columns:
        groups = cells.labels(table, roles.group, "group")
    rows = NewRows(_names(source), times, values, columns, groups, np.arange(len(times)), dates)
    return picked(rows, np.lexsort((rows.times, rows.names.astype(str))))


def _as_fitted(source: RowSource, times: IntArray) -> IntArray:
    """Return [n] times as the panel keeps them: in UTC, or whole days and times without a zone as written.

    Raises:
        DataError: a time without a zone that the clock of the fitted data shows twice, or never.
    """
    written, zone, kept = source.written, source.table.zone, source.table.local_days
    stamps = pd.DatetimeIndex(times.astype("datetime64[ns]"))
    if written.zone and not written.local:
        if zone and not kept:
            return times
        own = zone or written.zone
        utc = stamps.tz_localize(own, ambiguous="NaT", nonexistent="NaT").tz_convert("UTC").tz_localize(None)
        bad = np.flatnonzero(utc.isna())
        if len(bad):
            raise source.error(
                f"{stamps[bad[0]]} in {source.table.where(int(bad[0]))} has no offset, and the clock of {own} shows it "
                "twice or never. Write times with their offsets, such as 2024-10-27 02:30:00+01:00."
            )
        if not zone and own != "UTC":
            source.notices.append(f"`{source.what}`: its times have no zone and were read as local time of {own}.")
        return np.asarray(utc.to_numpy().astype(np.int64))
    if zone and not kept:  # converted to UTC
        local = stamps.tz_localize("UTC").tz_convert(written.zone or zone).tz_localize(None)
        return np.asarray(local.to_numpy().astype(np.int64))
    return times


def picked(rows: NewRows, at: IntArray) -> NewRows:
    columns = {role: column[at] for role, column in rows.columns.items()}
    groups = None if rows.groups is None else rows.groups[at]
    return NewRows(rows.names[at], rows.times[at], rows.values[at], columns, groups, rows.place[at], rows.dates)


def _target(roles: Columns) -> str | None:
    return roles.target[0] if len(roles.target) == 1 else None


def _column(source: RowSource, names: tuple[str | None, ...], role: str) -> str:
    """Return the first of these names that is a column.

    Raises:
        DataError: none is.
    """
    columns = list(source.table.frame.columns)
    wanted = list(dict.fromkeys(name for name in names if name))
    found = next((name for name in wanted if name in columns), None)
    if found is None:
        raise source.error(
            f"there is no {role} column {wanted[0]!r}. The columns are: {', '.join(columns)}. Name it as in the data "
            "that the model was fitted on."
        )
    return found


def _long(source: RowSource, target: bool) -> RowSource:
    """Return a wide source, a series a column, as a long one; any other as it is."""
    table, roles = source.table, source.roles
    wide = [name for name in roles.target if name in table.frame.columns]
    if len(roles.target) < 2 or roles.id is not None or not wide or not target:
        if len(roles.target) > 1 and not target and _ID not in table.frame.columns:  # rows for every series alike
            return _repeated(source, list(roles.target), None)
        return source
    return _repeated(source, wide, wide)


def _repeated(source: RowSource, names: list[str], targets: list[str] | None) -> RowSource:
    """Return the rows of a wide table once for every series."""
    table = source.table
    count = len(table.frame)
    frame = pd.concat([table.frame] * len(names), ignore_index=True)
    frame[_ID] = np.repeat(np.array(names, dtype=object), count)
    if targets is not None:
        frame[_TARGET] = np.concatenate([cells.numbers(table, name, "target") for name in targets])
    rows = np.arange(count) if table.lines is None else table.lines
    lines = None if table.lines is None else np.tile(rows, len(names))
    return replace(source, table=replace(table, frame=frame, lines=lines))


def _names(source: RowSource) -> np.ndarray:
    """Return [n] the series of each row."""
    table, roles, panel = source.table, source.roles, source.panel
    column = next((n for n in (roles.id, _ID) if n and n in table.frame.columns), None)
    if column is not None:
        return np.asarray(cells.labels(table, column, "id"))
    if len(panel) == 1:
        return np.full(len(table.frame), panel.ids[0], dtype=object)
    raise source.error(
        f"there is no id column {roles.id or _ID!r}, and the model has {len(panel)} series. Name the series of every "
        "row."
    )


def _covariates(source: RowSource, role: str, times: IntArray, needed: bool) -> FloatArray:
    """Return [n, C] the covariates of a role; the numbers of categories are those of the panel.

    Raises:
        DataError: a column that is needed is missing.
    """
    names = source.panel.columns.get(role, ())
    found = np.full((len(times), len(names)), np.nan)
    for k, name in enumerate(names):
        if name not in source.table.frame.columns:
            if needed:
                _column(source, (name,), {"past": "past", "future": "known-future"}[role])
            continue
        column = cells.categories_or_numbers(source.table, name, role)
        words = source.panel.categories.get(name)
        if isinstance(column, Categories) != (words is not None):
            now, then = ("text", "numbers") if words is None else ("numbers", "text")
            raise source.error(f"the {role} column {name!r} holds {now}, and {then} when the model was fitted.")
        if isinstance(column, Categories):
            found[:, k], every = numbered(column, times, words or ())
            source.panel = replace(source.panel, categories={**source.panel.categories, name: every})
            fresh = every[len(words or ()) :]
            if fresh:
                source.notices.append(f"`{source.what}`: {unseen_notice(name, fresh)}")
        else:
            found[:, k] = column
    return found
