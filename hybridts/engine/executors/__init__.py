"""Executors: local worker processes, or a cluster of Ray or Dask; a table of entries, with one file for each.

To add one, write a file with a class that is a `Pool` (see `base.py`), and add its entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

from hybridts.engine.resources import Limits, Workers, default_jobs, size_of
from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole

if TYPE_CHECKING:
    from hybridts.data.panel import Panel
    from hybridts.engine.executors.base import Pool
    from hybridts.engine.stage_store import StageStore


@dataclass(frozen=True)
class Executor:
    """A way to run stages outside this process.

    Attributes:
        name: as users write it.
        start: starts its workers; takes workers, panel, store, and whether to return fitted models.
        takes_address: users may write NAME:ADDRESS.
        takes_limits: time and memory of a stage can be limited.
        on_request: used whenever it is named, even for a small plan.
    """

    name: str
    start: Callable[[Workers, Panel, StageStore, bool], Pool]
    takes_address: bool = False
    takes_limits: bool = False
    on_request: bool = True


def _local(workers: Workers, panel: Panel, store: StageStore, keep: bool) -> Pool:
    from hybridts.engine.executors.processes import Processes

    return Processes(workers.jobs or default_jobs(), workers.limits, panel, store, keep=keep)


def _ray(workers: Workers, panel: Panel, store: StageStore, keep: bool) -> Pool:
    from hybridts.engine.executors.ray import Cluster

    return Cluster(workers, panel, store, keep=keep)


def _dask(workers: Workers, panel: Panel, store: StageStore, keep: bool) -> Pool:
    from hybridts.engine.executors.dask import Cluster

    return Cluster(workers, panel, store, keep=keep)


EXECUTORS = {
    entry.name: entry
    for entry in (
        Executor("local", _local, takes_limits=True, on_request=False),
        Executor("ray", _ray, takes_address=True),
        Executor("dask", _dask, takes_address=True),
    )
}


def executor_of(workers: Workers) -> Executor:
    """Return the entry of the executor that these workers name."""
    return EXECUTORS[workers.executor.partition(":")[0]]


def workers_of(
    jobs: int | None, seconds: float | None = None, memory: str | int | None = None, executor: str = "local"
) -> Workers:
    """Check the settings of the workers.

    Args:
        jobs: number of processes; None for one per core.
        seconds: limit of wall-clock time of one stage.
        memory: limit of memory of one stage, in bytes or as a text such as "2GB".
        executor: its name, with an address if it takes one.

    Raises:
        BadSetting: a limit that is no positive number, or an executor that is unknown or takes no limits.
    """
    if jobs is not None and not is_whole(jobs, 1):
        raise BadSetting(f"jobs must be a whole number of at least 1, found {jobs!r}.", "jobs", jobs)
    if seconds is not None and not (isinstance(seconds, Real) and seconds > 0):
        raise BadSetting(f"stage_seconds must be above 0, found {seconds!r}.", "stage_seconds", seconds)
    entry = _entry(executor)
    limits = Limits(seconds, None if memory is None else size_of(memory))
    if limits and not entry.takes_limits:
        why = "stage_seconds and stage_memory hold for local processes only. Leave them out, or set executor=local."
        raise BadSetting(why, "executor", executor)
    return Workers(jobs, limits, executor)


def _entry(executor: str) -> Executor:
    name, colon, _ = executor.partition(":")
    entry = EXECUTORS.get(name)
    if entry is None or (colon and not entry.takes_address):
        words = [e.name for e in EXECUTORS.values()] + [
            f"{e.name}:ADDRESS" for e in EXECUTORS.values() if e.takes_address
        ]
        listing = f"{', '.join(words[:-1])} or {words[-1]}"
        raise BadSetting(f"executor must be {listing}, found {executor!r}.", "executor", executor)
    return entry
