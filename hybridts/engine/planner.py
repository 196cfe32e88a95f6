"""The plan: recipes x cutoffs become the set of distinct stage fits, a graph of tasks without hidden state.

Equal keys (`keys.py`) are one task, however many names need it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from hybridts.data.panel import Origins, Panel
from hybridts.engine.graph import (
    CombineTask,
    CorrectTask,
    FitTask,
    Made,
    Plan,
    RefitWindow,
    Task,
    TrainingSlice,
    closure,
    ready,
)
from hybridts.engine.keys import Keys, digest, plain_network
from hybridts.errors import BadSetting
from hybridts.hybrids.folds import Fold, folds_for, in_sample_folds
from hybridts.hybrids.hindcast_rows import ForecastSpec, dense_origins
from hybridts.hybrids.multiplicative import Multiplicative
from hybridts.hybrids.settings import HONEST, Combining, Rules
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream
from hybridts.models.protocols import Corrector
from hybridts.names import build
from hybridts.names.recipe import Chain, Ensemble, Node, Recipe, Stage, stages_of
from hybridts.names.registry import Registry

Model = TypeVar("Model")


@dataclass(eq=False)
class _TaskDraft:
    """A task while the plan is drawn: consumers may still ask it for more origins."""

    identity: str
    stage: Stage | Ensemble
    label: str
    group: RefitWindow
    cut: TrainingSlice
    origins: list[Origins] = field(default_factory=list)
    source: Upstream | None = None
    members: tuple[Upstream, ...] = ()
    names: tuple[str, ...] = ()
    shown: str = ""
    earlier: str | None = None
    start: str | None = None
    deeper: bool = False
    own: bool = False
    rules: Rules = HONEST


class Planner:
    """Draws the plan of one panel: add every recipe at every group, then `finish`."""

    def __init__(
        self,
        panel: Panel,
        registry: Registry,
        frame: ForecastSpec,
        *,
        warm: bool = False,
        called: Mapping[Node, str] = MappingProxyType({}),
    ) -> None:
        """`called`: names that are somebody's own, so that two of one expression are told apart in what is reported."""
        self.called = called
        self.panel = panel
        self.registry = registry
        self.frame = frame
        self.warm = warm
        self.keys = Keys(panel, registry, frame)
        self._warm_fits: dict[str, dict[int, str]] = {}  # stage -> group -> its fit, where fits start warm
        self._specs: dict[str, _TaskDraft] = {}
        self._answers: dict[tuple[str, int], Upstream] = {}
        self._groups: dict[int, RefitWindow] = {}
        self._folds: dict[tuple[int, bool], tuple[Fold, ...]] = {}
        self._cuts: dict[Fold, TrainingSlice] = {}
        self._dense: dict[RefitWindow, Origins] = {}

    def add(self, recipe: Recipe, group: RefitWindow) -> None:
        """Plan one name at one cutoff."""
        self._check_windows(recipe, int(group.cut.position.max(initial=-1)) + 1)
        self._groups[group.index] = group
        self._answers[recipe.name, group.index] = self._node(recipe.root, group, deeper=False)

    def _check_windows(self, recipe: Recipe, longest: int) -> None:
        """Refuse a window that somebody set and no series can fill: most of it would be zeros.

        Inner folds see less than that; they read what is there.
        """
        for stage in recipe.stages():
            window = self.keys.facts(stage).window
            if window > longest:
                raise BadSetting(
                    f"{stage}: window {window} is longer than every series (the longest shows {longest} rows at the "
                    f"first cutoff): use at most {longest}, or leave it out.",
                    "window",
                    window,
                )

    # -- one recipe ---------------------------------------------------------------------------------------------
    def _node(self, node: Node, group: RefitWindow, *, deeper: bool, shown: bool = False) -> Upstream:
        """Where the forecasts of a node come from.

        Args:
            node: a chain or an ensemble.
            group: the cutoff.
            deeper: honest rows are asked for too.
            shown: rows of the final fit on its own training data are asked for instead.
        """
        if isinstance(node, Ensemble):
            if shown and node.learned:
                self._refuse_shown(node)
            members = tuple(self._node(m, group, deeper=deeper or node.learned, shown=shown) for m in node.members)
            if node.learned or node.loose:
                return self._combination(node, members, group, deeper)
            return MemberAverage(members, node.how)
        if shown and len(node.stages) > 1:
            self._refuse_shown(node)
        deep = deeper or len(node.stages) > 1
        base = node.stages[0]
        shown = shown or node.rules.residuals == "in_sample"
        if isinstance(base, Ensemble):
            source = self._node(base, group, deeper=deep, shown=shown)
        else:
            source = self._base(base, group, deep=deep, shown=shown)
        for i in range(1, len(node.stages)):
            source = self._correction(node.prefixes()[i], source, group, deeper or i + 1 < len(node.stages))
        return source

    @staticmethod
    def _refuse_shown(node: Node) -> None:
        why = (
            f"residuals: in_sample needs the answers of plain models to their own training data, and {node} learns "
            "from hindcasts itself: use cross_fit, or another base."
        )
        raise BadSetting(why, "residuals", "in_sample", "cross_fit")

    def _base(self, stage: Stage, group: RefitWindow, *, deep: bool, shown: bool) -> BaseFit:
        final = self._final(stage, group, self._dense_origins(group) if deep else group.origins)
        keys: list[str] = []
        folds = self._folds_of(stage, group) if deep else ()
        if shown:
            folds = in_sample_folds(self._seen(group), self.frame.horizon, self.frame.gap, folds)
            self._specs[final].origins.extend(fold.origins for fold in folds)
            return BaseFit(final, (final,) * len(folds), folds)
        for fold in folds:
            earlier = keys[0] if keys and self.keys.facts(stage).reuses else None
            keys.append(self._fit(stage, group, self._cut(group, fold), fold.origins, earlier))
        return BaseFit(final, tuple(keys), folds)

    def _final(self, stage: Stage, group: RefitWindow, wanted: Origins) -> str:
        """The fit on all of a cut; a warm one starts from the cutoff before, whatever other names stand on it."""
        if not (self.warm and self.keys.facts(stage).warms):
            return self._fit(stage, group, group.cut, wanted, None)
        fits = self._warm_fits.setdefault(self.keys.facts(stage).identity, {})
        before = max((index for index in fits if index < group.index), default=None)
        start = None if before is None else fits[before]
        final = self._fit(stage, group, group.cut, wanted, None, start)
        return fits.setdefault(group.index, final)

    def _fit(
        self,
        stage: Stage,
        group: RefitWindow,
        cut: TrainingSlice,
        origins: Origins,
        earlier: str | None,
        start: str | None = None,
    ) -> str:
        warm = ["warm", start] if self.warm and self.keys.facts(stage).warms else []
        identity = self.keys.of_fit(stage, cut, earlier, *warm)
        if identity not in self._specs:
            spec = _TaskDraft(identity, stage, str(stage), group, cut, earlier=earlier, start=start)
            self._specs[identity] = replace(spec, shown=self._name(Chain((stage,))))
        self._specs[identity].origins.append(origins)
        return identity

    def _correction(self, prefix: Chain, source: Upstream, group: RefitWindow, deeper: bool) -> StageOutput:
        stage = prefix.stages[-1]
        assert isinstance(stage, Stage)
        identity = self.keys.of_correction(stage, repr(source), group.cut, *prefix.rules.given().items())
        if identity not in self._specs:
            own = all(self.keys.facts(s).own for s in stages_of(Chain(prefix.stages[:-1])))
            where = (group, group.cut)
            spec = _TaskDraft(identity, stage, str(prefix), *where, source=source, own=own, rules=prefix.rules)
            self._specs[identity] = replace(spec, shown=self._name(prefix))
        spec = self._specs[identity]
        spec.origins.append(self._dense_origins(group))
        spec.deeper = spec.deeper or deeper
        return StageOutput(identity)

    def _combination(
        self, node: Ensemble, members: tuple[Upstream, ...], group: RefitWindow, deeper: bool
    ) -> StageOutput:
        """An ensemble that goes on without members that did not finish.

        Where it learns its weights, members are evaluated with honest rows, whoever else asks them.
        """
        names = unique_names(map(self._name, node.members))
        identity = self.keys.of_ensemble(node.how, node.settings, repr((members, names)), group.cut)
        spec = _TaskDraft(
            identity, node, str(node), group, group.cut, members=members, names=names, shown=self._name(node)
        )
        spec = self._specs.setdefault(identity, spec)
        deep = deeper or spec.deeper
        spec.origins.append(self._dense_origins(group) if deep else group.origins)
        spec.deeper = deep
        return StageOutput(identity)

    def _name(self, node: Node) -> str:
        return self.called.get(node) or str(node)

    # -- where things are --------------------------------------------------------------------------------------------
    def _folds_of(self, stage: Stage, group: RefitWindow) -> tuple[Fold, ...]:
        local = stage.kind in ("statistical", "baseline")
        key = (group.index, local)
        if key not in self._folds:
            self._folds[key] = folds_for(self._seen(group), self.frame.horizon, self.frame.gap, local=local)
        return self._folds[key]

    def _seen(self, group: RefitWindow) -> Panel:
        return group.cut.base(self.panel).cut(group.cut.position, self.frame.reach)

    def _cut(self, group: RefitWindow, fold: Fold) -> TrainingSlice:
        """The training part of a fold, the same object for everybody."""
        if fold not in self._cuts:
            self._cuts[fold] = TrainingSlice(group.cut.first, fold.position, fold.keep)
        return self._cuts[fold]

    def _dense_origins(self, group: RefitWindow) -> Origins:
        if group not in self._dense:
            self._dense[group] = dense_origins(group.origins, group.cut.position)
        return self._dense[group]

    # -- finishing ----------------------------------------------------------------------------------------------
    def finish(self) -> Plan:
        """All tasks with their final keys: identity and the origins they answer."""
        keys: dict[str, str] = {}
        tasks: dict[str, Task] = {}
        asked = _Asked()
        for identity, spec in self._specs.items():  # dependencies were added first
            origins, text = asked.by(spec.origins)
            key = keys[identity] = self.keys.of_answers(identity, spec.cut, origins, text, spec.deeper)
            tasks[key] = self._task(key, spec, origins, keys)
        answers = {name: _renamed(source, keys) for name, source in self._answers.items()}
        uses: dict[str, list[str]] = {}
        for (name, _), source in answers.items():
            for key in closure(source, tasks):
                uses.setdefault(key, []).append(name)
        last = {name: tuple(_last(source)) for name, source in answers.items()}
        named = {key: tuple(dict.fromkeys(names)) for key, names in uses.items()}
        return Plan(tasks, answers, named, last, self._groups)

    def _task(self, key: str, spec: _TaskDraft, origins: Origins, keys: dict[str, str]) -> Task:
        if isinstance(spec.stage, Ensemble):
            node = spec.stage
            members = tuple(_renamed(m, keys) for m in spec.members)
            options = Combining(**node.values())
            where = (spec.cut, members, spec.names, origins, self.frame)
            return CombineTask(key, spec.shown, node.how, options, *where, spec.deeper)
        # Seeds do not depend on the data: the same network on shifted data is the same network, shifted.
        seed = int(digest(self.frame.seed, spec.stage.identity(), spec.label), 16) % 2**31
        frame = ForecastSpec(self.frame.horizon, self.frame.gap, seed)
        if spec.source is None:
            earlier = None if spec.earlier is None else keys[spec.earlier]
            start = None if spec.start is None else keys[spec.start]
            warm = self.warm and self.keys.facts(spec.stage).warms
            made = _made(spec.stage, partial(build.forecaster, spec.stage, self.registry))
            facts = (key, spec.shown, spec.stage.kind, made, spec.cut, origins, frame)
            return FitTask(*facts, earlier, start, warm, self.keys.lineage(spec.stage))
        return CorrectTask(
            key,
            spec.shown,
            spec.stage.kind,
            _made(spec.stage, partial(_corrector, spec.stage, self.registry, spec.rules)),
            spec.cut,
            _renamed(spec.source, keys),
            origins,
            frame,
            spec.deeper,
            spec.own,
            spec.rules,
        )


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names, the second of the same ones as "NAME (2)" and so on."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def _made(stage: Stage, make: Callable[[], Model]) -> Made[Model]:
    """A plain network later, when it is needed; anything else now, so that wrong settings are refused."""
    return Made(make) if plain_network(stage) else ready(make())


