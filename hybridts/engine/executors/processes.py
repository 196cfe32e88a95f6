"""Worker processes of this machine: one job at a time each, and every one on a pipe of its own.

Workers share nothing, no queue and no lock, so that one may die at any moment and cost its own job only.
"""

from __future__ import annotations

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
from hybridts.engine.executors.base import THREADS, Job, OverLimit, WorkerLost, packed
from hybridts.engine.executors.worker import BEGUN, READY
from hybridts.engine.executors.worker_start import interrupts_held, start
from hybridts.engine.resources import Limits
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure

#: Seconds between two looks at workers that say nothing: for their death, and for their limits.
LOOK = 0.2
#: The same where memory is limited: it can grow by a gigabyte in a second.
LOOK_CLOSELY = 0.05
#: Seconds that a worker may take to start and to load a job, where time is limited.
LOADING = 300.0
#: Bytes that a worker may gather over its jobs before another takes its place: some libraries leak.
GATHERED = 10**9


class _Order(NamedTuple):
    """A job on its way, and who waits for it."""

    stage: str
    blob: bytes
    future: Future[Done]


class Processes:
    """At most `jobs` processes, started as jobs come in and used until the end of the run."""

    alone = True  # they share the memory of this machine

    def __init__(self, jobs: int, limits: Limits, panel: Panel, store: StageStore, *, keep: bool) -> None:
        self.jobs = jobs
        self.room = 2 * jobs
        self.limits = limits
        self.setting = packed((panel, store, keep))
        self.workers: list[_Worker] = []
        self.queue: deque[_Order] = deque()
        self.looked = 0.0

    def submit(self, job: Job) -> Future[Done]:
        """Have it run by the next free worker."""
        future: Future[Done] = Future()
        try:
            self.queue.append(_Order(job.task.stage, packed(job), future))
        except Exception as cause:  # whatever pickling an object of somebody else's raises
            text = (
                f"{job.task.stage} cannot be sent to a worker process ({type(cause).__name__}: {cause}). Make its "
                "class and settings picklable, or run with jobs=1 and without limits."
            )
            future.set_exception(StageFailure(text))
        self._hand_out()
        return future

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Until one of them is done."""
        look = LOOK if self.limits.memory is None else LOOK_CLOSELY
        while futures and not any(future.done() for future in futures):
            told = wait([worker.pipe for worker in self.workers], timeout=look)
            now = time.monotonic()
            due = now - self.looked >= look
            self.looked = now if due else self.looked
            for worker in list(self.workers):
                if worker.pipe in told:
                    worker.listen(self.setting)
                if due or worker.broken:
                    self._look_at(worker)
            self._hand_out()

    def close(self) -> None:
        """End all workers: what they finished is in the store, and they hold nothing else."""
        for worker in list(self.workers):
            self._remove(worker)

    def _hand_out(self) -> None:
        for worker in [w for w in self.workers if w.order is None]:
            if not worker.alive() or worker.swollen():
                self._remove(worker)
            elif self.queue:
                worker.take(self.queue.popleft())
        while self.queue and len(self.workers) < self.jobs:
            self._start(self.queue.popleft())

    def _start(self, order: _Order) -> None:
        worker = _Worker(order)
        self.workers.append(worker)  # first, so that an interrupt finds it
        worker.begin()

    def _look_at(self, worker: _Worker) -> None:
        """Whether it died, or must."""
        order = worker.order
        if order is None:
            return
        if worker.used and worker.over_memory(self.limits):  # what earlier jobs left behind is not this one's fault
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


class _Worker:
    """A process, its end of the pipe, and the job it has."""

    def __init__(self, order: _Order) -> None:
        from loky.backend.context import get_context

        self.order: _Order | None = order
        self.used = False
        self.broken = False
        self.begun: float | None = None
        self.first: int | None = None
        self.since = time.monotonic()
        self.pipe, self.theirs = Pipe()
        # This context starts a new interpreter without reading the user's script again.
        self.process: Any = get_context("loky").Process(target=start, args=(self.theirs, os.getpid()), env=_ENVIRONMENT)

    def begin(self) -> None:
        """Start the process."""
        with interrupts_held():
            self.process.start()
        self.theirs.close()
        self.facts = psutil.Process(self.process.pid)

    def alive(self) -> bool:
        """Whether it can be given something."""
        return not self.broken and self.process.exitcode is None

    def take(self, order: _Order) -> None:
        """Begin another job."""
        self.order = order
        self.since = time.monotonic()
        self._send(order.blob)

    def listen(self, setting: bytes) -> None:
        """Take in all that it says."""
        try:
            while self.pipe.poll():
                self._hear(self.pipe.recv_bytes(), setting)
        except (EOFError, OSError):
            self.broken = True

    def _hear(self, said: bytes, setting: bytes) -> None:
        assert self.order is not None
        if said == READY:
            self._send(setting)
            self._send(self.order.blob)
        elif said == BEGUN:
            self.begun = time.monotonic()
        else:
            future = self.order.future
            self.order, self.begun, self.used = None, None, True
            answer = pickle.loads(said)
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _send(self, blob: bytes) -> None:
        try:
            self.pipe.send_bytes(blob)
        except OSError:
            self.broken = True

    def fault(self, limits: Limits) -> WorkerLost | OverLimit | None:
        """Why it cannot go on with its job."""
        if not self.alive():
            self.end()
            return WorkerLost(f"the worker process died while it ran this stage: {_left(self.process.exitcode)}")
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
        """Whether it holds more than a stage may."""
        return limits.memory is not None and self._memory() > limits.memory

    def swollen(self) -> bool:
        """Whether it holds far more than after its first job."""
        now = self._memory()
        self.first = now if self.first is None else self.first
        return now > self.first + GATHERED

    def _memory(self) -> int:
        try:
            return int(self.facts.memory_info().rss)
        except psutil.Error:  # it has just died
            return 0

    def end(self) -> None:
        """Kill it, with all that it started."""
        self.pipe.close()
        self.theirs.close()
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


def _left(code: int | None) -> str:
    """How a process ended, and what to do about it."""
    if code is None or code >= 0:
        return f"exit code {code}. Some code of the model ended the whole process; it must raise an exception instead."
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
    if name == "SIGKILL":
        advice = "Mostly the machine ran out of memory: use fewer --jobs, smaller settings, or more memory."
    else:
        advice = "Mostly a native library is at fault: upgrade it, or leave the model out."
    return f"signal {-code}, {name}. {advice}"
