"""A Ray cluster as a pool: machines need no common disk, because results travel through Ray and are stored here."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import WorkerJob, WorkerLost, packed, stored, without_arrays
from hybridts.engine.executors.sent import missing_package, no_answer, run_sent
from hybridts.engine.resources import Workers
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure


class Cluster:
    """A pool with one core of the cluster per job; panel and finished stages are put in its object store once each.

    They are stored pickled: Ray's own arrays are read-only, and some libraries write into their input.
    """

    shares_memory = False

    def __init__(self, workers: Workers, panel: Panel, store: StageStore, *, keep: bool) -> None:
        self.ray = _ray()
        self.store = store
        self.keep = keep
        self.own = not self.ray.is_initialized()
        if self.own:
            address = workers.executor.partition(":")[2] or None
            try:
                self.ray.init(address=address, log_to_driver=False)
            except (ConnectionError, ValueError, RuntimeError) as cause:
                raise no_answer("ray", address or "", cause) from cause
        self.room = workers.jobs or 2 * max(int(self.ray.cluster_resources().get("CPU", 1)), 1)
        # No retry by Ray: it would hide a job that kills every worker. The run retries and reports it.
        self.perform = self.ray.remote(num_cpus=1, max_retries=0)(_perform)
        self.panel = (uuid.uuid4().hex, [self.ray.put(packed(panel))])
        self.results: dict[str, Any] = {}
        self.submitted: dict[Any, tuple[WorkerJob, Future[Done]]] = {}

    def submit(self, job: WorkerJob) -> Future[Done]:
        """Queue a job for any free core."""
        future: Future[Done] = Future()
        try:
            keys = [key for key in job.task.needs() if self.store.has(key)]
            ref = self.perform.remote(packed(job), self.panel, keys, *map(self._result, keys))
        except (TypeError, ValueError, AttributeError) as cause:
            text = f"{job.task.stage} cannot be sent to the cluster ({type(cause).__name__}: {cause})."
            future.set_exception(StageFailure(f"{text} Make its class and settings picklable, or use executor=local."))
            return future
        self.submitted[ref] = (job, future)
        return future

    def _result(self, key: str) -> Any:
        """Return the reference of a finished stage, put in the object store from the machine of the run."""
        if key not in self.results:
            self.results[key] = self.ray.put(packed(self.store.load(key)))
        return self.results[key]

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Return when one of the futures is done."""
        while futures and not any(future.done() for future in futures):
            for ref in self.ray.wait(list(self.submitted), num_returns=1)[0]:
                self._take(ref)

    def _take(self, ref: Any) -> None:
        job, future = self.submitted.pop(ref)
        try:
            blob = self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as cause:
            future.set_exception(StageFailure(f"{job.task.stage} could not run on the cluster: {cause.cause!r}."))
        except self.ray.exceptions.RayError as cause:
            lost = str(cause).strip().partition("\n")[0]
            future.set_exception(WorkerLost(f"its worker died ({type(cause).__name__}: {lost})."))
        else:
            done: Done = pickle.loads(blob)
            future.set_result(done if job.part else without_arrays(stored(done, self.store), keep=self.keep))

    def close(self) -> None:
        """Cancel submitted jobs; disconnect from the cluster if this run connected to it."""
        for ref in self.submitted:
            self.ray.cancel(ref, force=True)
        self.submitted.clear()
        if self.own:
            self.ray.shutdown()


_PANELS: dict[str, Panel] = {}  # of the current run, loaded once per process


def _panel(run: str, refs: list[Any]) -> Panel:
    if run not in _PANELS:
        _PANELS.clear()
        _PANELS[run] = pickle.loads(_ray().get(refs[0]))
    return _PANELS[run]


def _perform(blob: bytes, panel: tuple[str, list[Any]], keys: list[str], *results: bytes) -> bytes:
    """Run a job on a machine of the cluster with the finished stages it needs; return its pickled `Done`."""
    return run_sent(blob, _panel(*panel), keys, results)


def _ray() -> Any:
    try:
        import ray
    except ImportError as cause:
        raise missing_package("ray", "Ray") from cause
    return ray
