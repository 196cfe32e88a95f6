"""A backtest is a run of MLflow, and a saved model is a pyfunc that forecasts the same in another process."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

import hybridts as ht
from tests.fakes.frames import TINY, frame_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of MLflow's own imports
    mlflow = pytest.importorskip("mlflow")
    from hybridts.interop.mlflow import log_board, log_model

pytestmark = pytest.mark.filterwarnings("ignore")

LOADS = """
import sys, mlflow, pandas as pd
rows = pd.read_parquet(sys.argv[2])
mlflow.pyfunc.load_model(sys.argv[1]).predict(rows).to_parquet(sys.argv[3])
"""


@pytest.fixture
def tracking(tmp_path, monkeypatch):
    """A folder of runs, instead of a server."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "runs").as_uri())
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    mlflow.set_experiment("hybridts")
    yield tmp_path
    mlflow.set_tracking_uri(None)


def test_a_board_is_a_run(tracking):
    names = "Drift-RF, (MLP|CNN), (MLP)"
    settings = {**TINY, "RF": {"trees": 5}}
    frame = frame_of((60, 60))
    options = {"windows": 2, "levels": [80, 95], "settings": settings, "jobs": 1, "baselines": "cheap"}
    board = ht.backtest(frame, names, 3, out=tracking / "run", **options)  # type: ignore[arg-type]
    run = mlflow.get_run(log_board(board, run_name="mine", formats="md,json"))
    table = board.table.set_index("model")
    for name, logged in (("Drift-RF", "Drift-RF"), ("(MLP|CNN)", "_MLP_CNN_"), ("Naive", "Naive")):
        for metric in ("MASE", "sMAPE", "coverage-80", "seconds_alone"):
            assert run.data.metrics[f"{logged}/{metric}"] == table.loc[name, metric]
    assert run.data.params["horizon"] == "3" and run.data.params["levels"] == "[80, 95]"
    assert run.info.run_name == "mine" and run.data.tags["hybridts.best"] == board.best
    of = f"runs:/{run.info.run_id}"
    assert mlflow.artifacts.load_text(f"{of}/config.yaml") == (board.path / "config.yaml").read_text(encoding="utf-8")
    assert json.loads(mlflow.artifacts.load_text(f"{of}/manifest.json"))["seed"] == 0
    assert "Drift-RF" in mlflow.artifacts.load_text(f"{of}/report/leaderboard.md")


def test_an_active_run_is_used(tracking):
    board = ht.backtest(frame_of((60,)), "Naive", 3, jobs=1, baselines="none", out=tracking / "run")
    with mlflow.start_run() as run:
        assert log_board(board, formats="csv") == run.info.run_id
        assert mlflow.active_run() is not None
    assert mlflow.get_run(run.info.run_id).data.metrics["Naive/rank"] == 1


def test_a_model_is_a_pyfunc_without_pickle_that_another_process_opens(tracking):
    frame = frame_of((60, 60))
    old, new = frame.groupby("unique_id").head(50), frame.groupby("unique_id").tail(10)
    model = ht.model("MLP-XGBoost", settings=TINY).fit(old, 3, levels=[80], jobs=1)
    info = log_model(model)
    expected = model.predict(new_rows=new)
    folder = mlflow.artifacts.download_artifacts(info.model_uri)
    files = [path.name for path in Path(folder).rglob("*") if path.is_file()]
    assert "forecaster.zip" in files and not [name for name in files if name.endswith((".pkl", ".pickle"))]
    new.to_parquet(tracking / "new.parquet")
    command = [sys.executable, "-c", LOADS, folder, str(tracking / "new.parquet"), str(tracking / "answer.parquet")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pd.testing.assert_frame_equal(pd.read_parquet(tracking / "answer.parquet"), expected, check_exact=True)
    opened = mlflow.pyfunc.load_model(folder)
    pd.testing.assert_frame_equal(opened.predict(new.iloc[:0]), model.predict(), check_exact=True)
