"""Metrics equal those of utilsforecast to 1e-9, and its `evaluate` takes the forecasts of a board as they are."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses
from utilsforecast.evaluation import evaluate

import hybridts as ht
from hybridts.evaluation.leaderboard import Evaluation, leaderboard

SEASON = 12
TRAINING = {"steps": 20, "hidden": 8, "window": 24, "quantiles": [0.1, 0.5, 0.9]}


def panel() -> pd.DataFrame:
    """Return three positive monthly series of different size."""
    rng = np.random.default_rng(0)
    ds = pd.date_range("2012-01-31", periods=84, freq="ME")
    season = 5 * np.sin(2 * np.pi * np.arange(84) / 12)
    return pd.concat(
        pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": 10.0**i * (40 + season + rng.normal(0, 2, 84))})
        for i in range(3)
    )


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    given: dict[str, Any] = {"horizon": 6, "windows": 3, "jobs": 1, "baselines": "none"}
    names = ["SeasonalNaive", "Drift", "MLP"]
    out = tmp_path_factory.mktemp("board") / "run"
    metrics = ["MASE", "OWA", "coverage"]
    return ht.backtest(panel(), names, settings={"MLP": TRAINING}, metrics=metrics, out=out, **given)


def own(board, name) -> pd.DataFrame:
    """Return a metric of hybridts by series and cutoff, a column per model."""
    evaluation = Evaluation(board.run)
    table = pd.DataFrame(evaluation.metric(name).T, columns=list(evaluation.cases.models))
    cells = evaluation.cases.cells[["unique_id", "cutoff"]]
    return pd.concat([cells, table], axis=1).set_index(["unique_id", "cutoff"]).sort_index()


def theirs(table) -> pd.DataFrame:
    return table.set_index(["unique_id", "cutoff"]).sort_index()


POINT: dict[str, tuple[Any, float]] = {
    "MAE": (losses.mae, 1.0),
    "MSE": (losses.mse, 1.0),
    "RMSE": (losses.rmse, 1.0),
    "MAPE": (losses.mape, 100.0),
    "sMAPE": (losses.smape, 200.0),
    "WAPE": (losses.wape, 100.0),
    "bias": (losses.bias, 1.0),
    "MASE": (partial(losses.mase, seasonality=SEASON, train_df=panel()), 1.0),
    "RMSSE": (partial(losses.rmsse, seasonality=SEASON, train_df=panel()), 1.0),
}


@pytest.mark.parametrize("name", POINT)
def test_point_metrics_are_those_of_utilsforecast(board, name):
    function, factor = POINT[name]
    names = ["SeasonalNaive", "Drift", "MLP"]
    known = theirs(function(board.forecasts, names))[names] * factor
    assert own(board, name)[names].to_numpy() == pytest.approx(known.to_numpy(), rel=1e-9)


def test_metrics_of_quantiles_are_those_of_utilsforecast(board):
    frame = board.forecasts
    assert [c for c in frame.columns if "-" in c] == ["MLP-lo-80", "MLP-hi-80"]
    levels, columns = np.array([0.1, 0.5, 0.9]), {"MLP": ["MLP-lo-80", "MLP", "MLP-hi-80"]}
    for name, table, factor in (
        ("coverage", losses.coverage(frame, ["MLP"], 80), 100.0),
        ("Winkler", losses.winkler_score(frame, ["MLP"], 80), 1.0),
        ("pinball", losses.mqloss(frame, columns, levels), 1.0),
        ("CRPS", losses.mqloss(frame, columns, levels), 2.0),
        ("WQL", losses.scaled_crps(frame, columns, levels), 1.0),
    ):
        known = theirs(table)["MLP"].to_numpy() * factor
        assert own(board, name)["MLP"].to_numpy() == pytest.approx(known, rel=1e-9), name
        assert own(board, name)["Drift"].isna().all()
    scale = Evaluation(board.run).cases.cells.set_index(["unique_id", "cutoff"])["mase_scale"].sort_index()
    assert own(board, "MSIS")["MLP"].to_numpy() == pytest.approx(own(board, "Winkler")["MLP"] / scale)
    assert any("80 % interval" in notice for notice in board.table.attrs["notices"])


def test_evaluate_takes_the_forecasts_of_a_board_as_they_are(board):
    found = evaluate(board.forecasts, metrics=[losses.mae], level=None)
    assert set(found.columns) == {"unique_id", "cutoff", "metric", "SeasonalNaive", "Drift", "MLP"}
    known = theirs(found)[["SeasonalNaive", "Drift", "MLP"]]
    assert own(board, "MAE")[known.columns].to_numpy() == pytest.approx(known.to_numpy(), rel=1e-9)
    mase = partial(losses.mase, seasonality=SEASON)
    found = evaluate(board.forecasts, metrics=[mase], train_df=panel())
    wanted = board.table.set_index("model")["MASE"]
    assert found["Drift"].mean() == pytest.approx(wanted["Drift"], rel=1e-9)


def test_owa_and_coverage_are_on_the_board(board):
    table = board.table.set_index("model")
    assert table.loc[["SeasonalNaive", "Drift"], "OWA"].gt(0).all() and table["coverage"].notna().sum() == 1
    again = leaderboard(ht.load_board(board.path).run).set_index("model")
    assert again["OWA"].tolist() == table["OWA"].tolist()
