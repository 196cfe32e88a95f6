"""What a run asks of its workers: how many, where they are, and what one stage may use."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from numbers import Real

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole

_UNITS = {unit: 1000**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB"))} | {
    unit: 1024**power for power, unit in enumerate(("", "KIB", "MIB", "GIB", "TIB"))
}
#: No worker is smaller; a size below was meant in another unit.
_LEAST = 10**6


@dataclass(frozen=True)
class Limits:
    """What one stage may use; a stage that needs more becomes a failure row, and no finished number depends on it.

    Attributes:
        seconds: by the wall clock, from when its worker has loaded it.
        memory: bytes that its worker holds, libraries included.
    """

    seconds: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None


@dataclass(frozen=True)
class Workers:
    """Who runs the stages.

    Attributes:
        jobs: processes; None for one per core.
        limits: of one stage.
        executor: "local" for processes of this machine, "ray" or "ray:ADDRESS" for a Ray cluster.
    """

    jobs: int | None = None
    limits: Limits = field(default_factory=Limits)
    executor: str = "local"


def workers_of(
    jobs: int | None, seconds: float | None = None, memory: str | int | None = None, executor: str = "local"
) -> Workers:
    """Check what the user asked for.

    Raises:
        BadSetting: a limit that means nothing, or an executor that does not exist.
    """
    if jobs is not None and not is_whole(jobs, 1):
        raise BadSetting(f"jobs must be a whole number of at least 1, found {jobs!r}.", "jobs", jobs)
    if seconds is not None and not (isinstance(seconds, Real) and seconds > 0):
        raise BadSetting(f"stage_seconds must be above 0, found {seconds!r}.", "stage_seconds", seconds)
    if executor != "local" and executor.partition(":")[0] != "ray":
        raise BadSetting(f"executor must be local, ray or ray:ADDRESS, found {executor!r}.", "executor", executor)
    limits = Limits(seconds, None if memory is None else size_of(memory))
    if executor != "local" and limits:
        raise BadSetting(
            "stage_seconds and stage_memory hold for local processes only. Leave them out, or set executor=local.",
            "executor",
            executor,
        )
    return Workers(jobs, limits, executor)


def size_of(text: str | int) -> int:
    """Bytes in a size such as "2GB", "500MB" or "1.5GiB".

    Raises:
        BadSetting: it is no size, or smaller than any worker.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", str(text).strip())
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise BadSetting(f"stage_memory must be a size such as 2GB or 500MB, found {text!r}.", "stage_memory", text)
    size = int(float(found[1]) * unit)
    if size < _LEAST:
        raise BadSetting(
            f"stage_memory {text!r} is {size} bytes, less than any worker needs. Give a unit, such as 2GB or 500MB.",
            "stage_memory",
            text,
        )
    return size


def default_jobs() -> int:
    """As many workers as this process may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
