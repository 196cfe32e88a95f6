"""The state of one execution: what waits, what is ready, what is finished, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.cost import costs_of
from hybridts.engine.graph import FitTask, Plan, Task
from hybridts.engine.series_cache import Memory
from hybridts.engine.sharing import sharing
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import MISSING
from hybridts.errors import StoreError


@dataclass(frozen=True)
class Event:
    """What a watcher is told after every task.

    Attributes:
        done, total: tasks finished and planned; cost_total, cost_done: rough seconds of the work
            that was left at the start, and what is done of it.
        record: the facts of the task just finished; None for those found finished in the store.
        failed: tasks that failed so far.
        note: only in the first event: what the plan shares.
    """

    done: int
    total: int
    cost_done: float
    cost_total: float
    record: Mapping[str, Any] | None
    failed: int
    note: str = ""


Watcher = Callable[[Event], None]


@dataclass(eq=False)
class Outcome:
    """What a run of a plan leaves: the facts of every task, and the models where they were to be kept."""

    records: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)
    kept: dict[str, Any] = field(default_factory=dict)


class RunState:
    """The state of one execution: what waits, what is ready, what is finished."""

    def __init__(
        self,
        plan: Plan,
        panel: Panel,
        store: StageStore,
        watch: Watcher,
        outcome: Outcome,
        *,
        keep: bool,
    ) -> None:
        self.store = store
        self.watch = watch
        self.outcome = outcome
        self.keep = keep
        self.total = len(plan.tasks)
        self.cost_done = 0.0
        self.failed = 0
        self.memory = Memory(store, {} if keep else store.lineages(), plan.tasks)
        self.waiting: dict[str, Task] = {}
        self.doubtful: dict[str, Mapping[str, Any]] = {}
        self.renewed: set[str] = set()
        for key, task in plan.tasks.items():  # dependencies first
            record = None if keep else self._stored(key)
            if record is not None and (record.get(MISSING) or not self.doubtful.keys().isdisjoint(task.needs())):
                self.doubtful[key] = record
            elif record is not None:
                outcome.reused.add(key)
                outcome.records[key] = record
                continue
            self.waiting[key] = task
        self.costs = costs_of(plan, panel, self.waiting)
        self.cost_total = sum(self.costs.values())
        self.watch(Event(len(outcome.records), self.total, self.cost_done, self.cost_total, None, 0, sharing(plan)))

    def _stored(self, key: str) -> Mapping[str, Any] | None:
        """What the store tells of a finished task."""
        if not self.store.has(key):
            return None
        try:
            return self.store.checked(key)
        except StoreError:
            self.store.drop(key)  # damaged: computed again
            return None

    def ready(self) -> list[Task]:
        """Tasks whose needs are finished, the most expensive first; those that can never run are marked."""
        found: list[Task] = []
        for key, task in list(self.waiting.items()):
            needs = task.needs()
            states = [self.outcome.records[k]["status"] if k in self.outcome.records else None for k in needs]
            broken = [k for k, s in zip(needs, states, strict=True) if s not in (None, "done")]
            fatal = [k for k in broken if k in task.required()]
            if fatal:
                del self.waiting[key]
                self.finish(task, _blocked(task, self.outcome.records[fatal[0]]), None)
            elif None not in states and not self._still_true(task, broken):
                found.append(task)
        return sorted(found, key=lambda t: (not isinstance(t, FitTask), -self.costs[t.key]))

    def _still_true(self, task: Task, broken: Sequence[str]) -> bool:
        """Whether the stored answer of a task that went on without something, or stands on such a one, is today's.

        It is where the same is missing again and nothing below was computed anew; else it is forgotten.
        """
        record = self.doubtful.pop(task.key, None)
        if record is None:
            return False
        if set(record.get(MISSING, ())) != set(broken) or not self.renewed.isdisjoint(task.needs()):
            self.renewed.add(task.key)
            self.store.forget(task.key)
            return False
        del self.waiting[task.key]
        self.outcome.reused.add(task.key)
        self.outcome.records[task.key] = record
        self.cost_done += self.costs[task.key]
        self._tell(None)
        return True

    def finish(self, task: Task, record: Mapping[str, Any], fitted: Any) -> None:
        """Note a finished task."""
        self.outcome.records[task.key] = record
        if self.keep:
            self.outcome.kept[task.key] = fitted
        self.cost_done += self.costs[task.key]
        self.failed += record["status"] == "failed"
        self._tell(record)

    def _tell(self, record: Mapping[str, Any] | None) -> None:
        done = len(self.outcome.records)
        self.watch(Event(done, self.total, self.cost_done, self.cost_total, record, self.failed))


def _blocked(task: Task, cause: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a task that cannot run because one it stands on did not finish."""
    root = cause.get("root", cause["stage"])
    what = "is not applicable" if cause["status"] == "not_applicable" else "failed"
    message = cause["message"] if "root" in cause else f"needs {root}, which {what}: {cause['message']}"
    return {
        "key": task.key,
        "stage": task.stage,
        "kind": task.kind,
        "role": type(task).__name__,
        "status": cause["status"],
        "root": root,
        "message": message,
        "error": cause["error"],
        "traceback": cause["traceback"],
        "seconds": 0.0,
    }
