"""Awkward text files: each is read as the right numbers and times, or refused in one sentence that says what to do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridts.data.calendar import to_pandas
from hybridts.data.read import Columns, load
from hybridts.errors import DataError
from tests.fakes.tables import days

DATES = [f"{d:%Y-%m-%d}" for d in days(40)]


def read(tmp_path, data: Any, name: Any = "data.csv", columns: Any = None, **more: Any):
    """Write a file and load it; `freq` and `season` are arguments of `load`, everything else is an option."""
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    usual = {key: more.pop(key) for key in ("freq", "season") if key in more}
    return load(path, columns, **usual, reading=more or None)


def refused(tmp_path, data: Any, name: Any = "data.csv", columns: Any = None, **more: Any) -> str:
    """Return the message of a file that is refused, which names the file and is short."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, data, name, columns, **more)
    message = str(caught.value)
    assert message.startswith(f"{name}: ") and len(message) < 1200
    return message


def column(cells, separator=",", names=("date", "v")):
    """Return a file of daily dates and one column of cells."""
    head = separator.join(names)
    return head + "\n" + "".join(f"{day}{separator}{cell}\n" for day, cell in zip(DATES, cells, strict=False))


# -- numbers ------------------------------------------------------------------------------------------------------
NUMBERS: dict[str, tuple[list[str], str, dict[str, str], list[float]]] = {
    "plain": (["1", "2.5", "-3"], ",", {}, [1, 2.5, -3]),
    "signs": (["+1", "-2.5", "−3"], ",", {}, [1, -2.5, -3]),
    "exponents": (["1e3", "2.5E-2", "-3e+1"], ",", {}, [1000, 0.025, -30]),
    "bare points": ([".5", "2.", "-.25"], ",", {}, [0.5, 2, -0.25]),
    "blanks around": ([" 1", "2.5 ", " -3 "], ",", {}, [1, 2.5, -3]),
    "long whole": (["12345678901234567", "2", "3"], ",", {}, [12345678901234567, 2, 3]),
    "longer than int64": (["123456789012345678901", "2", "3"], ",", {}, [123456789012345678901.0, 2, 3]),
    "tiny": (["5e-324", "1e-400", "3"], ",", {}, [5e-324, 0, 3]),
    "17 digits": (
        ["0.30000000000000004", "2.2250738585072011e-308", "3"],
        ",",
        {},
        [0.30000000000000004, 2.2250738585072011e-308, 3],
    ),
    "leading zeros": (["007", "010", "3"], ",", {}, [7, 10, 3]),
    "decimal commas": (["1,5", "2,25", "3"], ";", {}, [1.5, 2.25, 3]),
    "decimal commas and thousands": (["1,5", "1.234,25", "3"], ";", {}, [1.5, 1234.25, 3]),
    "decimal commas of three digits": (["1,500", "0,250", "3"], ";", {}, [1.5, 0.25, 3]),
    "points with groups": (["1.234.567", "1.234", "3"], ";", {}, [1234567, 1234, 3]),
    "points with groups in a comma file": (["1.234.567", "1.234", "3"], ",", {}, [1234567, 1234, 3]),
    "commas with groups": (['"1,234,567"', '"1,234"', "3"], ",", {}, [1234567, 1234, 3]),
    "commas and points": (['"1,234.5"', '"2,000"', "3"], ",", {}, [1234.5, 2000, 3]),
    "commas and points in a tab file": (["1,234.5", "2,000", "3"], "\t", {}, [1234.5, 2000, 3]),
    "Swiss": (["1'234.5", "2'000", "3"], ",", {}, [1234.5, 2000, 3]),
    "French": (["1 234,5", "2 000,25", "3"], ";", {}, [1234.5, 2000.25, 3]),
    "French, hard blank": (["1\u00a0234,5", "2\u202f000,25", "3"], ";", {}, [1234.5, 2000.25, 3]),
    "points that are clear: four decimals": (["1.2345", "2.234", "3.1"], ";", {}, [1.2345, 2.234, 3.1]),
    "points that are clear: a zero": (["0.234", "2.234", "3.234"], ";", {}, [0.234, 2.234, 3.234]),
    "points that are clear: a long whole": (["1234", "2.234", "3.234"], ";", {}, [1234, 2.234, 3.234]),
    "three decimals in a comma file": (["1.234", "2.234", "3.234"], ",", {}, [1.234, 2.234, 3.234]),
    "said: thousands": (["1.234", "950", "1.180"], ";", {"thousands": "."}, [1234, 950, 1180]),
    "said: decimal comma": (["1,234", "950", "1,180"], ";", {"decimal": ","}, [1.234, 950, 1.18]),
    "said: decimal point": (["1.234", "950", "1.180"], ";", {"decimal": "."}, [1.234, 950, 1.18]),
    "said: both": (["1.234,5", "950", "1.180,25"], ";", {"decimal": ",", "thousands": "."}, [1234.5, 950, 1180.25]),
    "said: thousands comma": (["1,234", "950", "1,180"], ";", {"thousands": ","}, [1234, 950, 1180]),
    "said: blanks": (["1 234", "950", "1 180"], ";", {"thousands": "space"}, [1234, 950, 1180]),
    "said: apostrophes": (["1'234", "950", "1’180"], ";", {"thousands": "'"}, [1234, 950, 1180]),
    "missing words": (["1", "NA", "n/a", "#N/A", "null", "None", "nan", "", "2"], ",", {}, [1, *[np.nan] * 7, 2]),
    "missing in decimal commas": (["1,5", "NA", "2,25"], ";", {}, [1.5, np.nan, 2.25]),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers(tmp_path, kind):
    cells, separator, said, wanted = NUMBERS[kind]
    found = read(tmp_path, column(cells, separator), **said).panel.values
    assert found.tolist() == wanted or np.array_equal(found, wanted, equal_nan=True)


EITHER = (
    "in column 'v' the {} of '{}' may separate decimals or thousands, and no other cell shows which. Say --decimal {}"
)
BAD_NUMBERS: dict[str, tuple[list[str], str, str]] = {
    "points of thousands": (["1.234", "2.234", "3.234"], ";", EITHER.format("point", "1.234", ".")),
    "some points of thousands": (["950", "1.180", "870"], ";", EITHER.format("point", "1.180", ".")),
    "points in a tab file": (["950", "1.180", "870"], "\t", EITHER.format("point", "1.180", ".")),
    "points in a pipe file": (["950", "1.180", "870"], "|", EITHER.format("point", "1.180", ".")),
    "points and missing words": (["950", "1.180", "NA", "870"], ";", EITHER.format("point", "1.180", ".")),
    "negative points": (["-950", "-1.180", "870"], ";", EITHER.format("point", "-1.180", ".")),
    "commas of thousands": (["950", "1,180", "870"], ";", EITHER.format("comma", "1,180", ",")),
    "commas in quotes": (["950", '"1,180"', "870"], ",", EITHER.format("comma", "1,180", ",")),
    "a word": (["1", "2", "many", "3"], ",", "the target column 'v' is not numeric: 'many' in line 4"),
    "a unit": (["1 kg", "2", "2", "3"], ",", "the target column 'v' is not numeric: '1 kg' in line 2"),
    "a currency": (["$1", "2", "2", "3"], ",", "the target column 'v' is not numeric: '$1' in line 2"),
    "percent": (["1%", "2", "2", "3"], ",", "the target column 'v' is not numeric: '1%' in line 2"),
    "hexadecimal": (["0x10", "2", "2", "3"], ",", "not numeric: '0x10' in line 2"),
    "underscores": (["1_0", "2", "2", "3"], ",", "not numeric: '1_0' in line 2"),
    "other digits": (["٣", "2", "2", "3"], ",", "not numeric: '٣' in line 2"),
    "mixed marks": (["1,5", "2.5.1", "2", "3"], ";", "not numeric: "),
    "infinite": (["1", "inf", "2", "3"], ",", "the target column 'v' is infinite in line 3"),
    "beyond floats": (["1", "1e400", "2"], ",", "the target column 'v' is infinite in line 3"),
    "an exponent that once crashed": (["1", "5e3000000000", "2"], ",", "the target column 'v' is infinite in line 3"),
    "negative infinite": (["1", "-Infinity", "2", "3"], ",", "the target column 'v' is infinite in line 3"),
    "100 000 digits": (["1", "9" * 100_000, "2"], ",", "the target column 'v' is infinite in line 3"),
    "100 000 letters": (["1", "x" * 100_000, "2"], ",", "'" + "x" * 57 + "...' in line 3. Write a plain number"),
}


@pytest.mark.parametrize("kind", BAD_NUMBERS)
def test_bad_numbers(tmp_path, kind):
    cells, separator, message = BAD_NUMBERS[kind]
    assert message in refused(tmp_path, column(cells, separator))


def test_another_column_shows_that_points_are_decimal(tmp_path):
    text = "date;v;w\n" + "".join(f"{day};1.23{k};{k}.5\n" for k, day in enumerate(DATES[:5]))
    assert read(tmp_path, text, columns=Columns(target=("v",))).panel.values.tolist() == [
        1.23,
        1.231,
        1.232,
        1.233,
        1.234,
    ]


def test_another_column_has_decimal_commas(tmp_path):
    text = "date;v;w\n" + "".join(f"{day};1.23{k};{k},5\n" for k, day in enumerate(DATES[:5]))
    message = refused(tmp_path, text)
    assert "column 'w' has decimal commas, but column 'v' is written with points (1.230)" in message
    assert "Say --decimal ," in message
    panel = read(tmp_path, text, decimal=",", thousands=".").panel
    assert panel.values.tolist() == [1230, 1231, 1232, 1233, 1234, 0.5, 1.5, 2.5, 3.5, 4.5]


# -- times --------------------------------------------------------------------------------------------------------
def stamped(stamps, **more):
    return "date,v\n" + "".join(f"{stamp},{k}.5\n" for k, stamp in enumerate(stamps))


FORMS = {
    "iso": ("%Y-%m-%d", "D"),
    "iso, minutes": ("%Y-%m-%d %H:%M", "h"),
    "iso, seconds": ("%Y-%m-%dT%H:%M:%S", "min"),
    "iso, fractions": ("%Y-%m-%d %H:%M:%S.%f", "100ms"),
    "iso, months": ("%Y-%m", "MS"),
    "slashes": ("%Y/%m/%d", "D"),
    "slashes, minutes": ("%Y/%m/%d %H:%M", "h"),
    "slashes, seconds": ("%Y/%m/%d %H:%M:%S", "min"),
    "slashes, months": ("%Y/%m", "MS"),
    "points, year first": ("%Y.%m.%d", "D"),
    "German": ("%d.%m.%Y", "D"),
    "German, minutes": ("%d.%m.%Y %H:%M", "h"),
    "German, seconds": ("%d.%m.%Y %H:%M:%S", "min"),
    "British": ("%d/%m/%Y", "D"),
    "American": ("%m/%d/%Y", "D"),
    "American, seconds": ("%m/%d/%Y %H:%M:%S", "h"),
    "American, halves of the day": ("%m/%d/%Y %I:%M %p", "h"),
    "American with points": ("%m.%d.%Y", "D"),
    "day-month-year": ("%d-%m-%Y", "D"),
    "month-day-year": ("%m-%d-%Y", "D"),
    "short months": ("%b %Y", "MS"),
    "long months": ("%B %Y", "MS"),
    "short months, hyphen": ("%b-%Y", "MS"),
    "day, short month": ("%d %b %Y", "D"),
    "day, long month": ("%d %B %Y", "D"),
    "day-month in letters": ("%d-%b-%Y", "D"),
    "month, day, year in letters": ('"%b %d, %Y"', "D"),
    "Chinese days": ("%Y年%m月%d日", "D"),
    "Chinese months": ("%Y年%m月", "MS"),
    "yyyymmdd": ("%Y%m%d", "D"),
    "yyyymm": ("%Y%m", "MS"),
    "ddmmyyyy": ("%d%m%Y", "D"),
    "mmddyyyy": ("%m%d%Y", "D"),
    "compact with a clock": ("%Y%m%dT%H%M%S", "h"),
    "compact, blank, clock": ("%Y%m%d %H:%M", "h"),
    "ISO weeks": ("%G-W%V", "W-MON"),
    "ISO weeks without hyphen": ("%GW%V", "W-MON"),
    "ISO weeks with days": ("%G-W%V-%u", "D"),
    "years and weeks": ("%G-%V", "W-MON"),
    "yyyyww": ("%G%V", "W-MON"),
}


@pytest.mark.parametrize("kind", FORMS)
def test_ways_to_write_times(tmp_path, kind):
    form, freq = FORMS[kind]
    dates = pd.date_range("2021-01-25", periods=130, freq=freq) if freq != "MS" else days(60, freq=freq)
    panel = read(tmp_path, stamped(dates.strftime(form))).panel
    assert panel.freq == freq and not np.isnan(panel.values).any()
    assert (to_pandas(panel.times, panel.freq) == dates).all()


@pytest.mark.parametrize(
    "form",
    ["{y}Q{q}", "{y}-Q{q}", "{y} Q{q}", "{y}q{q}", "Q{q} {y}", "Q{q}-{y}", "{q}Q{y}", "{y}/Q{q}", "{y}年{q}季度"],
)
def test_ways_to_write_quarters(tmp_path, form):
    panel = read(tmp_path, stamped([form.format(y=y, q=q) for y in range(2015, 2020) for q in range(1, 5)])).panel
    assert (panel.freq, panel.season, len(panel.values)) == ("QS-JAN", 4, 20)
    assert to_pandas(panel.times, panel.freq)[1] == pd.Timestamp("2015-04-01")


@pytest.mark.parametrize("form", ["{y}-{q}", "{y}-{q:02d}", "{y}/{q}", "{y}{q:02d}"])
def test_numbers_of_quarters_that_may_be_months(tmp_path, form):
    text = stamped([form.format(y=y, q=q) for y in range(2015, 2020) for q in range(1, 5)])
    message = refused(tmp_path, text)
    assert (
        "have only 1 to 4 after the year: quarters or months? Say --freq QS for quarters or --freq MS for months"
        in message
    )
    quarters = read(tmp_path, text, freq="QS").panel
    assert (quarters.freq, quarters.season, len(quarters.values)) == ("QS-JAN", 4, 20)
    months = read(tmp_path, text, freq="MS").panel
    assert (months.freq, len(months.values)) == ("MS", 52)


def test_years_and_quarters_in_one_number(tmp_path):
    text = stamped([f"{y}{q}" for y in range(2015, 2020) for q in range(1, 5)])
    assert "may be years and quarters, or plain integers. Say --date-format %Y%q" in refused(tmp_path, text)
    assert read(tmp_path, text, date_format="%Y%q").panel.freq == "QS-JAN"
    assert read(tmp_path, text, date_format="integer").panel.freq is None


UNIX = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


@pytest.mark.parametrize("unit", UNIX)
@pytest.mark.parametrize("said", [False, True])
def test_unix_times(tmp_path, unit, said):
    text = stamped([(1_600_000_000 + 3600 * k) * UNIX[unit] for k in range(30)])
    loaded = read(tmp_path, text, **({"date_format": "unix"} if said else {}))
    assert (loaded.panel.freq, loaded.panel.season) == ("h", 24)
    assert to_pandas(loaded.panel.times, "h")[0] == pd.Timestamp("2020-09-13 12:26:40")
    assert any(f"was read as Unix time in {unit} (UTC)" in notice for notice in loaded.notices)
    kept = read(tmp_path, text, date_format="integer").panel
    assert (kept.freq, kept.times[0]) == (None, 1_600_000_000 * UNIX[unit])


SAID: dict[str, tuple[str, str, dict[str, Any]]] = {
    "two digits of the year": ("%d.%m.%y", "D", {"date_format": "%d.%m.%y"}),
    "American, two digits": ("%m/%d/%y", "D", {"date_format": "%m/%d/%y"}),
    "day first, said": ("%d/%m/%Y", "D", {"dayfirst": True}),
    "month first, said": ("%m/%d/%Y", "D", {"monthfirst": True}),
    "hours with letters": ("%d %b %y %Hh", "h", {"date_format": "%d %b %y %Hh"}),
    "weeks from the first Monday": ("%Y-%W", "W-MON", {"date_format": "%Y-%W"}),
    "ISO weeks by format": ("%G/%V", "W-MON", {"date_format": "%G/%V"}),
    "compact by format": ("%d%m%Y", "D", {"date_format": "%d%m%Y"}),
    "compact, year first": ("%Y%m%d%H", "h", {"date_format": "%Y%m%d%H"}),
    "with offsets": ("%d.%m.%Y %H:%M +0000", "h", {"date_format": "%d.%m.%Y %H:%M %z"}),
    "years, days": ("%Y-%j", "D", {"date_format": "%Y-%j"}),
}


@pytest.mark.parametrize("kind", SAID)
def test_times_by_an_option(tmp_path, kind):
    form, freq, said = SAID[kind]
    dates = pd.date_range("2021-01-04", periods=40, freq=freq)
    panel = read(tmp_path, stamped(dates.strftime(form)), **said).panel
    assert (to_pandas(panel.times, panel.freq) == dates).all()


@pytest.mark.parametrize("mark", list("./-"))
@pytest.mark.parametrize(("said", "freq"), [("dayfirst", "MS"), ("monthfirst", "D")])
def test_the_order_of_day_and_month_is_never_guessed(tmp_path, mark, said, freq):
    text = stamped([f"01{mark}{k:02d}{mark}2023" for k in range(1, 13)])
    message = refused(tmp_path, text)
    assert "may be day/month or month/day" in message and "Say --dayfirst or --monthfirst" in message
    assert read(tmp_path, text, **{said: True}).panel.freq == freq


@pytest.mark.parametrize("mark", list("./-"))
def test_two_orders_in_one_column_are_named(tmp_path, mark):
    stamps = [f"{k:02d}{mark}01{mark}2023" for k in range(1, 14)] + [f"01{mark}14{mark}2023"]
    message = refused(tmp_path, stamped(stamps))
    assert f"'13{mark}01{mark}2023' can only be day first and '01{mark}14{mark}2023' only month first" in message


@pytest.mark.parametrize("mark", list("./-"))
def test_a_notice_says_which_date_shows_the_order(tmp_path, mark):
    loaded = read(tmp_path, stamped([f"01{mark}{k:02d}{mark}2023" for k in range(1, 29)]))
    assert (
        f"time 'date': dates such as '01{mark}01{mark}2023' were read month first (shown by '01{mark}13{mark}2023')."
        in loaded.notices
    )


BAD_TIMES = {
    "no date": ([*DATES[:5], "soon"], "cannot be read as a date: 'soon' in line 7"),
    "no such day": ([*DATES[:5], "2020-02-31"], "cannot be read as a date: '2020-02-31' in line 7"),
    "a missing cell": ([*DATES[:5], ""], "the time column 'date' is empty in line 7"),
    "another order": ([*DATES[:5], "01/05/2020"], "cannot be read as a date: '01/05/2020' in line 7"),
    "year 0": ([*DATES[:5], "0000-01-01"], "cannot be read as a date: '0000-01-01' in line 7"),
    "year 1500": ([*DATES[:5], "1500-01-01"], "cannot be read as a date: '1500-01-01' in line 7"),
    "year 9999": ([*DATES[:5], "9999-12-31"], "cannot be read as a date: '9999-12-31' in line 7"),
    "long": ([*DATES[:5], "2" * 10_000], "cannot be read as a date: '222"),
    "a clock that would be searched for hours": ([*DATES[:5], "12:" * 30_000], "cannot be read as a date: '12:12:12"),
    "twice": ([*DATES[:5], DATES[4]], "has 2020-01-05 more than once: line 6 and line 7"),
    "fractions": (["1", "2", "3.5"], "holds 3.5 in line 4. Numbers as time must be whole"),
    "impossible weeks": (
        [f"2021{w:02d}" for w in range(1, 54)],
        "look like years and weeks, but 202153 is no ISO week. Say --date-format %Y%W",
    ),
    "a number too many": ([*DATES[:5], "2020-01-06-07"], "cannot be read as a date: '2020-01-06-07' in line 7"),
}


@pytest.mark.parametrize("kind", BAD_TIMES)
def test_bad_times(tmp_path, kind):
    stamps, message = BAD_TIMES[kind]
    assert message in refused(tmp_path, stamped(stamps))


OFFSETS = ["oops", "2024-03-31", "2024-03-31T00:00:00", "2024-02-30T00:00:00+01:00", "2024-03-31T25:00:00+01:00"]
OFFSETS += [
    "2024-03-31T00:00:00+99:00",
    "2024-03-31T00:00:00+01:75",
    "9999-03-31T00:00:00+01:00",
    "0001-01-01T00:00:00Z",
]


@pytest.mark.parametrize("bad", OFFSETS)
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("source", ["file", "frame"])
def test_mixed_offsets_with_one_bad_cell(tmp_path, bad, place, source):
    local = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
    stamps = [t.isoformat() for t in local]
    assert len({s[-6:] for s in stamps}) == 2
    stamps = [bad, *stamps] if place == "first" else [*stamps, bad]
    if source == "file":
        message = refused(tmp_path, stamped(stamps))
    else:
        with pytest.raises(DataError) as caught:
            load(pd.DataFrame({"date": stamps, "v": 1.5}))
        message = str(caught.value)
    assert f"the time column 'date' cannot be read as a date: '{bad}'" in message


def test_the_hour_that_clocks_repeat_and_the_one_they_skip(tmp_path):
    for start in ("2024-03-30", "2024-10-26"):
        local = pd.date_range(start, periods=60, freq="h", tz="Europe/Berlin")
        panel = read(tmp_path, stamped([t.isoformat() for t in local])).panel
        assert len(panel.values) == 60 and not np.isnan(panel.values).any()
        assert (to_pandas(panel.times, "h") == local.tz_convert("UTC").tz_localize(None)).all()


# -- ids ----------------------------------------------------------------------------------------------------------
IDS = {
    "1 and 1.0": (["1", "1.0"], ("1",)),
    "floats": (["1.0", "2.0"], ("1", "2")),
    "codes with zeros": (["001", "1"], ("001", "1")),
    "versions": (["1.0", "1.10"], ("1.0", "1.10")),
    "1, 1.0 and 1.5": (["1", "1.0", "1.5"], ("1", "1.5")),
    "words": (["a", "b"], ("a", "b")),
    "blanks around": (["a", " a"], ("a",)),
    "NA": (["NA", "b"], ("NA", "b")),
    "large": (["12345678901234567890", "2"], ("12345678901234567890", "2")),
}


@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize("name", ["unique_id", "store"])
def test_ids(tmp_path, kind, name):
    cells, wanted = IDS[kind]
    labels = {
        cell: wanted.index(cell.strip()) if cell.strip() in wanted else wanted.index(cell.strip().removesuffix(".0"))
        for cell in cells
    }
    seen: dict[int, int] = {}
    text = f"{name},ds,y\n"
    for k in range(12 * len(cells)):
        cell = cells[k % len(cells)]
        seen[labels[cell]] = seen.get(labels[cell], -1) + 1
        text += f"{cell},{DATES[seen[labels[cell]]]},{k}\n"
    panel = read(tmp_path, text, columns=Columns(id=name)).panel
    assert panel.ids == tuple(sorted(wanted))
    assert panel.lengths.sum() == 12 * len(cells)


@pytest.mark.parametrize("values", [[1, 1.0], ["1", "1.0"], [1.0, 1.0], ["1.0", 1]])
def test_one_and_one_point_zero_are_one_series_in_a_frame(values):
    frame = pd.DataFrame({"unique_id": pd.Series(values * 5, dtype=object), "ds": days(10), "y": 1.0})
    assert load(frame).panel.ids == ("1",)


# -- headers ------------------------------------------------------------------------------------------------------
NO_HEADER = {
    "dates and numbers": "".join(f"{day},{k}.5\n" for k, day in enumerate(DATES)),
    "slashes": "".join(f"{day.replace('-', '/')},{k}.5\n" for k, day in enumerate(DATES)),
    "ids": "".join(f"a,{day},{k}.5\n" for k, day in enumerate(DATES)),
    "ids and counts": "".join(f"a,{k},{k}.5\n" for k in range(20)),
    "numbers alone": "".join(f"{k},{k}.5\n" for k in range(20)),
    "equal numbers": "".join(f"{day},1,1\n" for day in DATES),
    "blank cells": "".join(f"{day},,{k}\n" for k, day in enumerate(DATES)),
}


@pytest.mark.parametrize("kind", NO_HEADER)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_first_row_of_data_is_not_lost(tmp_path, kind, separator):
    text = NO_HEADER[kind].replace(",", separator)
    message = refused(tmp_path, text)
    assert "line 1 (" in message and "looks like data, not like the names of columns" in message
    assert "say --header none (the columns are then named 1, 2, ...)" in message


def test_a_file_without_header_is_read_by_option(tmp_path):
    loaded = read(tmp_path, NO_HEADER["ids"], header="none")
    assert loaded.panel.ids == ("a",) and loaded.panel.lengths.tolist() == [40]
    assert "data.csv has no header: its columns are named 1, 2, 3." in loaded.notices
    named = read(tmp_path, NO_HEADER["dates and numbers"], columns=Columns(time="1", target=("2",)), header="none")
    assert named.panel.lengths.tolist() == [40]


HEADERS = {
    "names": "date,v",
    "numbers of shops": "date,1",
    "a year": "date,2019",
    "a blank name of row numbers": "date,v",
    "quoted": '"date","v"',
    "long": "date," + "v" * 1000,
    "symbols": "date,v [kWh] (net)",
    "markup": "date,[/m]",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_that_are_names(tmp_path, kind):
    panel = read(tmp_path, HEADERS[kind] + "\n" + "".join(f"{day},{k}.5\n" for k, day in enumerate(DATES))).panel
    assert panel.ids == (HEADERS[kind].partition(",")[2].strip('"'),)
    assert panel.lengths.tolist() == [40]


@pytest.mark.parametrize("above", ["Report of 2023", "Report;made;today", "# comment", "a\nb\nc"])
def test_lines_above_the_header(tmp_path, above):
    text = above + "\ndate,v,w\n" + "".join(f"{day},{k}.5,1\n" for k, day in enumerate(DATES))
    line = above.count("\n") + 2
    assert "--header" in refused(tmp_path, text)
    panel = read(tmp_path, text, header=line).panel
    assert panel.ids == ("v", "w") and panel.lengths.tolist() == [40, 40]


def test_a_second_line_of_units(tmp_path):
    text = "date,load,heat\n,kWh,kWh\n" + "".join(f"{day},{k}.5,1\n" for k, day in enumerate(DATES))
    message = refused(tmp_path, text)
    assert (
        "line 2 (, kWh, kWh) looks like a second line of names or units. Say --header 1,2 to join both lines" in message
    )
    assert read(tmp_path, text, header="1,2").panel.ids == ("heat kWh", "load kWh")


# -- files that are none ------------------------------------------------------------------------------------------
PLAIN = column(range(5))
BROKEN: dict[str, tuple[str, bytes, str]] = {
    "empty": ("data.csv", b"", "the file is empty"),
    "blank lines": ("data.csv", b"\n\n \n", "the file holds only blank lines"),
    "a header alone": ("data.csv", b"ds,y\n", "there are columns (ds, y) but no rows"),
    "a mark alone": ("data.csv", b"\xef\xbb\xbf", "the file holds only blank lines"),
    "more cells than names": (
        "data.csv",
        b"ds,y\n2020-01-01,1\n2020-01-02,2,3\n",
        "Expected 2 fields in line 3, saw 3",
    ),
    "an open quote": ("data.csv", b'ds,y\n2020-01-01,"1\n2020-01-02,2\n', "do not fit the header"),
    "zero bytes in a cell": ("data.csv", b"ds,y\n2020-01-01,1\n2020-01-02,2\x007\n", "line 3 holds a NUL character"),
    "zero bytes in the header": (
        "data.csv",
        b"ds,y" + b"\0" * 5000 + b"\n2020-01-01,1\n",
        "line 1 holds a NUL character",
    ),
    "words": ("data.csv", b"just some words\nand more\n", "no column looks like a time"),
    "broken UTF-8": (
        "data.csv",
        "ds,größe,maß\n2020-01-01,ü,1\n".encode() + b"2020-01-02,\xff,2\n",
        "byte 43 (line 3) is not UTF-8 text, although the rest is",
    ),
    "a web page": ("data.csv", b"<!DOCTYPE html><html></html>", "this is no table but a web or XML document"),
    "XML": ("data.csv", b"<?xml version='1.0'?><a/>", "this is no table but a web or XML document"),
    "PDF": ("data.csv", b"%PDF-1.7 x", "this is a PDF document, which cannot be read"),
    "HDF5": ("data.csv", b"\x89HDF\r\n\x1a\n", "this is an HDF5 file, which cannot be read"),
    "pickle": ("data.pkl", b"\x80\x04\x95abc", "this is a pickle, which cannot be read"),
    "numpy": ("data.npy", b"\x93NUMPY\x01", "this is a numpy file, which cannot be read"),
    "a picture": ("data.png", b"\x89PNG\r\n", "this is a picture, which cannot be read"),
    "a broken Parquet file": ("data.parquet", b"PAR1 nothing", "this is not a readable Parquet file"),
    "text named Parquet": ("data.parquet", PLAIN.encode(), "this is not a readable Parquet file"),
    "a broken Feather file": ("data.feather", b"ARROW1 nothing", "this is not a readable Feather file"),
    "a broken workbook": ("data.xlsx", b"PK\x03\x04 nothing", "the compressed file is damaged"),
    "an old broken workbook": ("data.xls", b"\xd0\xcf\x11\xe0 nothing", "this is not a readable workbook"),
    "a broken database": ("data.db", b"SQLite format 3\0 nothing", "the database cannot be read"),
    "a broken DuckDB file": ("data.db", b"12345678DUCK nothing", "the database cannot be read"),
    "broken gzip": ("data.csv.gz", b"\x1f\x8b\x08 nothing", "the compressed file is damaged"),
    "broken bz2": ("data.csv.bz2", b"BZh91AY nothing", "the compressed file is damaged"),
    "broken xz": ("data.csv.xz", b"\xfd7zXZ\x00 nothing", "the compressed file is damaged"),
    "broken zst": ("data.csv.zst", b"\x28\xb5\x2f\xfd nothing", "the compressed file is damaged"),
    "broken zip": ("data.zip", b"PK\x03\x04 nothing", "the compressed file is damaged"),
    "7z": ("data.7z", b"7z\xbc\xaf\x27\x1c nothing", "this is a 7z archive. Unpack it"),
    "RAR": ("data.rar", b"Rar!\x1a\x07 nothing", "this is a RAR archive. Unpack it"),
    "tar": ("data.tar", b"\0" * 257 + b"ustar" + b"\0" * 300, "this is a tar archive. Unpack it"),
    "JSON of another shape": ("data.json", b'{"a": [1, 2]}\n[1]\n', "line 2 is not a JSON object but list"),
    "broken JSON": ("data.json", b'{"a": 1}\n{"a": \n', "line 2 is not JSON (Expecting value)"),
    "deep JSON": ("data.json", b'{"a": ' + b"[" * 100_000, "is not JSON (nested too deeply)"),
    "an empty JSON object": ("data.json", b"{}\n", "there are columns () but no rows"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_files_that_cannot_be_read(tmp_path, kind):
    name, data, message = BROKEN[kind]
    assert message in refused(tmp_path, data, name)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".tar.gz", ".GZ"])
def test_a_plain_file_named_like_a_compressed_one_is_read(tmp_path, ending):
    loaded = read(tmp_path, PLAIN, "data.csv" + ending)
    assert loaded.panel.values.tolist() == [0, 1, 2, 3, 4]
    assert any("is not compressed; it was read as it is" in notice for notice in loaded.notices)


def test_names_that_are_very_long_are_cut(tmp_path):
    name = "v" * 100_000
    text = f"date,{name}\n" + "".join(f"{day},x\n" for day in DATES)
    assert re.search("v{30}", refused(tmp_path, text))


@pytest.mark.parametrize("limit", ["10B", 10, "0.01KB"])
def test_a_limit_of_size(tmp_path, limit):
    message = refused(tmp_path, PLAIN, max_size=limit)
    assert "it holds more than 10 bytes, the limit. Raise it with --max-size" in message


@pytest.mark.parametrize("packed", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_a_compressed_file_that_grows_without_end_is_refused(tmp_path, packed):
    from tests.fakes.files import PACKED

    data = PACKED[packed](b"ds,y\n" + b"0" * 3_000_000)
    assert len(data) < 20_000
    assert "it holds more than 1,000,000 bytes" in refused(tmp_path, data, "data.csv" + packed, max_size="1MB")


# -- what the refusal or notice says beyond the place --------------------------------------------------------------
@pytest.mark.parametrize(("freq", "last"), [("QS", "2019-10-01"), ("Q", "2019-12-31"), ("QE", "2019-12-31")])
@pytest.mark.parametrize("form", ["{y}-{q}", "{y}Q{q}", "Q{q} {y}"])
def test_quarters_lie_where_the_frequency_says(tmp_path, freq, last, form):
    text = stamped([form.format(y=y, q=q) for y in range(2015, 2020) for q in range(1, 5)])
    panel = read(tmp_path, text, freq=freq).panel
    assert (len(panel.values), panel.season) == (20, 4)
    assert to_pandas(panel.times, panel.freq)[-1] == pd.Timestamp(last)


def test_the_hour_that_clocks_repeat_is_named_where_no_offset_tells_it_apart(tmp_path):
    local = pd.date_range("2024-10-26", periods=72, freq="h", tz="Europe/Berlin").tz_localize(None)
    message = refused(tmp_path, stamped([f"{t:%Y-%m-%d %H:%M}" for t in local]))
    assert "2024-10-27 02:00:00 more than once: line 28 and line 29" in message
    assert "It looks like the hour that clocks repeat in autumn: give times with their offset" in message


def test_local_days_written_in_utc_are_named(tmp_path):
    days_of = pd.date_range("2024-03-20", periods=30, tz="Europe/Berlin").tz_convert("UTC")
    message = refused(tmp_path, stamped([f"{t:%Y-%m-%dT%H:%MZ}" for t in days_of]))
    assert (
        "They look like local midnights written in UTC, which a clock change moves by an hour: write the local dates"
        in message
    )


def test_a_table_of_times_across_is_named(tmp_path):
    message = refused(tmp_path, "series,2020-01,2020-02,2020-03\na,1,2,3\nb,2,3,4\n")
    assert "The names of its columns are times ('2020-03'): write one row per time (transpose)." in message


def test_integer_weeks_name_their_season(tmp_path):
    values = 50 + 10 * np.sin(np.arange(300) * 2 * np.pi / 52) + np.random.default_rng(0).normal(0, 0.1, 300)
    text = "week,v\n" + "".join(f"{k},{v}\n" for k, v in enumerate(values, 1))
    notice = "integer time has no default season, but the values repeat every 52 rows: give --season 52."
    assert notice in read(tmp_path, text).notices
    assert read(tmp_path, text, season=52).panel.season == 52
