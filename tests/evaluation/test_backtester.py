"""A backtest evaluates every name and gives the same numbers for any number of workers and any order of names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import BadSetting, DataError, StoreError, UnknownName
from tests.fakes.frames import TINY, frame_of

NAMES = ["ARIMA", "MLP-XGBoost", "ARIMA + MLP"]


def run(frame=None, models=NAMES, **changed):
    arguments = {"horizon": 4, "windows": 2, "settings": TINY, "jobs": 1, "baselines": "cheap", **changed}
    return ht.backtest(frame_of() if frame is None else frame, models, **arguments)


@pytest.fixture(scope="module")
def board():
    return run()


def test_the_table_holds_every_name_and_the_baselines_best_first(board):
    table = board.table
    assert set(table["model"]) == {*NAMES, "Naive", "SeasonalNaive", "Drift", "Theta"}
    assert table["MASE"].is_monotonic_increasing
    assert (table["status"] == "complete").all()
    assert table["cells"].eq(6).all()


def test_mase_is_what_a_reader_would_compute_by_hand(board):
    frame = frame_of()
    rows = board.forecasts[board.forecasts["unique_id"] == "s0"]
    errors = []
    for cutoff, part in rows.groupby("cutoff"):
        past = frame[(frame["unique_id"] == "s0") & (frame["ds"] <= cutoff)]["y"].to_numpy()
        scale = np.abs(past[12:] - past[:-12]).mean()
        errors.append(np.abs(part["y"] - part["ARIMA"]).mean() / scale)
    cells = ht.load_board(board.path).run
    assert cells.cells["mase_scale"].gt(0).all()
    from hybridts.evaluation.metrics import score

    scored = score(cells.forecasts, cells.cells)
    mine = scored[(scored["model"] == "ARIMA") & (scored["unique_id"] == "s0")].sort_values("window")["MASE"]
    assert mine.to_list() == pytest.approx(errors)


def test_forecasts_have_the_shape_of_the_ecosystem(board):
    forecasts = board.forecasts
    assert list(forecasts.columns[:4]) == ["unique_id", "ds", "cutoff", "y"]
    assert len(forecasts) == 3 * 2 * 4
    assert (forecasts["ds"] > forecasts["cutoff"]).all()
    truth = frame_of().set_index(["unique_id", "ds"])["y"]
    assert (
        forecasts.set_index(["unique_id", "ds"])["y"].to_dict()
        == truth.loc[forecasts.set_index(["unique_id", "ds"]).index].to_dict()
    )


def test_an_ensemble_is_the_mean_of_its_members(board):
    forecasts = board.run.forecasts.pivot(index=["window", "unique_id", "step"], columns="model", values="yhat")
    assert forecasts["ARIMA + MLP"].to_numpy() == pytest.approx(forecasts[["ARIMA", "MLP"]].mean(axis=1).to_numpy())


def test_the_best_own_part_may_be_a_later_stage_that_stands_on_the_board_alone():
    table = run(models=["Naive-RF", "RF"], baselines="none").table.set_index("model")
    assert table.loc["RF", "MASE"] < table.loc["Naive-RF", "MASE"]  # else this shows nothing
    assert table.loc["Naive-RF", "part"] == "RF" and table.loc["Naive-RF", "gain_over_part"] < 0
    assert table.loc["RF", "part"] == ""
    without = run(models=["Naive-RF"], baselines="none").table.set_index("model")
    assert without.loc["Naive-RF", "part"] == "Naive"


def test_workers_order_and_repetition_change_nothing(board):
    workers = run(models=[*NAMES, "Auto-ARIMA", "ETS"], jobs=2)
    again = run(models=NAMES[::-1])
    for name in NAMES:
        assert np.array_equal(workers.forecasts[name], board.forecasts[name]), name
        assert np.array_equal(again.forecasts[name], board.forecasts[name]), name


def test_another_seed_gives_other_networks(board):
    assert not np.array_equal(
        run(models=["MLP-XGBoost"], seed=1).forecasts["MLP-XGBoost"], board.forecasts["MLP-XGBoost"]
    )


def test_a_second_run_in_the_same_directory_computes_nothing_again(tmp_path):
    first = run(out=tmp_path / "run")
    second = run(out=tmp_path / "run")
    assert second.run.stages["reused"].all()
    assert first.forecasts.equals(second.forecasts)
    more = run(models=[*NAMES, "MLP-RF"], out=tmp_path / "run")
    computed = more.run.stages[~more.run.stages["reused"]]
    assert set(computed["stage"]) == {"MLP-RF"}


def test_a_damaged_stage_is_computed_again(tmp_path):
    first = run(out=tmp_path / "run")
    victim = next((tmp_path / "run" / "stages").glob("*.npz"))
    victim.write_bytes(b"not an archive")
    second = run(out=tmp_path / "run")
    assert (~second.run.stages["reused"]).sum() == 1
    assert first.forecasts.equals(second.forecasts)


class Moody:
    """A forecaster that fails on one series."""

    def fit(self, y):
        if y[0] > 1e6:
            raise RuntimeError("this series is too large")
        self.last = y[-1]

    def predict(self, h):
        return np.full(h, self.last)


class Broken:
    """A learner that cannot be fitted."""

    def fit(self, X, y):
        raise RuntimeError("no luck today")

    def predict(self, X):
        return np.zeros(len(X))


def test_a_failing_stage_is_a_row_and_the_others_go_on(own_registry):
    ht.register_learner("Broken", Broken)
    board = run(models=["ARIMA", "ARIMA-Broken", "ARIMA-Broken-RF"])
    table = board.table.set_index("model")
    assert table.loc["ARIMA", "status"] == "complete"
    assert table.loc["ARIMA-Broken", "status"] == "failed"
    assert "no luck today" in table.loc["ARIMA-Broken", "reason"]
    assert "ARIMA-Broken" in table.loc["ARIMA-Broken-RF", "reason"]
    failures = board.run.failures
    assert set(failures["model"]) == {"ARIMA-Broken", "ARIMA-Broken-RF"}
    assert failures["traceback"].str.contains("no luck today").all()
    assert pd.isna(table.loc["ARIMA-Broken", "rank"])


def test_a_name_that_is_not_applicable_is_not_a_failure():
    yearly = pd.DataFrame({"ds": np.arange(1900, 1960), "y": np.random.default_rng(0).normal(size=60).cumsum()})
    table = run(yearly, models=["SARIMA", "VAR", "ARIMA"]).table.set_index("model")
    assert table.loc["SARIMA", "status"] == "not_applicable"
    assert "season 1" in table.loc["SARIMA", "reason"]
    assert table.loc["VAR", "status"] == "not_applicable"
    assert table.loc["ARIMA", "status"] == "complete"


def test_a_short_series_is_left_out_of_the_windows_it_is_too_short_for():
    board = run(frame_of((60, 60, 20)), models=["ARIMA"])
    left = {w["index"]: [x["id"] for x in w["left_out"]] for w in board.run.manifest["windows"]}
    assert left == {0: ["s2"], 1: []}
    assert len(board.run.cells) == 5
    assert board.table.set_index("model").loc["ARIMA", "status"] == "complete"


@pytest.mark.parametrize(
    "how", [{"gap": 2}, {"scheme": "sliding"}, {"refit": False, "windows": 3}, {"refit": 2, "windows": 3}, {"step": 1}]
)
def test_every_way_of_rolling_gives_a_complete_board(how):
    board = run(models=["ARIMA", "MLP-ARIMA-XGBoost", "ETS"], **how)
    assert (board.table["status"] == "complete").all()
    gap = how.get("gap", 0)
    first = board.run.forecasts[board.run.forecasts["step"] == 1].iloc[0]
    assert (first["ds"].to_period("M") - first["cutoff"].to_period("M")).n == gap + 1


def test_a_frozen_fit_forecasts_from_new_values_without_refitting():
    frozen = run(models=["Naive", "ARIMA"], refit=False, windows=3)
    fresh = run(models=["Naive", "ARIMA"], windows=3)
    assert np.array_equal(frozen.forecasts["Naive"], fresh.forecasts["Naive"])
    assert not np.allclose(frozen.forecasts["ARIMA"], fresh.forecasts["ARIMA"], rtol=1e-12)


def test_series_that_end_at_different_times_are_counted_from_their_own_end():
    board = run(frame_of((60, 50, 55)), models=["ARIMA"])
    assert board.run.manifest["align"] == "per_series"
    assert board.run.manifest["windows"][0]["overlap"] > 0


def test_covariates_are_used_and_missing_future_ones_are_refused():
    frame = frame_of((72,))
    rng = np.random.default_rng(0)
    frame["promo"] = rng.integers(0, 2, len(frame)).astype(float)
    frame["y"] = 100 + 30 * frame["promo"] + rng.normal(size=len(frame))
    plain = run(frame, models=["XGBoost"], settings={"XGBoost": {"trees": 60}}).table.set_index("model")
    known = run(frame, models=["XGBoost"], settings={"XGBoost": {"trees": 60}}, future=["promo"]).table.set_index(
        "model"
    )
    assert known.loc["XGBoost", "MASE"] < 0.5 * plain.loc["XGBoost", "MASE"]


def test_settings_of_a_part_that_no_name_has_are_pointed_out():
    board = run(models=["ARIMA"])
    assert any("XGBoost" in notice for notice in board.run.manifest["notices"])


def test_the_run_directory_opens_without_hybridts(board):
    manifest = json.loads((board.path / "manifest.json").read_text())
    assert manifest["format"] == 2
    assert {m["name"] for m in manifest["models"] if m["shown"]} >= set(NAMES)
    table = pd.read_parquet(board.path / "forecasts.parquet")
    assert list(table.columns) == ["model", "window", "unique_id", "ds", "cutoff", "step", "y", "yhat"]
    assert (board.path / "config.yaml").exists()


def test_a_report_is_made_from_the_run_directory_alone(board, tmp_path):
    paths = ht.load_board(board.path).report(tmp_path)
    assert {p.suffix for p in paths} == {".html", ".md", ".csv", ".tex", ".json"}
    assert "MLP-XGBoost" in (tmp_path / "report.html").read_text()


def test_a_directory_that_is_not_a_run_is_refused_with_advice(tmp_path):
    with pytest.raises(StoreError, match="no manifest"):
        ht.load_board(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(StoreError, match="Upgrade"):
        ht.load_board(tmp_path)


def test_wrong_input_is_refused_before_anything_runs():
    with pytest.raises(UnknownName, match="CNN-LSTM"):
        run(models=["CNN-LSTMM"])
    with pytest.raises(BadSetting, match="hidden"):
        run(models=["LSTM"], settings={"LSTM": {"hiden": 3}})
    with pytest.raises(BadSetting, match="LSTM"):
        run(models=["LSTM"], settings={"LTSM": {"hidden": 3}})
    with pytest.raises(BadSetting, match="steps"):
        run(models=["ARIMA"], settings={"Network": {"stesp": 3}})
    with pytest.raises(DataError, match="windows"):
        run(horizon=200)
    with pytest.raises(BadSetting, match="baselines"):
        run(baselines="some")


class MeanOnly:
    """A regressor that is not a scikit-learn estimator and cannot read missing values."""

    def fit(self, X, y):
        assert np.isfinite(X).all()
        self.mean = float(np.mean(y))

    def predict(self, X):
        assert np.isfinite(X).all()
        return np.full(len(X), self.mean)


def test_any_regressor_works_alone_and_as_a_correction(own_registry):
    from sklearn.linear_model import Ridge

    ht.register_learner("MeanOnly", MeanOnly)
    ht.register_learner("Ridge", Ridge)
    table = run(models=["MeanOnly", "ARIMA-MeanOnly", "Ridge", "MLP-Ridge"]).table
    assert (table["status"] == "complete").all(), table[["model", "reason"]]


def test_a_baseline_that_is_asked_for_stays_one():
    frame = frame_of()
    named = ht.backtest(frame, ["ARIMA", "Theta", "Naive"], 4, windows=2, jobs=1, baselines="none")
    beside = ht.backtest(frame, ["ARIMA", "Theta"], 4, windows=2, jobs=1, baselines="cheap")
    for board in (named, beside):
        assert board.table.attrs["best_baseline"] in ("Theta", "Naive", "SeasonalNaive", "Drift")
        marked = {m["name"] for m in board.run.manifest["models"] if m["baseline"]}
        assert {"Theta", "Naive"} <= marked


def test_a_run_without_a_directory_leaves_no_files_when_its_process_ends(tmp_path):
    code = """
