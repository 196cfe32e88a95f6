"""Public holidays as known-future columns, from the package `holidays`.

For each country two columns: `holiday_DE`, 1 on a holiday, and `holiday_DE_next`, 1 on the day before one. Rows longer
than a day count the holidays in them: weeks of Mondays (W-MON), months and quarters from the timestamp on, other weeks
and periods that are labelled by their end (ME, QE) up to it.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import BoolArray, FloatArray, IntArray, Panel
from hybridts.errors import BadSetting, DataError, did_you_mean

_DAY = calendar.DAY


def check_countries(countries: Sequence[str]) -> tuple[str, ...]:
    """Return codes such as DE or DE-BY (a part of a country), in capitals and each once.

    Raises:
        BadSetting: an unknown country or part; the message names the nearest.
    """
    if not countries:
        return ()
    import holidays

    known = holidays.list_supported_countries()
    found = []
    for given in countries:
        code = str(given).strip().upper()
        country, _, part = code.partition("-")
        if country not in known:
            raise BadSetting(
                f"holidays: {given!r} is not a country that the package `holidays` knows."
                f"{did_you_mean(country, known)} Use an ISO 3166 code such as DE, US, BR, or with a part DE-BY.",
                "holidays",
                given,
                "a country code",
            )
        part = next((p for p in known[country] if p.upper() == part), part)
        if part and part not in known[country]:
            raise BadSetting(
                f"holidays: {country} has no part {part!r}.{did_you_mean(part, known[country])} "
                f"Its parts are {', '.join(known[country]) or 'none'}.",
                "holidays",
                given,
                "a part of the country",
            )
        found.append(f"{country}-{part}" if part else country)
    return tuple(dict.fromkeys(found))


def with_holidays(panel: Panel, countries: Sequence[str], ahead: int = 0) -> Panel:
    """Return the panel with known-future columns of the holidays of countries.

    Args:
        panel: on dates.
        countries: as `check_countries` returns them.
        ahead: rows after the last target that must have the columns, where the panel has no other known-future ones.

    Raises:
        DataError: the panel has integer time, rows of a year or longer, or columns of these names.
    """
    if not countries:
        return panel
    if panel.freq is None:
        raise DataError("holidays need dates: the time column holds integers. Give dates, or leave holidays out.")
    if not calendar.cycles_of(panel.freq) and calendar.parse(panel.freq).kind == "month":
        raise DataError(f"holidays say nothing of rows of a year ({panel.freq!r}): leave holidays out.")
    if not panel.future.size and ahead:
        panel = _extended(panel, ahead)
    given = panel.columns.get("future", ())
    names = tuple(name for code in countries for name in (f"holiday_{code}", f"holiday_{code}_next"))
    taken = [name for name in names if name in given]
    if taken:
        raise DataError(f"the data have a column {taken[0]!r} already: rename it, or leave holidays out.")
    table = np.column_stack([column for code in countries for column in _columns(panel, code)])
    future = np.column_stack([panel.future, table]) if panel.future.size else table
    reach = np.maximum(panel.reach, panel.stops)
    return replace(panel, future=future, reach=reach, columns={**panel.columns, "future": (*given, *names)})


def _columns(panel: Panel, code: str) -> tuple[FloatArray, FloatArray]:
    """Return [total] holidays in each row, and in the row after it."""
    assert panel.freq is not None
    unique, back = np.unique(panel.times, return_inverse=True)
    after = calendar.later(unique, panel.freq, panel.step, 1)[:, 0]
    before = _previous(unique, panel.freq)
    following = calendar.later(after, panel.freq, panel.step, 1)[:, 0]
    is_holiday = _Days(code, int(unique.min()) - 400 * _DAY, int(unique.max()) + 400 * _DAY)
    now = is_holiday.between(unique, after, before, panel.freq)
    then = is_holiday.between(after, following, unique, panel.freq)
    return now[back], then[back]


def _previous(times: IntArray, freq: str) -> IntArray:
    ordinal, residue = calendar.split(times, freq)
    return calendar.join(ordinal - 1, residue, freq)


class _Days:
    """Running count of the holidays of a country by day."""

    def __init__(self, code: str, first: int, last: int) -> None:
        import holidays

        country, _, part = code.partition("-")
        self.first = first // _DAY
        days = np.arange(self.first, last // _DAY + 1)
        years = range(_date(int(days[0])).year, _date(int(days[-1])).year + 1)
        found = holidays.country_holidays(country, subdiv=part or None, years=years)
        numbers = {(day - datetime.date(1970, 1, 1)).days for day in found}
        self.is_one: BoolArray = np.isin(days, list(numbers))
        self.count = np.concatenate([[0], np.cumsum(self.is_one)])

    def between(self, times: IntArray, after: IntArray, before: IntArray, freq: str) -> FloatArray:
        """Return [n] the holidays in rows at `times`, with the times of the next and of the previous rows."""
        parsed = calendar.parse(freq)
        if parsed.kind == "business" or (parsed.kind == "tick" and parsed.size <= _DAY):
            return self.is_one[times // _DAY - self.first].astype(float)
        by_end = parsed.unit.endswith("E") or (parsed.unit == "W" and not _on_monday(times))
        start, stop = (before // _DAY + 1, times // _DAY + 1) if by_end else (times // _DAY, after // _DAY)
        return np.asarray(self.count[stop - self.first] - self.count[start - self.first], np.float64)


def _on_monday(times: IntArray) -> bool:
    return bool((times // _DAY + 3)[0] % 7 == 0) if len(times) else True


def _date(day: int) -> datetime.date:
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=day)


def _extended(panel: Panel, ahead: int) -> Panel:
    """Return the panel with room for `ahead` rows after the last target of each series."""
    assert panel.freq is not None
    times, values, pasts, starts = [], [], [], []
    at = 0
    for i in range(len(panel)):
        rows = slice(int(panel.starts[i]), int(panel.stops[i]))
        mine = panel.times[rows]
        more = calendar.later(mine[-1:], panel.freq, panel.step, ahead)[0] if len(mine) else mine
        times.append(np.concatenate([mine, more]))
        values.append(np.concatenate([panel.values[rows], np.full(len(more), np.nan)]))
        if panel.past.size:
            pasts.append(np.concatenate([panel.past[rows], np.full((len(more), panel.past.shape[1]), np.nan)]))
        starts.append(at)
        at += len(mine) + len(more)
    begin = np.array(starts, np.int64)
    return replace(
        panel,
        times=np.concatenate(times),
        values=np.concatenate(values),
        past=np.concatenate(pasts) if pasts else panel.past,
        starts=begin,
        stops=begin + panel.lengths,
        reach=begin + panel.lengths + np.where(panel.lengths > 0, ahead, 0),
    )
