"""Workers of a run: how many, where, and the limits of one stage."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from hybridts.errors import BadSetting

_UNITS = {unit: 1000**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB"))} | {
    unit: 1024**power for power, unit in enumerate(("", "KIB", "MIB", "GIB", "TIB"))
}
#: Every worker uses more memory than this many bytes; a smaller limit has a wrong unit.
_MIN_BYTES = 10**6


@dataclass(frozen=True)
class Limits:
    """Limits of one stage; a stage above them fails, and no forecast depends on them.

    Attributes:
        seconds: of wall-clock time, from when its worker has loaded it; None for no limit.
        memory: bytes of its worker process, libraries included; None for no limit.
    """

    seconds: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None


@dataclass(frozen=True)
class Workers:
    """Workers that run the stages.

    Attributes:
        jobs: number of processes; None for one per core.
        limits: of one stage.
        executor: "local" for processes of this machine, "ray" or "ray:ADDRESS" for a Ray cluster.
    """

    jobs: int | None = None
    limits: Limits = field(default_factory=Limits)
    executor: str = "local"


def size_of(text: str | int) -> int:
    """Return the bytes of a size such as "2GB", "500MB" or "1.5GiB".

    Raises:
        BadSetting: not a size, or smaller than any worker.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", str(text).strip())
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise BadSetting(f"stage_memory must be a size such as 2GB or 500MB, found {text!r}.", "stage_memory", text)
    size = int(float(found[1]) * unit)
    if size < _MIN_BYTES:
        raise BadSetting(
            f"stage_memory {text!r} is {size} bytes, less than any worker needs. Give a unit, such as 2GB or 500MB.",
            "stage_memory",
            text,
        )
    return size


def default_jobs() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