import hybridts as ht
board = ht.backtest("dataset:airpassengers", models=["Theta"], horizon=6, windows=1, baselines="cheap", jobs=1)
assert len(board.table) > 1 and board.run.path.is_dir()
print(board.run.path)
"""
    where = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=where, capture_output=True, text=True, check=True)
    assert Path(done.stdout.split()[-1]).parent == tmp_path and not list(tmp_path.iterdir())


def test_a_series_too_short_for_a_fit_is_left_out_of_the_windows_it_answers_and_no_name_fails():
    frame = frame_of((60, 60, 24))
    refitted = run(frame, windows=3, season=12)
    frozen = run(frame, windows=3, season=12, refit=False)
    assert refitted.table["cells"].eq(8).all() and frozen.table["cells"].eq(6).all()
    assert refitted.table["status"].eq("complete").all() and frozen.table["status"].eq("complete").all()
    (notice,) = (text for text in frozen.run.manifest["notices"] if "too short" in text)
    assert "'s2' (3 of 3: 12 rows at the first cutoff where 14 are needed)" in notice
    assert [w["series"] for w in frozen.run.manifest["windows"]] == [2, 2, 2]


def test_a_name_that_applies_to_some_windows_only_says_why_the_others_are_missing():
    frame = pd.concat([f.assign(g="x") for _, f in frame_of((60, 60)).groupby("unique_id")])
    late = frame["unique_id"].eq("s1") & frame["ds"].lt(frame["ds"].unique()[36])
    grouped = {"windows": 3, "season": 12, "baselines": "none", "group": "g"}
    board = run(frame[~late], ["VAR", "Naive"], **grouped)
    var = board.table.set_index("model").loc["VAR"]
    assert var["status"] == "partial" and not len(board.run.failures)
    assert var["reason"].startswith("1 of 5 cells are missing: VAR needs series that move together")
