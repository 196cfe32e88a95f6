"""Rows of many series as plain arrays: sort them, refuse repeated times, and trim missing ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from hybridts.data.calendar import DAY, HOUR
from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.data.read.table import Table
from hybridts.data.read.times import show_time
from hybridts.text import and_more


@dataclass
class SeriesRows:
    """n rows of N series as plain arrays, in any order.

    Attributes:
        ids: [N] series names, sorted.
        code: [n] series of each row.
        times: [n] int64 times.
        values: [n] target, NaN where missing.
        past: [n, P] past covariates.
        future: [n, F] known-future covariates.
        static: [n, S] static covariates.
        source: [n] row of the table that each row came from.
        dates: True for nanoseconds, False for integer time.
        columns: names of the covariates under the keys "past", "future" and "static".
        table: the source, which names rows in messages and collects notices.
        groups: [n] group labels, or None.
        categories: names of the categories of text columns, by column; see `Panel.categories`.
        starts: [N] first row of each series, once `mark` has set it.
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
    groups: npt.NDArray[np.object_] | None = None
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    starts: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def pick(self, rows: IntArray | BoolArray) -> SeriesRows:
        """Return these rows, in this order; a series without rows keeps its code."""
        parts = ("code", "times", "values", "past", "future", "static", "source")
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, groups=groups, **{name: getattr(self, name)[rows] for name in parts})

    def mark(self) -> SeriesRows:
        """Return the rows with `starts` set. Rows must be sorted, and every series must have one."""
        return replace(self, starts=np.searchsorted(self.code, np.arange(len(self.ids))))

    def name(self, row: int) -> str:
        """Name the series and time of a row, and its place in the source."""
        when = show_time(int(self.times[row]), self.dates, self.table.clock)
        return f"series {self.ids[self.code[row]]!r}, {when} ({self.table.where(int(self.source[row]))})"


def in_order(rows: SeriesRows) -> SeriesRows:
    """Sort by series and time, and set `starts`."""
    step = np.diff(rows.code)
    if not ((step > 0) | ((step == 0) & (np.diff(rows.times) >= 0))).all():
        rows = rows.pick(np.lexsort((rows.source, rows.times, rows.code)))
    return rows.mark()


def refuse_duplicates(rows: SeriesRows) -> None:
    """Check that every series has a time only once.

    Raises:
        DataError: a series has a time twice; the message names the rows.
    """
    same = np.flatnonzero((np.diff(rows.code) == 0) & (np.diff(rows.times) == 0))
    if not len(same):
        return
    row = int(same[0])
    alike = np.flatnonzero((rows.code == rows.code[row]) & (rows.times == rows.times[row]))
    places = " and ".join(rows.table.where(int(rows.source[r])) for r in alike[:4])
    more = and_more(len(same) - 1, "repeated rows")
    advice = (
        "It looks like the hour that clocks repeat in autumn: give times with their offset (+02:00, +01:00) or in UTC"
        if _repeated_hour(rows, same)
        else "Name the column that tells the series apart with --id COL"
        if rows.table.single
        else "Drop or merge them (sum, mean), or name the right series column with --id COL"
    )
    raise rows.table.error(
        f"series {rows.ids[rows.code[row]]!r} has {show_time(int(rows.times[row]), rows.dates, rows.table.clock)} more "
        f"than once: {places}{more}. Every series may have one row per time. {advice}."
    )


def _repeated_hour(rows: SeriesRows, same: IntArray) -> bool:
    """Return True where the only repeated times are an hour of a night in autumn, once a year in each series."""
    if not rows.dates or len(rows.times) < 24 * len(same):
        return False
    stamps = rows.times[same].astype("datetime64[ns]")
    month = stamps.astype("datetime64[M]").astype(np.int64) % 12 + 1
    hour = rows.times[same] % DAY // HOUR
    return bool(np.isin(month, (3, 4, 10, 11)).all() and (hour <= 3).all() and len(np.unique(hour)) == 1)


def trimmed(rows: SeriesRows) -> SeriesRows:
    """Drop rows with a missing target at either end, but keep last rows with a known-future covariate.

    Raises:
        DataError: no target value is known.
    """
    n = len(rows.code)
    at = np.arange(n)
    known = np.isfinite(rows.values)
    first = np.minimum.reduceat(np.where(known, at, n), rows.starts)
    last = np.maximum.reduceat(np.where(known, at, -1), rows.starts)
    informative = known | np.isfinite(rows.future).any(axis=1)
    tail = np.where(last < 0, -1, np.maximum.reduceat(np.where(informative, at, -1), rows.starts))
    _note_trimmed(rows, last, tail)
    if (last < 0).all():
        raise rows.table.error("the target has no value at all. At least one number is needed.")
    if (first == rows.starts).all() and tail[-1] == n - 1 and (tail[:-1] + 1 == rows.starts[1:]).all():
        return rows
    remaining = np.flatnonzero(last >= 0)
    kept = rows.pick((at >= first[rows.code]) & (at <= tail[rows.code]))
    renumber = np.cumsum(last >= 0) - 1
    return replace(kept, ids=tuple(rows.ids[i] for i in remaining), code=renumber[kept.code]).mark()


def _note_trimmed(rows: SeriesRows, last: IntArray, tail: IntArray) -> None:
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


def constants(rows: SeriesRows) -> tuple[FloatArray, tuple[str, ...] | None]:
    """Return the [N, S] static covariates and the N group labels, or None without groups.

    Raises:
        DataError: a static covariate is missing, or a series has two values.
    """
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


def _refuse_changes(rows: SeriesRows, name: str, role: str, column: FloatArray | npt.NDArray[np.object_]) -> None:
    """Raise DataError where a column changes inside a series."""
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
