"""Schema of the manifest of a run, which is data of a stranger until it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hybridts.data import calendar
from hybridts.errors import HybridtsError
from hybridts.text import first_fault, shortened

#: Largest number of steps, rows or windows that a manifest may name.
_MOST = 10_000_000
_Count = Annotated[int, Field(ge=0, le=10**15)]
_Steps = Annotated[int, Field(ge=1, le=_MOST)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Part(BaseModel):
    """Values have exactly their type; keys of a later version are kept, because the checksum covers them."""

    model_config = ConfigDict(strict=True, extra="allow")


class _Data(_Part):
    fingerprint: str = ""
    series: _Count = 0
    rows: _Count = 0
    source: str = ""
    zone: str = ""
    local_days: bool = False
    id_type: str = ""

    @field_validator("id_type")
    @classmethod
    def _whole(cls, kind: str) -> str:
        if kind not in ("", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))):
            raise ValueError(f"no type of whole numbers: {kind[:60]!r}")
        return kind

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        if zone:
            try:
                pd.Timestamp("2000", tz="UTC").tz_convert(zone)
            except Exception as cause:  # a text of a stranger, which the packages of time zones may dislike in any way
                raise ValueError(f"no time zone: {zone[:60]!r}") from cause
        return zone


class _LeftOut(_Part):
    id: str
    found: int
    needed: int


class _Window(_Part):
    index: _Count
    cutoff: str
    series: _Count
    left_out: list[_LeftOut] = Field(default_factory=list)
    overlap: _Count = 0


class _Model(_Part):
    name: str
    shown: bool
    family: str
    expression: str
    stages: list[str] = Field(default_factory=list)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    baseline: bool = False
    asked: bool = False
    status: Literal["complete", "partial", "failed", "not_applicable"] = "complete"
    reason: str | None = ""
    parts: list[str] = Field(default_factory=list)
    needs: list[str] = Field(default_factory=list)
    last: list[str] = Field(default_factory=list)
    seed_of: str | None = None
    seed: int | None = None


class _UserMetric(_Part):
    larger_is_better: bool = False


class _File(_Part):
    bytes: _Count
    blake2b: _Hash
    rows: _Count | None = None


class _Manifest(_Part):
    format: int = Field(ge=1)
    models: list[_Model]
    windows: list[_Window]
    horizon: _Steps
    step: _Steps
    gap: Annotated[int, Field(ge=0, le=_MOST)]
    season: _Steps = 1
    metric_season: _Steps = 1
    data: _Data
    created: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    seed: int = 0
    seeds: Annotated[int, Field(ge=1)] | list[int] = 1
    freq: str | None = None
    align: Literal["calendar", "per_series"] | None = None
    scheme: str = ""
    refit: bool | int | str = True
    baselines: str = "none"
    metrics: list[str] | None = None
    rank_by: str | None = None
    user_metrics: dict[str, _UserMetric] | None = None
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    notices: list[str] = Field(default_factory=list)
    tables: dict[str, _File] | None = None
    files: dict[str, _File] = Field(default_factory=dict)
    wall_seconds: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    jobs: int | None = None

    @field_validator("freq")
    @classmethod
    def _known(cls, freq: str | None) -> str | None:
        if freq is not None:
            try:
                calendar.parse(freq)
            except HybridtsError as cause:
                raise ValueError(str(cause)) from cause
        return freq


def check_manifest(facts: Mapping[str, Any], *, unknown: bool) -> None:
    """Refuse a manifest with a wrong type or value, or one that contradicts itself.

    Args:
        facts: the manifest.
        unknown: allow keys that this version does not know.

    Raises:
        ValueError: naming the first place that is wrong.
    """
    try:
        found = _Manifest.model_validate(dict(facts))
    except ValidationError as cause:
        raise ValueError(first_fault(cause.errors())) from cause
    foreign = next(_unknown(found, ""), None)
    if not unknown and foreign is not None:
        raise ValueError(f"unknown key {shortened(foreign)!r}")
    _check_names(found)


def _unknown(part: BaseModel, where: str) -> Iterator[str]:
    """Yield the keys that the schema does not have."""
    yield from (f"{where}{key}" for key in part.model_extra or ())
    for name in type(part).model_fields:
        value = getattr(part, name)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for one in inner:
            if isinstance(one, BaseModel):
                yield from _unknown(one, f"{where}{name}.")


def _check_names(found: _Manifest) -> None:
    names = [model.name for model in found.models]
    if len(set(names)) < len(names):
        raise ValueError("models: a name occurs twice")
    if len({window.index for window in found.windows}) < len(found.windows):
        raise ValueError("windows: an index occurs twice")
    for model in found.models:
        strange = {*model.parts, *([model.seed_of] if model.seed_of is not None else [])} - set(names)
        if strange:
            raise ValueError(f"models: {shortened(model.name)} has a part that is not among the models")
