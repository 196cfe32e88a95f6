"""A name evaluated on a task of fev, the library behind fev-bench. Needs the extra `fev`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import hybridts as ht
from hybridts.errors import StageFailure
from hybridts.hybrids.interval_levels import Levels, check_levels

try:
    import datasets
    import fev
    from fev.constants import PREDICTIONS
except ModuleNotFoundError as cause:
    raise ModuleNotFoundError(
        f"hybridts.interop.fev needs fev ({cause.name} is not installed): pip install fev.",
        name=cause.name,
    ) from cause

if TYPE_CHECKING:
    from hybridts.names.recipe import Settings


class Forecasts(NamedTuple):
    """Forecasts of a task.

    Attributes:
        windows: of every window a `datasets.DatasetDict`, in the form that `Task.evaluation_summary` takes.
        training_seconds, inference_seconds: over all windows.
    """

    windows: list[datasets.DatasetDict]
    training_seconds: float
    inference_seconds: float


def evaluate(
    task: fev.Task,
    name: str,
    *,
    settings: Settings | None = None,
    seed: int = 0,
    jobs: int | None = None,
    model_name: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Fit a name in every window of a task and return fev's own summary of its forecasts, with seconds.

    ::

        task = fev.Task(dataset_path="sales.parquet", horizon=12, num_windows=3, quantile_levels=[0.1, 0.5, 0.9])
        hybridts.interop.fev.evaluate(task, "CNN-LSTM-XGBoost")["test_error"]

    Args:
        task: a `fev.Task`: its covariates, targets, quantiles, windows and seasonality are those of the fits.
        name, settings: as in `hybridts.model`.
        seed: of everything random.
        jobs: worker processes; None: one per core.
        model_name: how the summary calls it; None: the name.
        more: other arguments of `Task.evaluation_summary`, such as `extra_info`.

    Raises:
        StageFailure: a series has no forecast (fev has no word for that); the message names series and reason.
        UserError: as `hybridts.Model.fit`.
    """
    made = forecast(task, name, settings=settings, seed=seed, jobs=jobs)
    timed = {"training_time_s": made.training_seconds, "inference_time_s": made.inference_seconds}
    found: dict[str, Any] = task.evaluation_summary(made.windows, model_name or name, **{**timed, **more})
    return found


def forecast(
    task: fev.Task, name: str, *, settings: Settings | None = None, seed: int = 0, jobs: int | None = None
) -> Forecasts:
    """Return the forecasts of a name for every window of a task, for `Task.evaluation_summary`.

    In every window the name is fitted on the past that fev shows, and nothing else. Each target of a task with several
    is a series of its own, grouped by the id. A series too short for intervals has its forecast as every quantile; a
    warning of the fit says so.

    Args:
        task, name, settings, seed, jobs: as in `evaluate`.

    Raises:
        StageFailure, UserError: as `evaluate`.
    """
    model, quantiles = ht.model(name, settings), [float(level) for level in task.quantile_levels]
    windows, seconds = [], np.zeros(2)
    for window in task.iter_windows(num_proc=1):
        data = _WindowData.of(task, window)
        started = time.monotonic()
        # a forecast starts after the last known value: where the last ones are missing, it has to reach further
        fitted = model.fit(
            data.past,
            task.horizon + data.missing_at_end,
            season=int(task.seasonality) if task.seasonality > 1 else None,
            freq=task.freq,
            seed=seed,
            jobs=jobs,
            quantiles=quantiles or None,
            **data.roles,
        )
        between = time.monotonic()
        table = fitted.predict(data.future)
        seconds += [between - started, time.monotonic() - between]
        windows.append(_predictions(task, data, table, fitted))
    return Forecasts(windows, *seconds.tolist())


