"""Time arithmetic on pandas frequency aliases, in plain integers.

Every time is a pair of integers: the *ordinal* (which hour, business day, month) and the *residue*, its
place inside that unit (minute 30, the 15th, the second month of a quarter). Rows of one series share the
residue and their ordinals count up by one; so gaps, rows off the grid and next times are integer arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hybridts.errors import BadSetting, did_you_mean

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
WEEK = 7 * DAY
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

_TICKS = {"ms": SECOND // 1000, "s": SECOND, "min": MINUTE, "h": HOUR, "D": DAY, "W": WEEK}
_MONTHLY = {f"{b}{p}{e}": n for p, n in (("M", 1), ("Q", 3), ("Y", 12)) for e in "SE" for b in ("", "B")}
_OLD = {
    "H": "h",
    "T": "min",
    "S": "s",
    "L": "ms",
    "M": "ME",
    "Q": "QE",
    "A": "YE",
    "Y": "YE",
    "AS": "YS",
    "d": "D",
}
_OLD |= {"BM": "BME", "BQ": "BQE", "BA": "BYE", "BY": "BYE", "BAS": "BYS", "w": "W", "b": "B"}
_BASE = np.datetime64("1601-01-01", "D")  # a Monday before every nanosecond time: business days count up from it
_WITHIN = 64 * DAY  # more than any place inside a month, so that two numbers fit in one residue


@dataclass(frozen=True)
class Grid:
    """A parsed frequency: `count` units, together `size` long (nanoseconds, business days or months)."""

    kind: Literal["tick", "business", "month"]
    size: int
    count: int
    unit: str
    anchor: str = ""

    @property
    def alias(self) -> str:
        """The spelling pandas 2.2 and later accept without a warning."""
        return f"{self.count if self.count > 1 else ''}{self.unit}{'-' if self.anchor else ''}{self.anchor}"


@lru_cache(maxsize=256)
def parse(freq: str) -> Grid:
    """The grid of a pandas alias; old spellings (H, M, Q, A, T) are understood. Raises BadSetting."""
    match = re.fullmatch(r"([1-9]\d{0,5})?([A-Za-z]+)(?:-([A-Z]{3}))?", freq.strip())
    known = [*_TICKS, "B", *_MONTHLY]
    count, unit, anchor = (int(match[1] or 1), _OLD.get(match[2], match[2]), match[3] or "") if match else (1, "", "")
    if unit == "B" and not anchor:
        return Grid("business", count, count, unit)
    if unit in _TICKS and (not anchor or (unit == "W" and anchor in WEEKDAYS)):
        return Grid("tick", count * _TICKS[unit], count, unit, anchor)
    if unit in _MONTHLY and (not anchor or (unit[-2] != "M" and anchor in MONTHS)):
        return Grid("month", count * _MONTHLY[unit], count, unit, anchor)
    raise BadSetting(
        f"freq {freq!r} is not a frequency hybridts knows.{did_you_mean(unit or freq, known)} "
        f"Use a pandas alias, if needed with a number in front: {', '.join(known)} (30min, W-MON, QS-OCT).",
        key="freq",
        value=freq,
        expected=", ".join(known),
    )


def canonical(freq: str) -> str:
    """The alias in today's spelling: 'H' is 'h', 'M' is 'ME'."""
    return parse(freq).alias


# -- cycles --------------------------------------------------------------------------------------------------
def season_of(freq: str | None) -> int:
    """Rows in the season people mean by default: 24 hourly, 7 daily, 52 weekly, 12 monthly; 1 for none."""
    cycles = cycles_of(freq)
    return cycles[0] if cycles else 1


