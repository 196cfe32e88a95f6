"""One fit over many series in parts: a stage that fits each series alone is shared out among workers, and put together.

Parts are drawn from the task alone, never from the number of workers, and joined in the order of the series: the
result is the one that the whole task gives, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hybridts.data.panel import Origins, Panel
from hybridts.engine.base_fit import Answer, ask, finished, fit
from hybridts.engine.graph import FitTask, Task, fits_each_series
from hybridts.engine.stage_store import StageResult
from hybridts.engine.task_results import Done, Results, recorded
from hybridts.errors import StageFailure
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Joining, NothingFitted

#: Series in a part, so that starting one costs little beside fitting it.
SERIES = 16
#: Parts of a task at most: each reads all that an earlier fit found (see `Reusing`).
MOST = 64


def split(task: Task, panel: Panel) -> list[FitTask]:
    """The task as at least two tasks on some of its series each; empty where it is one piece of work."""
    if not isinstance(task, FitTask) or not fits_each_series(task):
        return []
    seen = task.cut.base(panel).cut(task.cut.position).lengths > 0
    series = np.flatnonzero(seen) if task.cut.keep is None else task.cut.keep
    size = max(SERIES, -(-len(series) // MOST))
    if len(series) <= size:
        return []
    part = np.zeros(len(panel), dtype=np.int64)  # a series that is asked for but not fitted is the first part's fault
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
    """Fit and ask some series; `fitted` is then an `Answer`, also where none of them could be fitted."""
    return recorded(part, lambda: Done(StageResult({}, {}), _answer(part, panel, results)))


def _answer(part: FitTask, panel: Panel, results: Results) -> Answer:
    try:
        fitted = fit(part, panel, results)
    except NothingFitted as cause:  # the other parts may hold a series that can
        fitted = cause.fitted
    return ask(part, panel, fitted)


def join(
    task: FitTask,
    parts: Sequence[FitTask],
    done: Sequence[Done],
    panel: Panel,
    results: Results,
    *,
    whole: bool = True,
) -> Done:
    """The result of the task from those of its parts; a part that failed as a whole fails it.

    `whole`: these are all its series, of which at least one must have been fitted.
    """
    seconds = {"seconds": round(sum(d.result.record["seconds"] for d in done), 6)}
    failed = next((d for d in done if d.result.record["status"] != "done"), None)
    answers = [d.fitted for d in done]
    joined = failed or recorded(task, lambda: finished(task, panel, _joined(parts, answers, whole=whole), results))
    return Done(StageResult(joined.result.arrays, {**joined.result.record, **seconds}), joined.fitted)


def _joined(parts: Sequence[FitTask], answers: Sequence[Answer], *, whole: bool) -> Answer:
    """The answers of all parts as one, rows in the order of the whole task's origins."""
    first = answers[0].fitted
    if not isinstance(first, Joining):
        raise StageFailure(
            f"{parts[0].stage}: its class says per_series, and its fitted model has no `joined`; add it."
        )
    origins = Origins.join([part.origins for part in parts])
    order = np.argsort(np.concatenate([p.origins.code() for p in parts]), kind="stable")
    try:
        fitted = first.joined([a.fitted for a in answers[1:]])
    except NothingFitted as cause:
        if whole:
            raise
        fitted = cause.fitted
    return Answer(
        fitted,
        Forecast(origins, np.concatenate([a.forecast.mean for a in answers])[order]),
        {name: text for a in answers for name, text in a.reasons.items()},
    )
