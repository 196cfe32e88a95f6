"""What tasks read and leave: finished stages by key, the result of one task, and failures as records."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from hybridts.engine.graph import Task
from hybridts.engine.stage_store import StageResult
from hybridts.errors import HybridtsError, NotApplicable

#: In the record of a task: the keys of what it needed and went on without.
MISSING = "missing"


class Results(Protocol):
    """Where finished stages are read from."""

    def has(self, key: str) -> bool:
        """Whether the stage has finished."""

    def load(self, key: str) -> StageResult:
        """A finished stage."""

    def record(self, key: str) -> Mapping[str, Any]:
        """Only its facts."""


class Done(NamedTuple):
    """What a task leaves: its result, and the fitted object for those who want to keep it."""

    result: StageResult
    fitted: Any


def recorded(task: Task, compute: Callable[[], Done]) -> Done:
    """What `compute` answers, with the facts of its task; whatever it raises becomes a record that says so."""
    start = time.perf_counter()
    try:
        done = compute()
        arrays, record = done.result.arrays, {**done.result.record, "status": "done"}
        fitted = done.fitted
    except NotApplicable as reason:
        arrays, fitted = {}, None
        record = {
            "status": "not_applicable",
            "message": str(reason),
            "error": "NotApplicable",
            "traceback": "",
        }
    except Exception as cause:  # the one broad except: a model's fault is a row, never the end of a run
        arrays, fitted = {}, None
        record = {
            "status": "failed",
            "message": _advice(cause),
            "error": type(cause).__name__,
            "traceback": traceback.format_exc(limit=-6),
        }
    facts = {"key": task.key, "stage": task.stage, "kind": task.kind, "role": type(task).__name__}
    seconds = {"seconds": round(time.perf_counter() - start, 6)}
    return Done(StageResult(arrays, {**facts, **record, **seconds}), fitted)


def _advice(cause: Exception) -> str:
    """One line on what went wrong; errors of our own say what to do themselves."""
    text = str(cause) or type(cause).__name__
    return text if isinstance(cause, HybridtsError) else f"{type(cause).__name__}: {text}"
