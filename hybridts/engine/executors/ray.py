"""A Ray cluster as a pool: its machines may share no disk, so results travel through Ray and the driver stores them."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import Job, WorkerLost, one_thread, only_facts, packed, perform, stored
from hybridts.engine.resources import Workers
from hybridts.engine.stage_store import StageResult, StageStore
from hybridts.engine.tasks import Done
from hybridts.errors import StageFailure, UserError


class Cluster:
    """One core of the cluster for each job; data and finished stages lie in its object store, each once.

    They lie there pickled: Ray's own arrays are read-only, and some libraries write into what they are given.
    """

    alone = False

    def __init__(self, workers: Workers, panel: Panel, store: StageStore, *, keep: bool) -> None:
        self.ray = _ray()
        self.store = store
        self.keep = keep
        self.own = not self.ray.is_initialized()
        if self.own:
            self.ray.init(address=workers.executor.partition(":")[2] or None, log_to_driver=False)
        self.room = workers.jobs or 2 * max(int(self.ray.cluster_resources().get("CPU", 1)), 1)
        # Ray's own retry would hide a job that kills every worker it gets; the run retries, and says so.
        self.perform = self.ray.remote(num_cpus=1, max_retries=0)(_perform)
        self.panel = (uuid.uuid4().hex, [self.ray.put(packed(panel))])
        self.results: dict[str, Any] = {}
        self.out: dict[Any, tuple[Job, Future[Done]]] = {}

    def submit(self, job: Job) -> Future[Done]:
        """Have it run wherever a core is free."""
        future: Future[Done] = Future()
        try:
            keys = [key for key in job.task.needs() if self.store.has(key)]
            ref = self.perform.remote(packed(job), self.panel, keys, *map(self._result, keys))
        except (TypeError, ValueError, AttributeError) as cause:
            text = f"{job.task.stage} cannot be sent to the cluster ({type(cause).__name__}: {cause})."
            future.set_exception(StageFailure(f"{text} Make its class and settings picklable, or use executor=local."))
            return future
        self.out[ref] = (job, future)
        return future

    def _result(self, key: str) -> Any:
        """A finished stage in the object store, on the machine of the run itself, which outlives the others."""
        if key not in self.results:
            self.results[key] = self.ray.put(packed(self.store.load(key)))
        return self.results[key]

    def wait(self, futures: Collection[Future[Done]]) -> None:
        """Until one of them is done."""
        while futures and not any(future.done() for future in futures):
            for ref in self.ray.wait(list(self.out), num_returns=1)[0]:
                self._take(ref)

    def _take(self, ref: Any) -> None:
        job, future = self.out.pop(ref)
        try:
            answer = self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as cause:
            future.set_exception(StageFailure(f"{job.task.stage} could not run on the cluster: {cause.cause!r}."))
        except self.ray.exceptions.RayError as cause:
            lost = str(cause).strip().partition("\n")[0]
            future.set_exception(WorkerLost(f"its worker died ({type(cause).__name__}: {lost})."))
        else:
            done: Done = pickle.loads(answer)
            future.set_result(done if job.part else only_facts(stored(done, self.store), keep=self.keep))

    def close(self) -> None:
        """Stop what is out; leave the cluster if this run joined it."""
        for ref in self.out:
            self.ray.cancel(ref, force=True)
        self.out.clear()
        if self.own:
            self.ray.shutdown()


class Arrived:
    """The finished stages that came with a job."""

    def __init__(self, results: Mapping[str, StageResult]) -> None:
        self.results = results

    def has(self, key: str) -> bool:
        """Whether the stage has finished."""
        return key in self.results

    def load(self, key: str) -> StageResult:
        """A finished stage."""
        return self.results[key]

    def record(self, key: str) -> Mapping[str, Any]:
        """Only its facts."""
        return self.results[key].record


_PANELS: dict[str, Panel] = {}  # of the run that this process works for, read once


def _panel(run: str, refs: list[Any]) -> Panel:
    if run not in _PANELS:
        _PANELS.clear()
        _PANELS[run] = pickle.loads(_ray().get(refs[0]))
    return _PANELS[run]


def _perform(blob: bytes, panel: tuple[str, list[Any]], keys: list[str], *results: bytes) -> bytes:
    """On a machine of the cluster: a job, with what it stands on; back comes its `Done`, packed."""
    job = pickle.loads(blob)
    arrived = Arrived({key: pickle.loads(result) for key, result in zip(keys, results, strict=True)})
    with one_thread(networks=job.task.kind == "neural"):
        return packed(perform(job, _panel(*panel), arrived))


def _ray() -> Any:
    try:
        import ray
    except ImportError as cause:
        why = "executor=ray needs Ray, which is not installed. In the checkout of hybridts: pip install -e '.[ray]'."
        raise UserError(why) from cause
    return ray
