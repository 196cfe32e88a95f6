"""Times come back in the zone in which they were given, from forecasts and from boards."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import DataError
from tests.fakes.command_line import hybridts

OPTIONS: dict[str, Any] = {"horizon": 2, "windows": 2, "baselines": "none", "jobs": 1, "verbose": False}


def frame_at(freq, rows=60):
    """Return a frame over the change of clocks in spring, in local time."""
    ds = pd.date_range("2024-03-30", periods=rows, freq=freq, tz="Europe/Berlin")
    return pd.DataFrame({"ds": ds, "y": [float(k % 7) for k in range(rows)]})


@pytest.mark.parametrize("freq", ["D", "h"])
def test_forecasts_of_a_board_join_the_table_of_the_user(freq, tmp_path):
    df = frame_at(freq)
    board = ht.backtest(df, "Naive", out=tmp_path / "run", **OPTIONS)
    joined = board.forecasts.merge(df.rename(columns={"y": "mine"}), on="ds")
    assert len(joined) == 4 and (joined["y"] == joined["mine"]).all()
    assert board.forecasts["cutoff"].isin(df["ds"]).all()
    assert ht.load_board(tmp_path / "run").forecasts.equals(board.forecasts)
    ahead = ht.model("Naive").fit(df, horizon=1).predict()["ds"]
    assert ahead.iloc[0] == df["ds"].iloc[-1] + pd.tseries.frequencies.to_offset(freq)


def test_cutoffs_of_hours_are_told_in_local_time(tmp_path):
    manifest = ht.backtest(frame_at("h"), "Naive", **OPTIONS).run.manifest
    assert [window["cutoff"] for window in manifest["windows"]] == [
        "2024-04-01 08:00:00+02:00",
        "2024-04-01 10:00:00+02:00",
    ]
    assert [w["cutoff"] for w in ht.backtest(frame_at("D"), "Naive", **OPTIONS).run.manifest["windows"]] == [
        "2024-05-24",
        "2024-05-26",
    ]


def test_months_of_weeks_are_refused_with_what_to_do():
    ends = pd.Timestamp("2020-12-27") + pd.to_timedelta([7 * w for w in _weeks()], unit="D")
    frame = pd.DataFrame({"ds": ends, "y": range(len(ends))})
    with pytest.raises(DataError, match=r"months of 4-4-5 weeks: number them 1, 2, 3 .* --season 12"):
        ht.backtest(frame, "Naive", **OPTIONS)


def _weeks():
    total = 0
    for k in range(36):
        total += 5 if k % 3 == 2 else 4
        yield total


# -- offsets in text ----------------------------------------------------------------------------------------------
def written(df):
    """Return a frame with its times as a CSV holds them: local, with one offset in winter and another in summer."""
    return df.assign(ds=df["ds"].astype(str))


@pytest.mark.parametrize("freq", ["D", "h"])
def test_forecasts_join_a_file_that_holds_two_offsets(freq, tmp_path):
    df = written(frame_at(freq))
    df.to_csv(tmp_path / "local.csv", index=False)
    board = ht.backtest(tmp_path / "local.csv", "Naive", out=tmp_path / "run", **OPTIONS)
    shown = board.forecasts.assign(ds=board.forecasts["ds"].astype(str))
    joined = shown.merge(df.rename(columns={"y": "mine"}), on="ds")
    assert len(joined) == 4 and (joined["y"] == joined["mine"]).all()
    ahead = ht.model("Naive").fit(tmp_path / "local.csv", horizon=1).predict()["ds"].iloc[0]
    assert str(ahead) == str(frame_at(freq, rows=61)["ds"].iloc[-1])


def test_a_stored_table_of_forecasts_holds_local_times(tmp_path):
    df = frame_at("h")
    ht.backtest(df, "Naive", out=tmp_path, **OPTIONS)
    for name in ("forecasts", "cells"):
        cutoffs = pd.read_parquet(tmp_path / f"{name}.parquet")["cutoff"]
        assert cutoffs.isin(df["ds"]).all() and str(cutoffs.dtype) == "datetime64[ns, Europe/Berlin]"


def test_errors_and_residuals_of_a_board_are_in_local_time():
    df = frame_at("h")
    board = ht.backtest(df, "Naive", **OPTIONS)
    assert board.errors["cutoff"].isin(df["ds"]).all()
    assert board.residuals("Naive")["ds"].isin(df["ds"]).all()


def test_offsets_that_no_zone_has_are_told():
    df = written(frame_at("h"))
    df.loc[3, "ds"] = df.loc[3, "ds"].replace("03:00:00+01:00", "05:00:00+03:00")
    model = ht.model("Naive").fit(df, horizon=1)
    assert "for no time zone has them all" in " ".join(model.loaded.notices)
    assert str(model.predict()["ds"].dt.tz) == "UTC"
    days = pd.DataFrame({"ds": ["2024-01-01T00:00+01:00", "2024-01-02T00:00+07:00"] * 2, "y": [1.0] * 4})
    days["ds"] = [f"2024-01-0{k + 1}T00:00+0{1 + k}:00" for k in range(4)]
    model = ht.model("Naive").fit(days, horizon=1)
    assert "no time zone has them all" in " ".join(model.loaded.notices)
    assert model.predict()["ds"].tolist() == [pd.Timestamp("2024-01-05")]


def test_the_report_draws_local_times(tmp_path):
    board = ht.backtest(frame_at("h"), "Naive, Drift", **OPTIONS)
    board.report(tmp_path, ["html", "svg"])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "2024-04-01 09:00:00" in page and "2024-04-01 07:00:00" not in page  # the first forecast
    assert board.plot("cutoffs") is not None and board.plot("forecasts") is not None


def test_messages_and_inspect_show_local_times(tmp_path):
    df = written(frame_at("h"))
    df.drop(index=[5]).to_csv(tmp_path / "hole.csv", index=False)
    shown = hybridts("inspect", tmp_path / "hole.csv").stdout
    assert "2024-03-30 00:00:00+01:00 to 2024-04-01 12:00:00+02:00" in shown
    assert "after 2024-03-30 04:00:00+01:00" in shown


def test_a_zone_without_a_name_comes_back_by_its_offsets():
    from dateutil.tz import tzoffset  # type: ignore[import-untyped]

    ds = pd.date_range("2024-03-30", periods=30, freq="h").tz_localize(tzoffset(None, 3600))
    frame = pd.DataFrame({"ds": ds, "y": range(30)})
    ahead = ht.model("Naive").fit(frame, horizon=1).predict()["ds"]
    assert ahead.iloc[0] == ds[-1] + pd.Timedelta(hours=1) and str(ahead.iloc[0]).endswith("+01:00")


# -- ids ----------------------------------------------------------------------------------------------------------
def test_whole_numbers_as_ids_come_back_as_whole_numbers(tmp_path):
    days = pd.date_range("2024-01-01", periods=30)
    frame = pd.DataFrame(
        [(s, d, s + d.day_of_year % 7) for s in (2, 10) for d in days], columns=["Store", "Date", "Sales"]
    )
    frame.to_csv(tmp_path / "stores.csv", index=False)
    for data in (frame, tmp_path / "stores.csv"):
        board = ht.backtest(data, "Naive", id="Store", time="Date", target="Sales", out=tmp_path / "run", **OPTIONS)
        for table in (board.forecasts, board.errors, board.residuals("Naive")):
            assert table["unique_id"].dtype == "int64" and set(table["unique_id"]) == {2, 10}
        joined = board.forecasts.merge(frame, left_on=["unique_id", "ds"], right_on=["Store", "Date"])
        assert len(joined) == 8 and (joined["y"] == joined["Sales"]).all()
