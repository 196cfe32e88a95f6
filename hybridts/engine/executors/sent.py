"""A job that is sent to another machine together with the finished stages it needs; for executors of clusters."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import one_thread, packed, perform
from hybridts.engine.stage_store import StageResult
from hybridts.errors import UserError


class SentStages:
    """The finished stages that were sent with a job."""

    def __init__(self, results: Mapping[str, StageResult]) -> None:
        self.results = results

    def has(self, key: str) -> bool:
        """Return whether the stage has finished."""
        return key in self.results

    def load(self, key: str) -> StageResult:
        """Return a finished stage."""
        return self.results[key]

    def record(self, key: str) -> Mapping[str, Any]:
        """Return the record of a finished stage, without its arrays."""
        return self.results[key].record


def run_sent(blob: bytes, panel: Panel, keys: Sequence[str], results: Sequence[bytes]) -> bytes:
    """Run a pickled job with the finished stages it needs; return its pickled `Done`."""
    job = pickle.loads(blob)
    stages = SentStages({key: pickle.loads(result) for key, result in zip(keys, results, strict=True)})
    with one_thread(networks=job.task.kind == "neural"):
        return packed(perform(job, panel, stages))


def missing_package(extra: str, package: str) -> UserError:
    """Return the error for an executor whose package is not installed."""
    return UserError(
        f"executor={extra} needs {package}, which is not installed. Install it with the extra of that name, in the "
        f"checkout of hybridts: pip install -e '.[{extra}]'. Or leave --executor out to run on this machine."
    )


def no_answer(executor: str, address: str, cause: BaseException) -> UserError:
    """Return the error for a cluster that cannot be reached."""
    where = f" at {address}" if address else ""
    why = (str(cause).strip().partition("\n")[0] or type(cause).__name__)[:300]
    return UserError(
        f"executor={executor}: no cluster answers{where} ({why.rstrip('.')}). Check the address and that it runs, or "
        "leave --executor out to run on this machine."
    )
