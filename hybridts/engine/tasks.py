"""One task: read what it stands on from the store, fit, forecast, hand back arrays and facts. No hidden state."""

from __future__ import annotations

from hybridts.data.panel import Panel
from hybridts.engine.base_fit import answer, finished
from hybridts.engine.graph import CombineTask, CorrectTask, FitTask, Task
from hybridts.engine.stage_store import StageResult
from hybridts.engine.task_results import MISSING, Done, Results, recorded
from hybridts.hybrids.correction import CorrectionStage, correct
from hybridts.hybrids.ensemble import EnsembleStage, combine


def run_task(task: Task, panel: Panel, results: Results) -> Done:
    """Run one task. Never raises for a model's fault: the record then says "failed" or "not_applicable"."""
    if isinstance(task, FitTask):
        return recorded(task, lambda: finished(task, panel, answer(task, panel, results), results))
    if isinstance(task, CombineTask):
        return recorded(task, lambda: _combine(task, panel, results))
    return recorded(task, lambda: _correct(task, panel, results))


def _correct(task: CorrectTask, panel: Panel, results: Results) -> Done:
    stage = CorrectionStage(task.stage, task.corrector, task.source, task.own, task.rules, task.frame, task.deeper)
    seen = task.cut.seen(panel, task.frame.reach)
    visible = task.cut.visible(panel, task.origins, task.frame.reach)
    found = correct(stage, seen, visible, task.origins, results)
    record = {"notes": found.notes, "failures": {}, **_missing(task, results)}
    return Done(StageResult({**found.forecast.arrays(), **found.arrays}, record), found.learned)


def _combine(task: CombineTask, panel: Panel, results: Results) -> Done:
    stage = EnsembleStage(task.stage, task.how, task.options, task.members, task.names, task.frame, task.deeper)
    seen = task.cut.seen(panel, task.frame.reach)
    found = combine(stage, seen, task.origins, results)
    record = {"notes": found.notes, "failures": found.failures, **_missing(task, results)}
    return Done(StageResult({**found.forecast.arrays(), **found.arrays}, record), found.combined)


def _missing(task: Task, results: Results) -> dict[str, list[str]]:
    """Keys of stages that the task goes on without: another run may have them."""
    keys = [key for key in task.needs() if not results.has(key)]
    return {MISSING: keys} if keys else {}
