"""A fit of each series alone, in parts: split a task over its series, run the parts, join their results.

The parts depend on the task only, never on the number of workers, and are joined in the order of the series: the
result equals that of the whole task to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybridts.data.panel import Origins, Panel
from hybridts.engine.base_fit import FittedBase, checked, fit, with_forecast
from hybridts.engine.graph import FitTask, Task, fits_each_series
from hybridts.engine.task_results import Computed, Done, Results, recorded
from hybridts.errors import StageFailure
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Joining, NothingFitted

#: Series in a part at least, so that starting a part costs little compared with fitting it.
SERIES_PER_PART = 16
#: Parts of a task at most: each loads all orders that it reuses from an earlier fit.
MAX_PARTS = 64


def split(task: Task, panel: Panel) -> list[FitTask]:
    """Return two or more tasks on some of the series each; empty where the task cannot or need not be split."""
    if not isinstance(task, FitTask) or not fits_each_series(task):
        return []
    with_data = task.cut.base(panel).cut(task.cut.position).lengths > 0
    series = np.flatnonzero(with_data) if task.cut.keep is None else task.cut.keep
    size = max(SERIES_PER_PART, -(-len(series) // MAX_PARTS))
    if len(series) <= size:
        return []
    part = np.zeros(len(panel), dtype=np.int64)  # origins of a series that is not fitted go to the first part
    part[series] = np.arange(len(series)) // size
    return [
        replace(
            task,
            cut=replace(task.cut, keep=series[start : start + size]),
            origins=task.origins[part[task.origins.series] == start // size],
        )
        for start in range(0, len(series), size)
    ]


def run_part(part: FitTask, panel: Panel, results: Results) -> Done:
    """Fit some series and forecast; `Done.fitted` is a `FittedBase`, even where no series could be fitted."""
    return recorded(part, lambda: Computed({}, _fit_part(part, panel, results), {}, {}))


def _fit_part(part: FitTask, panel: Panel, results: Results) -> FittedBase:
    try:
        fitted = fit(part, panel, results)
    except NothingFitted as cause:  # other parts may have a series that can be fitted
        fitted = cause.fitted
    return with_forecast(part, panel, fitted)


def join(
    task: FitTask,
    parts: Sequence[FitTask],
    done: Sequence[Done],
    panel: Panel,
    results: Results,
    *,
    whole: bool = True,
) -> Done:
    """Join the results of all parts of a task; the task fails if one part failed.

    Args:
        task: the whole task.
        parts: its parts, in the order of the series.
        done: the result of each part.
        panel: the data.
        results: the finished stages.
        whole: the parts hold all series, at least one of which must have been fitted.
    """
    seconds = round(sum(d.record["seconds"] for d in done), 6)
    failed = next((d for d in done if d.record["status"] != "done"), None)
    bases = [d.fitted for d in done]
    joined = failed or recorded(task, lambda: checked(task, panel, _joined(parts, bases, whole=whole), results))
    return joined._replace(record={**joined.record, "seconds": seconds})


def _joined(parts: Sequence[FitTask], bases: Sequence[FittedBase], *, whole: bool) -> FittedBase:
    """Return the fits and forecasts of all parts as one, rows in the order of the whole task's origins."""
    first = bases[0].fitted
    if not isinstance(first, Joining):
        raise StageFailure(
            f"{parts[0].stage}: its class inherits PerSeries, but its fitted model does not inherit Joining."
        )
    origins = Origins.join([part.origins for part in parts])
    order = np.argsort(np.concatenate([p.origins.code() for p in parts]), kind="stable")
    try:
        fitted = first.joined([b.fitted for b in bases[1:]])
    except NothingFitted as cause:
        if whole:
            raise
        fitted = cause.fitted
    return FittedBase(
        fitted,
        Forecast(origins, np.concatenate([b.forecast.mean for b in bases])[order]),
        {name: text for b in bases for name, text in b.reasons.items()},
    )
