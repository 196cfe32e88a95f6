"""Drafts of tasks: while a plan is made, later stages add origins to them; at the end each becomes a task with its key.

A draft has an identity, the hash of all that decides its forecasts except the origins. The key of the task covers the
origins too.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hybridts.data.panel import Origins
from hybridts.engine.graph import (
    CombineTask,
    CorrectTask,
    FitTask,
    Task,
    TrainingSlice,
)
from hybridts.engine.keys import Keys, digest
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.multiplicative import Multiplicative
from hybridts.hybrids.settings import ChainSettings, EnsembleSettings
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream
from hybridts.models.protocols import Corrector
from hybridts.names import build
from hybridts.names.recipe import Ensemble, Stage
from hybridts.names.registry import Registry


@dataclass(eq=False, kw_only=True)
class TaskDraft(ABC):
    """A task whose origins are not complete yet.

    Attributes:
        display_name: its name in reports.
        cut: the training slice.
        origins: the origins that each use of the task needs.
        needs_oof: later stages need its out-of-fold forecasts.
        held_out: intervals need the errors of a correction out of sample.
    """

    display_name: str
    cut: TrainingSlice
    origins: list[Origins] = field(default_factory=list)
    needs_oof: bool = False
    held_out: bool = False

    @abstractmethod
    def task(self, key: str, origins: Origins, keys: Keys, key_of: Mapping[str, str]) -> Task:
        """Return the task.

        Args:
            key: its key.
            origins: all its origins, joined.
            keys: of the plan.
            key_of: identity -> key of the drafts before this one.
        """


@dataclass(eq=False, kw_only=True)
class FitDraft(TaskDraft):
    """Draft of a `FitTask`; `earlier` and `start` are identities, `prior` is a key."""

    stage: Stage
    earlier: str | None
    start: str | None
    prior: str | None
    warm: bool

    def task(self, key: str, origins: Origins, keys: Keys, key_of: Mapping[str, str]) -> FitTask:
        """See `TaskDraft`."""
        return FitTask(
            key,
            self.display_name,
            self.stage.kind,
            build.forecaster(self.stage, keys.registry),
            self.cut,
            origins,
            _seeded(keys.spec, self.stage, str(self.stage)),
            None if self.earlier is None else key_of[self.earlier],
            None if self.start is None else key_of[self.start],
            self.prior,
            self.warm,
            keys.lineage(self.stage),
        )


@dataclass(eq=False, kw_only=True)
class CorrectDraft(TaskDraft):
    """Draft of a `CorrectTask`; `label` is the chain up to the correction, `source` holds identities."""

    stage: Stage
    label: str
    source: Upstream
    local: bool
    rules: ChainSettings

    def task(self, key: str, origins: Origins, keys: Keys, key_of: Mapping[str, str]) -> CorrectTask:
        """See `TaskDraft`."""
        return CorrectTask(
            key,
            self.display_name,
            self.stage.kind,
            _corrector(self.stage, keys.registry, self.rules),
            self.cut,
            with_keys(self.source, key_of),
            origins,
            _seeded(keys.spec, self.stage, self.label),
            self.needs_oof,
            self.local,
            self.rules,
            self.held_out,
        )


@dataclass(eq=False, kw_only=True)
class CombineDraft(TaskDraft):
    """Draft of a `CombineTask`; `members` hold identities."""

    node: Ensemble
    members: tuple[Upstream, ...]
    names: tuple[str, ...]

    def task(self, key: str, origins: Origins, keys: Keys, key_of: Mapping[str, str]) -> CombineTask:
        """See `TaskDraft`."""
        return CombineTask(
            key,
            self.display_name,
            self.node.how,
            EnsembleSettings(**self.node.settings.arguments()),
            self.cut,
            tuple(with_keys(m, key_of) for m in self.members),
            self.names,
            origins,
            keys.spec,
            self.needs_oof,
        )


def tasks_of(drafts: Mapping[str, TaskDraft], keys: Keys) -> tuple[dict[str, Task], dict[str, str]]:
    """Return the tasks by key, inputs first, and identity -> key.

    Args:
        drafts: by identity, inputs first.
        keys: of the plan.
    """
    key_of: dict[str, str] = {}
    tasks: dict[str, Task] = {}
    joined = _JoinedOrigins()
    for identity, draft in drafts.items():
        origins, text = joined.of(draft.origins)
        more = (draft.needs_oof, *(["held out"] if draft.held_out else []))
        key = key_of[identity] = keys.of_task(identity, draft.cut, origins, text, *more)
        tasks[key] = draft.task(key, origins, keys, key_of)
    return tasks, key_of


def with_keys(source: Upstream, key_of: Mapping[str, str]) -> Upstream:
    """Return a source with keys instead of identities."""
    if isinstance(source, BaseFit):
        keys, spare = (tuple(key_of[k] for k in each) for each in (source.keys, source.spare))
        return BaseFit(key_of[source.final], keys, source.folds, spare, source.spare_folds)
    if isinstance(source, StageOutput):
        return StageOutput(key_of[source.key])
    return MemberAverage(tuple(with_keys(m, key_of) for m in source.members), source.how)


def _seeded(spec: ForecastSpec, stage: Stage, label: str) -> ForecastSpec:
    """Return the spec with a seed of the stage; it does not depend on the data, so equal networks start equal."""
    seed = int(digest(spec.seed, stage.identity(), label), 16) % 2**31
    return ForecastSpec(spec.horizon, spec.gap, seed)


def _corrector(stage: Stage, registry: Registry, rules: ChainSettings) -> Corrector:
    corrector = build.corrector(stage, registry)
    return Multiplicative(corrector) if rules.combine == "multiplicative" else corrector


class _JoinedOrigins:
    """Joins lists of origins and hashes them, each distinct list once."""

    def __init__(self) -> None:
        self._joined: dict[tuple[Origins, ...], tuple[Origins, str]] = {}
        self._by_hash: dict[str, Origins] = {}

    def of(self, parts: Sequence[Origins]) -> tuple[Origins, str]:
        """Return all origins of all parts and their hash; equal results are one object."""
        distinct = tuple(dict.fromkeys(parts))
        if distinct not in self._joined:
            origins = Origins.join(distinct)
            text = hashlib.blake2b(origins.code().tobytes(), digest_size=8).hexdigest()
            self._joined[distinct] = self._by_hash.setdefault(text, origins), text
        return self._joined[distinct]
