"""Time arithmetic on pandas frequency aliases, in integers and without pandas.

Every time is a pair of integers: the *ordinal* counts units (hours, business days, months), and the *residue* is
the place inside one unit (minute 30, the 15th, the second month of a quarter). The rows of a series share the
residue and their ordinals count up by one, so gaps, misplaced rows and next times are integer arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, IntArray
from hybridts.errors import BadSetting, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

SECOND = 1_000_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
WEEK = 7 * DAY
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

#: Nanoseconds of every unit of fixed length, shortest first.
UNIT_NANOSECONDS = {"ms": SECOND // 1000, "s": SECOND, "min": MINUTE, "h": HOUR, "D": DAY, "W": WEEK}
_UNIT_MONTHS = dict.fromkeys(("MS", "BMS", "ME", "BME"), 1)
_UNIT_MONTHS |= dict.fromkeys(("QS", "BQS", "QE", "BQE"), 3) | dict.fromkeys(("YS", "BYS", "YE", "BYE"), 12)
#: Spellings of pandas before 2.2, and letters in the wrong case.
_OLD_SPELLINGS = dict(H="h", T="min", S="s", L="ms", d="D", w="W", b="B", M="ME", Q="QE", A="YE", Y="YE", AS="YS")
_OLD_SPELLINGS |= dict(BM="BME", BQ="BQE", BA="BYE", BY="BYE", BAS="BYS")
#: Business days count from this Monday, which lies before every time that nanoseconds can hold.
_FIRST_MONDAY = np.datetime64("1601-01-01", "D")
#: Longer than any offset inside a month, so that a residue can hold two numbers: phase * this + offset.
_OFFSET_RANGE = 64 * DAY


@dataclass(frozen=True)
class Frequency:
    """A parsed frequency alias.

    Attributes:
        kind: "tick" (fixed length), "business" (business days) or "month".
        size: length of one row in nanoseconds, business days or months.
        count: the number in front of the unit.
        unit: the unit as pandas 2.2 and later spell it, such as "h" or "QS".
        anchor: weekday or month, such as "MON" or "OCT"; empty for none.
    """

    kind: Literal["tick", "business", "month"]
    size: int
    count: int
    unit: str
    anchor: str = ""

    @property
    def alias(self) -> str:
        """The spelling that pandas 2.2 and later accept without a warning."""
        return spelled(self.count, self.unit, self.anchor)


def spelled(count: int, unit: str, anchor: str = "") -> str:
    """Write an alias: (2, "QS", "OCT") is "2QS-OCT", and a count of 1 is left out."""
    return f"{count if count > 1 else ''}{unit}{'-' if anchor else ''}{anchor}"


@lru_cache(maxsize=256)
def parse(freq: str) -> Frequency:
    """Parse a pandas alias; old spellings (H, M, Q, A, T) are accepted.

    Raises:
        BadSetting: the text is not a supported frequency.
    """
    match = re.fullmatch(r"([1-9]\d{0,5})?([A-Za-z]+)(?:-([A-Z]{3}))?", freq.strip())
    known = [*UNIT_NANOSECONDS, "B", *_UNIT_MONTHS]
    count, unit, anchor = 1, "", ""
    if match:
        count, unit, anchor = int(match[1] or 1), _OLD_SPELLINGS.get(match[2], match[2]), match[3] or ""
    if unit == "B" and not anchor:
        return Frequency("business", count, count, unit)
    if unit in UNIT_NANOSECONDS and (not anchor or (unit == "W" and anchor in WEEKDAYS)):
        return Frequency("tick", count * UNIT_NANOSECONDS[unit], count, unit, anchor)
    if unit in _UNIT_MONTHS and (not anchor or (unit[-2] != "M" and anchor in MONTHS)):
        return Frequency("month", count * _UNIT_MONTHS[unit], count, unit, anchor)
    raise BadSetting(
        f"freq {freq!r} is not a supported frequency.{did_you_mean(unit or freq, known)} "
        f"Use a pandas alias, if needed with a number in front: {', '.join(known)} (30min, W-MON, QS-OCT).",
        key="freq",
        value=freq,
        expected=", ".join(known),
    )


def canonical(freq: str) -> str:
    """Return the alias in its current spelling.

    Raises:
        BadSetting: the text is not a supported frequency.

    >>> canonical("H"), canonical("M"), canonical("15T")
    ('h', 'ME', '15min')
    """
    return parse(freq).alias


# -- cycles -------------------------------------------------------------------------------------------------------
def season_of(freq: str | None) -> int:
    """Return the default season in rows, the shortest natural cycle; 1 where there is none.

    >>> season_of("h"), season_of("D"), season_of("W"), season_of("MS"), season_of("YS"), season_of(None)
    (24, 7, 52, 12, 1, 1)
    """
    cycles = cycles_of(freq)
    return cycles[0] if cycles else 1


def cycles_of(freq: str | None) -> tuple[int, ...]:
    """Return the natural cycle lengths in rows, shortest first; none for yearly data and integer time.

    >>> cycles_of("h"), cycles_of("30min"), cycles_of("QS-JAN"), cycles_of("YS")
    ((24, 168), (48, 336), (4,), ())
    """
    if freq is None:
        return ()
    parsed = parse(freq)
    if parsed.kind == "tick":
        rows = _tick_cycles(parsed.size)
    else:
        whole = 12 if parsed.kind == "month" else 5
        rows = [whole // parsed.size] if whole % parsed.size == 0 else []
    return tuple(n for n in rows if n > 1)


def _tick_cycles(size: int) -> list[int]:
    """Return the cycle lengths in rows of `size` nanoseconds, shortest first."""
    if size >= WEEK:
        weeks = size // WEEK
        return [52 // weeks] if size % WEEK == 0 and 52 % weeks == 0 else []
    if size >= DAY:
        return [WEEK // size] if WEEK % size == 0 else []
    # A day of rows shorter than five minutes is too long for a first season: use an hour or a minute instead.
    shortest = DAY if size >= 5 * MINUTE else HOUR if size >= MINUTE else MINUTE if size >= SECOND else SECOND
    spans = (SECOND, MINUTE, HOUR, DAY, WEEK)
    return [span // size for span in spans if span >= shortest and span % size == 0]


# -- ordinals and residues ----------------------------------------------------------------------------------------
def split(times: IntArray, freq: str) -> tuple[IntArray, IntArray]:
    """Turn [n] times in nanoseconds into [n] ordinals and [n] residues; `join` is the inverse for times on a grid.

    >>> hours = np.array([90, 150, 210]) * MINUTE  # half past one, two and three
    >>> ordinal, residue = split(hours, "h")
    >>> ordinal.tolist(), (residue // MINUTE).tolist()
    ([1, 2, 3], [30, 30, 30])
    """
    parsed = parse(freq)
    if parsed.kind == "tick":
        return times // parsed.size, times % parsed.size
    days = times.astype("datetime64[ns]").astype("datetime64[D]")
    if parsed.kind == "business":
        number = np.busday_count(_FIRST_MONDAY, days).astype(np.int64)
        # Weekends get a residue of their own, which no business day shares.
        offset = times % DAY + DAY * (~np.is_busday(days)).astype(np.int64)
        return number // parsed.size, number % parsed.size * _OFFSET_RANGE + offset
    month = days.astype("datetime64[M]")
    offset = times - _month_anchor(month, parsed.unit) + _OFFSET_RANGE // 2
    number = month.astype(np.int64)
    return number // parsed.size, number % parsed.size * _OFFSET_RANGE + offset


def join(ordinal: IntArray, residue: IntArray, freq: str) -> IntArray:
    """Turn ordinals and residues (shapes that broadcast) into times in nanoseconds; see `split`."""
    parsed = parse(freq)
    if parsed.kind == "tick":
        return ordinal * parsed.size + residue
    number = ordinal * parsed.size + residue // _OFFSET_RANGE
    offset = residue % _OFFSET_RANGE
    if parsed.kind == "business":
        days = np.busday_offset(_FIRST_MONDAY, number)
        return np.asarray(days.astype("datetime64[ns]").astype(np.int64) + offset % DAY)
    return _month_anchor(number.astype("datetime64[M]"), parsed.unit) + offset - _OFFSET_RANGE // 2


def _month_anchor(month: npt.NDArray[np.datetime64], unit: str) -> IntArray:
    """Return the first or last (business) day of each month in nanoseconds, same shape; `unit` decides which."""
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
    """Return the residue that the alias itself defines: midnight, its weekday, its month."""
    parsed = parse(freq)
    if parsed.kind == "tick":
        # 1970-01-01 was a Thursday; pandas reads W as W-SUN
        return (WEEKDAYS.index(parsed.anchor or "SUN") - 3) % 7 * DAY if parsed.unit == "W" else 0
    if parsed.kind == "business":
        return 0
    default = "JAN" if parsed.unit.endswith("S") else "DEC"
    return MONTHS.index(parsed.anchor or default) % parsed.size * _OFFSET_RANGE + _OFFSET_RANGE // 2


def anchored(freq: str, residue: int) -> str:
    """Return the alias with the weekday or month that `residue` stands for: 'W' -> 'W-MON', 'QS' -> 'QS-FEB'."""
    parsed = parse(freq)
    if parsed.unit == "W":
        anchor = WEEKDAYS[(residue // DAY + 3) % 7]
    elif parsed.kind == "month" and parsed.unit[-2] != "M":
        phase = residue // _OFFSET_RANGE % _UNIT_MONTHS[parsed.unit]
        anchor = MONTHS[9 + phase if parsed.unit[-2:] == "QE" else phase]
    else:
        return parsed.alias
    return spelled(parsed.count, parsed.unit, anchor)


def agrees(freq: str, residue: int) -> bool:
    """Return True where rows with this residue lie on the weekday or month in the alias, or the alias has none."""
    parsed = parse(freq)
    if not parsed.anchor:
        return True
    return anchored(freq, residue) == anchored(freq, residue_of(freq))


def later(times: IntArray, freq: str | None, step: int, count: int) -> IntArray:
    """Return the next `count` grid times after each time, [n, count] int64.

    Args:
        times: [n] nanoseconds since 1970, or integer times where `freq` is None.
        freq: pandas alias, or None for integer time.
        step: spacing of integer time.
        count: number of times after each.

    >>> later(np.array([1990, 2000]), None, 5, 3).tolist()
    [[1995, 2000, 2005], [2005, 2010, 2015]]
    >>> january = np.array(["2020-01-31"], dtype="datetime64[ns]").astype(np.int64)
    >>> later(january, "ME", 1, 2).astype("datetime64[ns]").astype("datetime64[D]").astype(str).tolist()
    [['2020-02-29', '2020-03-31']]
    """
    ahead = np.arange(1, count + 1, dtype=np.int64)
    times = np.asarray(times, dtype=np.int64)
    if freq is None:
        return np.asarray(times[:, None] + step * ahead)
    unique, back = np.unique(times, return_inverse=True)
    ordinal, residue = split(unique, freq)
    return join(ordinal[:, None] + ahead, residue[:, None], freq)[back]


@overload
def to_pandas(times: IntArray, freq: str) -> pd.DatetimeIndex: ...
@overload
def to_pandas(times: IntArray, freq: None) -> IntArray: ...
@overload
def to_pandas(times: IntArray, freq: str | None) -> pd.DatetimeIndex | IntArray: ...
def to_pandas(times: IntArray, freq: str | None) -> pd.DatetimeIndex | IntArray:
    """Return [n] times as the user gave them: a DatetimeIndex, or integers for integer time."""
    if freq is None:
        return np.asarray(times, dtype=np.int64)
    import pandas as pd

    return pd.DatetimeIndex(np.asarray(times, dtype=np.int64).astype("datetime64[ns]"))


# -- features -----------------------------------------------------------------------------------------------------
def features(times: IntArray, freq: str | None) -> tuple[FloatArray, tuple[str, ...]]:
    """Return [n, C] calendar features, a sine and a cosine of each cycle, and their C names.

    The cycles are those longer than one row: time of day, weekday, and the place in the year (day, month or
    quarter). Yearly data and integer time have none (C = 0).

    >>> april = np.array(["2020-04-01"], dtype="datetime64[ns]").astype(np.int64)
    >>> values, names = features(april, "MS")
    >>> names, values.round(3).tolist()
    (('month_sin', 'month_cos'), [[1.0, 0.0]])
    """
    angles = _angles(np.asarray(times, dtype=np.int64), freq) if freq is not None else {}
    columns = [function(2 * np.pi * turn) for turn in angles.values() for function in (np.sin, np.cos)]
    names = tuple(f"{name}_{function}" for name in angles for function in ("sin", "cos"))
    return (np.stack(columns, axis=1) if columns else np.empty((len(times), 0))), names


def _angles(times: IntArray, freq: str) -> dict[str, FloatArray]:
    """Return the place of each time in each cycle, as a fraction in [0, 1), [n] per name."""
    parsed = parse(freq)
    stamp = times.astype("datetime64[ns]")
    month = stamp.astype("datetime64[M]").astype(np.int64) % 12
    if parsed.kind == "month":
        if parsed.size % 12 == 0:
            return {}
        return {"quarter": month // 3 / 4} if parsed.size % 3 == 0 else {"month": month / 12}
    turns: dict[str, FloatArray] = {}
    if parsed.kind == "tick" and parsed.size % DAY:
        turns["hour"] = times % DAY / DAY
    if parsed.kind == "business" or parsed.size % WEEK:
        turns["weekday"] = (times // DAY + 3) % 7 / 7
    year = stamp.astype("datetime64[Y]")
    if parsed.size < 300 * DAY:
        turns["year"] = (stamp.astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64) / 366
    return turns
