"""Forecasts have the user's own column names, types and time zone, so that they join the user's table."""

from __future__ import annotations

import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.read import Columns, load, restored
from tests.fakes.tables import days


def forecast(frame, horizon=3, **columns):
    """Return a seasonal naive forecast of the next rows."""
    return ht.model("SeasonalNaive").fit(frame, horizon=horizon, jobs=1, **columns).predict()


def stores(kind="int64"):
    n = 21
    return pd.DataFrame({"Store": [1] * n + [2] * n, "Date": [*days(n), *days(n)], "Sales": range(2 * n)}).astype(
        {"Store": kind}
    )


@pytest.mark.parametrize("kind", ["int64", "int16", "uint8", "Int64"])
def test_whole_numbers_as_ids_come_back_as_whole_numbers(kind):
    frame = stores(kind)
    table = forecast(frame, id="Store", time="Date", target="Sales")
    assert list(table.columns) == ["Store", "Date", "SeasonalNaive"]
    assert table["Store"].tolist() == [1, 1, 1, 2, 2, 2] and table["Store"].dtype.kind in "iu"
    assert len(pd.concat([frame, frame.assign(Date=frame["Date"] + pd.Timedelta(days=21))]).merge(table)) == 6


@pytest.mark.parametrize(("label", "kind"), [("1 2", "int64"), ("01 02", ""), ("a b", ""), ("1.0 2.0", "")])
def test_ids_of_a_file_are_what_pandas_reads(tmp_path, label, kind):
    frame = stores().astype({"Store": object}).replace({"Store": dict(zip([1, 2], label.split(), strict=True))})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert load(tmp_path / "a.csv", Columns(id="Store")).given.id_type == kind


def test_text_ids_and_usual_names_stay():
    frame = stores().rename(columns={"Store": "unique_id", "Date": "ds", "Sales": "y"})
    assert list(forecast(frame.astype({"unique_id": str})).columns) == ["unique_id", "ds", "SeasonalNaive"]
    assert list(forecast(frame[frame["unique_id"] == 1][["ds", "y"]]).columns) == ["unique_id", "ds", "SeasonalNaive"]


def test_a_name_that_the_model_has_is_not_used_twice():
    frame = stores().rename(columns={"Store": "SeasonalNaive"})
    table = forecast(frame, id="SeasonalNaive", time="Date", target="Sales")
    assert list(table.columns) == ["unique_id", "ds", "SeasonalNaive"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize(("start", "freq"), [("2024-03-29", "h"), ("2024-03-20", "D"), ("2024-10-25", "h")])
def test_local_times_come_back_as_local_times(zone, start, freq):
    stamps = pd.date_range(start, periods=60, freq=freq, tz=zone)
    table = forecast(pd.DataFrame({"ds": stamps[:48], "y": range(48)}), horizon=12, season=12)
    assert (table["ds"].to_numpy() == stamps[48:].to_numpy()).all()
    assert str(table["ds"].dt.tz) == zone


def test_offsets_in_text_come_back():
    for text, zone in (("2024-01-01T{:02d}:00:00+01:00", "UTC+01:00"), ("2024-01-01 {:02d}:00Z", "UTC")):
        table = forecast(pd.DataFrame({"ds": [text.format(k) for k in range(24)], "y": range(24)}), season=1)
        assert str(table["ds"].dt.tz) == zone and table["ds"][0].isoformat().startswith("2024-01-02T00:00:00")
    mixed = pd.date_range("2024-03-30", periods=48, freq="h", tz="Europe/Berlin")
    loaded = load(pd.DataFrame({"ds": [t.isoformat() for t in mixed], "y": range(48)}), Columns())
    assert loaded.given.zone == "Europe/Berlin"
    assert any("from Europe/Berlin (+01:00 and +02:00) to UTC" in notice for notice in loaded.notices)
    assert restored(pd.DataFrame({"ds": days(1)}), loaded.given)["ds"][0] == pd.Timestamp("2020-01-01", tz="UTC")
