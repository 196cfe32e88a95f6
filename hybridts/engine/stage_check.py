"""Check a stored stage against the task that wants it: a store is data that may lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hybridts.engine.graph import PriorTask, Task
from hybridts.engine.stage_store import StageResult
from hybridts.models.forecast import MEAN, QUANTILE
from hybridts.text import first_fault

#: Notes that notices are made of, lists of sentences or names.
_LISTS = ("notices", "members_left_out", "members_unproven")


class _Record(BaseModel):
    """Record of a finished stage, see `stage_record.StageRecord`."""

    model_config = ConfigDict(strict=True, extra="allow")

    key: str
    stage: str
    kind: str
    role: Literal["PriorTask", "FitTask", "CorrectTask", "CombineTask"]
    status: Literal["done"]
    seconds: float = Field(ge=0.0, allow_inf_nan=False)
    notes: dict[str, Any]
    failures: dict[str, str]
    missing: list[str] = Field(default_factory=list)
    lineage: str = ""
    by_series: list[str] = Field(default_factory=list)

    @field_validator("notes")
    @classmethod
    def _listed(cls, notes: dict[str, Any]) -> dict[str, Any]:
        for name in _LISTS:
            texts = notes.get(name, [])
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise ValueError(f"{name} is no list of texts")
        return notes


def check_record(record: Mapping[str, Any]) -> None:
    """Refuse a record that is not that of a finished stage.

    Raises:
        ValueError: naming the first key that is wrong.
    """
    try:
        found = _Record.model_validate(dict(record))
    except ValidationError as cause:
        raise ValueError(first_fault(cause.errors())) from cause
    for name in found.by_series:
        if not isinstance(found.notes.get(name, {}), dict):
            raise ValueError(f"notes.{name} is not by series")


def of_forecast(name: str) -> bool:
    """Return whether an array of a stage belongs to its forecast, which is all that `check_stage` needs."""
    return name in ("series", "position", MEAN) or name.startswith(QUANTILE)


def check_stage(task: Task, stored: StageResult) -> None:
    """Refuse a stored stage that is not one of the task: of another kind, or with forecasts from other origins.

    Raises:
        ValueError: it cannot be the task's.
    """
    record, arrays = stored.record, stored.arrays
    check_record(record)
    if (record["role"], record["kind"]) != (type(task).__name__, task.kind):
        raise ValueError("it is a stage of another kind")
    if isinstance(task, PriorTask):
        return
    shape = (len(task.origins), task.spec.horizon)
    names = [name for name in arrays if name == MEAN or name.startswith(QUANTILE)]
    whole = MEAN in names and all(arrays[n].shape == shape and arrays[n].dtype.kind == "f" for n in names)
    origins = task.origins.series, task.origins.position
    same = all(np.array_equal(arrays.get(n, ()), own) for n, own in zip(("series", "position"), origins, strict=True))
    if not whole or not same:
        raise ValueError("its forecasts are from other origins")
