"""A Dask cluster as a pool: machines need no common disk, because results travel through Dask and are stored here.

Without an address the scheduler runs in this process, and its workers are processes of this machine.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any, NamedTuple

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import WorkerJob, WorkerLost, packed, stored, without_arrays
from hybridts.engine.executors.sent import missing_package, no_answer, run_sent
from hybridts.engine.resources import Workers, default_jobs
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import HybridtsError, StageFailure, UserError

#: Seconds to wait for a scheduler to answer, and for its first worker.
ANSWER, FIRST_WORKER = 15.0, 60.0
#: Seconds between two looks at the cluster while no job ends, and without any worker before the run gives up.
LOOK, ALONE = 1.0, 60.0
#: How often a job is sent again because a worker died that held its data.
SENT_AGAIN = 3


class _Order(NamedTuple):
    """A job, pickled, with the stages it needs, the future of its result, and how often it was sent again."""

    job: WorkerJob
    blob: bytes
    keys: list[str]
    future: Future[Done]
    sent: int = 0


class Cluster:
    """A pool with one job at a time in each worker process; panel and finished stages are sent to workers once."""

    shares_memory = False

    def __init__(self, workers: Workers, panel: Panel, store: StageStore, *, keep: bool) -> None:
        self.dask = _distributed()
        self.store = store
        self.keep = keep
        self.address = workers.executor.partition(":")[2]
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.submitted: dict[Any, _Order] = {}
        self.results: dict[str, Any] = {}
        self.panel = (uuid.uuid4().hex, packed(panel))
        self.own = None if self.address else _Own(self.dask, workers.jobs or default_jobs())
        self.seen = time.monotonic()
        try:
            self.client = self._connected()
        except BaseException:
            if self.own is not None:
                self.own.close()
            raise
        self.room = workers.jobs or 2 * max(len(self.client.nthreads()), 1)

    def _connected(self) -> Any:
        where = self.address if self.own is None else self.own.address
        try:
            client = self.dask.Client(where, timeout=ANSWER, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as cause:
            raise no_answer("dask", where, cause) from cause
        try:
            client.wait_for_workers(1, timeout=FIRST_WORKER)
        except TimeoutError as cause:
            client.close()
            raise UserError(
                f"executor=dask: the scheduler at {where} has no worker. Start some: dask worker {where} --nthreads 1."
            ) from cause
        return client

    # -- jobs ---------------------------------------------------------------------------------------------------
    def submit(self, job: WorkerJob) -> Future[Done]:
        """Queue a job for any free worker."""
        future: Future[Done] = Future()
        keys = [key for key in job.task.needs() if self.store.has(key)]
        try:
            blob = packed(job)
        except Exception as cause:  # pickling a user's object may raise anything
            text = f"{job.task.stage} cannot be sent to the cluster ({type(cause).__name__}: {cause})."
            future.set_exception(StageFailure(f"{text} Make its class and settings picklable, or use executor=local."))
            return future
        self._send(_Order(job, blob, keys, future))
        return future

    def _send(self, order: _Order) -> None:
        sent = [self._sent(key) for key in ("", *order.keys)]
        # No retry by Dask: it would hide a job that kills every worker. The run retries and reports it.
        found = self.client.submit(_perform, order.blob, self.panel[0], order.keys, *sent, pure=False, retries=0)
        self.submitted[found] = order
        found.add_done_callback(self.ended.put)

    def _sent(self, key: str) -> Any:
        """Return the data of a finished stage ("" for the panel) on the workers; sent again where a dead one had it."""
        known = self.results.get(key)
        if known is None or known.status != "finished":
            value = self.panel[1] if key == "" else packed(self.store.load(key))
            self.results[key] = self._scattered(value, everywhere=key == "")
        return self.results[key]

    def _scattered(self, value: bytes, *, everywhere: bool) -> Any:
        """Send data to workers; where all have just died, wait for one."""
        while True:
            self.seen = time.monotonic()
            while not self.client.nthreads():
                self._look()
                time.sleep(LOOK / 4)
            with contextlib.suppress(TimeoutError):  # the last worker has died since
                return self.client.scatter(value, broadcast=everywhere, hash=False)

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Return when one of the futures is done."""
        while futures and not any(future.done() for future in futures):
            with contextlib.suppress(queue.Empty):
                self._take(self.ended.get(timeout=LOOK))
                continue
            self._look()

    def _look(self) -> None:
        """Take jobs whose end was not told; start lost workers of this machine again.

        Raises:
            HybridtsError: the scheduler is gone, or has had no worker for a while.
        """
        if self.own is not None:
            self.own.revive()
        for found in [f for f in self.submitted if f.status in ("cancelled", "lost", "error")]:
            self._take(found)
        if self.client.status not in ("running", "connecting"):
            raise HybridtsError(_gone(f"the Dask scheduler at {self.address or 'this machine'} is gone"))
        try:
            alone = not self.client.nthreads()
        except (OSError, TimeoutError):
            alone = True
        self.seen = self.seen if alone else time.monotonic()
        if time.monotonic() - self.seen > ALONE:
            raise HybridtsError(_gone(f"the Dask scheduler has had no worker for {ALONE:.0f} s"))

    def _take(self, found: Any) -> None:
        if found not in self.submitted:
            return
        order = self.submitted.pop(found)
        job, future = order.job, order.future
        if found.status in ("cancelled", "lost"):
            if order.sent < SENT_AGAIN:  # its data went with the worker of another job
                self._send(order._replace(sent=order.sent + 1))
            else:
                future.set_exception(WorkerLost("its worker died, or the one that held its data."))
            return
        try:
            blob = found.result(timeout=ANSWER)
        except self.dask.scheduler.KilledWorker as cause:
            future.set_exception(WorkerLost(f"its worker died ({str(cause).strip().partition('.')[0]})."))
        except (OSError, TimeoutError, self.dask.client.FutureCancelledError) as cause:
            future.set_exception(WorkerLost(f"its worker died ({type(cause).__name__})."))
        except Exception as cause:  # of loading the job: a class of the user that the worker cannot import
            why = f"{type(cause).__name__}: {cause}"
            future.set_exception(StageFailure(f"{job.task.stage} could not run on the cluster ({why})."))
        else:
            done: Done = pickle.loads(blob)
            future.set_result(done if job.part else without_arrays(stored(done, self.store), keep=self.keep))

    def close(self) -> None:
        """Cancel submitted jobs, and disconnect; end the workers that this run started."""
        with contextlib.suppress(Exception):  # of a scheduler that is gone
            self.client.cancel(list(self.submitted), force=True)
        self.submitted.clear()
        with contextlib.suppress(Exception):
            self.client.close(timeout=5)
        if self.own is not None:
            self.own.close()


