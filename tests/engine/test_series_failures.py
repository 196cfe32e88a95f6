"""A bad series fails alone: it is named where it has no forecast, and the other series are unchanged."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.audit import run_names
from hybridts.data.new_rows import with_future
from hybridts.data.panel import Panel
from hybridts.data.read import Columns
from hybridts.errors import DataError, StageFailure
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry
from tests.fakes.frames import frame_of
from tests.fakes.panels import origins_at, panel_of

LOG: dict[str, dict[str, Any]] = {"ARIMA": {"transform": "log", "order": [1, 1, 0]}, "XGBoost": {"trees": 3}}
NAMES = ["ARIMA", "ARIMA-XGBoost", "ARIMA-Auto-ARIMA", "ARIMA + Naive"]


def positive(bad_row=None, rows=60):
    """Return three positive series; the second has a zero at `bad_row`."""
    frame = frame_of((rows,) * 3)
    frame["y"] = np.exp(frame["y"] / frame["y"].abs().max())
    if bad_row is not None:
        frame.loc[rows + bad_row, "y"] = 0.0
    return frame


def board_of(frame, names=NAMES, **changed):
    arguments = {"horizon": 4, "windows": 3, "settings": LOG, "jobs": 1, "baselines": "none", **changed}
    return ht.backtest(frame, names, **arguments)


def test_a_value_outside_the_domain_after_the_fit_fails_one_series_in_the_windows_that_saw_it():
    board = board_of(positive(bad_row=50), refit=False)  # cutoffs after rows 47, 51 and 55
    failures = board.run.failures
    assert set(failures["model"]) == set(NAMES)
    for name in NAMES:
        mine = failures[failures["model"] == name]
        assert list(zip(mine["window"], mine["unique_id"], strict=True)) == [(1, "s1"), (2, "s1")]
    message = failures["message"].iloc[0]
    assert "'s1'" in message and "0 at 2019-03-01" in message and "set transform: none" in message
    table = board.table.set_index("model")
    assert (table["status"] == "partial").all() and (table["cells"] == 7).all()


def test_the_other_series_are_forecast_as_if_the_bad_one_were_fine():
    good, bad = board_of(positive(), refit=False), board_of(positive(bad_row=50), refit=False)
    keys = ["unique_id", "ds", "cutoff"]
    merged = bad.forecasts.merge(good.forecasts, on=keys, suffixes=("", "_good"))
    merged = merged[(merged["unique_id"] != "s1") | (merged["cutoff"] < "2019-02-02")]
    for name in ("ARIMA", "ARIMA + Naive"):
        np.testing.assert_array_equal(merged[name], merged[f"{name}_good"])


def test_a_bad_value_in_a_fold_removes_the_rows_of_that_series():
    board = board_of(positive(bad_row=40), refit=True)
    failures = board.run.failures
    assert set(failures["unique_id"]) == {"s1"} and set(failures["window"]) == {0, 1, 2}
    table = board.table.set_index("model")
    assert (table.loc[NAMES, "cells"] == 6).all()


def with_columns(holes=()) -> Panel:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 1))
    y = 20 + 3 * x[:, 0] + 0.3 * rng.normal(size=120)
    for row in holes:
        x[row, 0] = np.nan
    return panel_of(y[:60], y[60:], season=4, future=x, columns={"future": ("promo",)})


def test_a_missing_known_future_value_fails_one_series_and_every_name_on_it():
    names = ["ARIMA", "ARIMA-XGBoost"]
    recipes = [parse(name, registry(), {"XGBoost": {"trees": 3}} if "XG" in name else None) for name in names]
    cutoff = np.array([45, 45])
    origins = origins_at((0, 45), (0, 50), (1, 45), (1, 50))
    whole = run_names(recipes, registry(), with_columns(), cutoff, origins)
    holed = run_names(recipes, registry(), with_columns(holes=[60 + 54]), cutoff, origins)
    assert not holed.failed
    for name in names:
        assert np.isnan(holed.forecast[name][3]).all()
        np.testing.assert_array_equal(holed.forecast["ARIMA"][:3], whole.forecast["ARIMA"][:3])
        assert np.isfinite(holed.forecast[name][:3]).all()


class Silent:
    """Has no forecast for one series, without a reason."""

    notes: dict[str, object] = {}  # noqa: RUF012
    failures: dict[str, str] = {}  # noqa: RUF012

    def fit(self, panel, horizon, gap, seed):
        self.horizon = horizon
        return self

    def forecast(self, panel, origins):
        answer = np.ones((len(origins), self.horizon))
        answer[origins.series == 1] = np.nan
        return answer


class Picky(Silent):
    """Cannot be fitted on one series."""

    failures: dict[str, str] = {"s1": "Series 's1': it is not supported; remove it"}  # noqa: RUF012


def test_a_missing_forecast_without_a_reason_fails_the_model(own_registry):
    ht.register_forecaster("Silent", Silent)
    board = board_of(positive(), ["Silent", "ARIMA"])
    table = board.table.set_index("model")
    assert table.loc["Silent", "status"] == "failed" and "not finite on 1 series" in table.loc["Silent", "reason"]
    assert table.loc["ARIMA", "status"] == "complete"


# -- one name on all data -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ARIMA", "ARIMA-XGBoost", "ARIMA + Naive"])
def test_predict_warns_of_a_series_without_a_forecast(name):
    fitted = ht.model(name, {k: v for k, v in LOG.items() if k in name}).fit(positive(bad_row=20), 4, jobs=1)
    assert list(fitted.failures) == ["s1"] and "needs positive values" in fitted.failures["s1"]
    with pytest.warns(UserWarning, match=r"1 of 3 series have no forecast.*'s1'.*set transform: none") as caught:
        answer = fitted.predict()
    assert caught[0].filename == __file__
    missing = answer.set_index("unique_id")[name].isna()
    assert missing["s1"].all() and not missing[["s0", "s2"]].any().any()


def test_the_warning_names_the_first_few_of_many():
    frame = pd.concat([positive(bad_row=20).assign(unique_id=lambda f, k=k: f["unique_id"] + f"-{k}") for k in "abcde"])
    fitted = ht.model("ARIMA", {"ARIMA": LOG["ARIMA"]}).fit(frame, 4, jobs=1)
    with pytest.warns(UserWarning, match=r"5 of 15 series.*'s1-a'.*'s1-b'.*'s1-c'.*And 2 more") as caught:
        fitted.predict()
    assert "s1-d" not in str(caught[0].message)


def test_predict_is_quiet_where_every_series_has_a_forecast():
    fitted = ht.model("ARIMA", {"ARIMA": LOG["ARIMA"]}).fit(positive(), 4, jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict()
    assert fitted.failures == {}


def test_no_forecast_at_all_is_a_failure(own_registry):
    ht.register_forecaster("Picky", Picky)
    frame = positive(bad_row=20)
    frame = frame[frame["unique_id"] != "s2"]
    frame["unique_id"] = frame["unique_id"].map({"s0": "s1", "s1": "s0"})
    frame = frame.sort_values(["unique_id", "ds"])  # the zero is in s0 now
    fitted = ht.model("ARIMA + Picky", {"ARIMA": LOG["ARIMA"]}).fit(frame, 4, jobs=1)
    assert set(fitted.failures) == {"s0", "s1"}
    with pytest.raises(StageFailure, match="no series has a forecast"):
        fitted.predict()


def test_a_known_future_value_that_is_missing_can_still_be_given():
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=46, freq="D")
    x = rng.normal(size=46)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "promo": x, "y": 10 + 3 * x + 0.3 * rng.normal(size=46)})
    fitted = ht.model("ARIMA").fit(frame[:40], 6, columns=Columns(future=("promo",)), jobs=1)
    later = frame[40:].drop(columns="y")
    panel = with_future(fitted.loaded.panel, fitted.roles, later).panel
    panel.future[-2] = np.nan
    with pytest.raises(DataError, match=r"'promo' has no value at 2024-02-14.*Give the value"):
        replace(fitted, loaded=replace(fitted.loaded, panel=panel)).predict()
    assert np.isfinite(fitted.predict(future=later)["ARIMA"]).all()
