"""Planner: walk recipes at cutoffs and draft the distinct tasks that they need.

Names with equal stages share their tasks: equal identities (`keys`) are one draft (`task_drafts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hybridts.data.panel import Origins, Panel
from hybridts.engine.graph import Plan, PriorTask, RefitWindow, Task, TrainingSlice, closure
from hybridts.engine.keys import Keys
from hybridts.engine.task_drafts import CombineDraft, CorrectDraft, FitDraft, TaskDraft, tasks_of, with_keys
from hybridts.errors import BadSetting
from hybridts.hybrids.folds import Fold, folds_for, in_sample_folds, spare_folds
from hybridts.hybrids.hindcast_rows import ForecastSpec, dense_origins
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream
from hybridts.models.protocols import PriorWeights
from hybridts.names import build
from hybridts.names.recipe import Chain, Ensemble, Node, Recipe, Stage, stages_of
from hybridts.names.registry import Registry


class Planner:
    """Makes the plan of one panel: call `add` for every recipe at every refit window, then `finish`."""

    def __init__(
        self,
        panel: Panel,
        registry: Registry,
        spec: ForecastSpec,
        *,
        warm: bool = False,
        hindcasts: bool = False,
        display_names: Mapping[Node, str] = MappingProxyType({}),
    ) -> None:
        """Start an empty plan.

        Args:
            panel: the data.
            registry: the components of the recipes.
            spec: horizon, gap, seed.
            warm: networks start from their weights at the cutoff before.
            hindcasts: every name needs out-of-fold forecasts of its own, for intervals.
            display_names: names of expressions in reports, where users gave them one.
        """
        self.display_names = display_names
        self.panel = panel
        self.registry = registry
        self.spec = spec
        self.warm = warm
        self.hindcasts = hindcasts
        self.keys = Keys(panel, registry, spec)
        self._warm_fits: dict[str, dict[int, str]] = {}  # stage -> window -> its final fit, for warm starts
        self._drafts: dict[str, TaskDraft] = {}
        self._priors: dict[str, PriorTask] = {}
        self._answers: dict[tuple[str, int], Upstream] = {}
        self._windows: dict[int, RefitWindow] = {}
        self._folds: dict[tuple[int, bool], tuple[Fold, ...]] = {}
        self._spare: dict[int, tuple[Fold, ...]] = {}
        self._cuts: dict[Fold, TrainingSlice] = {}
        self._dense: dict[RefitWindow, Origins] = {}

    def add(self, recipe: Recipe, window: RefitWindow) -> None:
        """Plan one recipe at one refit window.

        Raises:
            BadSetting: a setting that some stage refuses.
        """
        self._check_length(recipe, int(window.cut.position.max(initial=-1)) + 1)
        self._windows[window.index] = window
        self._answers[recipe.name, window.index] = self._node(
            recipe.root, window, needs_oof=False, hindcasts=self.hindcasts
        )

    def finish(self) -> Plan:
        """Return the plan: all tasks with their final keys."""
        fits, key_of = tasks_of(self._drafts, self.keys)
        tasks: dict[str, Task] = {**self._priors, **fits}
        answers = {name: with_keys(source, key_of) for name, source in self._answers.items()}
        uses: dict[str, list[str]] = {}
        for (name, _), source in answers.items():
            for key in closure(source, tasks):
                uses.setdefault(key, []).append(name)
        last = {name: tuple(_last(source)) for name, source in answers.items()}
        names_of = {key: tuple(dict.fromkeys(names)) for key, names in uses.items()}
        return Plan(tasks, answers, names_of, last, self._windows)

    def _check_length(self, recipe: Recipe, longest: int) -> None:
        """Refuse a network window, set by the user, that is longer than every series: most of it would be zeros.

        Folds have shorter series; their networks use what is there.
        """
        for stage in recipe.stages():
            window = self.keys.info(stage).window
            if window > longest:
                raise BadSetting(
                    f"{stage}: window {window} is longer than every series (the longest shows {longest} rows at the "
                    f"first cutoff): use at most {longest}, or leave it out.",
                    "window",
                    window,
                )

    # -- one recipe ---------------------------------------------------------------------------------------------
    def _node(
        self, node: Node, window: RefitWindow, *, needs_oof: bool, in_sample: bool = False, hindcasts: bool = False
    ) -> Upstream:
        """Draft the tasks of a node and return the source of its forecasts.

        Args:
            node: a chain or an ensemble.
            window: the refit window.
            needs_oof: out-of-fold forecasts are needed too.
            in_sample: instead of out-of-fold forecasts, use those of the final fit on its own training data.
            hindcasts: the node is a name, or a member of an average that is one, and its errors are needed.
        """
        if isinstance(node, Ensemble):
            if in_sample and node.learned:
                self._refuse_in_sample(node)
            deep = needs_oof or node.learned
            loose = node.learned or node.loose
            deep = deep or (loose and hindcasts)
            members = tuple(
                self._node(m, window, needs_oof=deep, in_sample=in_sample, hindcasts=hindcasts) for m in node.members
            )
            if loose:
                return self._combination(node, members, window, needs_oof or hindcasts)
            return MemberAverage(members, node.how)
        if in_sample and len(node.stages) > 1:
            self._refuse_in_sample(node)
        deep = needs_oof or len(node.stages) > 1
        base = node.stages[0]
        in_sample = in_sample or node.rules.residuals == "in_sample"
        if isinstance(base, Ensemble):
            source = self._node(base, window, needs_oof=deep, in_sample=in_sample, hindcasts=hindcasts)
        else:
            source = self._base(base, window, needs_oof=deep, in_sample=in_sample, hindcasts=hindcasts)
        for i in range(1, len(node.stages)):
            last = i + 1 == len(node.stages)
            source = self._correction(node.prefixes()[i], source, window, needs_oof or not last)
            self._drafts[source.key].held_out |= hindcasts and last
        return source

    @staticmethod
    def _refuse_in_sample(node: Node) -> None:
        why = (
            f"residuals: in_sample needs forecasts of plain models on their own training data, and {node} learns "
            "from hindcasts itself: use cross_fit, or another base."
        )
        raise BadSetting(why, "residuals", "in_sample", "cross_fit")

    def _base(
        self, stage: Stage, window: RefitWindow, *, needs_oof: bool, in_sample: bool, hindcasts: bool = False
    ) -> BaseFit:
        """Draft the final fit of a base, and its fits on folds where they are needed."""
        final = self._final(stage, window, self._dense_origins(window) if needs_oof else window.origins)
        folds = self._folds_of(stage, window) if needs_oof or hindcasts else ()
        if in_sample:
            folds = in_sample_folds(self._seen(window), self.spec.horizon, self.spec.gap, folds)
            self._drafts[final].origins.extend(fold.origins for fold in folds)
            return BaseFit(final, (final,) * len(folds), folds)
        if hindcasts and not folds:
            spare = self._spare_folds_of(window)
            return BaseFit(final, (), (), self._on_folds(stage, window, spare), spare)
        return BaseFit(final, self._on_folds(stage, window, folds), folds)

    def _on_folds(self, stage: Stage, window: RefitWindow, folds: tuple[Fold, ...]) -> tuple[str, ...]:
        """Draft a fit per fold; a local model reuses the orders that it chose on the oldest."""
        keys: list[str] = []
        for fold in folds:
            earlier = keys[0] if keys and self.keys.info(stage).reuses else None
            keys.append(self._fit(stage, self._cut(window, fold), fold.origins, earlier))
        return tuple(keys)

    def _final(self, stage: Stage, window: RefitWindow, origins: Origins) -> str:
        """Draft the fit at the cutoff; a warm one starts from the weights of the window before."""
        if not self._is_warm(stage):
            return self._fit(stage, window.cut, origins)
        fits = self._warm_fits.setdefault(self.keys.info(stage).identity, {})
        before = max((index for index in fits if index < window.index), default=None)
        start = None if before is None else fits[before]
        final = self._fit(stage, window.cut, origins, start=start)
        return fits.setdefault(window.index, final)

    def _fit(
        self, stage: Stage, cut: TrainingSlice, origins: Origins, earlier: str | None = None, start: str | None = None
    ) -> str:
        """Draft a fit, or add origins to its draft; return its identity."""
        is_warm, prior = self._is_warm(stage), self.keys.info(stage).prior
        more = [*(["warm", start] if is_warm else []), *(["prior", prior.identity()] if prior else [])]
        identity = self.keys.of_fit(stage, cut, earlier, *more)
        if identity not in self._drafts:
            name = self._name(Chain((stage,)))
            learned = None if prior is None or prior.at_hand else self._prior(stage, prior)
            self._drafts[identity] = FitDraft(
                display_name=name, cut=cut, stage=stage, earlier=earlier, start=start, prior=learned, warm=is_warm
            )
        self._drafts[identity].origins.append(origins)
        return identity

    def _prior(self, stage: Stage, prior: PriorWeights) -> str:
        """Plan the task that learns a prior; return its key."""
        key = self.keys.of_prior(stage, prior)
        if key not in self._priors:
            model = build.forecaster(stage, self.registry)
            self._priors[key] = PriorTask(key, f"prior of {stage}", stage.kind, prior, model)
        return key

    def _correction(self, prefix: Chain, source: Upstream, window: RefitWindow, needs_oof: bool) -> StageOutput:
        """Draft the last stage of a chain as a correction of its source."""
        stage = prefix.stages[-1]
        assert isinstance(stage, Stage)
        identity = self.keys.of_correction(stage, repr(source), window.cut, *prefix.rules.given().items())
        if identity not in self._drafts:
            self._drafts[identity] = CorrectDraft(
                display_name=self._name(prefix),
                cut=window.cut,
                stage=stage,
                label=str(prefix),
                source=source,
                local=all(self.keys.info(s).local for s in stages_of(Chain(prefix.stages[:-1]))),
                rules=prefix.rules,
            )
        draft = self._drafts[identity]
        draft.origins.append(self._dense_origins(window))
        draft.needs_oof = draft.needs_oof or needs_oof
        return StageOutput(identity)

    def _combination(
        self, node: Ensemble, members: tuple[Upstream, ...], window: RefitWindow, needs_oof: bool
    ) -> StageOutput:
        """Draft an ensemble that leaves out members that do not finish."""
        names = unique_names(map(self._name, node.members))
        identity = self.keys.of_ensemble(node.how, str(node.settings), repr((members, names)), window.cut)
        if identity not in self._drafts:
            self._drafts[identity] = CombineDraft(
                display_name=self._name(node), cut=window.cut, node=node, members=members, names=names
            )
        draft = self._drafts[identity]
        draft.needs_oof = draft.needs_oof or needs_oof
        draft.origins.append(self._dense_origins(window) if draft.needs_oof else window.origins)
        return StageOutput(identity)

    # -- facts of a stage or a window ---------------------------------------------------------------------------
    def _name(self, node: Node) -> str:
        return self.display_names.get(node) or str(node)

    def _is_warm(self, stage: Stage) -> bool:
        return self.warm and self.keys.info(stage).warms

    def _folds_of(self, stage: Stage, window: RefitWindow) -> tuple[Fold, ...]:
        local = stage.kind in ("statistical", "baseline")
        key = (window.index, local)
        if key not in self._folds:
            self._folds[key] = folds_for(self._seen(window), self.spec.horizon, self.spec.gap, local=local)
        return self._folds[key]

    def _spare_folds_of(self, window: RefitWindow) -> tuple[Fold, ...]:
        if window.index not in self._spare:
            self._spare[window.index] = spare_folds(self._seen(window), self.spec.horizon, self.spec.gap)
        return self._spare[window.index]

    def _seen(self, window: RefitWindow) -> Panel:
        return window.cut.seen(self.panel, self.spec.reach)

    def _cut(self, window: RefitWindow, fold: Fold) -> TrainingSlice:
        """Return the training slice of a fold, one object per fold, because keys are cached by object."""
        if fold not in self._cuts:
            self._cuts[fold] = TrainingSlice(window.cut.first, fold.position, fold.keep)
        return self._cuts[fold]

    def _dense_origins(self, window: RefitWindow) -> Origins:
        if window not in self._dense:
            self._dense[window] = dense_origins(window.origins, window.cut.position)
        return self._dense[window]


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names, with repeated ones numbered as "NAME (2)" and so on."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(found)


def _last(source: Upstream) -> Iterable[str]:
    """Return the keys of a name's own last stage; an average has none."""
    if isinstance(source, BaseFit):
        return (source.final,)
    return () if isinstance(source, MemberAverage) else (source.key,)