def _gone(what: str) -> str:
    return f"{what}. Run the same command again once it is back; finished stages are kept."


class _Own:
    """A scheduler in this process and worker processes, which do not run the user's script again."""

    def __init__(self, dask: Any, jobs: int) -> None:
        self.jobs = jobs
        self.folder = tempfile.TemporaryDirectory(prefix="hybridts-dask-", ignore_cleanup_errors=True)
        settings = {"distributed.scheduler.allowed-failures": 0, "temporary-directory": self.folder.name}
        with _dask_config(settings):
            self.cluster = dask.LocalCluster(
                n_workers=0,
                protocol="tcp://",
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            )
        self.address = str(self.cluster.scheduler_address)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.revive()

    def revive(self) -> None:
        """Start as many workers as have ended, or are missing."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self.jobs:
            self.workers.append(self._start())

    def _start(self) -> subprocess.Popen[bytes]:
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "30"]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *options]
        # the path of this process, as worker processes of `local` have it
        path = os.pathsep.join(part or os.getcwd() for part in sys.path)
        env = {**os.environ, "PYTHONPATH": path, "DASK_TEMPORARY_DIRECTORY": self.folder.name}
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            [*command, "--local-directory", self.folder.name], env=env, stdin=quiet, stdout=quiet, stderr=quiet
        )

    def close(self) -> None:
        """End the workers and the scheduler."""
        for worker in self.workers:
            worker.kill()
        for worker in self.workers:
            worker.wait()
        with contextlib.suppress(Exception):
            self.cluster.close(timeout=5)
        self.folder.cleanup()


_PANELS: dict[str, Panel] = {}  # of the current run, unpickled once per process
_ONE = threading.Lock()  # a worker may have many threads; random states and limits of threads belong to the process


def _perform(blob: bytes, run: str, keys: list[str], panel: bytes, *results: bytes) -> bytes:
    """Run a job on a worker with the finished stages it needs; return its pickled `Done`."""
    with _ONE:
        if run not in _PANELS:
            _PANELS.clear()
            _PANELS[run] = pickle.loads(panel)
        return run_sent(blob, _PANELS[run], keys, results)


def _distributed() -> Any:
    try:
        import distributed
        import distributed.client
        import distributed.scheduler
    except ImportError as cause:
        raise missing_package("dask", "Dask (distributed)") from cause
    return distributed


def _dask_config(settings: dict[str, object]) -> Any:
    import dask

    return dask.config.set(settings)
