"""Results of tasks: what a task computes, what a run keeps of it, and where tasks read the results of others."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from hybridts.engine import stage_record
from hybridts.engine.graph import Task
from hybridts.engine.stage_record import StageRecord
from hybridts.engine.stage_store import StageResult


class Results(Protocol):
    """Finished stages by key."""

    def has(self, key: str) -> bool:
        """Return whether the stage has finished."""

    def load(self, key: str) -> StageResult:
        """Return a finished stage."""

    def record(self, key: str) -> Mapping[str, Any]:
        """Return the record of a finished stage, without its arrays."""


class Computed(NamedTuple):
    """Result of a task that did not raise.

    Attributes:
        arrays: by name, to store.
        fitted: the fitted model.
        notes, failures, missing, by_series: as in `StageRecord`.
    """

    arrays: Mapping[str, np.ndarray]
    fitted: Any
    notes: Mapping[str, Any]
    failures: Mapping[str, str]
    missing: Sequence[str] = ()
    by_series: Sequence[str] | None = None


class Done(NamedTuple):
    """A task that ended, with or without a result.

    Attributes:
        arrays: by name; empty if it failed.
        record: the facts about it.
        fitted: the fitted model; None if it failed or is not to be kept.
    """

    arrays: Mapping[str, np.ndarray]
    record: StageRecord
    fitted: Any


def recorded(task: Task, compute: Callable[[], Computed]) -> Done:
    """Call `compute` and return its result with a record; an exception becomes the record of a failure."""
    start = time.perf_counter()
    try:
        found = compute()
    except Exception as cause:  # the one broad except: a fault of a model must not end the run
        frames = traceback.format_exc(limit=-6)
        return Done({}, stage_record.failure(task, time.perf_counter() - start, cause, frames), None)
    record = stage_record.success(
        task,
        time.perf_counter() - start,
        notes=found.notes,
        failures=found.failures,
        missing=found.missing,
        by_series=found.by_series,
    )
    return Done(found.arrays, record, found.fitted)
