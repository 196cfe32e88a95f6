"""Fit of a base, its forecast from a task's origins, and the checks that both must pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, Panel
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.series_digests import digests
from hybridts.engine.stage_store import StageResult
from hybridts.engine.task_results import Computed, Results
from hybridts.errors import StageFailure
from hybridts.hybrids.fitted import why
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import (
    Fitted,
    Learned,
    NotedBySeries,
    Pretrained,
    Quantiled,
    Reusing,
    Warm,
    Weighted,
    Weights,
)

#: Prefix of the arrays of a stage that hold the weights of its model.
WEIGHT = "weight:"


class FittedBase(NamedTuple):
    """A fitted base and its forecast from a task's origins.

    Attributes:
        fitted: the model.
        forecast: [M, H], NaN where it has none.
        reasons: series id -> why it has none, except for series that it could not be fitted on.
    """

    fitted: Fitted
    forecast: Forecast
    reasons: Mapping[str, str]


def fit(task: FitTask, panel: Panel, results: Results) -> Fitted:
    """Fit the base, with the orders or weights that it reuses from another fit."""
    spec = task.spec
    model = task.forecaster
    if task.earlier is not None and isinstance(model, Reusing):
        model = model.reuse(results.record(task.earlier).get("notes", {}))
    if task.prior is not None and results.has(task.prior) and isinstance(model, Pretrained):
        model = model.with_prior(Learned(_weights(results.load(task.prior))))
    seen = task.cut.training(panel, spec.reach)
    if task.start is not None and isinstance(model, Warm):
        return model.fit_from(_weights(results.load(task.start)), seen, spec.horizon, spec.gap, spec.seed)
    return model.fit(seen, spec.horizon, spec.gap, spec.seed)


def with_forecast(task: FitTask, panel: Panel, fitted: Fitted) -> FittedBase:
    """Forecast from the task's origins; collect the model's reasons where the forecast is not finite.

    Raises:
        StageFailure: the forecast has a wrong shape.
    """
    visible = task.cut.visible(panel, task.origins, task.spec.reach)
    mean = fitted.forecast(visible, task.origins)
    expected = (len(task.origins), task.spec.horizon)
    if np.shape(mean) != expected:
        raise StageFailure(
            f"{task.stage}: the forecast has shape {np.shape(mean)}, not (origins, horizon) = {expected}."
        )
    forecast = Forecast(task.origins, mean, _quantiles(fitted, visible, task))
    missing = task.origins[np.flatnonzero(forecast.missing)]
    if not len(missing):
        return FittedBase(fitted, forecast, {})
    reasons = why(fitted, visible, missing)
    named = dict.fromkeys(panel.ids[i] for i in missing.series)
    return FittedBase(fitted, forecast, {n: reasons[n] for n in named if n in reasons and n not in fitted.failures})


def _quantiles(fitted: Fitted, visible: Panel, task: FitTask) -> Mapping[float, FloatArray]:
    """Return level -> [M, H] for a model that forecasts quantiles, else nothing."""
    if not isinstance(fitted, Quantiled) or not fitted.levels:
        return {}
    values = fitted.quantiles(visible, task.origins)
    return {level: values[..., i] for i, level in enumerate(fitted.levels)}


def checked(task: FitTask, panel: Panel, base: FittedBase, results: Results) -> Computed:
    """Return what to store of a base: its forecast, its weights if kept, and digests if its series can be reused.

    Raises:
        StageFailure: the forecast of a series is not finite, without a reason.
    """
    fitted = base.fitted
    failures = {**fitted.failures, **base.reasons}
    _check(base.forecast, task, failures, panel)
    arrays = base.forecast.arrays()
    if task.warm and isinstance(fitted, Weighted):
        arrays |= {f"{WEIGHT}{name}": values for name, values in fitted.weights().items()}
    by_series = None
    if task.lineage and isinstance(fitted, NotedBySeries):
        arrays |= digests(task, panel, results.load)
        by_series = sorted(fitted.found)
    return Computed(arrays, fitted, dict(fitted.notes), failures, by_series=by_series)


def _weights(result: StageResult) -> Weights:
    """Return the weights that a task stored for other fits; empty where it failed."""
    return {name.removeprefix(WEIGHT): a for name, a in result.arrays.items() if name.startswith(WEIGHT)}


def _check(forecast: Forecast, task: Task, failures: Mapping[str, str], panel: Panel) -> None:
    """Raise for a series without a finite forecast and without a reason."""
    named = [panel.ids[i] for i in forecast.origins.series[forecast.missing]]
    unexplained = [name for name in dict.fromkeys(named) if name not in failures]
    if unexplained:
        raise StageFailure(
            f"{task.stage}: the forecast is not finite on {len(unexplained)} series, first {unexplained[0]!r}."
        )
