"""One task: read its inputs from finished stages, compute, and return arrays and a record. No hidden state."""

from __future__ import annotations

from hybridts.data.panel import Panel
from hybridts.engine.base_fit import WEIGHT, checked, fit, with_forecast
from hybridts.engine.graph import CombineTask, CorrectTask, FitTask, PriorTask, Task
from hybridts.engine.task_results import Computed, Done, Results, recorded
from hybridts.hybrids.correction import CorrectionStage, correct
from hybridts.hybrids.ensemble import EnsembleStage, combine


def run_task(task: Task, panel: Panel, results: Results) -> Done:
    """Run one task; a fault of a model becomes a record with status "failed" or "not_applicable"."""
    if isinstance(task, PriorTask):
        return recorded(task, lambda: _learn(task))
    if isinstance(task, FitTask):
        return recorded(task, lambda: _fit(task, panel, results))
    if isinstance(task, CombineTask):
        return recorded(task, lambda: _combine(task, panel, results))
    return recorded(task, lambda: _correct(task, panel, results))


def _learn(task: PriorTask) -> Computed:
    found = task.prior.learned()
    arrays = {f"{WEIGHT}{name}": values for name, values in found.weights.items()}
    return Computed(arrays, None, {"notices": list(found.notices)} if found.notices else {}, {})


def _fit(task: FitTask, panel: Panel, results: Results) -> Computed:
    return checked(task, panel, with_forecast(task, panel, fit(task, panel, results)), results)


def _correct(task: CorrectTask, panel: Panel, results: Results) -> Computed:
    stage = CorrectionStage(
        task.stage,
        task.corrector,
        task.source,
        task.local,
        task.rules,
        task.spec,
        task.needs_oof,
        task.held_out,
    )
    seen = task.cut.seen(panel, task.spec.reach)
    visible = task.cut.visible(panel, task.origins, task.spec.reach)
    found = correct(stage, seen, visible, task.origins, results)
    arrays = {**found.forecast.arrays(), **found.arrays}
    return Computed(arrays, found.learned, found.notes, {}, _missing(task, results))


def _combine(task: CombineTask, panel: Panel, results: Results) -> Computed:
    stage = EnsembleStage(task.stage, task.how, task.options, task.members, task.names, task.spec, task.needs_oof)
    seen = task.cut.seen(panel, task.spec.reach)
    found = combine(stage, seen, task.origins, results)
    arrays = {**found.forecast.arrays(), **found.arrays}
    return Computed(arrays, found.combined, found.notes, found.failures, _missing(task, results))


def _missing(task: Task, results: Results) -> list[str]:
    """Return the keys of the inputs that have not finished; a later run may have them."""
    return [key for key in task.needs() if not results.has(key)]
