"""Rough peak memory of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.graph import CombineTask, FitTask, PriorTask, Task

#: Bytes of a process that has imported its libraries, with and without torch.
IMPORTED, IMPORTED_TORCH = 150 * 2**20, 350 * 2**20
#: Numbers of an encoded network input that are held at most (4 bytes each).
MAX_ENCODED = 8_000_000


def memory_of(tasks: Sequence[Task], panel: Panel, jobs: int) -> int:
    """Return rough peak bytes of a run: libraries and panel in every process, and the largest tasks."""
    if not tasks:
        return 0
    neural = any(task.kind == "neural" for task in tasks)
    data = sum(part.nbytes for part in (panel.values, panel.times, panel.past, panel.future, panel.static))
    largest = sorted((_bytes_of(task, panel) for task in tasks), reverse=True)[:jobs]
    processes = 1 if jobs == 1 else jobs + 1
    return int(processes * ((IMPORTED_TORCH if neural else IMPORTED) + 2 * data) + sum(largest))


def _bytes_of(task: Task, panel: Panel) -> float:
    """Return rough bytes of one task: its forecasts, and the input of its model."""
    if isinstance(task, PriorTask):
        return MAX_ENCODED * 4.0
    horizon = task.spec.horizon
    forecasts = len(task.origins) * horizon * 8 * 3
    width = min(max(panel.season, 4), 24) + 15
    if isinstance(task, CombineTask):
        return forecasts * (1.0 + len(task.members))
    corrector = getattr(task, "corrector", None)
    model: Any = task.forecaster if isinstance(task, FitTask) else getattr(corrector, "corrector", corrector)
    learner = getattr(model, "learner", None)
    if learner is not None:
        rows = int(task.cut.position.clip(-1).sum()) * horizon
        most = getattr(learner, "max_rows", 200_000)
        exact = 200 * 2**20 if type(learner).__name__ == "SVM" else 0
        return forecasts + min(rows, most) * (width * 4 * 3 + 8 * getattr(learner, "components", 0)) + rows * 24 + exact
    if hasattr(model, "expression"):
        return (
            forecasts + min(MAX_ENCODED, int(task.cut.position.clip(-1).sum()) * (4 * panel.season + horizon)) * 4 * 2
        )
    return float(forecasts)
