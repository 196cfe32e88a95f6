"""What a run asks of its workers: how many, where they are, and what one stage may use."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from hybridts.errors import BadSetting

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