def _corrector(stage: Stage, registry: Registry, rules: Rules) -> Corrector:
    corrector = build.corrector(stage, registry)
    return Multiplicative(corrector) if rules.combine == "multiplicative" else corrector


class _Asked:
    """Origins that many ask for, joined and hashed once."""

    def __init__(self) -> None:
        self._joined: dict[tuple[Origins, ...], tuple[Origins, str]] = {}
        self._same: dict[str, Origins] = {}

    def by(self, parts: Sequence[Origins]) -> tuple[Origins, str]:
        """All origins of all parts and their hash; equal ones are one object."""
        distinct = tuple(dict.fromkeys(parts))
        if distinct not in self._joined:
            origins = Origins.join(distinct)
            text = hashlib.blake2b(origins.code().tobytes(), digest_size=8).hexdigest()
            self._joined[distinct] = self._same.setdefault(text, origins), text
        return self._joined[distinct]


def _last(source: Upstream) -> Iterable[str]:
    if isinstance(source, BaseFit):
        return (source.final,)
    return () if isinstance(source, MemberAverage) else (source.key,)


def _renamed(source: Upstream, keys: dict[str, str]) -> Upstream:
    if isinstance(source, BaseFit):
        return BaseFit(keys[source.final], tuple(keys[k] for k in source.keys), source.folds)
    if isinstance(source, StageOutput):
        return StageOutput(keys[source.key])
    return MemberAverage(tuple(_renamed(m, keys) for m in source.members), source.how)
