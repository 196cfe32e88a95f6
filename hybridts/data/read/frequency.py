"""The spacing of the rows: represent it, and infer it from the most common distance between neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.calendar import DAY, UNIT_NANOSECONDS, anchored, join, parse, residue_of, spelled, split
from hybridts.data.panel import IntArray
from hybridts.errors import DataError

_MONTHLY_UNITS = ("MS", "ME", "BMS", "BME")
_UNIT_WORDS = {
    "s": "every second",
    "min": "every minute",
    "h": "hourly",
    "D": "daily",
    "B": "business days",
    "W": "weekly",
    "M": "monthly",
    "Q": "quarterly",
    "Y": "yearly",
}


@dataclass(frozen=True)
class Spacing:
    """The time grid of a whole panel: a pandas alias, or the step of integer time."""

    freq: str | None
    step: int = 1

    def split(self, times: IntArray) -> tuple[IntArray, IntArray]:
        """Turn [n] times into [n] ordinals and [n] residues; neighbours differ by 1 and share the residue."""
        if self.freq is None:
            return times // self.step, times % self.step
        return split(times, self.freq)

    def join(self, ordinal: IntArray, residue: IntArray) -> IntArray:
        """Turn ordinals and residues (shapes that broadcast) into times; the inverse of `split`."""
        if self.freq is None:
            return np.asarray(ordinal * self.step + residue)
        return join(ordinal, residue, self.freq)

    def __str__(self) -> str:
        if self.freq is None:
            return f"integer time, step {self.step}"
        parsed = parse(self.freq)
        unit = parsed.unit.removeprefix("B")[:1] if parsed.kind == "month" else parsed.unit
        word = _UNIT_WORDS.get(unit, "") if parsed.count == 1 else ""
        return f"{word} (freq {self.freq!r})" if word else f"freq {self.freq!r}"


def infer(times: IntArray, code: IntArray, dates: bool) -> Spacing | None:
    """Infer the spacing from the most common distance inside series; None where no series has two rows.

    Args:
        times: [n] times, sorted inside each series.
        code: [n] series of each row, sorted.
        dates: True for nanoseconds, False for integer time.

    Raises:
        DataError: the times are closer than whole milliseconds.
    """
    gaps = np.diff(times)[np.diff(code) == 0]
    if not len(gaps):
        return None
    common = _most_common(gaps)
    if not dates:
        return Spacing(None, common)
    return Spacing(_date_alias(times, code, common))


def _most_common(values: IntArray) -> int:
    """Return the most frequent value; on a tie the smallest, since missing rows only widen distances."""
    unique, count = np.unique(values, return_counts=True)
    return int(unique[np.argmax(count)])


def _date_alias(times: IntArray, code: IntArray, common: int) -> str:
    """Return the alias of dates whose most common distance is `common` nanoseconds."""
    unique = np.unique(times)
    if common >= 28 * DAY:
        monthly = _monthly(times, code, unique)
        if monthly:
            return monthly
    if common == DAY and _only_business_days(unique):
        return "B"
    alias = _tick_alias(common)
    if parse(alias).unit != "W":
        return alias
    # Series on different weekdays are seven days apart, but have no weekday in common.
    agreed = _share(unique % common) > 0.5
    return anchored(alias, _most_common(unique % common)) if agreed else f"{7 * parse(alias).count}D"


def _monthly(times: IntArray, code: IntArray, unique: IntArray) -> str | None:
    """Return an alias in months where most rows lie on the same day of their month; None otherwise."""
    exact = [float((split(unique, p)[1] // DAY == residue_of(p) // DAY).mean()) for p in _MONTHLY_UNITS]
    best = int(np.argmax(exact))
    days = split(unique, "MS")[1] // DAY - residue_of("MS") // DAY
    other_day = _share(days) > max(0.5, exact[best])  # such as the 15th
    if exact[best] <= 0.5 and not other_day:
        return None
    unit = "MS" if other_day else _MONTHLY_UNITS[best]
    month = split(times, unit)[0]
    count = _most_common(np.diff(month)[np.diff(code) == 0])
    if other_day and _most_common(days) >= 28 and count % 12:
        return None  # not every month has a 29th
    return _in_quarters(unit, count, month)


def _share(values: IntArray) -> float:
    """Return the fraction of values that are the most frequent one."""
    return float(np.unique(values, return_counts=True)[1].max() / len(values))


def _in_quarters(unit: str, count: int, month: IntArray) -> str:
    """Return 'QS-JAN' for 'MS' every 3 months, 'YS-JAN' for every 12; other counts stay in months."""
    for letter, size in (("Y", 12), ("Q", 3)):
        if count % size == 0:
            alias = spelled(count // size, unit.replace("M", letter))
            phase = _most_common(month % size)
            if _share(month % size) > 0.5:
                first = join(np.array([phase]), np.array([residue_of(unit)]), unit)
                return anchored(alias, int(split(first, alias)[1][0]))
    return spelled(count, unit)


def _only_business_days(unique: IntArray) -> bool:
    """Return True where the times pass over a weekend and nearly all lie on business days."""
    days = unique.astype("datetime64[ns]").astype("datetime64[D]")
    crossed = np.busday_count(days[0], days[-1]) < (days[-1] - days[0]).astype(np.int64)
    # A single Saturday must become an error; it must not make the data daily, with every weekend filled.
    return bool(crossed and np.is_busday(days).mean() > 0.95)


def _tick_alias(nanoseconds: int) -> str:
    """Return a length in its longest whole unit: 1 800 000 000 000 nanoseconds are '30min'."""
    for unit, size in reversed(UNIT_NANOSECONDS.items()):
        if nanoseconds % size == 0:
            return spelled(nanoseconds // size, unit)
    raise DataError(
        f"the times of most rows are {nanoseconds} nanoseconds apart, which is not a whole number of "
        "milliseconds. Round the times to milliseconds, or use integers as time."
    )


def common_residue(code: IntArray, residue: IntArray) -> IntArray:
    """Return [N] the most frequent residue of each series, given [n] series and residue of each row."""
    series = int(code[-1]) + 1
    if (residue == residue[0]).all():
        return np.full(series, residue[0])
    order = np.lexsort((residue, code))
    c, r = code[order], residue[order]
    first = np.flatnonzero(np.r_[True, (np.diff(c) != 0) | (np.diff(r) != 0)])
    count = np.diff(np.r_[first, len(c)])
    best = np.lexsort((-count, c[first]))  # by series, the most frequent run first
    head = np.flatnonzero(np.r_[True, np.diff(c[first][best]) != 0])
    return np.asarray(r[first][best][head])
