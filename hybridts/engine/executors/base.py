"""What a pool of workers is, whoever provides it, and what a job of it does."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol

import cloudpickle

from hybridts.data.panel import Panel
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.series_shards import run_part
from hybridts.engine.stage_store import StageResult, StageStore
from hybridts.engine.tasks import Done, Results, recorded, run_task
from hybridts.errors import StageFailure

#: Threads of every numerical library in a task: fixed, so that no number depends on how many run beside it.
THREADS = 1


class Job(NamedTuple):
    """What one worker is given at a time: a task, or some series of one (`part`, see parts.py)."""

    task: Task
    part: bool = False


class WorkerLost(StageFailure):
    """The worker of a job died; the job may be given to another."""


class OverLimit(StageFailure):
    """A job used more time or memory than a stage may."""


class Pool(Protocol):
    """Runs jobs, each on a worker of its own. Only the thread that made it calls it.

    Attributes:
        room: jobs to give it at a time, a few more than run, so that no worker waits for the next.
        alone: whether jobs that run beside each other may cost one of them its worker.
    """

    room: int
    alone: bool

    def submit(self, job: Job) -> Future[Done]:
        """Have it run. The future raises a StageFailure where this job alone is at fault, else what ends the run."""

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Return when at least one of them is done; at once if there are none."""

    def close(self) -> None:
        """End all workers, those at work too."""


def perform(job: Job, panel: Panel, results: Results) -> Done:
    """Run a job; nothing is stored."""
    try:
        if not job.part:
            return run_task(job.task, panel, results)
        assert isinstance(job.task, FitTask)
        return run_part(job.task, panel, results)
    except SystemExit as cause:  # a model's, which is not to end the run
        return failed(job.task, StageFailure(f"{job.task.stage} left with SystemExit {cause}".rstrip() + "."), 0.0)


def failed(task: Task, cause: StageFailure, seconds: float) -> Done:
    """What is left of a task that could not tell itself why it failed."""

    def fail() -> Done:
        raise cause

    facts = {**recorded(task, fail).result.record, "traceback": "", "seconds": round(seconds, 6)}
    return Done(StageResult({}, facts), None)


def stored(done: Done, store: StageStore) -> Done:
    """The same, in the store if it finished."""
    record = done.result.record
    if record["status"] == "done":
        store.save(record["key"], done.result)
    return done


def only_facts(done: Done, *, keep: bool) -> Done:
    """What the run needs of a result that is stored: its facts, and the model if it is to be kept."""
    return Done(StageResult({}, done.result.record), done.fitted if keep else None)


def packed(value: Any) -> bytes:
    """Pickled, classes of the user's script and of plugin files by value."""
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
