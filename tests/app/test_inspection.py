"""What `hybridts inspect` says: decisions, season with evidence, what looks wrong, and a command that runs."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.app.inspection import closed_days, inspect
from hybridts.app.inspection_page import write_page
from hybridts.data.read import Columns, load
from hybridts.data.season_test import season_tests
from hybridts.errors import UserError
from tests.fakes.command_line import hybridts
from tests.fakes.tables import days


def wave(n, season, noise=0.1, seed=0):
    """Return n values of a cycle with noise."""
    return np.sin(2 * np.pi * np.arange(n) / season) * 10 + np.random.default_rng(seed).normal(0, noise, n) + 50


def store(n=140):
    """Return daily sales that are zero on Sundays."""
    dates = days(n, start="2024-01-01")
    return pd.DataFrame({"ds": dates, "y": np.where(dates.day_of_week == 6, 0.0, 20.0 + np.arange(n) % 7)})


@pytest.mark.parametrize("season", [4, 7, 12, 24, 52])
def test_integer_time_gets_the_season_that_its_values_show(season):
    found = inspect(load(pd.DataFrame({"ds": np.arange(10 * season), "y": wave(10 * season, season)})), "x.csv", {})
    assert f"--season {season} " in found.command and found.season == 1
    assert any(f"the values repeat every {season} rows: give --season {season}." in text for text in found.decisions)


def test_noise_shows_no_season():
    noise = np.random.default_rng(0).normal(size=400)
    found = inspect(load(pd.DataFrame({"ds": np.arange(400), "y": noise})), "x.csv", {})
    assert not any("repeat" in text for text in found.decisions) and "--season" not in found.command
    monthly = inspect(load(pd.DataFrame({"ds": days(400, freq="MS"), "y": noise})), "x.csv", {})
    assert "no series shows the season 12 of the frequency; --season 1 leaves it out." in monthly.warnings


def test_every_cycle_of_the_frequency_is_tested():
    panel = load(pd.DataFrame({"ds": days(24 * 40, freq="h"), "y": wave(24 * 40, 24)})).panel
    tests = season_tests(panel)
    assert [test.season for test in tests] == [24, 168]
    assert tests[0].autocorrelation > 0.9 and (tests[0].significant, tests[0].tested) == (1, 1)


def test_closed_days_are_told():
    loaded = load(store())
    assert closed_days(loaded.panel) == ["Sunday"]
    assert "the values are zero on nearly every Sunday: closed days." in inspect(loaded, "x.csv", {}).warnings
    assert closed_days(load(store().assign(y=0.0)).panel) == []


def test_what_looks_wrong_is_named():
    frame = pd.concat([store().assign(unique_id=name) for name in "abcd"])
    frame.loc[frame["unique_id"] == "b", "y"] = 3.0
    frame.loc[(frame["unique_id"] == "c") & (frame["ds"].dt.day % 2 == 0), "y"] = np.nan
    frame.iloc[3, frame.columns.get_loc("y")] = 1e9
    warnings = " ".join(inspect(load(frame), "x.csv", {}).warnings)
    assert "1 series of one value (first 'b'): nothing to forecast." in warnings
    assert "1 series with more than 30 % missing (first 'c')." in warnings
    assert "1 values lie more than 100 times the usual distance from the median" in warnings


def test_decisions_and_roles_are_listed():
    frame = store().rename(columns={"ds": "day", "y": "sold"}).assign(price=1.0, note=2.0)
    found = inspect(
        load(frame, Columns(target=("sold",), past=("price",))), "x.csv", {"target": ["sold"], "past": ["price"]}
    )
    assert found.columns == {"time": ("day",), "target": ("sold",), "past": ("price",)}
    assert any(text.startswith("not used: 'note'") for text in found.decisions)
    assert "--target sold --past price" in found.command


def test_the_page_draws_every_series_and_escapes_names(tmp_path):
    frame = pd.concat([store().assign(unique_id=name) for name in ("a", "<script>", "b" * 200)])
    frame.loc[frame.index[5:9], "y"] = np.nan
    loaded = load(frame)
    write_page(inspect(loaded, "x.csv", {}), loaded.panel, tmp_path / "p.html")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == 3 and page.count("<polyline") == 6
    assert "<script>" not in page and "&lt;script&gt;" in page
    with pytest.raises(UserError, match="cannot be written"):
        write_page(inspect(loaded, "x.csv", {}), loaded.panel, tmp_path / "p.html" / "q.html")


def test_the_proposed_command_runs(tmp_path):
    store(70).to_csv(tmp_path / "my data.csv", index=False)
    text = hybridts("inspect", "my data.csv", "--html", "page.html", cwd=tmp_path)
    assert text.returncode == 0, text.stderr
    assert (tmp_path / "page.html").is_file()
    found = json.loads(hybridts("inspect", "my data.csv", "--json", cwd=tmp_path).stdout)
    words = shlex.split(found["command"])
    assert words[:3] == ["hybridts", "backtest", "my data.csv"] and found["command"] in text.stdout
    plan = hybridts(*words[1:], "--plan", cwd=tmp_path)
    assert plan.returncode == 0, plan.stderr
    (tmp_path / "german.csv").write_text("date;v\n" + "".join(f"2023-01-{d:02d};1.{d + 100}\n" for d in range(1, 29)))
    said = json.loads(hybridts("inspect", "german.csv", "--thousands", ".", "--json", cwd=tmp_path).stdout)
    assert said["values"]["largest"] == 1128 and "--thousands ." in said["command"]
    wrong = hybridts("inspect", "my data.csv", "--target", "nothing", cwd=tmp_path)
    assert wrong.returncode == 2 and "there is no column 'nothing'" in wrong.stderr


# -- files that a newcomer has ------------------------------------------------------------------------------------
def test_a_year_of_whole_numbered_weeks_is_proposed(tmp_path):
    rng = np.random.default_rng(0)
    week = np.arange(1, 261)
    demand = 100 + 20 * np.sin(2 * np.pi * week / 52) + rng.normal(0, 2, 260)
    pd.DataFrame({"week": week, "demand": demand}).to_csv(tmp_path / "w.csv", index=False)
    shown = hybridts("inspect", tmp_path / "w.csv").stdout
    assert "the values repeat every 52 rows: give --season 52." in shown and "--season 52 --models" in shown


def test_missing_sundays_are_told(tmp_path):
    days = pd.date_range("2024-01-01", periods=60)
    frame = pd.DataFrame({"ds": days, "y": [100 + k % 7 for k in range(60)]})
    frame[days.weekday != 6].to_csv(tmp_path / "open.csv", index=False)
    shown = hybridts("inspect", tmp_path / "open.csv").stdout
    assert "there is no value on nearly every Sunday: closed days." in shown and "--fill-future zero" in shown


def test_the_hour_that_clocks_skip_is_told(tmp_path):
    hours = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin").tz_localize(None)
    pd.DataFrame({"ds": hours, "y": range(60)}).to_csv(tmp_path / "spring.csv", index=False)
    assert "It looks like the hour that clocks skip in spring" in hybridts("inspect", tmp_path / "spring.csv").stdout


def test_a_daily_time_of_day_over_a_change_of_clocks_is_one_series_of_days(tmp_path):
    days = pd.date_range("2024-03-20", periods=30, tz="Europe/Berlin")
    times = [day.replace(hour=6) for day in days]
    pd.DataFrame({"ds": times, "y": range(30)}).to_csv(tmp_path / "six.csv", index=False)
    shown = hybridts("inspect", tmp_path / "six.csv").stdout
    assert "2024-03-20 06:00:00 to 2024-04-18 06:00:00, daily" in shown
    model = ht.model("Naive").fit(tmp_path / "six.csv", horizon=1, season=1)
    assert str(model.predict()["ds"].iloc[0]) == "2024-04-19 06:00:00+02:00"


def test_local_midnights_in_utc_are_refused_with_what_to_write(tmp_path):
    days = pd.date_range("2024-03-20", periods=30, tz="Europe/Berlin").tz_convert("UTC")
    pd.DataFrame({"ds": days.strftime("%Y-%m-%dT%H:%M:%SZ"), "y": range(30)}).to_csv(tmp_path / "utc.csv", index=False)
    refused = hybridts("inspect", tmp_path / "utc.csv")
    assert refused.returncode == 2 and "write the local dates, such as 2024-03-31" in refused.stderr
    assert "--regularise" not in refused.stderr  # which would merge them into wrong days


def test_a_title_above_the_names_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("Sales of 2023,\nday,sales\n2023-01-01,5\n2023-01-02,6\n2023-01-03,7\n")
    refused = hybridts("inspect", tmp_path / "a.csv")
    assert "line 1 (Sales of 2023) looks like a title" in refused.stderr and "--header 2 to use" in refused.stderr
    assert "sales" in hybridts("inspect", tmp_path / "a.csv", "--header", "2").stdout
