"""Time arithmetic: the integer calendar gives the dates that pandas gives, for every supported frequency."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data import calendar
from hybridts.errors import BadSetting

FREQS = [
    *("s", "min", "15min", "30min", "h", "6h", "D", "2D", "W", "W-MON", "2W-WED", "B", "MS", "ME", "2MS", "BMS", "BME"),
    *(
        "QS",
        "QS-FEB",
        "QE",
        "QE-NOV",
        "2QS-OCT",
        "BQS",
        "BQE-JAN",
        "YS",
        "YS-APR",
        "YE",
        "YE-JUN",
        "BYS-JAN",
        "BYE-DEC",
    ),
]


@pytest.mark.parametrize(
    ("freq", "season", "cycles"),
    [
        ("h", 24, (24, 168)),
        ("H", 24, (24, 168)),
        ("2h", 12, (12, 84)),
        ("30min", 48, (48, 336)),
        ("30T", 48, (48, 336)),
        ("15min", 96, (96, 672)),
        ("10min", 144, (144, 1008)),
        ("min", 60, (60, 1440, 10080)),
        ("s", 60, (60, 3600, 86400, 604800)),
        ("7min", 1440, (1440,)),  # a week is a whole number of rows, an hour and a day are not
        ("D", 7, (7,)),
        ("24h", 7, (7,)),
        ("2D", 1, ()),
        ("B", 5, (5,)),
        ("W", 52, (52,)),
        ("W-MON", 52, (52,)),
        ("7D", 52, (52,)),
        ("M", 12, (12,)),
        ("MS", 12, (12,)),
        ("BME", 12, (12,)),
        ("6MS", 2, (2,)),
        ("QS-OCT", 4, (4,)),
        ("Q", 4, (4,)),
        ("Y", 1, ()),
        ("YS-JAN", 1, ()),
        ("A-DEC", 1, ()),
        ("5YS", 1, ()),
        (None, 1, ()),
    ],
)
def test_seasons_and_cycles(freq, season, cycles):
    assert calendar.season_of(freq) == season
    assert calendar.cycles_of(freq) == cycles


@pytest.mark.parametrize("freq", FREQS)
def test_later_gives_the_dates_that_pandas_gives(freq):
    index = pd.date_range("1999-11-03", periods=40, freq=freq)
    times = index.to_numpy().astype("datetime64[ns]").astype(np.int64)
    ahead = calendar.later(times[[0, 5, 20, 5]], freq, 1, 12)
    assert ahead.dtype == np.int64
    for row, start in zip(ahead, (0, 5, 20, 5), strict=True):
        assert (row == times[start + 1 : start + 13]).all()


@pytest.mark.parametrize("freq", FREQS)
def test_split_and_join_are_inverse_and_ordinals_count_by_one(freq):
    times = pd.date_range("1950-01-01", periods=300, freq=freq).to_numpy().astype("datetime64[ns]").astype(np.int64)
    ordinal, residue = calendar.split(times, freq)
    assert (np.diff(ordinal) == 1).all()
    assert len(np.unique(residue)) == 1
    assert (calendar.join(ordinal, residue, freq) == times).all()
    assert calendar.agrees(freq, int(residue[0]))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FREQS), st.integers(-92 * 10**8, 92 * 10**8))
def test_any_business_month_or_tick_time_survives_a_round_trip(freq, second):
    times = np.array([second * 10**9])
    if calendar.parse(freq).kind == "business" and not np.is_busday(times.astype("M8[ns]").astype("M8[D]"))[0]:
        return
    assert calendar.join(*calendar.split(times, freq), freq)[0] == times[0]


def test_later_keeps_the_clock_and_the_day_of_the_month():
    times = np.array([pd.Timestamp("2020-01-15 06:00").value])
    found = calendar.to_pandas(calendar.later(times, "MS", 1, 2)[0], "MS")
    assert list(found) == [pd.Timestamp("2020-02-15 06:00"), pd.Timestamp("2020-03-15 06:00")]


def test_integer_time_counts_by_its_step():
    assert calendar.later(np.array([1990, 2000]), None, 5, 3).tolist() == [[1995, 2000, 2005], [2005, 2010, 2015]]
    assert calendar.to_pandas(np.array([1990, 1995]), None).tolist() == [1990, 1995]


def test_to_pandas_gives_a_datetime_index():
    index = pd.date_range("2020-01-31", periods=3, freq="ME")
    times = index.to_numpy().astype("datetime64[ns]").astype(np.int64)
    assert calendar.to_pandas(times, "ME").equals(index)


@pytest.mark.parametrize(
    ("freq", "names"),
    [
        ("h", ("hour", "weekday", "year")),
        ("D", ("weekday", "year")),
        ("B", ("weekday", "year")),
        ("W-SUN", ("year",)),
        ("MS", ("month",)),
        ("QS-JAN", ("quarter",)),
        ("YS-JAN", ()),
        (None, ()),
    ],
)
def test_features_are_sines_and_cosines_of_the_cycles_longer_than_a_row(freq, names):
    n = 50
    times = np.arange(n) if freq is None else pd.date_range("2020-01-01", periods=n, freq=freq).to_numpy()
    values, found = calendar.features(times.astype(np.int64), freq)
    assert found == tuple(f"{name}_{function}" for name in names for function in ("sin", "cos"))
    assert values.shape == (n, 2 * len(names))
    assert np.abs(values).max(initial=0) <= 1


def test_hour_and_month_features_have_the_values_of_the_clock():
    noon = np.array([pd.Timestamp("2020-01-06 12:00").value])  # a Monday
    values, names = calendar.features(noon, "h")
    shown = dict(zip(names, values[0], strict=True))
    assert shown["hour_cos"] == pytest.approx(-1)
    assert shown["weekday_cos"] == pytest.approx(1)
    april = np.array([pd.Timestamp("2020-04-01").value])
    assert calendar.features(april, "MS")[0][0] == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("old", "new"), [("H", "h"), ("M", "ME"), ("Q-NOV", "QE-NOV"), ("AS", "YS"), ("15T", "15min"), ("1D", "D")]
)
def test_old_spellings_are_accepted(old, new):
    assert calendar.canonical(old) == new


@pytest.mark.parametrize("freq", ["hourly", "", "m", "W-XXX", "MS-JAN", "0D", "-1D", "month"])
def test_an_unknown_frequency_is_an_error_that_lists_the_supported_ones(freq):
    with pytest.raises(BadSetting, match=r"is not a supported frequency.*Use a pandas alias.*MS") as info:
        calendar.parse(freq)
    assert info.value.key == "freq"


def test_importing_the_calendar_does_not_import_pandas():
    code = "import sys, hybridts.data.calendar; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
