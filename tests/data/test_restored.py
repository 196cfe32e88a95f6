"""Forecasts have the user's own column names, types and time zone, so that they join the user's table."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.read import Columns, load, restored
from hybridts.errors import DataError
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


def test_categories_that_are_whole_numbers_come_back_as_whole_numbers():
    frame = stores().astype({"Store": "category"})
    table = forecast(frame, id="Store", time="Date", target="Sales")
    assert table["Store"].dtype == "int64" and table["Store"].tolist() == [1, 1, 1, 2, 2, 2]


def test_a_new_series_named_by_a_word_keeps_its_name():
    model = ht.model("SeasonalNaive").fit(stores(), horizon=1, id="Store", time="Date", target="Sales", jobs=1)
    more = stores().assign(Store="new")[:21]
    table = model.update(more, "refit", jobs=1).predict()
    assert table["Store"].tolist() == ["1", "2", "new"]


def test_new_rows_are_read_as_the_data_were_written():
    days = pd.date_range("2024-01-10", periods=30)
    fitted = pd.DataFrame({"ds": days.strftime("%d.%m.%Y"), "y": np.arange(30.0), "promo": 0})
    model = ht.model("Naive").fit(fitted, horizon=2, future=["promo"], season=1)
    ahead = pd.DataFrame({"ds": ["09.02.2024", "10.02.2024"], "promo": [0, 1]})  # alone, month first fits too
    table = model.predict(ahead)
    assert table["ds"].tolist() == [pd.Timestamp("2024-02-09"), pd.Timestamp("2024-02-10")]
    real = model.predict(ahead.assign(ds=[pd.Timestamp("2024-02-09"), pd.Timestamp("2024-02-10")]))
    assert real.equals(table)


@pytest.mark.parametrize("given", ["local", "utc", "naive"])
def test_known_future_times_are_those_of_the_fitted_zone(given):
    """Shifted by the offset, the covariate would come from another hour without a word."""
    clock = pd.date_range("2024-03-30", periods=62, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"ds": clock[:58].astype(str), "y": np.arange(58.0) % 24, "x": np.arange(58.0)})
    model = ht.model("Naive").fit(frame, horizon=2, future=["x"], season=1)
    ds = {"local": clock[58:], "utc": clock[58:].tz_convert("UTC"), "naive": clock[58:].tz_localize(None)}[given]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        panel = model._panel(pd.DataFrame({"ds": ds, "x": np.arange(58.0, 62.0)}), None)[0]
    assert panel.future[-4:, 0].tolist() == [58, 59, 60, 61]
    assert [("local time of Europe/Berlin" in str(w.message)) for w in told] == [True] * (given == "naive")


def test_new_rows_in_a_doubled_hour_need_offsets():
    clock = pd.date_range("2024-10-26", periods=26, freq="h", tz="Europe/Berlin")
    model = ht.model("Naive").fit(pd.DataFrame({"ds": clock, "y": range(26)}), horizon=2, season=1)
    more = pd.DataFrame({"ds": ["2024-10-27 02:00:00"], "y": [1.0]})
    with pytest.raises(DataError, match=r"02:00:00 in row 0 .* shows it twice or never.*offsets"):
        model.predict(new_rows=more)


def test_days_that_are_midnights_in_utc_continue_local_days():
    days = pd.date_range("2024-03-20", periods=22, tz="Europe/Berlin")
    frame = pd.DataFrame({"ds": days[:20], "y": np.arange(20.0), "x": np.arange(20.0)})
    model = ht.model("Naive").fit(frame, horizon=2, future=["x"], season=1)
    table = model.predict(pd.DataFrame({"ds": days[20:].tz_convert("UTC"), "x": [1.0, 2.0]}))
    assert table["ds"].tolist() == days[20:].tolist()


def test_a_model_without_a_zone_takes_the_clock_of_new_rows():
    hours = pd.date_range("2024-05-01", periods=30, freq="h")
    model = ht.model("Naive").fit(pd.DataFrame({"ds": hours[:28], "y": np.arange(28.0)}), horizon=1, season=1)
    more = pd.DataFrame({"ds": hours[28:].tz_localize("Europe/Berlin"), "y": [5.0, 6.0]})
    assert model.predict(new_rows=more)["ds"].tolist() == [pd.Timestamp("2024-05-02 06:00")]
