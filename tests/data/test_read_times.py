"""Reading times: the spacing is inferred, gaps are filled, and the error for a bad time names its row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridts.data.calendar import to_pandas
from hybridts.data.read import load
from hybridts.errors import BadSetting, DataError
from tests.fakes.tables import assert_notice, csv, days, long, single


# -- frequency ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("freq", "season"),
    [
        *(("h", 24), ("30min", 48), ("15min", 96), ("min", 60), ("s", 60), ("2h", 12), ("D", 7), ("B", 5), ("3D", 1)),
        *(("W-SUN", 52), ("W-WED", 52), ("2W-MON", 26), ("MS", 12), ("ME", 12), ("BMS", 12), ("BME", 12)),
        *(("QS-JAN", 4), ("QS-FEB", 4), ("QE-DEC", 4), ("QE-NOV", 4), ("YS-JAN", 1), ("YS-APR", 1), ("YE-DEC", 1)),
        *(("2MS", 6), ("2QS-JAN", 2), ("28D", 13)),
    ],
)
def test_the_frequency_is_inferred_even_with_a_missing_row(freq, season):
    frame = single(30, freq)
    expected = "4W-" + frame["ds"][0].strftime("%a").upper() if freq == "28D" else freq
    loaded = load(frame.drop(index=7).sample(frac=1, random_state=0))
    panel = loaded.panel
    assert (panel.freq, panel.season) == (expected, season)
    assert (to_pandas(panel.times, panel.freq) == frame["ds"]).all()
    assert np.flatnonzero(np.isnan(panel.values)).tolist() == [7]
    assert_notice(loaded, "1 missing timestamps in 1 series filled with missing values (first: series 'y' after")
    assert load(frame, freq=expected).panel.fingerprint == load(frame).panel.fingerprint


def test_the_fifteenth_of_every_month_is_monthly():
    frame = pd.DataFrame({"ds": days(12, freq="MS") + pd.Timedelta(days=14), "y": range(12)})
    panel = load(frame).panel
    assert panel.freq == "MS"
    assert to_pandas(panel.times, "MS")[1] == pd.Timestamp("2020-02-15")


def test_a_notice_counts_the_gaps_and_names_the_first():
    loaded = load(long(10).drop(index=[3, 4, 15]))
    assert_notice(
        loaded, "3 missing timestamps in 2 series filled with missing values (first: series 'a' after 2020-01-03)."
    )
    assert_notice(loaded, "3 of 20 target values are missing.")


def test_an_alias_without_anchor_takes_the_weekday_of_the_data():
    assert load(single(9, "W-TUE"), freq="W").panel.freq == "W-TUE"
    assert load(single(9, "QS-FEB"), freq="QS").panel.freq == "QS-FEB"
    assert load(single(9, "ME"), freq="M").panel.freq == "ME"


def test_a_named_anchor_must_be_the_one_of_the_data():
    with pytest.raises(DataError, match=r"freq 'W-MON' does not fit series 'y', 2020-01-07 .* lies on 'W-TUE'"):
        load(single(9, "W-TUE"), freq="W-MON")


def test_a_row_off_the_grid_is_named(tmp_path):
    frame = single(12)
    frame.loc[4, "ds"] += pd.Timedelta(hours=3)
    path = tmp_path / "off.csv"
    frame.to_csv(path, index=False)
    text = r"off.csv: 1 of 12 rows are off the grid .*daily \(freq 'D'\).*series 'y', 2020-01-05 03:00:00 \(line 6\)"
    with pytest.raises(DataError, match=text):
        load(path)


def test_a_wrong_frequency_is_refused_with_what_the_data_look_like():
    with pytest.raises(DataError, match=r"with freq 'h' no two rows are neighbours. The data look like daily"):
        load(single(9), freq="h")
    with pytest.raises(
        DataError, match=r"rows are off the grid of the others \(monthly \(freq 'ME'\)\).*they are monthly"
    ):
        load(single(9, "MS"), freq="M")


def test_series_of_another_frequency_are_refused_not_filled():
    frame = pd.concat([long(60), pd.DataFrame({"unique_id": "m", "ds": days(5, freq="MS"), "y": 1.0})])
    text = r"spacing of most rows is daily .* rows of series 'm' lie 30 steps apart.*confirm the spacing with --freq"
    with pytest.raises(DataError, match=text):
        load(frame)
    assert load(frame, freq="D").panel.lengths.tolist() == [60, 60, 122]


def test_a_mistyped_year_that_would_fill_millions_of_rows_is_refused():
    frame = single(50, "s")
    frame.loc[49, "ds"] = pd.Timestamp("2120-01-01")
    with pytest.raises(DataError, match=r"filling the gaps of every second .* would make 3.16e\+09 rows of 50"):
        load(frame)


def test_one_row_cannot_show_its_frequency():
    with pytest.raises(
        DataError, match=r"no series has two rows, so the frequency cannot be inferred. Give it with --freq"
    ):
        load(single(1))
    assert load(single(1), freq="D").panel.lengths.tolist() == [1]


@pytest.mark.parametrize("season", [0, -1, 2.5, True, "12"])
def test_a_season_must_count_rows(season):
    with pytest.raises(BadSetting, match=r"season .* is not a whole number of rows, 1 or more"):
        load(single(), season=season)


def test_an_unknown_frequency_is_a_bad_setting():
    with pytest.raises(BadSetting, match="freq 'hourly' is not a supported frequency"):
        load(single(), freq="hourly")


# -- integer time -------------------------------------------------------------------------------------------------
def test_years_stay_integers_and_their_gaps_are_filled():
    years = np.delete(np.arange(1700, 2009), 5)
    loaded = load(pd.DataFrame({"year": years, "spots": np.arange(308.0)}))
    panel = loaded.panel
    assert (panel.freq, panel.step, panel.season) == (None, 1, 1)
    assert (panel.times == np.arange(1700, 2009)).all() and np.isnan(panel.values[5])
    assert_notice(loaded, "integer time has no default season; give --season (season=...).")
    assert_notice(loaded, "(first: series 'spots' after 1704)")
    assert load(pd.DataFrame({"year": years.astype(float), "spots": 1.0})).panel.times.dtype == np.int64


def test_integer_steps_are_the_most_common_difference():
    panel = load(pd.DataFrame({"t": [0, 5, 10, 20, 25], "y": 1.0}), season=4).panel
    assert (panel.step, panel.season, panel.times.tolist()) == (5, 4, [0, 5, 10, 15, 20, 25])
    with pytest.raises(DataError, match=r"off the grid of the others \(integer time, step 5\): series 'y', 11"):
        load(pd.DataFrame({"t": [0, 5, 11, 15, 20], "y": 1.0}))


def test_fractions_are_no_integer_time():
    with pytest.raises(DataError, match=r"time column 'year' holds 1959.25 in row 1 .* must be whole"):
        load(pd.DataFrame({"year": [1959.0, 1959.25, 1959.5], "v": 1.0}))


def test_an_infinite_time_and_a_freq_that_is_no_text_are_refused():
    with pytest.raises(DataError, match=r"time column 'ds' holds inf in row 1"):
        load(pd.DataFrame({"ds": [1.0, np.inf], "y": 1.0}))
    with pytest.raises(BadSetting, match=r"freq '5' is not a supported frequency"):
        load(single(), freq=5)  # type: ignore[arg-type]


def test_freq_needs_dates():
    with pytest.raises(DataError, match="freq 'D' was given, but the time column holds integers such as 0"):
        load(pd.DataFrame({"ds": [0, 1, 2], "y": 1.0}), freq="D")


@pytest.mark.parametrize(("form", "freq"), [("%Y%m%d", "D"), ("%Y%m", "MS")])
def test_dates_written_as_numbers_are_dates(form, freq):
    dates = days(30, freq=freq)
    loaded = load(pd.DataFrame({"ds": dates.strftime(form).astype(int), "y": 1.0}))
    assert (to_pandas(loaded.panel.times, freq) == dates).all()
    assert_notice(loaded, "were read as dates (2020-01")


def test_unix_times_are_dates_with_a_notice():
    loaded = load(pd.DataFrame({"ds": 1_600_000_000 + 3600 * np.arange(5), "y": 1.0}))
    assert loaded.panel.freq == "h" and loaded.panel.times[0] == 1_600_000_000 * 10**9
    assert_notice(loaded, "time 'ds': 1600000000 was read as Unix time in seconds (UTC).")


# -- dates as text ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "freq"),
    [
        *(("%Y-%m-%d", "D"), ("%Y-%m-%d %H:%M", "h"), ("%Y-%m-%dT%H:%M:%S", "min"), ("%Y-%m", "MS"), ("%Y/%m/%d", "D")),
        *(("%d.%m.%Y", "D"), ("%d/%m/%Y", "D"), ("%m/%d/%Y", "D"), ("%d.%m.%Y %H:%M", "h"), ("%m/%d/%Y %H:%M:%S", "h")),
        *(("%b %Y", "MS"), ("%B %Y", "MS"), ("%d %b %Y", "D"), ("%d-%b-%Y", "D"), ("%Y/%m/%d %H:%M", "h")),
    ],
)
def test_the_usual_ways_to_write_dates(tmp_path, form, freq):
    dates = days(400, freq=freq)
    pd.DataFrame({"when": dates.strftime(form), "v": range(400)}).to_csv(tmp_path / "d.csv", index=False)
    panel = load(tmp_path / "d.csv").panel
    assert (to_pandas(panel.times, panel.freq) == dates).all()


def test_quarters():
    panel = load(pd.DataFrame({"when": ["2019Q4", "2020Q1", "2020Q2", "2020Q3"], "v": 1.0})).panel
    assert (panel.freq, str(to_pandas(panel.times, "QS")[0].date())) == ("QS-JAN", "2019-10-01")


def test_day_first_or_month_first_is_never_guessed():
    frame = pd.DataFrame({"when": [f"01/{m:02d}/2020" for m in range(1, 13)], "v": 1.0})
    with pytest.raises(DataError, match=r"day/month or month/day: '01/01/2020' has no part above 12.*YYYY-MM-DD"):
        load(frame)
    more = pd.concat([frame, pd.DataFrame({"when": ["13/01/2021"], "v": [1.0]})])
    with pytest.raises(DataError, match="off the grid"):
        load(more)


def test_a_day_that_not_every_month_has_is_refused():
    frame = pd.DataFrame({"when": [f"2020-{m:02d}-30" for m in (3, 4, 5, 6, 7, 8)], "v": 1.0})
    with pytest.raises(DataError, match="rows are off the grid of the others"):
        load(frame)


def test_time_zones_become_utc_and_whole_days_stay_days():
    local = pd.date_range("2020-03-27", periods=72, freq="h", tz="Europe/Berlin")
    loaded = load(pd.DataFrame({"ds": local, "y": range(72)}))
    assert loaded.panel.freq == "h" and to_pandas(loaded.panel.times, "h")[0] == pd.Timestamp("2020-03-26 23:00")
    assert_notice(loaded, "converted from Europe/Berlin to UTC")
    whole = pd.date_range("2020-03-20", periods=20, freq="D", tz="Europe/Berlin")
    loaded = load(pd.DataFrame({"ds": whole, "y": range(20)}))
    assert loaded.panel.freq == "D" and to_pandas(loaded.panel.times, "D")[0] == pd.Timestamp("2020-03-20")
    assert_notice(loaded, "without their zone, Europe/Berlin; results come back in Europe/Berlin")
    text = pd.DataFrame({"ds": [t.isoformat() for t in local], "y": range(72)})
    assert to_pandas(load(text).panel.times, "h")[0] == pd.Timestamp("2020-03-26 23:00")


# -- bad time cells -----------------------------------------------------------------------------------------------
def test_text_that_is_no_date_names_its_line(tmp_path):
    path = csv(tmp_path, "ds,y\n2020-01-01,1\n2020-01-02,2\n\n2020-13-45,3\n2020-01-04,4\n")
    with pytest.raises(DataError, match=r"time column 'ds' cannot be read as a date: '2020-13-45' in line 5\. Write"):
        load(path)


@pytest.mark.parametrize("year", [1500, 2300])
def test_years_that_do_not_fit_are_named(year):
    frame = pd.DataFrame({"ds": [f"{year}-01-01", f"{year}-01-02", f"{year}-01-03"], "y": 1.0})
    with pytest.raises(DataError, match=rf"'{year}-01-01' in row 0 .*years 1678 to 2261"):
        load(frame)
    frame["ds"] = frame["ds"].to_numpy().astype("datetime64[s]")
    with pytest.raises(DataError, match=rf"'{year}-01-01.*' in row 0 .*years 1678 to 2261"):
        load(frame)


def test_an_empty_time_cell_is_named():
    with pytest.raises(DataError, match=r"the time column 'ds' is empty in row 1 .* fill the cell or drop the row"):
        load(single(3).assign(ds=[pd.Timestamp("2020-01-01"), pd.NaT, pd.Timestamp("2020-01-03")]))


def test_a_time_that_occurs_twice_names_both_lines(tmp_path):
    path = csv(tmp_path, "unique_id,ds,y\na,2020-01-01,1\na,2020-01-02,2\nb,2020-01-02,2\na,2020-01-02,3\n")
    text = (
        r"series 'a' has 2020-01-02 more than once: line 3 and line 5\. Every series may have one row per time\. Drop"
    )
    with pytest.raises(DataError, match=text):
        load(path)


def test_repeated_times_without_ids_point_at_the_id_flag():
    frame = pd.DataFrame({"ds": list(days(3)) * 2, "y": 1.0, "store": [1] * 3 + [2] * 3})
    with pytest.raises(DataError, match=r"more than once: row 0 .* and row 3 .* tells the series apart with --id COL"):
        load(frame)


def test_a_yearly_day_and_a_stray_saturday():
    assert load(pd.DataFrame({"when": [f"{y}-08-30" for y in range(2000, 2010)], "v": 1.0})).panel.freq == "YS-AUG"
    stray = pd.DataFrame({"when": [*days(60, freq="B"), pd.Timestamp("2020-02-08")], "v": 1.0})
    with pytest.raises(DataError, match=r"business days \(freq 'B'\)\): series 'v', 2020-02-08"):
        load(stray)
