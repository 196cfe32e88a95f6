"""A name on a task of fev: fev's own scores are those of our backtest, and columns and quantiles reach the name."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from tests.fakes.frames import frame_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the imports of fev
    fev = pytest.importorskip("fev")
    from hybridts.interop.fev import evaluate, forecast

pytestmark = pytest.mark.filterwarnings("ignore")
SETTINGS = {"RF": {"trees": 5}}


@pytest.fixture
def frame():
    return frame_of((60, 60)).assign(unique_id=lambda rows: rows["unique_id"].map({"s0": "s1", "s1": "s0"}))


@pytest.fixture
def task_of(tmp_path, monkeypatch):
    """Make a task on a local file."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))

    def make(frame, **more):
        path = tmp_path / "data.parquet"
        frame.to_parquet(path, index=False)
        roles = {"id_column": "unique_id", "timestamp_column": "ds", "target": "y"}
        return fev.Task(dataset_path=str(path), horizon=4, seasonality=12, **{**roles, **more})

    return make


def test_scores_of_fev_are_our_own(frame, task_of):
    task = task_of(frame, num_windows=2, eval_metric="MASE", extra_metrics=["SMAPE", "MAE"])
    summary = evaluate(task, "Drift-RF", settings=SETTINGS, jobs=1)
    own = ht.backtest(frame, "Drift-RF", 4, windows=2, season=12, settings=SETTINGS, baselines="none", jobs=1).table
    assert summary["test_error"] == summary["MASE"] == pytest.approx(own["MASE"][0], rel=1e-12)
    assert summary["MAE"] == pytest.approx(own["MAE"][0], rel=1e-12)
    assert 100 * summary["SMAPE"] == pytest.approx(own["sMAPE"][0], rel=1e-12)
    assert summary["model_name"] == "Drift-RF" and summary["num_forecasts"] == 4
    assert summary["training_time_s"] > 0 and summary["inference_time_s"] > 0


def test_quantile_losses_of_fev_are_our_own(frame, task_of):
    levels = [0.1, 0.5, 0.9]
    task = task_of(frame, eval_metric="MQL", quantile_levels=levels)
    summary = evaluate(task, "Theta", jobs=1)
    options = {"windows": 1, "season": 12, "baselines": "none", "jobs": 1}
    own = ht.backtest(frame, "Theta", 4, quantiles=levels, **options).table  # type: ignore[arg-type]
    assert summary["test_error"] == pytest.approx(2 * own["pinball"][0], rel=1e-12)  # fev counts the loss twice


def test_covariates_of_the_task_reach_the_name(frame, task_of):
    rng = np.random.default_rng(0)
    promo = rng.integers(0, 2, len(frame))
    frame = frame.assign(y=frame["y"] + 500 * promo, promo=promo, rain=rng.random(len(frame)), shop=frame["unique_id"])
    columns = {
        "known_dynamic_columns": ["promo"],
        "past_dynamic_columns": ["rain"],
        "static_columns": ["shop"],
    }
    plain, told = (evaluate(task_of(frame, **more), "RF", jobs=1)["test_error"] for more in ({}, columns))
    assert told < 0.7 * plain


def test_each_of_several_targets_is_forecast(frame, task_of):
    frame = frame.assign(z=-frame["y"])
    task = task_of(frame, target=["y", "z"])
    (window,) = forecast(task, "SeasonalNaive", jobs=1).windows
    alone = forecast(task_of(frame), "SeasonalNaive", jobs=1).windows[0]["y"]
    np.testing.assert_array_equal(window["y"]["predictions"], alone["predictions"])
    np.testing.assert_array_equal(window["z"]["predictions"], -np.array(alone["predictions"]))


def test_a_value_missing_before_the_cutoff_moves_no_step(frame, task_of):
    ends = frame.groupby("unique_id")["ds"].transform("max")
    frame.loc[(frame["unique_id"] == "s0") & (frame["ds"] == ends - pd.DateOffset(months=4)), "y"] = np.nan
    (window,) = forecast(task_of(frame), "SeasonalNaive", jobs=1).windows
    year_ago = frame[(frame["unique_id"] == "s0")].iloc[-16:-12]["y"]
    np.testing.assert_array_equal(window["y"]["predictions"][0], year_ago)


def test_a_series_without_a_forecast_is_named(frame, task_of):
    frame.loc[frame["unique_id"] == "s0", "y"] = np.nan
    with pytest.raises(ht.HybridtsError, match="s0"):
        evaluate(task_of(frame), "SeasonalNaive", jobs=1)
