"""Turn the time column into int64: nanoseconds for dates, otherwise the integers themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hybridts.data.calendar import DAY
from hybridts.data.panel import BoolArray, IntArray
from hybridts.data.read.cells import is_text
from hybridts.data.read.date_numbers import dates_of
from hybridts.data.read.date_text import FIRST_DAY, LAST_DAY, drop_zone, looks_like_dates, parse_dates
from hybridts.data.read.options import flag
from hybridts.data.read.table import Table, shown
from hybridts.text import and_more

#: A number of this many digits with zeros in front is a date such as 01022024.
_WHOLE = r"[+-]?\d{1,18}"


def looks_like_time(column: pd.Series[Any]) -> bool:
    """Return True where the column holds dates, by type or because most of its first cells look like dates."""
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.PeriodDtype):
        return True
    return is_text(column) and looks_like_dates(column.dropna().iloc[:50].astype(str).str.strip())


def read_times(table: Table, name: str) -> tuple[IntArray, bool]:
    """Return [n] int64 times, and whether they are dates.

    Raises:
        DataError: a cell is empty or no time, or the times can be read in two ways; the message names the row.
    """
    column = table.frame[name]
    empty = np.flatnonzero(column.isna().to_numpy(dtype=bool))
    if len(empty):
        raise table.error(
            f"the time column {shown(name)} is empty in {table.where(int(empty[0]))}{and_more(len(empty) - 1)}. "
            "Every row needs its time: fill the cell or drop the row."
        )
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column):
        return _nanoseconds(table, name, column), True
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _integers(table, name, column)
    codes, unique = pd.factorize(column)
    text = pd.Series([str(u).strip() for u in unique], dtype=object)
    form = table.options.date_format
    if text.str.fullmatch(_WHOLE).all() and (form in (None, "integer", "unix")):
        return _integers(table, name, text.astype(np.int64).iloc[codes])
    if form in ("integer", "unix"):
        odd = int(np.flatnonzero(~text.str.fullmatch(_WHOLE).to_numpy(dtype=bool)[codes])[0])
        raise table.error(
            f"the time column {shown(name)} holds {shown(column.iloc[odd])} in {table.where(odd)}, which is no whole "
            f"number. Leave {flag('date-format', str(form))} out."
        )
    stamps = parse_dates(table, name, text)
    _refuse_unread(table, name, np.isnat(stamps)[codes])
    return stamps.astype(np.int64)[codes], True


def _refuse_unread(table: Table, name: str, bad: BoolArray) -> None:
    """Raise DataError for the first row that could not be read as a date."""
    rows = np.flatnonzero(bad)
    if len(rows):
        cell = str(table.frame[name].iloc[int(rows[0])])
        form = table.options.date_format
        how = f"by the format {form[:40]!r}" if form else "as a date"
        advice = (
            f"Correct it, or give another {flag('date-format')}."
            if form
            else "Write all dates alike, best as YYYY-MM-DD HH:MM:SS (years 1678 to 2261), give integers, or say how "
            f"they are written with {flag('date-format', '%d.%m.%y')}."
        )
        raise table.error(
            f"the time column {shown(name)} cannot be read {how}: {shown(cell)} in "
            f"{table.where(int(rows[0]))}{and_more(len(rows) - 1)}. {advice}"
        )


def _nanoseconds(table: Table, name: str, column: pd.Series[Any]) -> IntArray:
    """Return [n] nanoseconds since 1970 of a column of dates."""
    zone = getattr(column.dt, "tz", None)
    if zone is not None:
        local = column.dt.tz_localize(None).to_numpy()
        utc = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        stamps = drop_zone(table, name, local, utc, _name_of(zone))
    else:
        stamps = column.to_numpy()
    day = stamps.astype("datetime64[D]")  # years that nanoseconds cannot hold still fit in days
    _refuse_unread(table, name, (day < FIRST_DAY) | (day > LAST_DAY))
    return np.asarray(stamps.astype("datetime64[ns]").astype(np.int64))


def _name_of(zone: object) -> str | None:
    """Return a name by which pandas knows a zone again; None for one that has none, such as those of dateutil."""
    try:
        pd.Timestamp("2000", tz="UTC").tz_convert(str(zone))
    except Exception:  # the packages of time zones refuse a text in ways of their own
        return None
    return str(zone)


def _integers(table: Table, name: str, column: pd.Series[Any]) -> tuple[IntArray, bool]:
    """Return [n] int64 times of a column of numbers, and whether they were dates written as numbers."""
    values = column.to_numpy(dtype=np.float64) if column.dtype.kind not in "iu" else column.to_numpy()
    small = np.abs(values.astype(np.float64)) < 2**62
    broken = np.flatnonzero(~small | (np.where(small, values, 0) % 1 != 0))
    if len(broken):
        raise table.error(
            f"the time column {shown(name)} holds {values[broken[0]]} in {table.where(int(broken[0]))}. "
            "Numbers as time must be whole: give dates (YYYY-MM-DD) or count the rows."
        )
    whole = values.astype(np.int64)
    dates = dates_of(table, name, whole)
    if dates is None:
        return whole, False
    _refuse_unread(table, name, np.isnat(dates))
    return np.asarray(dates.astype("datetime64[ns]").astype(np.int64)), True


def show_time(time: int, dates: bool, zone: str = "") -> str:
    """Format a time for a message: without a clock at midnight, and in the zone of the user where there is one."""
    if not dates:
        return str(time)
    if zone:
        return str(pd.Timestamp(int(time), tz="UTC").tz_convert(zone))
    text = str(pd.Timestamp(int(time)))
    return text[:10] if time % DAY == 0 else text