def cycles_of(freq: str | None) -> tuple[int, ...]:
    """Natural cycle lengths in rows, shortest first: (24, 168) hourly, () yearly and for integer time."""
    if freq is None:
        return ()
    grid = parse(freq)
    if grid.kind == "tick":
        rows = _tick_cycles(grid.size)
    else:
        whole = 12 if grid.kind == "month" else 5
        rows = [whole // grid.size] if whole % grid.size == 0 else []
    return tuple(n for n in rows if n > 1)


def _tick_cycles(size: int) -> list[int]:
    if size >= WEEK:
        weeks = size // WEEK
        return [52 // weeks] if size % WEEK == 0 and 52 % weeks == 0 else []
    if size >= DAY:
        return [WEEK // size] if WEEK % size == 0 else []
    # Below five minutes a day is too long to be the first season: an hour of minutes, a minute of seconds.
    shortest = DAY if size >= 5 * MINUTE else HOUR if size >= MINUTE else MINUTE if size >= SECOND else SECOND
    spans = (SECOND, MINUTE, HOUR, DAY, WEEK)
    return [span // size for span in spans if span >= shortest and span % size == 0]


# -- grid arithmetic -----------------------------------------------------------------------------------------
def split(times: IntArray, freq: str) -> tuple[IntArray, IntArray]:
    """Times in nanoseconds -> (ordinal, residue); `join` is the inverse for times on a grid."""
    grid = parse(freq)
    if grid.kind == "tick":
        return times // grid.size, times % grid.size
    days = times.astype("datetime64[ns]").astype("datetime64[D]")
    if grid.kind == "business":
        number = np.busday_count(_BASE, days).astype(np.int64)
        # A weekend gets a residue of its own: no row of a business-day series shares it.
        within = times % DAY + DAY * (~np.is_busday(days)).astype(np.int64)
        return number // grid.size, number % grid.size * _WITHIN + within
    month = days.astype("datetime64[M]")
    within = times - _place(month, grid.unit) + _WITHIN // 2
    number = month.astype(np.int64)
    return number // grid.size, number % grid.size * _WITHIN + within


def join(ordinal: IntArray, residue: IntArray, freq: str) -> IntArray:
    """(ordinal, residue) -> times in nanoseconds."""
    grid = parse(freq)
    if grid.kind == "tick":
        return ordinal * grid.size + residue
    number = ordinal * grid.size + residue // _WITHIN
    within = residue % _WITHIN
    if grid.kind == "business":
        days = np.busday_offset(_BASE, number)
        return np.asarray(days.astype("datetime64[ns]").astype(np.int64) + within % DAY)
    return _place(number.astype("datetime64[M]"), grid.unit) + within - _WITHIN // 2


def _place(month: npt.NDArray[np.datetime64], unit: str) -> IntArray:
    """The first or last (business) day of each month, in nanoseconds."""
    if unit.endswith("S"):
        day = month.astype("datetime64[D]")
        roll: Literal["forward", "backward"] = "forward"
    else:
        day = (month + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
        roll = "backward"
    if unit.startswith("B"):
        day = np.busday_offset(day, 0, roll=roll)
    return np.asarray(day.astype("datetime64[ns]").astype(np.int64))


def residue_of(freq: str) -> int:
    """The residue that the alias itself asks for: midnight, the named weekday, the named month."""
    grid = parse(freq)
    if grid.kind == "tick":
        # 1970-01-01 was a Thursday; pandas' W is W-SUN
        return (WEEKDAYS.index(grid.anchor or "SUN") - 3) % 7 * DAY if grid.unit == "W" else 0
    if grid.kind == "business":
        return 0
    last = "JAN" if grid.unit.endswith("S") else "DEC"
    return MONTHS.index(grid.anchor or last) % grid.size * _WITHIN + _WITHIN // 2


def anchored(freq: str, residue: int) -> str:
    """The alias with the weekday or month that `residue` stands for: 'W' -> 'W-MON', 'QS' -> 'QS-FEB'."""
    grid = parse(freq)
    if grid.unit == "W":
        anchor = WEEKDAYS[(residue // DAY + 3) % 7]
    elif grid.kind == "month" and grid.unit[-2] != "M":
        phase = residue // _WITHIN % _MONTHLY[grid.unit]
        anchor = MONTHS[9 + phase if grid.unit[-2:] == "QE" else phase]
    else:
        return grid.alias
    return f"{grid.count if grid.count > 1 else ''}{grid.unit}-{anchor}"


def agrees(freq: str, residue: int) -> bool:
    """Whether rows with this residue have the weekday or month the alias names; True if it names none."""
    grid = parse(freq)
    if not grid.anchor:
        return True
    return anchored(freq, residue) == anchored(freq, residue_of(freq))


def later(times: IntArray, freq: str | None, step: int, count: int) -> IntArray:
    """[len(times), count] the next `count` grid times after each time.

    Args:
        times: nanoseconds since 1970, or integer times where `freq` is None.
        freq: pandas alias, or None for integer time.
        step: spacing of integer time.
        count: how many.
    """
    ahead = np.arange(1, count + 1, dtype=np.int64)
    times = np.asarray(times, dtype=np.int64)
    if freq is None:
        return np.asarray(times[:, None] + step * ahead)
    unique, back = np.unique(times, return_inverse=True)
    ordinal, residue = split(unique, freq)
    return join(ordinal[:, None] + ahead, residue[:, None], freq)[back]


def to_pandas(times: IntArray, freq: str | None) -> Any:
    """What the user gave: a DatetimeIndex, or the integers themselves for integer time."""
    if freq is None:
        return np.asarray(times, dtype=np.int64)
    import pandas as pd

    return pd.DatetimeIndex(np.asarray(times, dtype=np.int64).astype("datetime64[ns]"))


# -- features ------------------------------------------------------------------------------------------------


def features(times: IntArray, freq: str | None) -> tuple[FloatArray, tuple[str, ...]]:
    """[n, C] calendar features as sine and cosine, and their names.

    Only cycles longer than one row: time of day below a day, weekday below a week, then the place in the year
    (by day, month or quarter). Nothing for yearly data and for integer time.
    """
    angles = _angles(np.asarray(times, dtype=np.int64), freq) if freq is not None else {}
    waves = [wave(2 * np.pi * turn) for turn in angles.values() for wave in (np.sin, np.cos)]
    names = tuple(f"{name}_{wave}" for name in angles for wave in ("sin", "cos"))
    return (np.stack(waves, axis=1) if waves else np.empty((len(times), 0))), names


def _angles(times: IntArray, freq: str) -> dict[str, FloatArray]:
    """Turns in [0, 1) of every cycle that this frequency can show."""
    grid = parse(freq)
    stamp = times.astype("datetime64[ns]")
    month = stamp.astype("datetime64[M]").astype(np.int64) % 12
    if grid.kind == "month":
        if grid.size % 12 == 0:
            return {}
        return {"quarter": month // 3 / 4} if grid.size % 3 == 0 else {"month": month / 12}
    turns: dict[str, FloatArray] = {}
    if grid.kind == "tick" and grid.size % DAY:
        turns["hour"] = times % DAY / DAY
    if grid.kind == "business" or grid.size % WEEK:
        turns["weekday"] = (times // DAY + 3) % 7 / 7
    year = stamp.astype("datetime64[Y]")
    if grid.size < 300 * DAY:
        turns["year"] = (stamp.astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64) / 366
    return turns
