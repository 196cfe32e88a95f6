"""Record of a stage: the facts about one task that ended, as plain values that are stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from hybridts.engine.graph import FitTask, Task
from hybridts.errors import HybridtsError, NotApplicable

Status = Literal["done", "failed", "not_applicable"]

#: Key of the inputs that a stage was computed without.
MISSING: Final = "missing"


class _Always(TypedDict):
    key: str
    stage: str
    kind: str
    role: str
    status: Status
    seconds: float


class StageRecord(_Always, total=False):
    """Facts about a task that ended.

    Attributes:
        key, stage, kind: of the task; role: the name of its class.
        status: "done", "failed" or "not_applicable".
        seconds: wall-clock seconds that it took.
        notes: if done: JSON-ready facts about the fitted model.
        failures: if done: series id -> why it has no forecast.
        missing: if done: keys of the inputs that it was computed without; absent if there are none.
        lineage, by_series: if done and other runs can reuse its series: `FitTask.lineage`, and the notes that hold a
            value for every series.
        message, error, traceback: if not done: why, the class of the exception, its last frames.
        root: if not done because an input is not: the stage that failed first.
    """

    notes: Mapping[str, Any]
    failures: Mapping[str, str]
    missing: Sequence[str]
    lineage: str
    by_series: Sequence[str]
    message: str
    error: str
    traceback: str
    root: str


def success(
    task: Task,
    seconds: float,
    *,
    notes: Mapping[str, Any],
    failures: Mapping[str, str],
    missing: Sequence[str] = (),
    by_series: Sequence[str] | None = None,
) -> StageRecord:
    """Return the record of a task with a result; `by_series` is None where other runs cannot reuse its series."""
    record = _record(task, "done", seconds)
    record["notes"] = notes
    record["failures"] = failures
    if missing:
        record["missing"] = missing
    if by_series is not None:
        assert isinstance(task, FitTask)
        record["lineage"] = task.lineage
        record["by_series"] = by_series
    return record


def failure(task: Task, seconds: float, cause: Exception, traceback: str = "") -> StageRecord:
    """Return the record of a task that raised; `NotApplicable` is not a failure and has no traceback."""
    if isinstance(cause, NotApplicable):
        record = _record(task, "not_applicable", seconds)
        return _explained(record, str(cause), "NotApplicable", "")
    return _explained(_record(task, "failed", seconds), _message(cause), type(cause).__name__, traceback)


def blocked(task: Task, cause: StageRecord) -> StageRecord:
    """Return the record of a task that cannot run because an input, with record `cause`, has no result."""
    root = cause.get("root", cause["stage"])
    what = "is not applicable" if cause["status"] == "not_applicable" else "failed"
    message = cause["message"] if "root" in cause else f"needs {root}, which {what}: {cause['message']}"
    record = _explained(_record(task, cause["status"], 0.0), message, cause["error"], cause["traceback"])
    record["root"] = root
    return record


def _record(task: Task, status: Status, seconds: float) -> StageRecord:
    return {
        "key": task.key,
        "stage": task.stage,
        "kind": task.kind,
        "role": type(task).__name__,
        "status": status,
        "seconds": round(seconds, 6),
    }


def _explained(record: StageRecord, message: str, error: str, traceback: str) -> StageRecord:
    record["message"] = message
    record["error"] = error
    record["traceback"] = traceback
    return record


def _message(cause: Exception) -> str:
    """Return one line about an exception; errors of hybridts name themselves."""
    text = str(cause) or type(cause).__name__
    return text if isinstance(cause, HybridtsError) else f"{type(cause).__name__}: {text}"
