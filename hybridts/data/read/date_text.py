"""Parse dates in text. All dates of a column are written in one way; two possible ways are an error."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts import text as words
from hybridts.data.calendar import parse as parse_freq
from hybridts.data.read.options import flag
from hybridts.data.read.table import Table, shown
from hybridts.data.read.zones import offset_zone

DatetimeArray = npt.NDArray[np.datetime64]

#: Longest date in characters.
_LONGEST = 80
_NAT = np.datetime64("NaT", "ns")
#: First and last day that nanoseconds hold.
FIRST_DAY, LAST_DAY = np.datetime64("1677-09-22", "D"), np.datetime64("2262-04-10", "D")
_ORDERED = r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(.*)"
_QUARTERS: tuple[str, ...] = (
    r"(?P<year>\d{4})[-/: ]?\s?[Qq](?P<quarter>[1-4])",
    r"[Qq](?P<quarter>[1-4])[-/: ]?(?P<year>\d{4})",
)
_QUARTERS += (r"(?P<quarter>[1-4])[Qq][-/: ]?(?P<year>\d{4})", r"(?P<year>\d{4})年第?(?P<quarter>[1-4])季度?")
_WEEK = r"(?P<year>\d{4})[-/ ]?[Ww](?:eek )?(?P<week>\d{1,2})(?:-(?P<day>[1-7]))?"
_YEAR_AND_NUMBER = r"(\d{4})[-/.](\d{1,2})"
_ZONE = r"\d{2}:\d{2}.*?\s?(Z|UTC|[+-]\d{2}(?::?\d{2})?)"
_ISO = r"\d{4}-\d{1,2}(?:-\d{1,2}(?:[T ].*)?)?"
_DATE_FORMATS = {
    r"[A-Za-z]{3} \d{4}": "%b %Y",
    r"[A-Za-z]{4,9} \d{4}": "%B %Y",
    r"[A-Za-z]{3}-\d{4}": "%b-%Y",
    r"\d{1,2} [A-Za-z]{3} \d{4}": "%d %b %Y",
    r"\d{1,2} [A-Za-z]{4,9} \d{4}": "%d %B %Y",
    r"\d{1,2}-[A-Za-z]{3}-\d{4}": "%d-%b-%Y",
    r"[A-Za-z]{3} \d{1,2}, \d{4}": "%b %d, %Y",
    r"[A-Za-z]{4,9} \d{1,2}, \d{4}": "%B %d, %Y",
    r"\d{4}/\d{1,2}": "%Y/%m",
    r"\d{4}\.\d{1,2}\.\d{1,2}": "%Y.%m.%d",
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}": "%Y/%m/%d %H:%M",
    r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}": "%Y/%m/%d %H:%M:%S",
    r"\d{4}年\d{1,2}月": "%Y年%m月",
    r"\d{4}年\d{1,2}月\d{1,2}日": "%Y年%m月%d日",
    r"\d{8}T\d{4}": "%Y%m%dT%H%M",
    r"\d{8}T\d{6}": "%Y%m%dT%H%M%S",
    r"\d{8} \d{1,2}:\d{2}": "%Y%m%d %H:%M",
    r"\d{8} \d{1,2}:\d{2}:\d{2}": "%Y%m%d %H:%M:%S",
}
_CLOCK_FORMATS = {r"": "", r" \d{1,2}:\d{2}": " %H:%M", r" \d{1,2}:\d{2}:\d{2}": " %H:%M:%S"}
_CLOCK_FORMATS |= {r"T\d{1,2}:\d{2}:\d{2}": "T%H:%M:%S", r" \d{1,2}:\d{2}:\d{2}\.\d{1,9}": " %H:%M:%S.%f"}
_CLOCK_FORMATS |= {r" \d{1,2}:\d{2} [APap][Mm]": " %I:%M %p", r" \d{1,2}:\d{2}:\d{2} [APap][Mm]": " %I:%M:%S %p"}


def looks_like_dates(text: pd.Series[str]) -> bool:
    """Return True where most texts are written like dates."""
    patterns = (_ISO, r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*", *_QUARTERS, _WEEK, *_DATE_FORMATS)
    pattern = "|".join(f"(?:{_unnamed(p)})" for p in patterns)
    return len(text) > 0 and float(text.str.fullmatch(pattern).mean()) > 0.5


def _unnamed(pattern: str) -> str:
    """Return a pattern without names of groups, which may occur only once."""
    return re.sub(r"\?P<\w+>", "", pattern)


def parse_dates(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray:
    """Return [k] the dates of distinct texts; NaT where a text is written differently or is no date.

    Raises:
        DataError: the dates can be read in two ways.
    """
    text = text.where(text.str.len() <= _LONGEST, "")  # no date; a pattern would search it for minutes
    if table.options.date_format is not None:
        return by_format(text, table.options.date_format)
    for pattern in _QUARTERS:
        if text.str.fullmatch(_unnamed(pattern)).mean() > 0.5:
            return _at_end(table, _quarters(text.str.extract(f"^(?:{pattern})$")), 3)
    if text.str.fullmatch(_unnamed(_WEEK)).mean() > 0.5:
        return iso_weeks(text.str.extract(f"^(?:{_WEEK})$"))
    if text.str.fullmatch(_YEAR_AND_NUMBER).mean() > 0.5:
        return _year_and_number(table, name, text)
    if text.str.fullmatch(_ORDERED).mean() > 0.5:
        return _day_and_month(table, name, text)
    for pattern, form in _DATE_FORMATS.items():
        if text.str.fullmatch(pattern).mean() > 0.5:
            return to_datetimes(text, form)
    zone = text.str.extract(_ZONE + "$")[0]
    if zone.notna().mean() > 0.5:
        return _zoned(table, name, text, zone)
    return to_datetimes(text.where(text.str.fullmatch(_ISO)), "ISO8601")


def to_datetimes(text: pd.Series[str], form: str) -> DatetimeArray:
    """Return [k] dates of one format; NaT where a text is no date of it, or lies beyond what nanoseconds hold."""
    try:
        if "%z" in form.casefold():
            utc = pd.to_datetime(text, format=form, errors="coerce", utc=True).dt.tz_localize(None)
            return in_nanoseconds(utc.to_numpy())
        return in_nanoseconds(pd.to_datetime(text, format=form, errors="coerce").to_numpy())
    except (ValueError, TypeError, AttributeError, OverflowError):
        # some bad cells end the whole conversion: an offset of 99 hours, or several offsets in one column
        return np.array([_one(cell, form) for cell in text], dtype="datetime64[ns]")


def in_nanoseconds(times: npt.NDArray[Any]) -> DatetimeArray:
    """Return [k] times in nanoseconds; NaT where those cannot hold the year, which a coarser unit of pandas 3 can."""
    day = times.astype("datetime64[D]")
    outside = (day < FIRST_DAY) | (day > LAST_DAY)
    return np.asarray(np.where(outside, _NAT, times.astype("datetime64[ns]")), dtype="datetime64[ns]")


def _one(cell: object, form: str) -> np.datetime64:
    try:
        found = pd.to_datetime(pd.Series([cell]), format=form, errors="coerce").to_numpy()
        return np.datetime64(in_nanoseconds(found)[0])
    except (ValueError, TypeError, AttributeError, OverflowError):
        return _NAT


def by_format(text: pd.Series[str], form: str) -> DatetimeArray:
    """Return [k] dates of a format of strptime, in which %q is a quarter, and %G-%V and %Y-%W are Mondays of weeks."""
    if "%q" in form:
        pattern = re.escape(form).replace("%Y", r"(?P<year>\d{4})").replace("%q", r"[Qq]?(?P<quarter>[1-4])")
        if pattern.count("?P<year>") != 1 or pattern.count("?P<quarter>") != 1:
            return np.full(len(text), _NAT)
        return _quarters(text.str.extract(f"^(?:{pattern})$"))
    for week, day in (("%V", "%u"), ("%W", "%w"), ("%U", "%w")):
        if week in form and not any(d in form for d in ("%u", "%w", "%a", "%A")):
            first = "0" if week == "%U" else "1"
            return to_datetimes(text + f" {first}", f"{form} {day}")
    return to_datetimes(text, form)


# -- quarters, weeks, months --------------------------------------------------------------------------------------
def _quarters(parts: pd.DataFrame) -> DatetimeArray:
    """Return [k] the first days of quarters, given columns "year" and "quarter"."""
    month = parts["quarter"].astype(float) * 3 - 2
    return to_datetimes(parts["year"] + "-" + month.map("{:02.0f}".format), "%Y-%m")


def iso_weeks(parts: pd.DataFrame) -> DatetimeArray:
    """Return [k] days of ISO weeks, the Monday where no day is given."""
    week = parts["week"].str.zfill(2)
    found = to_datetimes(parts["year"] + "-" + week + "-" + parts["day"].fillna("1"), "%G-%V-%u")
    # pandas reads week 53 of a year of 52 weeks as the next week
    real = pd.Series(found).dt.strftime("%G-%V").to_numpy() == (parts["year"] + "-" + week).to_numpy()
    return np.where(real, found, _NAT)


def _year_and_number(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray:
    """Return [k] dates of 2018-3: a month, or a quarter, or a week."""
    parts = text.str.extract(f"^{_YEAR_AND_NUMBER}$")
    number = parts[1].to_numpy(dtype=np.float64, na_value=np.nan)
    kind = kind_of_numbers(
        table,
        name,
        number,
        parts[0].dropna().nunique(),
        str(text.iloc[0]),
        padded=bool((parts[1].str.len() == 2).all()),
    )
    if kind == "quarter":
        quarters = _quarters(pd.DataFrame({"year": parts[0], "quarter": parts[1].str.removeprefix("0")}))
        return _at_end(table, quarters, 3)
    if kind == "week":
        return iso_weeks(pd.DataFrame({"year": parts[0], "week": parts[1], "day": np.nan}).astype(object))
    return _at_end(table, to_datetimes(parts[0] + "-" + parts[1], "%Y-%m"), 1)


def _at_end(table: Table, stamps: DatetimeArray, months: int) -> DatetimeArray:
    """Return first days of months or quarters as last days, where the user gave a frequency of ends (ME, QE)."""
    if table.freq is None or not parse_freq(table.freq).unit.endswith("E"):
        return stamps
    after = stamps.astype("datetime64[M]") + np.timedelta64(months, "M")
    return np.asarray(after.astype("datetime64[D]") - np.timedelta64(1, "D"), dtype="datetime64[ns]")


def kind_of_numbers(
    table: Table, name: str, number: npt.NDArray[np.float64], years: int, example: str, *, padded: bool
) -> str:
    """Return what the number after a year means: "month", "quarter" or "week".

    Args:
        table: has the frequency that the user gave, and takes notices.
        name: the column.
        number: [k] distinct numbers after years, NaN where a text is none.
        years: count of years.
        example: a text of the column.
        padded: whether all numbers have two digits.

    Raises:
        DataError: months and quarters fit.
    """
    known = number[np.isfinite(number)]
    top = known.max() if len(known) else 0
    asked = None if table.freq is None else parse_freq(table.freq)
    if asked is not None and asked.kind == "month":
        return "quarter" if asked.size % 3 == 0 and asked.size % 12 and top <= 4 else "month"
    if 12 < top <= 53:
        table.notices.append(f"time {shown(name)}: {shown(example)} was read as year and ISO week (its Monday).")
        return "week"
    if asked is None and top <= 4 and (years > 1 or not padded):
        raise table.error(
            f"the dates of column {shown(name)}, such as {shown(example)}, have only 1 to 4 after the year: quarters "
            f"or months? Say {flag('freq', 'QS')} for quarters or {flag('freq', 'MS')} for months."
        )
    return "month"


# -- day or month first -------------------------------------------------------------------------------------------
def _day_and_month(table: Table, name: str, text: pd.Series[str]) -> DatetimeArray:
    """Parse 31/12/2020, 12/31/2020 or 31.12.2020: a number above 12 shows which is the day, or an option."""
    parts = text.str.extract(f"^{_ORDERED}$")
    day_first = day_is_first(table, name, text, parts[0].astype(float), parts[2].astype(float))
    mark, rest = str(parts[1].dropna().iloc[0]), str(parts[4].dropna().iloc[0])
    clock = next((form for pattern, form in _CLOCK_FORMATS.items() if re.fullmatch(pattern, rest)), "")
    return to_datetimes(text, mark.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"]) + clock)


def day_is_first(
    table: Table, name: str, text: pd.Series[str], first: pd.Series[float], second: pd.Series[float]
) -> bool:
    """Return whether the first of two numbers is the day.

    Raises:
        DataError: both orders fit, or neither does.
    """
    options = table.options
    high_first, high_second = (first > 12) & (first <= 31), (second > 12) & (second <= 31)
    if options.dayfirst or options.monthfirst:
        return options.dayfirst
    if high_first.any() and high_second.any():
        a, b = text[high_first].iloc[0], text[high_second].iloc[0]
        raise table.error(
            f"the dates of column {shown(name)} mix two orders: {shown(a)} can only be day first and {shown(b)} only "
            f"month first. Write them alike, best as YYYY-MM-DD, or say {flag('dayfirst')} or {flag('monthfirst')} to "
            "find the wrong rows."
        )
    if not high_first.any() and not high_second.any():
        raise table.error(
            f"the dates of column {shown(name)} may be day/month or month/day: {shown(text.iloc[0])} has no part above "
            f"12, and neither has any other row. Say {flag('dayfirst')} or {flag('monthfirst')}, or write them as "
            "YYYY-MM-DD."
        )
    day_first = bool(high_first.any())
    table.order = "dayfirst" if day_first else "monthfirst"
    proof = text[high_first if day_first else high_second].iloc[0]
    table.notices.append(
        f"time {shown(name)}: dates such as {shown(text.iloc[0])} were read {'day' if day_first else 'month'} first "
        f"(shown by {shown(proof)})."
    )
    return day_first


# -- time zones ---------------------------------------------------------------------------------------------------
def _zoned(table: Table, name: str, text: pd.Series[str], zone: pd.Series[str]) -> DatetimeArray:
    """Parse ISO dates that end in a time zone; NaT where a text has none."""
    bare = text.str.replace(r"\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$", "", regex=True).where(zone.notna())
    local = to_datetimes(bare.where(bare.str.fullmatch(_ISO, na=False)), "ISO8601")
    offset = zone.map(_offset_minutes).to_numpy(dtype=float)
    ok = ~np.isnat(local) & np.isfinite(offset)
    shift = np.where(ok, offset, 0).astype(np.int64).astype("timedelta64[m]").astype("timedelta64[ns]")
    utc = np.where(ok, local - shift, _NAT)
    return np.where(ok, drop_zone(table, name, np.where(ok, local, _NAT), utc), _NAT)


def _offset_minutes(zone: object) -> float:
    """Return an offset such as +01:00 in minutes; NaN for none and for one that no place on Earth has."""
    if not isinstance(zone, str):
        return np.nan
    if zone in ("Z", "UTC"):
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return np.nan if minutes > 18 * 60 or int(digits[2:]) > 59 else minutes * (-1.0 if zone[0] == "-" else 1.0)


def drop_zone(
    table: Table, name: str, local: DatetimeArray, utc: DatetimeArray, zone: str | None = None
) -> DatetimeArray:
    """Return days (or a time of day) as written, and anything finer in UTC, which has no clock changes.

    Args:
        table: takes the zone, in which results come back, and a notice.
        name: of the column.
        local: [n] times as written, NaT where a cell is none.
        utc: [n] the same in UTC.
        zone: name of the zone; None to find it from the offsets.
    """
    ok = ~np.isnat(local)
    offset = (local[ok] - utc[ok]) / np.timedelta64(1, "m")
    found = zone or (offset_zone(utc[ok], offset) if ok.any() else "")
    written = zone or _offsets(offset)
    known = f"{found} ({written})" if found and found not in (written, "UTC") else written
    if _daily(local[ok], utc[ok]):
        table.zone, table.local_days = found, True
        back = f"; results come back in {found}" if found else ", and results have none: no time zone has them all"
        table.notices.append(f"time {shown(name)}: the dates are kept as written, without their zone, {known}{back}.")
        return local
    table.zone = found or "UTC"
    if table.zone != "UTC" or written != "UTC":
        none = "" if found else ", for no time zone has them all"
        table.notices.append(
            f"time {shown(name)}: converted from {known} to UTC inside; results come back in {table.zone}{none}."
        )
    return utc


def _daily(local: DatetimeArray, utc: DatetimeArray) -> bool:
    """Return whether times are whole days, or the same time of day that is two in UTC: their grid is the local one."""
    clock = np.unique(local - local.astype("datetime64[D]"))
    same = len(clock) == 1 and len(np.unique(utc - utc.astype("datetime64[D]"))) > 1
    return same or bool((clock == np.timedelta64(0)).all())


def _offsets(offset: npt.NDArray[np.float64]) -> str:
    """Return the offsets of a column in words, the first of many."""
    found = [offset_zone(np.empty(0, "datetime64[ns]"), np.array([m])) for m in np.unique(offset)]
    return words.listed(found) if len(found) > 2 else " and ".join(found)
