"""State of a run: which tasks wait, which are ready, which have ended, and the events for its watcher."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hybridts.data.panel import Panel
from hybridts.engine import stage_record
from hybridts.engine.cost import costs_of
from hybridts.engine.graph import CombineTask, CorrectTask, Plan, Task
from hybridts.engine.series_cache import SeriesCache
from hybridts.engine.shared_stages import sharing
from hybridts.engine.stage_check import check_stage, of_forecast
from hybridts.engine.stage_record import MISSING, StageRecord
from hybridts.engine.stage_store import StageStore
from hybridts.errors import StoreError


@dataclass(frozen=True)
class Event:
    """Progress of a run, sent after every task.

    Attributes:
        done, total: tasks that ended, and planned tasks.
        cost_done, cost_total: estimated seconds of the work done, and of all work left at the start.
        record: the record of the task that just ended; None for tasks found in the store.
        failed: tasks that failed so far.
        note: in the first event: a summary of the shared stages.
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
    """Result of a run.

    Attributes:
        records: task key -> its record.
        reused: keys of the tasks found in the store.
        kept: task key -> fitted model, if models are kept.
    """

    records: dict[str, StageRecord] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)
    kept: dict[str, Any] = field(default_factory=dict)


class RunState:
    """State of one run of a plan.

    Attributes:
        store: the finished stages; watch: called with every event; outcome: filled during the run.
        keep: fitted models are kept.
        cache: series that other runs have fitted.
        waiting: tasks that have not started, by key, inputs first.
        costs: estimated seconds of the tasks that waited at the start, by key.
    """

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
        self.cache = SeriesCache(store, {} if keep else store.lineages(), plan.tasks)
        self.waiting: dict[str, Task] = {}
        self._incomplete: dict[str, StageRecord] = {}  # stored without some input, or on top of such a stage
        self._recomputed: set[str] = set()
        for key, task in plan.tasks.items():  # inputs first
            record = None if keep else self._stored(task)
            if record is not None and (record.get(MISSING) or not self._incomplete.keys().isdisjoint(task.needs())):
                self._incomplete[key] = record
            elif record is not None:
                outcome.reused.add(key)
                outcome.records[key] = record
                continue
            self.waiting[key] = task
        self.costs = costs_of(plan, panel, self.waiting)
        self.cost_total = sum(self.costs.values())
        self.watch(Event(len(outcome.records), self.total, self.cost_done, self.cost_total, None, 0, sharing(plan)))

    def _stored(self, task: Task) -> StageRecord | None:
        """Return the record of an undamaged stage of the task in the store; drop a damaged or foreign one."""
        if not self.store.has(task.key):
            return None
        try:
            found = self.store.checked(task.key, of_forecast)
            check_stage(task, found)
        except (StoreError, ValueError):
            self.store.drop(task.key)
            return None
        return cast("StageRecord", dict(found.record))

    def ready(self) -> list[Task]:
        """Return the tasks whose inputs have ended, the most expensive first; end those that can never run."""
        found: list[Task] = []
        for key, task in list(self.waiting.items()):
            needs = task.needs()
            states = [self.outcome.records[k]["status"] if k in self.outcome.records else None for k in needs]
            missing = [k for k, s in zip(needs, states, strict=True) if s not in (None, "done")]
            fatal = [k for k in missing if k in task.required()]
            if fatal:
                del self.waiting[key]
                self.finish(task, stage_record.blocked(task, self.outcome.records[fatal[0]]), None)
            elif None not in states and not self._reuse_incomplete(task, missing):
                found.append(task)
        return sorted(found, key=lambda t: (isinstance(t, (CorrectTask, CombineTask)), -self.costs[t.key]))

    def _reuse_incomplete(self, task: Task, missing: Sequence[str]) -> bool:
        """Reuse a stored stage that was computed without some input; return whether it was reused.

        It is valid if the same inputs are missing again and none of its inputs was recomputed; else it is removed.
        """
        record = self._incomplete.pop(task.key, None)
        if record is None:
            return False
        if set(record.get(MISSING, ())) != set(missing) or not self._recomputed.isdisjoint(task.needs()):
            self._recomputed.add(task.key)
            self.store.forget(task.key)
            return False
        del self.waiting[task.key]
        self.outcome.reused.add(task.key)
        self.outcome.records[task.key] = record
        self.cost_done += self.costs[task.key]
        self._notify(None)
        return True

    def finish(self, task: Task, record: StageRecord, fitted: Any) -> None:
        """Record a task that ended."""
        self.outcome.records[task.key] = record
        if self.keep:
            self.outcome.kept[task.key] = fitted
        self.cost_done += self.costs[task.key]
        self.failed += record["status"] == "failed"
        self._notify(record)

    def _notify(self, record: StageRecord | None) -> None:
        done = len(self.outcome.records)
        self.watch(Event(done, self.total, self.cost_done, self.cost_total, record, self.failed))
