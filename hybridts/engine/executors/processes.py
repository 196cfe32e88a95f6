"""Worker processes of this machine, each with one job at a time and a pipe of its own.

Workers share no queue and no lock, so that the death of one loses only its own job.
"""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Collection
from concurrent.futures import Future
from multiprocessing.connection import Pipe, wait
from typing import Any, NamedTuple

import psutil

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import THREADS, OverLimit, WorkerJob, WorkerLost, packed
from hybridts.engine.executors.interrupts import interrupts_delayed
from hybridts.engine.executors.worker import BEGUN, READY
from hybridts.engine.executors.worker_start import interrupts_held, start
from hybridts.engine.resources import Limits
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure

#: Seconds between two checks of busy workers for death and limits.
CHECK_INTERVAL = 0.2
#: The same where memory is limited: it can grow by a gigabyte in a second.
MEMORY_CHECK_INTERVAL = 0.05
#: Seconds that a worker may take to start and to load a job, where time is limited.
LOADING = 300.0
#: Bytes that a worker may grow by over its jobs before it is replaced: some libraries leak memory.
MAX_GROWTH = 10**9


class _Order(NamedTuple):
    """A pickled job, the name of its stage, and the future of its result."""

    stage: str
    blob: bytes
    future: Future[Done]


class Processes:
    """A pool of at most `jobs` processes, started when jobs arrive and used until the end of the run."""

    shares_memory = True

    def __init__(self, jobs: int, limits: Limits, panel: Panel, store: StageStore, *, keep: bool) -> None:
        self.jobs = jobs
        self.room = 2 * jobs
        self.limits = limits
        self.setting = packed((panel, store, keep))
        self.workers: list[_Worker] = []
        self.queue: deque[_Order] = deque()
        self.checked = 0.0
        self.owner = os.getpid()
        _OPEN.add(self)

    def submit(self, job: WorkerJob) -> Future[Done]:
        """Queue a job for the next free worker."""
        future: Future[Done] = Future()
        try:
            self.queue.append(_Order(job.task.stage, packed(job), future))
        except Exception as cause:  # pickling a user's object may raise anything
            text = (
                f"{job.task.stage} cannot be sent to a worker process ({type(cause).__name__}: {cause}). Make its "
                "class and settings picklable, or run with jobs=1 and without limits."
            )
            future.set_exception(StageFailure(text))
        self._hand_out()
        return future

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Return when one of the futures is done."""
        interval = CHECK_INTERVAL if self.limits.memory is None else MEMORY_CHECK_INTERVAL
        while futures and not any(future.done() for future in futures):
            readable = wait([worker.pipe for worker in self.workers], timeout=interval)
            now = time.monotonic()
            due = now - self.checked >= interval
            self.checked = now if due else self.checked
            for worker in list(self.workers):
                if worker.pipe in readable:
                    worker.receive(self.setting)
                if due or worker.broken:
                    self._check(worker)
            self._hand_out()

    def close(self) -> None:
        """Stop all workers; results of finished jobs are in the store already."""
        with interrupts_delayed():
            for worker in list(self.workers):
                self._remove(worker)
        _OPEN.discard(self)

    def _hand_out(self) -> None:
        for worker in [w for w in self.workers if w.order is None]:
            if not worker.alive() or worker.has_grown():
                self._remove(worker)
            elif self.queue:
                worker.take(self.queue.popleft())
        while self.queue and len(self.workers) < self.jobs:
            self._start(self.queue.popleft())

    def _start(self, order: _Order) -> None:
        worker = _Worker(order)
        self.workers.append(worker)  # before it starts, so that `close` finds it after an interrupt
        worker.begin()

    def _check(self, worker: _Worker) -> None:
        """Replace or remove a worker that died or is above its limits."""
        order = worker.order
        if order is None:
            return
        if worker.used and worker.over_memory(self.limits):  # memory may be left from earlier jobs
            self._remove(worker)
            self._start(order)
            return
        fault = worker.fault(self.limits)
        if fault is not None:
            self._remove(worker)
            order.future.set_exception(fault)

    def _remove(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.end()


#: Pools that were not closed, so that their workers end before this process waits for its children at its end.
_OPEN: set[Processes] = set()


@atexit.register
def _close_all() -> None:
    for pool in list(_OPEN):
        if pool.owner == os.getpid():  # a forked child has the pools of its parent, too
            pool.close()


class _Worker:
    """A worker process, its pipe, and its current job."""

    def __init__(self, order: _Order) -> None:
        from loky.backend.context import get_context

        self.order: _Order | None = order
        self.used = False  # has finished a job
        self.broken = False  # its pipe has failed
        self.begun: float | None = None  # when it had loaded its job
        self.first_memory: int | None = None
        self.since = time.monotonic()  # when it was given its job
        self.pipe, self.other_end = Pipe()
        # This context starts a new interpreter without running the user's script again.
        self.process: Any = get_context("loky").Process(
            target=start, args=(self.other_end, os.getpid()), env=_ENVIRONMENT
        )

    def begin(self) -> None:
        """Start the process."""
        with interrupts_held():
            self.process.start()
        self.other_end.close()
        self.usage = psutil.Process(self.process.pid)

    def alive(self) -> bool:
        """Return whether it can take a job."""
        return not self.broken and self.process.exitcode is None

    def take(self, order: _Order) -> None:
        """Send it the next job."""
        self.order = order
        self.since = time.monotonic()
        self._send(order.blob)

    def receive(self, setting: bytes) -> None:
        """Read all its messages."""
        try:
            while self.pipe.poll():
                self._handle(self.pipe.recv_bytes(), setting)
        except (EOFError, OSError):
            self.broken = True

    def _handle(self, message: bytes, setting: bytes) -> None:
        assert self.order is not None
        if message == READY:
            self._send(setting)
            self._send(self.order.blob)
        elif message == BEGUN:
            self.begun = time.monotonic()
        else:
            future = self.order.future
            self.order, self.begun, self.used = None, None, True
            result = pickle.loads(message)
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _send(self, blob: bytes) -> None:
        try:
            self.pipe.send_bytes(blob)
        except OSError:
            self.broken = True

    def fault(self, limits: Limits) -> WorkerLost | OverLimit | None:
        """Return why its job must stop; None if it may go on."""
        if not self.alive():
            self.end()
            return WorkerLost(f"the worker process died while it ran this stage: {_exit_text(self.process.exitcode)}")
        seconds = math.inf if limits.seconds is None else limits.seconds
        since, most = (self.since, max(seconds, LOADING)) if self.begun is None else (self.begun, seconds)
        if time.monotonic() - since > most:
            did = "ran" if self.begun is not None else "was loading in its worker process for"
            return OverLimit(
                f"the stage {did} longer than {most:g} s, the limit of a stage, and was stopped. Raise "
                "--stage-seconds, or give the model smaller settings."
            )
        if self.over_memory(limits):
            return OverLimit(
                f"the stage's worker process held more than {_mega(limits.memory)} of memory, the limit of a stage "
                "(libraries take about 500 MB of it), and was stopped. Raise --stage-memory, or give the model "
                "smaller settings."
            )
        return None

    def over_memory(self, limits: Limits) -> bool:
        """Return whether it uses more memory than the limit of a stage."""
        return limits.memory is not None and self._memory() > limits.memory

    def has_grown(self) -> bool:
        """Return whether it uses far more memory than after its first job."""
        now = self._memory()
        self.first_memory = now if self.first_memory is None else self.first_memory
        return now > self.first_memory + MAX_GROWTH

    def _memory(self) -> int:
        try:
            return int(self.usage.memory_info().rss)
        except psutil.Error:  # it has just died
            return 0

    def end(self) -> None:
        """Kill it and all processes that it started."""
        self.pipe.close()
        self.other_end.close()
        if self.process.pid is None or self.process.exitcode is not None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            itself = psutil.Process(self.process.pid)
            for process in [itself, *itself.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.process.join()


_ENVIRONMENT = {name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def _mega(size: int | None) -> str:
    return f"{(size or 0) / 1e6:.0f} MB"


def _exit_text(code: int | None) -> str:
    """Describe the exit code of a process, with advice."""
    if code is None or code >= 0:
        return f"exit code {code}. Some code of the model ended the whole process; it must raise an exception instead."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
    if name == "SIGKILL":
        advice = "Mostly the machine ran out of memory: use fewer --jobs, smaller settings, or more memory."
    else:
        advice = "Mostly a native library is at fault: upgrade it, or leave the model out."
    return f"signal {-code}, {name}. {advice}"
