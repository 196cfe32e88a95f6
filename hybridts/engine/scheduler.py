"""Run on workers: hand out tasks and parts of tasks, take their results back, retry after a lost worker."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from hybridts.data.panel import Panel
from hybridts.engine import stage_record
from hybridts.engine.executors import executor_of
from hybridts.engine.executors.base import Pool, WorkerJob, WorkerLost, stored, without_arrays
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.progress_state import RunState
from hybridts.engine.resources import Workers
from hybridts.engine.series_cache import CachedSeries
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_parts import join_parts, parts_to_fit
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure

_LOST_TWICE = "It was tried twice and lost its worker both times; the second time no other stage ran beside it."


def run_on_workers(run: RunState, panel: Panel, workers: Workers) -> None:
    """Run all waiting tasks."""
    pool = executor_of(workers).start(workers, panel, run.store, run.keep)
    try:
        _Scheduler(run, panel, pool).run_all()
    finally:
        pool.close()


class _WorkItem(NamedTuple):
    """One job of a worker.

    Attributes:
        task: the task.
        part: number of the part to run; None for the whole task.
        retry: its first worker was lost.
    """

    task: Task
    part: int | None = None
    retry: bool = False


class _Submitted(NamedTuple):
    """An item that the pool has, and the monotonic time when it was submitted."""

    item: _WorkItem
    since: float


class _SplitTask:
    """A task that runs in parts: the parts, its cached series, and the results so far."""

    def __init__(self, parts: list[FitTask], cached: CachedSeries | None = None) -> None:
        self.parts = parts
        self.cached = cached
        self.done: dict[int, Done] = {}

    def joined(self, task: FitTask, panel: Panel, store: StageStore) -> Done | None:
        """Return the result of the task; None until all parts have ended."""
        if len(self.done) < len(self.parts):
            return None
        done = [self.done[i] for i in range(len(self.parts))]
        return join_parts(task, self.parts, done, self.cached, panel, store)


class _Scheduler:
    """The items of a run: queued, lost and to be retried, or submitted; and the tasks that run in parts."""

    def __init__(self, run: RunState, panel: Panel, pool: Pool) -> None:
        self.run = run
        self.panel = panel
        self.pool = pool
        self.queue: deque[_WorkItem] = deque()
        self.lost: deque[_WorkItem] = deque()
        self.submitted: dict[Future[Done], _Submitted] = {}
        self.split_tasks: dict[str, _SplitTask] = {}

    def run_all(self) -> None:
        """Run until nothing is left."""
        while self.run.waiting or self.queue or self.submitted or self.lost:
            self._hand_out(self.pool.room)
            self.pool.wait(self.submitted)
            for future in [future for future in self.submitted if future.done()]:
                self._take_back(future, self.submitted.pop(future))

    def _hand_out(self, room: int) -> None:
        # Only a few items ahead are submitted: a failure can still cancel those in the queue.
        ready = deque(self.run.ready() if len(self.queue) < room - len(self.submitted) else ())
        while len(self.submitted) < room and (self.queue or ready):
            if not self.queue:
                self._enqueue(ready.popleft())
            else:
                self._submit(self.queue.popleft())
        if self.lost and not self.submitted:  # alone, because the other workers may have used up the memory
            self._submit(self.lost.popleft())

    def _enqueue(self, task: Task) -> None:
        del self.run.waiting[task.key]
        cached = self.run.cache.find(task, self.panel)
        parts = parts_to_fit(task, cached, self.panel)
        if not parts and cached is None:
            self.queue.append(_WorkItem(task))
            return
        if not parts:
            assert cached is not None and isinstance(task, FitTask)
            done = stored(cached.merged(task, self.panel, self.run.store, None), self.run.store)
            self.run.finish(task, done.record, None)
            return
        self.split_tasks[task.key] = _SplitTask(parts, cached)
        self.queue.extend(_WorkItem(task, i) for i in range(len(parts)))

    def _submit(self, item: _WorkItem) -> None:
        task = item.task if item.part is None else self.split_tasks[item.task.key].parts[item.part]
        future = self.pool.submit(WorkerJob(task, item.part is not None))
        self.submitted[future] = _Submitted(item, time.monotonic())

    def _take_back(self, future: Future[Done], submitted: _Submitted) -> None:
        item = submitted.item
        try:
            done = future.result()
        except WorkerLost as cause:
            if not item.retry:
                (self.lost if self.pool.shares_memory else self.queue).append(item._replace(retry=True))
                return
            why = f"{cause} {_LOST_TWICE}" if self.pool.shares_memory else f"{cause} It was tried twice."
            self._give_up(submitted, WorkerLost(why))
        except StageFailure as cause:
            self._give_up(submitted, cause)
        else:
            self._accept(item, done)

    def _accept(self, item: _WorkItem, done: Done) -> None:
        if item.part is not None:
            whole = self._accept_part(item.task, item.part, done)
            if whole is None:
                return
            done = whole
        self.run.finish(item.task, done.record, done.fitted)

    def _accept_part(self, task: Task, part: int, done: Done) -> Done | None:
        """Return the stored result of the task after its last part; None before, or if the task was given up."""
        assert isinstance(task, FitTask)
        split_task = self.split_tasks.get(task.key)
        if split_task is None:
            return None
        split_task.done[part] = done
        joined = split_task.joined(task, self.panel, self.run.store)
        if joined is None:
            return None
        del self.split_tasks[task.key]
        return without_arrays(stored(joined, self.run.store), keep=self.run.keep)

    def _give_up(self, submitted: _Submitted, cause: StageFailure) -> None:
        """Record the failure of a task and drop its queued parts; results of submitted parts are ignored."""
        task = submitted.item.task
        if submitted.item.part is not None and self.split_tasks.pop(task.key, None) is None:
            return
        for waiting in (self.queue, self.lost):
            rest = [item for item in waiting if item.task is not task]
            waiting.clear()
            waiting.extend(rest)
        self.run.finish(task, stage_record.failure(task, time.monotonic() - submitted.since, cause), None)
