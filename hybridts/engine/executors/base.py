"""Pools of workers: the protocol that an executor implements, and the job that a worker runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol

import cloudpickle

from hybridts.data.panel import Panel
from hybridts.engine import stage_record
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.series_shards import run_part
from hybridts.engine.stage_store import StageResult, StageStore
from hybridts.engine.task_results import Done, Results
from hybridts.engine.tasks import run_task
from hybridts.errors import StageFailure

#: Threads of every numerical library in a task: fixed, so that no number depends on how many run beside it.
THREADS = 1


class WorkerJob(NamedTuple):
    """One unit of work of a worker.

    Attributes:
        task: the task.
        part: the task is a part of a larger one (see `series_shards`): its result is joined before it is stored.
    """

    task: Task
    part: bool = False


class WorkerLost(StageFailure):
    """The worker of a job died; another worker may run the job."""


class OverLimit(StageFailure):
    """A job used more time or memory than the limits of a stage."""


class Pool(Protocol):
    """A pool of workers, each running one job at a time. All calls come from one thread.

    Attributes:
        room: number of jobs to submit at a time, a few more than workers, so that no worker waits.
        shares_memory: workers share the memory of one machine, so that one may be killed for the use of another.
    """

    room: int
    shares_memory: bool

    def submit(self, job: WorkerJob) -> Future[Done]:
        """Queue a job. Its future raises StageFailure if only this job failed; other exceptions end the run."""

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Return when at least one future is done; at once if there are none."""

    def close(self) -> None:
        """Stop all workers, including busy ones."""


def perform(job: WorkerJob, panel: Panel, results: Results) -> Done:
    """Run a job without storing its result."""
    try:
        if not job.part:
            return run_task(job.task, panel, results)
        assert isinstance(job.task, FitTask)
        return run_part(job.task, panel, results)
    except SystemExit as cause:  # raised by a model; it must not end the run
        why = StageFailure(f"{job.task.stage} left with SystemExit {cause}".rstrip() + ".")
        return Done({}, stage_record.failure(job.task, 0.0, why), None)


def stored(done: Done, store: StageStore) -> Done:
    """Save a result in the store if it is done, and return it."""
    if done.record["status"] == "done":
        store.save(done.record["key"], StageResult(done.arrays, done.record))
    return done


def without_arrays(done: Done, *, keep: bool) -> Done:
    """Return a stored result without its arrays, and without the fitted model unless it is to be kept."""
    return Done({}, done.record, done.fitted if keep else None)


def packed(value: Any) -> bytes:
    """Pickle a value; classes of the user's script and of plugin files are pickled by value."""
    blob: bytes = cloudpickle.dumps(value)
    return blob


@contextlib.contextmanager
def one_thread(*, networks: bool = True) -> Iterator[None]:
    """Limit numerical libraries to the fixed number of threads, and restore their limits after it.

    A library that is loaded inside escapes the limit, so torch is loaded first, unless no network is fitted inside.
    """
    from threadpoolctl import threadpool_limits

    if networks:
        import hybridts.models.neural.fitted_network  # noqa: F401
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch is not None else 0
    if torch is not None:
        torch.set_num_threads(THREADS)
    try:
        with threadpool_limits(THREADS):
            yield
    finally:
        if torch is not None:
            torch.set_num_threads(before)
