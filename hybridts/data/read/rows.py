"""Rows of many series as plain arrays: sorted, checked for duplicates, trimmed to what is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray
from hybridts.data.read.table import Table
from hybridts.data.read.times import show_time


@dataclass
class Rows:
    """Rows of many series, in any order, as plain arrays.

    Attributes:
        ids: [N] series names, sorted.
        code: [n] series of each row.
        times: [n] int64 times.
        values: [n] target, NaN where missing.
        past: [n, P] covariates; future: [n, F]; static: [n, S].
        source: [n] row of the table each row came from.
        dates: whether times are nanoseconds.
        columns: names of the covariates, keyed past, future, static.
        table: what finds a row for the user and takes notices.
        groups: [n] group labels, or None.
    """

    ids: tuple[str, ...]
    code: IntArray
    times: IntArray
    values: FloatArray
    past: FloatArray
    future: FloatArray
    static: FloatArray
    source: IntArray
    dates: bool
    columns: dict[str, tuple[str, ...]]
    table: Table
    groups: Any = None
    starts: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def pick(self, rows: Any) -> Rows:
        """These rows, in this order; series that lose all their rows keep their code."""
        parts = ("code", "times", "values", "past", "future", "static", "source")
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, groups=groups, **{name: getattr(self, name)[rows] for name in parts})

    def mark(self) -> Rows:
        """Set `starts`: the first row of each series. Rows must be sorted and every series must have one."""
        return replace(self, starts=np.searchsorted(self.code, np.arange(len(self.ids))))

    def name(self, row: int) -> str:
        """Series and time of a row, and where the user finds it."""
        when = show_time(int(self.times[row]), self.dates)
        return f"series {self.ids[self.code[row]]!r}, {when} ({self.table.where(int(self.source[row]))})"


def in_order(rows: Rows) -> Rows:
    """Sorted by series and time, with the first row of each series marked."""
    step = np.diff(rows.code)
    if not ((step > 0) | ((step == 0) & (np.diff(rows.times) >= 0))).all():
        rows = rows.pick(np.lexsort((rows.source, rows.times, rows.code)))
    return rows.mark()


def refuse_duplicates(rows: Rows) -> None:
    """Raises DataError where a series has a time twice."""
    same = np.flatnonzero((np.diff(rows.code) == 0) & (np.diff(rows.times) == 0))
    if not len(same):
        return
    row = int(same[0])
    alike = np.flatnonzero((rows.code == rows.code[row]) & (rows.times == rows.times[row]))
    places = " and ".join(rows.table.where(int(rows.source[r])) for r in alike[:4])
    more = f", and {len(same) - 1} more repeated rows" if len(same) > 1 else ""
    advice = (
        "Name the column that tells the series apart with --id COL"
        if rows.table.single
        else "Drop or merge them (sum, mean), or name the right series column with --id COL"
    )
    raise rows.table.error(
        f"series {rows.ids[rows.code[row]]!r} has {show_time(int(rows.times[row]), rows.dates)} more "
        f"than once: {places}{more}. Every series may have one row per time. {advice}."
    )


def trimmed(rows: Rows) -> Rows:
    """Without missing targets at either end, except rows that say something about the future."""
    n = len(rows.code)
    at = np.arange(n)
    known = np.isfinite(rows.values)
    first = np.minimum.reduceat(np.where(known, at, n), rows.starts)
    last = np.maximum.reduceat(np.where(known, at, -1), rows.starts)
    said = known | np.isfinite(rows.future).any(axis=1)
    tail = np.where(last < 0, -1, np.maximum.reduceat(np.where(said, at, -1), rows.starts))
    _tell_trimmed(rows, last, tail)
    if (last < 0).all():
        raise rows.table.error("the target has no value at all. At least one number is needed.")
    if (first == rows.starts).all() and tail[-1] == n - 1 and (tail[:-1] + 1 == rows.starts[1:]).all():
        return rows
    alive = np.flatnonzero(last >= 0)
    kept = rows.pick((at >= first[rows.code]) & (at <= tail[rows.code]))
    renumber = np.cumsum(last >= 0) - 1
    return replace(kept, ids=tuple(rows.ids[i] for i in alive), code=renumber[kept.code]).mark()


def _tell_trimmed(rows: Rows, last: IntArray, tail: IntArray) -> None:
    empty = np.flatnonzero(last < 0)
    if len(empty):
        names = ", ".join(repr(rows.ids[i]) for i in empty[:3]) + (", ..." if len(empty) > 3 else "")
        rows.table.notices.append(f"{len(empty)} series without any value dropped: {names}.")
    ends = np.append(rows.starts[1:], len(rows.code)) - 1
    cut = np.where(last >= 0, ends - tail, 0)
    if cut.any():
        i = int(np.argmax(cut > 0))
        rows.table.notices.append(
            f"{int(cut.sum())} rows after the last known target dropped (first series {rows.ids[i]!r}: {int(cut[i])})."
        )


def constants(rows: Rows) -> tuple[FloatArray, tuple[str, ...] | None]:
    """[N, S] static columns and N group labels; an error where a series has two values."""
    for k, name in enumerate(rows.columns["static"]):
        column = rows.static[:, k]
        bad = np.flatnonzero(~np.isfinite(column))
        if len(bad):
            raise rows.table.error(
                f"the static column {name!r} is missing for {rows.name(int(bad[0]))}. A static column "
                "needs the same value in every row of a series."
            )
        _refuse_changes(rows, name, "static", column)
    groups = None
    if rows.groups is not None:
        _refuse_changes(rows, rows.table.group, "group", rows.groups)
        groups = tuple(str(g) for g in rows.groups[rows.starts])
    return rows.static[rows.starts], groups


def _refuse_changes(rows: Rows, name: str, role: str, column: Any) -> None:
    changed = np.flatnonzero(column != column[rows.starts][rows.code])
    if len(changed):
        row = int(changed[0])
        first = rows.table.frame[name].iloc[int(rows.source[rows.starts[rows.code[row]]])]
        other = rows.table.frame[name].iloc[int(rows.source[row])]
        raise rows.table.error(
            f"the {role} column {name!r} must be constant in a series, but series "
            f"{rows.ids[rows.code[row]]!r} has {first} and {other} "
            f"({rows.table.where(int(rows.source[row]))}). Correct it, or list the column under past or "
            "future."
        )