class _WindowData(NamedTuple):
    """The data of a window as long frames.

    Attributes:
        past: rows up to the cutoff, one per series and time.
        future: times of the horizon with the columns known ahead; None where there are no such columns.
        roles: arguments of `Model.fit` that say what the columns are.
        steps: id -> times of the horizon, in the order of the task.
        missing_at_end: most values that a series lacks just before the cutoff.
    """

    past: pd.DataFrame
    future: pd.DataFrame | None
    roles: Mapping[str, Any]
    steps: Mapping[str, pd.Index]
    missing_at_end: int

    @classmethod
    def of(cls, task: fev.Task, window: Any) -> _WindowData:
        """Return the data that a task shows in a window."""
        past, future, static = fev.convert_input_data(window, adapter="pandas")
        ident, when, targets = task.id_column, task.timestamp_column, list(task.target_columns)
        steps = {str(name): pd.Index(rows[when]) for name, rows in future.groupby(ident, sort=False)}
        roles: dict[str, Any] = {"time": when, "id": ident, "target": targets[0]}
        if static is not None:
            past = past.merge(static, on=ident, how="left")
        if len(targets) > 1:
            past, future = _by_target(past, targets, ident, "past"), _by_target(future, targets, ident, "future")
            roles |= {"target": _VALUE, "group": _GROUP}
        roles |= {
            "past": list(task.past_dynamic_columns),
            "future": list(task.known_dynamic_columns),
            "static": list(task.static_columns),
        }
        known = past[roles["target"]].notna()
        last = past.groupby(ident, sort=False).cumcount(ascending=False)
        lacking = last.where(known).groupby(past[ident]).min()  # rows after the last known value
        return cls(past, future if task.known_dynamic_columns else None, roles, steps, int(lacking.fillna(0).max()))


#: Columns of a table whose targets stand below one another.
_VALUE, _GROUP = "hybridts target", "hybridts group"


def _series(ident: str, target: str, targets: list[str]) -> str:
    """Return the id of the series of a target."""
    return ident if len(targets) == 1 else f"{ident} / {target}"


def _by_target(frame: pd.DataFrame, targets: list[str], ident: str, role: str) -> pd.DataFrame:
    """Return a frame with a series for every target, grouped by the id that they share."""
    parts = []
    others = frame.drop(columns=targets, errors="ignore")
    for target in targets:
        part = others.assign(**{ident: [_series(str(name), target, targets) for name in frame[ident]]})
        if role == "past":
            part = part.assign(**{_GROUP: frame[ident].astype(str), _VALUE: frame[target]})
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _predictions(task: fev.Task, data: _WindowData, table: pd.DataFrame, fitted: Any) -> datasets.DatasetDict:
    """Return forecasts in the form of fev.

    Raises:
        StageFailure: a series has no forecast.
    """
    name, targets = fitted.recipe.name, list(task.target_columns)
    asked = Levels() if not task.quantile_levels else check_levels(None, [float(q) for q in task.quantile_levels])
    of_level = {level: column for column, level in asked.columns(name).items()}
    columns = {PREDICTIONS: name, **{str(q): of_level[float(q)] for q in task.quantile_levels}}
    series = {str(key): rows.set_index("ds") for key, rows in table.groupby("unique_id", sort=False)}
    found: dict[str, list[dict[str, Any]]] = {target: [] for target in targets}
    for ident, steps in data.steps.items():
        for target in targets:
            key = _series(ident, target, targets)
            rows = series[key].reindex(steps) if key in series else pd.DataFrame(np.nan, steps, list(columns.values()))
            if not np.isfinite(rows[name].to_numpy(dtype=float)).all():
                why = fitted.failures.get(key, "it has no known value, or its stages gave none")
                raise StageFailure(f"{name} has no forecast for series {key!r} of {task.dataset_path}: {why}.")
            filled = {own: rows[column].fillna(rows[name]).to_numpy(dtype=float) for own, column in columns.items()}
            found[target].append(filled)
    made = {
        target: datasets.Dataset.from_list(each, features=task.predictions_schema) for target, each in found.items()
    }
    return datasets.DatasetDict(made)
