"""Dates that are written as whole numbers: 20240131, 31012024, 202401, 202405 (weeks), Unix times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hybridts.data.panel import IntArray
from hybridts.data.read.date_text import (
    DatetimeArray,
    by_format,
    day_is_first,
    iso_weeks,
    kind_of_numbers,
    to_datetimes,
)
from hybridts.data.read.options import flag
from hybridts.data.read.table import Table, shown

#: Unix times from 1990 to 2100 -> unit, and its length in nanoseconds.
_UNIX = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
_FIRST, _LAST = 631_152_000, 4_102_444_800


def dates_of(table: Table, name: str, whole: IntArray) -> DatetimeArray | None:
    """Return [n] the dates of numbers, with a notice; None where they are plain integers.

    Raises:
        DataError: the numbers can be dates in two ways, or not all of them are dates of the format that was given.
    """
    unique, back = np.unique(whole, return_inverse=True)
    form = table.options.date_format
    if form == "integer":
        return None
    if form == "unix":
        times = _unix(table, name, unique, asked=True)
        return None if times is None else times[back]
    found = _by_format(unique, form) if form is not None else _recognised(table, name, unique)
    if found is None:
        return None
    if form is None:
        first = str(found[0])[:19].replace("T", " ").removesuffix(" 00:00:00")
        table.notices.append(f"time {shown(name)}: numbers such as {unique[0]} were read as dates ({first}).")
    return found[back]


def _by_format(unique: IntArray, form: str) -> DatetimeArray:
    """Return [k] dates of a format; a leading zero that the number lost is put back."""
    text = pd.Series(unique.astype(str), dtype=object)
    found = by_format(text, form)
    lost = np.isnat(found)
    return np.where(lost, by_format("0" + text, form), found) if lost.any() else found


def _recognised(table: Table, name: str, unique: IntArray) -> DatetimeArray | None:
    """Return [k] dates where every number is one in the same way; None otherwise."""
    low, high = int(unique[0]), int(unique[-1])
    text = pd.Series(unique.astype(str), dtype=object)
    if low >= 18000101 and high <= 21991231:
        found = to_datetimes(text, "%Y%m%d")
        if not np.isnat(found).any():
            return found
    if 1011800 <= low and high <= 31129999 and len(unique) > 1:
        return _year_last(table, name, text.str.zfill(8))
    if low >= 180001 and high <= 219953 and len(unique) > 1:
        return _year_and_number(table, name, unique)
    if low >= 18001 and high <= 21994 and len(unique) > 4 and _are_quarters(unique):
        raise table.error(
            f"the numbers of column {shown(name)}, such as {low}, may be years and quarters, or plain integers. Say "
            f"{flag('date-format', '%Y%q')} or {flag('date-format', 'integer')}."
        )
    return _unix(table, name, unique)


def _are_quarters(unique: IntArray) -> bool:
    """Return True where all numbers end in 1 to 4 and none is missing between them."""
    ordinal = unique // 10 * 4 + unique % 10 - 1
    return bool(((unique % 10 >= 1) & (unique % 10 <= 4)).all() and (np.diff(ordinal) == 1).all())


def _year_last(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray | None:
    """Return [k] dates of 31012024 or 01312024; None where the numbers are no such dates."""
    day, month, year = (text.str[a:b].astype(float) for a, b in ((0, 2), (2, 4), (4, 8)))
    plausible = ((year >= 1800) & (year <= 2199)).all() and ((day >= 1) & (month >= 1)).all()
    if not plausible or (np.maximum(day, month) > 31).any() or (np.minimum(day, month) > 12).any():
        return None
    found = to_datetimes(text, "%d%m%Y" if day_is_first(table, name, text, day, month) else "%m%d%Y")
    return None if np.isnat(found).any() else found


def _year_and_number(table: Table, name: str, unique: IntArray) -> DatetimeArray | None:
    """Return [k] dates of 202401: months, quarters or weeks; None where the numbers are none of these."""
    number = unique % 100
    if number.min() < 1 or number.max() > 53:
        return None
    years = len(np.unique(unique // 100))
    if number.max() <= 12 and _apart(unique // 100 * 12 + number) > 3 and number.max() > 4:
        return None  # hardly any two numbers are neighbours as months
    kind = kind_of_numbers(table, name, number.astype(float), years, str(unique[0]), padded=True)
    text = pd.Series(unique.astype(str), dtype=object)
    if kind == "quarter":
        return by_format(text.str[:4] + text.str[5:], "%Y%q")
    if kind == "week":
        found = iso_weeks(pd.DataFrame({"year": text.str[:4], "week": text.str[4:], "day": "1"}))
        if not np.isnat(found).any():
            return found
        wrong = unique[np.isnat(found)][0]
        raise table.error(
            f"the numbers of column {shown(name)}, such as {unique[0]}, look like years and weeks, but {wrong} is no "
            f"ISO week. Say {flag('date-format', '%Y%W')} for weeks counted from the first Monday, or "
            f"{flag('date-format', 'integer')} for plain integers."
        )
    found = to_datetimes(text, "%Y%m")
    return None if np.isnat(found).any() else found


def _apart(ordinal: IntArray) -> float:
    """Return the median distance of neighbours."""
    return float(np.median(np.diff(ordinal))) if len(ordinal) > 1 else 1.0


def _unix(table: Table, name: str, unique: IntArray, *, asked: bool = False) -> DatetimeArray | None:
    """Return [k] dates of seconds since 1970, or of thousandths and so on; None where the numbers are too small.

    Raises:
        DataError: `asked`, and the numbers are not Unix times of 1990 to 2100.
    """
    for unit, nanoseconds in _UNIX.items():
        scale = 10**9 // nanoseconds
        if _FIRST * scale <= unique[0] and unique[-1] <= _LAST * scale:
            table.notices.append(f"time {shown(name)}: {unique[0]} was read as Unix time in {unit} (UTC).")
            return (unique * nanoseconds).astype("datetime64[ns]")
    if asked:
        raise table.error(
            f"the numbers of column {shown(name)} run from {unique[0]} to {unique[-1]}, which are no Unix times of "
            f"1990 to 2100. Leave {flag('date-format', 'unix')} out."
        )
    return None
