"""The spacing of the rows: taken from the user or from the most common distance between neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.calendar import DAY, HOUR, MINUTE, SECOND, anchored, join, parse, residue_of, split
from hybridts.data.panel import IntArray
from hybridts.errors import DataError

_PLACES = ("MS", "ME", "BMS", "BME")
_WORDS = {
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
    """The grid of a whole panel: a pandas alias, or the step of integer time."""

    freq: str | None
    step: int = 1

    def split(self, times: IntArray) -> tuple[IntArray, IntArray]:
        """(ordinal, residue): neighbours on the grid differ by one ordinal and share the residue."""
        if self.freq is None:
            return times // self.step, times % self.step
        return split(times, self.freq)

    def join(self, ordinal: IntArray, residue: IntArray) -> IntArray:
        """The inverse of `split`."""
        if self.freq is None:
            return np.asarray(ordinal * self.step + residue)
        return join(ordinal, residue, self.freq)

    def __str__(self) -> str:
        if self.freq is None:
            return f"integer time, step {self.step}"
        grid = parse(self.freq)
        unit = grid.unit.removeprefix("B")[:1] if grid.kind == "month" else grid.unit
        word = _WORDS.get(unit, "") if grid.count == 1 else ""
        return f"{word} (freq {self.freq!r})" if word else f"freq {self.freq!r}"


def infer(times: IntArray, code: IntArray, dates: bool) -> Spacing | None:
    """The most common spacing of neighbours inside series; None where no series has two rows.

    Args:
        times: [n] times, sorted inside each series.
        code: [n] series of each row, sorted.
        dates: nanoseconds (True) or integer time.
    """
    gaps = np.diff(times)[np.diff(code) == 0]
    if not len(gaps):
        return None
    common = _most_common(gaps)
    if not dates:
        return Spacing(None, common)
    return Spacing(_date_alias(times, code, common))


def _most_common(values: IntArray) -> int:
    """The most frequent value; of equally frequent ones the smallest, since missing rows only widen gaps."""
    unique, count = np.unique(values, return_counts=True)
    return int(unique[np.argmax(count)])


def _date_alias(times: IntArray, code: IntArray, common: int) -> str:
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
    # series on different weekdays: still seven days apart, but no one weekday to name
    agreed = _share(unique % common) > 0.5
    return anchored(alias, _most_common(unique % common)) if agreed else f"{7 * parse(alias).count}D"


def _monthly(times: IntArray, code: IntArray, unique: IntArray) -> str | None:
    """An alias in months, where most rows have the same place in their month; None otherwise."""
    exact = [float((split(unique, p)[1] // DAY == residue_of(p) // DAY).mean()) for p in _PLACES]
    best = int(np.argmax(exact))
    place, days = _PLACES[best], split(unique, "MS")[1] // DAY - residue_of("MS") // DAY
    usual = _share(days) > max(0.5, exact[best])  # some other day of the month, such as the 15th
    if exact[best] <= 0.5 and not usual:
        return None
    place = "MS" if usual else place
    month = split(times, place)[0]
    count = _most_common(np.diff(month)[np.diff(code) == 0])
    if usual and _most_common(days) >= 28 and count % 12:
        return None  # not every month has a 29th
    return _in_quarters(place, count, month)


def _share(values: IntArray) -> float:
    return float(np.unique(values, return_counts=True)[1].max() / len(values))


def _in_quarters(unit: str, count: int, month: IntArray) -> str:
    """'MS' every 3 months -> 'QS-JAN', every 12 -> 'YS-JAN'; any other count stays in months."""
    for letter, size in (("Y", 12), ("Q", 3)):
        if count % size == 0:
            alias = f"{count // size if count > size else ''}{unit.replace('M', letter)}"
            phase = _most_common(month % size)
            if _share(month % size) > 0.5:
                first = join(np.array([phase]), np.array([residue_of(unit)]), unit)
                return anchored(alias, int(split(first, alias)[1][0]))
    return f"{count if count > 1 else ''}{unit}"


def _only_business_days(unique: IntArray) -> bool:
    days = unique.astype("datetime64[ns]").astype("datetime64[D]")
    crossed = np.busday_count(days[0], days[-1]) < (days[-1] - days[0]).astype(np.int64)
    # Nearly no row is on a weekend: a stray Saturday is then an error, not a reason to fill every weekend.
    return bool(crossed and np.is_busday(days).mean() > 0.95)


def _tick_alias(nanoseconds: int) -> str:
    for size, unit in (
        (7 * DAY, "W"),
        (DAY, "D"),
        (HOUR, "h"),
        (MINUTE, "min"),
        (SECOND, "s"),
        (SECOND // 1000, "ms"),
    ):
        if nanoseconds % size == 0:
            count = nanoseconds // size
            return f"{count if count > 1 else ''}{unit}"
    raise DataError(
        f"the times of most rows are {nanoseconds} nanoseconds apart, finer than hybridts counts. Use whole "
        "milliseconds, or integers as time."
    )


def common_residue(code: IntArray, residue: IntArray) -> IntArray:
    """[N] the residue most rows of each series have; where the whole panel agrees, that one."""
    series = int(code[-1]) + 1
    if (residue == residue[0]).all():
        return np.full(series, residue[0])
    order = np.lexsort((residue, code))
    c, r = code[order], residue[order]
    first = np.flatnonzero(np.r_[True, (np.diff(c) != 0) | (np.diff(r) != 0)])
    count = np.diff(np.r_[first, len(c)])
    best = np.lexsort((-count, c[first]))  # the most frequent run of each series comes first
    head = np.flatnonzero(np.r_[True, np.diff(c[first][best]) != 0])
    return np.asarray(r[first][best][head])
