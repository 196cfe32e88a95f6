"""The fit of a base: with decisions or weights of an earlier fit, its answers checked before anybody uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hybridts.data.panel import Panel
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.series_digests import digests
from hybridts.engine.stage_store import StageResult
from hybridts.engine.task_results import Done, Results
from hybridts.errors import StageFailure
from hybridts.hybrids.fitted import why
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Fitted, NotedBySeries, Reusing, Warm, Weighted, Weights

#: Arrays of a stage whose names begin so are the weights of its model.
WEIGHT = "weight:"


class Answer(NamedTuple):
    """A fitted base and its forecast at a task's origins.

    Attributes:
        fitted: the model.
        forecast: [M, H], NaN where it has none.
        reasons: series id -> why it has none, apart from series it could not be fitted on.
    """

    fitted: Fitted
    forecast: Forecast
    reasons: Mapping[str, str]


def answer(task: FitTask, panel: Panel, results: Results) -> Answer:
    """Fit the base and forecast from the task's origins."""
    return ask(task, panel, fit(task, panel, results))


def fit(task: FitTask, panel: Panel, results: Results) -> Fitted:
    """Fit the base, with the decisions or weights that it takes over from another fit."""
    spec = task.frame
    model = task.forecaster
    if task.earlier is not None and isinstance(model, Reusing):
        model = model.reuse(results.record(task.earlier).get("notes", {}))
    seen = task.cut.training(panel, spec.reach)
    if task.start is not None and isinstance(model, Warm):
        return model.fit_from(_weights(results.load(task.start)), seen, spec.horizon, spec.gap, spec.seed)
    return model.fit(seen, spec.horizon, spec.gap, spec.seed)


def ask(task: FitTask, panel: Panel, fitted: Fitted) -> Answer:
    """Forecast from the task's origins, with the model's reasons where the forecast is not finite.

    Raises:
        StageFailure: the forecast has a wrong shape.
    """
    visible = task.cut.visible(panel, task.origins, task.frame.reach)
    mean = fitted.forecast(visible, task.origins)
    wanted = (len(task.origins), task.frame.horizon)
    if np.shape(mean) != wanted:
        raise StageFailure(f"{task.stage} answered shape {np.shape(mean)}, expected {wanted} (origins, horizon).")
    forecast = Forecast(task.origins, mean)
    silent = task.origins[np.flatnonzero(forecast.missing)]
    if not len(silent):
        return Answer(fitted, forecast, {})
    reasons = why(fitted, visible, silent)
    named = dict.fromkeys(panel.ids[i] for i in silent.series)
    return Answer(fitted, forecast, {n: reasons[n] for n in named if n in reasons and n not in fitted.failures})


def finished(task: FitTask, panel: Panel, found: Answer, results: Results) -> Done:
    """Return the result of a base; one that fits each series alone keeps what another run needs to reuse series.

    Raises:
        StageFailure: its forecast is not finite for a series without a reason.
    """
    fitted = found.fitted
    failures = {**fitted.failures, **found.reasons}
    _check(found.forecast, task, failures, panel)
    arrays = found.forecast.arrays()
    if task.warm and isinstance(fitted, Weighted):
        arrays |= {f"{WEIGHT}{name}": values for name, values in fitted.weights().items()}
    record: dict[str, Any] = {"notes": dict(fitted.notes), "failures": failures}
    if task.lineage and isinstance(fitted, NotedBySeries):
        arrays |= digests(task, panel, results.load)
        record |= {"lineage": task.lineage, "by_series": sorted(fitted.found)}
    return Done(StageResult(arrays, record), fitted)


def _weights(result: StageResult) -> Weights:
    """Return the weights that a warm fit left for the next; none where it failed."""
    return {name.removeprefix(WEIGHT): a for name, a in result.arrays.items() if name.startswith(WEIGHT)}


def _check(forecast: Forecast, task: Task, failures: Mapping[str, str], panel: Panel) -> None:
    """Refuse numbers that are not finite where no failure was declared."""
    named = [panel.ids[i] for i in forecast.origins.series[forecast.missing]]
    unsaid = [name for name in dict.fromkeys(named) if name not in failures]
    if unsaid:
        raise StageFailure(
            f"{task.stage} answered values that are not finite on {len(unsaid)} series, first {unsaid[0]!r}."
        )
