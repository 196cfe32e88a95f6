"""Turn the time column into int64: nanoseconds for dates, otherwise the integers themselves."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts.data.calendar import DAY
from hybridts.data.panel import BoolArray, IntArray
from hybridts.data.read.cells import is_text
from hybridts.data.read.table import Table
from hybridts.text import and_more

DatetimeArray = npt.NDArray[np.datetime64]

_SLASHED = r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(.*)"
_QUARTER = r"(\d{4})[- ]?[Qq]([1-4])"
_ZONE = r"\d{2}:\d{2}.*?\s?(Z|UTC|[+-]\d{2}(?::?\d{2})?)"
_ISO = r"\d{4}-\d{1,2}(?:-\d{1,2}(?:[T ].*)?)?"
_DATE_FORMATS = {
    r"[A-Za-z]{3} \d{4}": "%b %Y",
    r"[A-Za-z]{4,9} \d{4}": "%B %Y",
    r"[A-Za-z]{3}-\d{4}": "%b-%Y",
    r"\d{1,2} [A-Za-z]{3} \d{4}": "%d %b %Y",
    r"\d{1,2}-[A-Za-z]{3}-\d{4}": "%d-%b-%Y",
    r"[A-Za-z]{3} \d{1,2}, \d{4}": "%b %d, %Y",
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}": "%Y/%m/%d %H:%M",
    r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}": "%Y/%m/%d %H:%M:%S",
}
_CLOCK_FORMATS = {r"": "", r" \d{1,2}:\d{2}": " %H:%M", r" \d{1,2}:\d{2}:\d{2}": " %H:%M:%S"}


def looks_like_time(column: pd.Series[Any]) -> bool:
    """Return True where the column holds dates, by type or because most of its first cells look like dates."""
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.PeriodDtype):
        return True
    if not is_text(column):
        return False
    text = column.dropna().iloc[:50].astype(str).str.strip()
    pattern = "|".join(f"(?:{p})" for p in (_ISO, r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*", _QUARTER, *_DATE_FORMATS))
    return len(text) > 0 and float(text.str.fullmatch(pattern).mean()) > 0.5


def read_times(table: Table, name: str) -> tuple[IntArray, bool]:
    """Return [n] int64 times, and whether they are dates.

    Raises:
        DataError: a cell is empty or no time; the message names its row.
    """
    column = table.frame[name]
    empty = np.flatnonzero(column.isna().to_numpy(dtype=bool))
    if len(empty):
        raise table.error(
            f"the time column {name!r} is empty in {table.where(int(empty[0]))}. "
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
    if text.str.fullmatch(r"[+-]?\d{1,18}").all():
        return _integers(table, name, text.astype(np.int64).iloc[codes])
    stamps = _parse(table, name, text)
    _refuse_unread(table, name, np.isnat(stamps)[codes])
    return stamps.astype(np.int64)[codes], True


def _refuse_unread(table: Table, name: str, bad: BoolArray) -> None:
    """Raise DataError for the first row that could not be read as a date."""
    rows = np.flatnonzero(bad)
    if len(rows):
        cell = str(table.frame[name].iloc[int(rows[0])])
        raise table.error(
            f"the time column {name!r} cannot be read as a date: {cell!r} in "
            f"{table.where(int(rows[0]))}{and_more(len(rows) - 1)}. Write all dates alike, best as "
            "YYYY-MM-DD HH:MM:SS (years 1678 to 2261), or give integers."
        )


def _nanoseconds(table: Table, name: str, column: pd.Series[Any]) -> IntArray:
    """Return [n] nanoseconds since 1970 of a column of dates."""
    if getattr(column.dt, "tz", None) is not None:
        local = column.dt.tz_localize(None)
        column = _drop_zone(table, name, local, column.dt.tz_convert("UTC").dt.tz_localize(None), str(column.dt.tz))
    stamps = column.to_numpy()
    day = stamps.astype("datetime64[D]")  # years that nanoseconds cannot hold still fit in days
    _refuse_unread(table, name, (day < np.datetime64("1677-09-22")) | (day > np.datetime64("2262-04-10")))
    return stamps.astype("datetime64[ns]").astype(np.int64)


def _drop_zone(
    table: Table, name: str, local: pd.Series[pd.Timestamp], utc: pd.Series[pd.Timestamp], zone: str
) -> pd.Series[pd.Timestamp]:
    """Return whole days as written, and anything finer in UTC, which has no clock changes."""
    if bool((local == local.dt.normalize()).all()):
        table.notices.append(f"time {name!r}: the dates are kept as written, their zone ({zone}) was dropped.")
        return local
    if zone != "UTC":
        table.notices.append(f"time {name!r}: converted from {zone} to UTC.")
    return utc


def _integers(table: Table, name: str, column: pd.Series[Any]) -> tuple[IntArray, bool]:
    """Return [n] int64 times of a column of numbers, and whether they were dates written as numbers."""
    values = column.to_numpy(dtype=np.float64) if column.dtype.kind not in "iu" else column.to_numpy()
    small = np.abs(values.astype(np.float64)) < 2**62
    broken = np.flatnonzero(~small | (np.where(small, values, 0) % 1 != 0))
    if len(broken):
        raise table.error(
            f"the time column {name!r} holds {values[broken[0]]} in {table.where(int(broken[0]))}. "
            "Numbers as time must be whole: give dates (YYYY-MM-DD) or count the rows."
        )
    whole = values.astype(np.int64)
    written = _written_as_number(whole)
    if written is not None:
        table.notices.append(f"time {name!r}: numbers such as {whole[0]} were read as dates ({written[0]}).")
        return written.astype("datetime64[ns]").astype(np.int64), True
    if whole.min() > 5e8:
        table.notices.append(f"time {name!r}: numbers such as {whole[0]} stay integers; convert Unix times to dates.")
    return whole, False


def _written_as_number(whole: IntArray) -> DatetimeArray | None:
    """Return [n] dates where every number is a valid YYYYMMDD or YYYYMM of 1800 to 2199; None otherwise."""
    unique, back = np.unique(whole, return_inverse=True)
    if unique[0] >= 18000101 and unique[-1] <= 21991231:
        form, unit = "%Y%m%d", "D"
    elif unique[0] >= 180001 and unique[-1] <= 219912 and len(unique) > 1:
        form, unit = "%Y%m", "M"
    else:
        return None
    dates = pd.to_datetime(pd.Series(unique.astype(str)), format=form, errors="coerce")
    return None if dates.isna().any() else dates.to_numpy().astype(f"datetime64[{unit}]")[back]


def _parse(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray:
    """Parse dates that are all written in one way; NaT where a text is written differently."""
    quarter = text.str.extract(f"^{_QUARTER}$")
    if quarter[0].notna().mean() > 0.5:
        month = quarter[1].astype(float) * 3 - 2
        return _to_datetimes(quarter[0] + "-" + month.map("{:02.0f}".format), "%Y-%m")
    if text.str.fullmatch(_SLASHED).mean() > 0.5:
        return _slashed(table, name, text)
    for pattern, form in _DATE_FORMATS.items():
        if text.str.fullmatch(pattern).mean() > 0.5:
            return _to_datetimes(text, form)
    zone = text.str.extract(_ZONE + "$")[0]
    if zone.notna().mean() > 0.5:
        return _zoned(table, name, text, zone)
    return _to_datetimes(text.where(text.str.fullmatch(_ISO)), "ISO8601")


def _to_datetimes(text: pd.Series[str], form: str) -> DatetimeArray:
    return pd.to_datetime(text, format=form, errors="coerce").to_numpy().astype("datetime64[ns]")


def _zoned(table: Table, name: str, text: pd.Series[str], zone: pd.Series[str]) -> DatetimeArray:
    """Parse ISO dates that end in a time zone; NaT where a text has none."""
    utc = pd.to_datetime(text.where(zone.notna()), format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    bare = text.str.replace(r"\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$", "", regex=True).where(zone.notna())
    local = pd.to_datetime(bare, format="ISO8601", errors="coerce")
    ok = utc.notna() & local.notna()
    kept = _drop_zone(table, name, local[ok], utc[ok], str(zone.dropna().iloc[0]).replace("Z", "UTC"))
    result = np.full(len(text), np.datetime64("NaT"), dtype="datetime64[ns]")
    result[ok.to_numpy()] = kept.to_numpy()
    return result


def _slashed(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray:
    """Parse 31/12/2020 or 12/31/2020: a number above 12 decides the order, and dots mean day first."""
    parts = text.str.extract(f"^{_SLASHED}$")
    first, second = parts[0].astype(float), parts[2].astype(float)
    mark = str(parts[1].dropna().iloc[0])
    day_first, month_first = bool((first > 12).any()) or mark == ".", bool((second > 12).any())
    if not day_first and not month_first:
        raise table.error(
            f"the dates of column {name!r} may be day/month or month/day: {text.iloc[0]!r} has no part "
            "above 12, and neither has any other row. Write them as YYYY-MM-DD."
        )
    day_first = day_first and not (month_first and mark != "." and (second > 12).sum() > (first > 12).sum())
    table.notices.append(
        f"time {name!r}: dates such as {text.iloc[0]!r} were read {'day' if day_first else 'month'} first."
    )
    rest = str(parts[4].dropna().iloc[0])
    clock = next((form for pattern, form in _CLOCK_FORMATS.items() if re.fullmatch(pattern, rest)), "")
    return _to_datetimes(text, mark.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"]) + clock)


def show_time(time: int, dates: bool) -> str:
    """Format a time for a message: without a clock at midnight."""
    if not dates:
        return str(time)
    text = str(pd.Timestamp(int(time)))
    return text[:10] if time % DAY == 0 else text
