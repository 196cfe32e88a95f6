"""Runs and models of hybridts in MLflow. Needs the extra `mlflow` (mlflow-skinny is enough).

`log_board` writes a backtest as a run: metrics by name, parameters, config and report. `log_model` writes a fitted
model as a pyfunc. MLflow loads that by `_load_pyfunc`, so that it holds no pickle of ours.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import hybridts as ht
from hybridts.report import FORMATS

try:
    import mlflow
except ModuleNotFoundError as cause:
    raise ModuleNotFoundError(
        f"hybridts.interop.mlflow needs MLflow ({cause.name} is not installed): pip install mlflow-skinny.",
        name=cause.name,
    ) from cause

#: Characters that MLflow refuses in the names of metrics.
_REFUSED = re.compile(r"[^A-Za-z0-9_\-. /:]")
#: Columns of the board that are logged beside its metrics.
_BESIDE = ("rank", "gain_over_part", "vs_best_baseline", "p", "seconds_alone", "seconds_added")
#: Options of a study that are logged as parameters.
_OPTIONS = ("horizon", "windows", "step", "gap", "scheme", "refit", "seed", "seeds", "rank_by", "baselines", "levels")


def log_board(
    board: ht.Board, *, run_name: str | None = None, formats: str | Sequence[str] = FORMATS, lang: str = "en"
) -> str:
    """Log a backtest as a run of MLflow and return its id.

    Metrics are called NAME/METRIC, such as MLP-XGBoost/MASE; characters that MLflow does not allow in names, as in
    (CNN|LSTM), become "_". Parameters are the options of the study. Artifacts are config.yaml, manifest.json and the
    report in the folder "report".

    Args:
        board: of `hybridts.backtest` or `hybridts.load_board`.
        run_name: name of a new run. Where a run of MLflow is active, that one is used, and keeps its name.
        formats, lang: as in `Board.report`.

    Raises:
        BadSetting: as `Board.report`.
    """
    active = mlflow.active_run()
    with nullcontext(active) if active is not None else mlflow.start_run(run_name=run_name) as run:
        mlflow.log_metrics(_metrics(board.table))
        mlflow.log_params(_parameters(board))
        mlflow.set_tags({"hybridts.version": ht.__version__, "hybridts.best": board.best or ""})
        for name in ("config.yaml", "manifest.json"):
            mlflow.log_text((board.path / name).read_text(encoding="utf-8"), name)
        with tempfile.TemporaryDirectory() as folder:
            board.report(folder, formats, lang)
            mlflow.log_artifacts(folder, "report")
    return str(run.info.run_id)


def log_model(model: Any, name: str = "model", **more: Any) -> Any:
    """Log a fitted model as a pyfunc of MLflow and return what MLflow knows of it, with its `model_uri`.

    ``mlflow.pyfunc.load_model(uri).predict(new_rows)`` answers as ``model.predict(new_rows=new_rows)``: rows that came
    after the fit, or the whole history; a frame without rows forecasts from the data of the fit. What it opens is JSON
    and arrays; a class of yours must be registered before.

    Args:
        model: of `hybridts.Model.fit` or `hybridts.load`.
        name: of the model in the run.
        more: other arguments of `mlflow.pyfunc.log_model`, such as `registered_model_name`.

    Raises:
        UserError: as `FittedModel.save`.
    """
    options = {"pip_requirements": [f"hybridts-forecast=={ht.__version__}"], **more}
    with tempfile.TemporaryDirectory() as folder:
        saved = model.save(Path(folder) / "forecaster.zip")
        return mlflow.pyfunc.log_model(name=name, loader_module=__name__, data_path=str(saved), **options)


class ForecastingFunction:
    """A saved model as MLflow calls it.

    Args:
        path: the saved model.
    """

    def __init__(self, path: str) -> None:
        self.model = ht.load(path)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the forecast: columns unique_id, ds, the name, and its intervals.

        Args:
            model_input: new rows, the whole history, or no rows, which forecasts from the data of the fit.
            params: `horizon`, `levels` or `quantiles`, as in `FittedModel.predict`.
        """
        rows = None if model_input is None or not len(model_input) else model_input
        return self.model.predict(new_rows=rows, **(params or {}))


def _load_pyfunc(path: str) -> ForecastingFunction:
    """Open the model, for `mlflow.pyfunc.load_model`."""
    return ForecastingFunction(path)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    """Return the numbers of a board by NAME/METRIC; those that are unknown are left out."""
    columns = list(table.columns)
    own = [str(c) for c in columns[columns.index("family") + 1 : columns.index("gain_over_part")]]
    found: dict[str, float] = {}
    for _, row in table.iterrows():
        prefix = _free(_REFUSED.sub("_", str(row["model"])), found)
        values = {f"{prefix}/{c}": row[c] for c in (*own, *_BESIDE) if not pd.isna(row[c])}
        found |= {_REFUSED.sub("_", key): float(v) for key, v in values.items() if np.isfinite(float(v))}
    return found


def _free(name: str, taken: dict[str, float]) -> str:
    """Return a name, with a number where another has it: names may differ only in characters that were replaced."""
    used = {key.rpartition("/")[0] for key in taken}
    return name if name not in used else next(f"{name}:{k}" for k in itertools.count(2) if f"{name}:{k}" not in used)


def _parameters(board: ht.Board) -> dict[str, str]:
    """Return the options of the study, the names and the data, as texts that MLflow takes."""
    config = yaml.safe_load((board.path / "config.yaml").read_text(encoding="utf-8"))
    found = {key: config[key] for key in _OPTIONS if config.get(key) is not None}
    data = config.get("data", {})
    found |= {f"data.{key}": data[key] for key in ("source", "freq", "season") if data.get(key) not in (None, "")}
    return {key: str(value)[:500] for key, value in {**found, "models": ", ".join(config["models"])}.items()}
