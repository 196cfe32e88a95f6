"""The values of the page's charts: packed numbers, the choice of forecasts, means of errors, spans of windows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hybridts.evaluation.breakdown import group_table, horizon_table
from hybridts.evaluation.leaderboard import Evaluation, board
from hybridts.report import figures_of, forecast_paths, report_of
from hybridts.report.chart_values import LEVELS, evenly, packed
from hybridts.report.equal_names import equal_names
from hybridts.report.error_views import views_of
from hybridts.report.forecast_paths import chosen_paths, paths_chart
from hybridts.report.medium import Medium
from hybridts.report.window_spans import window_spans
from tests.fakes.stored_run import FIVE, Fake, fake_run, many


def unpacked(block, width):
    """Decode as page/core.js does."""
    levels = np.frombuffer(base64.b64decode(block["levels"]), "<u2").reshape(-1, width).astype(float)
    low, high = (np.array(block[edge], dtype=float)[:, None] for edge in ("low", "high"))
    return np.where(levels == LEVELS + 1, np.nan, low + levels * (high - low) / LEVELS)


@given(arrays.arrays(float, (3, 5), elements=st.floats(-1e6, 1e6) | st.just(np.nan)))
def test_packed_values_come_back_within_a_level(values):
    found = unpacked(packed(values), 5)
    known = np.isfinite(values)
    assert np.array_equal(np.isfinite(found), known)
    size = np.where(known, np.abs(values), 0).max(axis=1, keepdims=True)
    width = np.nan_to_num(np.where(known, values, -np.inf).max(1) - np.where(known, values, np.inf).min(1), neginf=0.0)
    assert np.all(np.abs(found - values)[known] <= (width[:, None] / LEVELS + 2e-6 * size + 1e-6).repeat(5, 1)[known])


def test_evenly_spaced_places_hold_both_ends():
    assert evenly(3, 5) == [0, 1, 2] and evenly(100, 1) == [50]
    assert evenly(366, 50)[0] == 0 and evenly(366, 50)[-1] == 365 and len(evenly(366, 50)) == 50


def test_names_with_equal_forecasts_are_one_group_led_by_the_simplest(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("LSTM-RF", "ARIMA-RF", "ARIMA-SVM", "ARIMA", "Naive")))
    rows = run.forecasts.copy()
    for hybrid in ("LSTM-RF", "LSTM"):
        rows.loc[rows["model"] == hybrid, "yhat"] = rows["y"] + 1.0
    for hybrid in ("ARIMA-SVM", "ARIMA"):
        rows.loc[rows["model"] == hybrid, "yhat"] = rows["y"] + 2.0
    evaluation = Evaluation(replace(run, forecasts=rows))
    groups = {g.lead: g for g in equal_names(evaluation, evaluation.shown)}
    assert set(groups) == {"LSTM-RF", "ARIMA-RF", "ARIMA", "Naive"}
    assert groups["LSTM-RF"].author == "LSTM" and groups["LSTM-RF"].borrowed  # the part is no row
    assert groups["ARIMA"].names == ("ARIMA", "ARIMA-SVM") and not groups["ARIMA"].borrowed


def test_the_page_holds_the_forecasts_of_the_run(tmp_path):
    evaluation = Evaluation(fake_run(tmp_path / "r", Fake(windows=4)))
    paths = chosen_paths(evaluation, board(evaluation))
    assert paths.rule == "" and set(paths.names) == set(FIVE) and paths.windows == [0, 1, 2, 3]
    chart: Any = paths_chart(evaluation, paths, [])
    decoded = unpacked(chart["forecast"], 4 * 6).reshape(5, 2, 4, 6)
    rows = evaluation.run.forecasts
    for name, uid, window in (("LSTM", "south", 2), ("Naive", "north", 0)):
        own = rows[(rows["model"] == name) & (rows["unique_id"] == uid) & (rows["window"] == window)]
        found = decoded[paths.names.index(name), paths.series.index(uid), window]
        assert found == pytest.approx(own["yhat"].to_numpy(), rel=1e-3)
        times = chart["at"][0][window]
        assert [chart["times"][t] for t in times] == [str(t)[:10] for t in own["ds"]]
    assert json.dumps(chart)


def test_a_large_run_is_thinned_by_rule_and_says_so(tmp_path, monkeypatch):
    evaluation = Evaluation(fake_run(tmp_path / "r", Fake(series=tuple("abcdefghij"), windows=4)))
    table = board(evaluation)
    monkeypatch.setattr(forecast_paths, "VALUES", 5 * 4 * 6 * 3)
    paths = chosen_paths(evaluation, table)
    assert len(paths.series) == 3 and len(paths.windows) == 4
    assert "it holds 3 of 10 series, evenly spaced from easy to hard" in paths.rule
    monkeypatch.setattr(forecast_paths, "VALUES", 5 * 6 * 2)
    paths = chosen_paths(evaluation, table)
    assert len(paths.series) == 1 and paths.windows == [2, 3] and "2 of 4 windows, the newest" in paths.rule
    figure = next(f for f in figures_of(report_of(evaluation.run)) if f.name == "forecasts")
    assert paths.rule in figure.caption


def test_intervals_of_a_run_are_on_the_page(tmp_path):
    run = fake_run(tmp_path / "r")
    rows = run.forecasts.copy()
    own = rows["model"] == "LSTM"
    rows["q0.1"], rows["q0.9"] = rows["yhat"] - 2.0, rows["yhat"] + 3.0
    rows.loc[~own, ["q0.1", "q0.9"]] = np.nan
    evaluation = Evaluation(replace(run, forecasts=rows))
    paths = chosen_paths(evaluation, board(evaluation))
    chart: Any = paths_chart(evaluation, paths, [])
    (level,) = chart["intervals"]
    assert level["level"] == 80.0 and level["names"] == ["LSTM"]
    gap = unpacked(level["hi"], 18) - unpacked(level["lo"], 18)
    assert np.nanmax(np.abs(gap - 5.0)) < 0.05


def test_means_of_errors_equal_those_of_the_evaluation(tmp_path):
    evaluation = Evaluation(fake_run(tmp_path / "r", Fake(windows=4)))
    views: Any = views_of(evaluation, board(evaluation), ["LSTM"])
    found = dict(zip(views["names"], views["views"]["step"]["rows"], strict=True))
    steps = horizon_table(evaluation).pivot(index="model", columns="step", values="MASE")
    windows = group_table(evaluation, "window").pivot(index="model", columns="window", values="MASE")
    by_window = dict(zip(views["names"], views["views"]["window"]["rows"], strict=True))
    for name in FIVE:
        assert found[name] == pytest.approx(steps.loc[name].to_numpy(), rel=1e-3)
        assert by_window[name] == pytest.approx(windows.loc[name].to_numpy(), rel=1e-3)
    assert set(views["views"]) == {"step", "window", "series", "month"}


def test_hours_and_weekdays_are_views_of_hourly_data(tmp_path):
    run = fake_run(tmp_path / "r", Fake(windows=2, horizon=24, step=24))
    rows = run.forecasts.copy()
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(24 * rows["window"], "h")
    rows["cutoff"], rows["ds"] = start, start + pd.to_timedelta(rows["step"], "h")
    rows["yhat"] = rows["y"] + rows["ds"].dt.hour  # the error is the hour, in units of the data
    scale = run.cells.assign(mase_scale=1.0)
    evaluation = Evaluation(replace(run, forecasts=rows, cells=scale))
    every: Any = views_of(evaluation, board(evaluation), [])
    views = every["views"]
    assert views["hour"]["labels"] == [str(h) for h in range(24)]
    assert views["hour"]["rows"][0] == pytest.approx(range(24), abs=0.01)
    assert views["weekday"]["labels"] == ["0", "1", "2"]


def test_spans_of_windows_count_back_from_the_cutoff(tmp_path):
    spans = window_spans(Evaluation(fake_run(tmp_path / "r")))
    assert [span.window for span in spans] == [0, 1, 2]
    assert str(spans[0].cutoff)[:10] == "2020-01-31" and str(spans[0].first)[:10] == "2015-02-28"
    assert str(spans[0].start)[:10] == "2020-02-29" and str(spans[0].end)[:10] == "2020-07-31"


def test_importances_and_training_are_drawn_where_a_run_stores_them(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=tuple(many(20))))
    plain = {f.name for f in figures_of(report_of(run))}
    assert not {"importances", "training"} & plain
    notes = {
        "importances": {"lag_1": 3.0, "lag_2": 1.0},
        "curve": [2.0, 1.0, 0.5],
        "parameters": 9,
        "steps": 30,
        "rows": 5,
    }
    full = replace(run, stages=run.stages.assign(notes=json.dumps(notes)))
    figures = {f.name: f for f in figures_of(report_of(full))}
    charts: Any = {name: figure.chart() for name, figure in figures.items() if figure.chart is not None}
    assert charts["importances"]["values"][0] == [0.75, 0.25]
    assert charts["training"]["steps"][0] == [10, 20, 30]
    assert all(f.draw(Medium("svg")).startswith(b"<?xml") for f in figures.values())
