"""What remains to compute of a task: the parts of it, or of its series that are not cached, and how they are joined."""

from __future__ import annotations

from collections.abc import Sequence

from hybridts.data.panel import Panel
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.series_cache import CachedSeries
from hybridts.engine.series_shards import join, split
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done


def parts_to_fit(task: Task, cached: CachedSeries | None, panel: Panel) -> list[FitTask]:
    """Return the parts of a task to fit; empty if it is not split, or if all its series are cached."""
    if cached is None:
        return split(task, panel)
    assert isinstance(task, FitTask)
    rest = cached.remaining(task, panel)
    return [] if rest is None else split(rest, panel) or [rest]


def join_parts(
    task: FitTask,
    parts: Sequence[FitTask],
    done: Sequence[Done],
    cached: CachedSeries | None,
    panel: Panel,
    store: StageStore,
) -> Done:
    """Return the result of a task from the results of its parts and the cached series."""
    if cached is None:
        return join(task, parts, done, panel, store)
    rest = cached.remaining(task, panel)
    assert rest is not None
    return cached.merged(task, panel, store, join(rest, parts, done, panel, store, whole=False))
