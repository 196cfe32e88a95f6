"""A study on its data before anything is computed: names parsed, windows placed, stages planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from hybridts.data.panel import Origins, Panel
from hybridts.data.read import Columns, as_names
from hybridts.engine.engine import Job
from hybridts.engine.graph import (
    Plan,
    RefitWindow,
    TrainingSlice,
)
from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.evaluation.metrics import metric_names
from hybridts.evaluation.rolling_origin import Schedule, Window, left_out, rolling
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.settings import HOWS, LEARNED, Combining, How, Rules
from hybridts.models.checks import is_whole
from hybridts.models.neural.training_settings import Training
from hybridts.models.settings import check_settings
from hybridts.names.catalog import PUBLISHED
from hybridts.names.grammar import parse, split_names
from hybridts.names.recipe import (
    CHAIN,
    NETWORK,
    Chain,
    Ensemble,
    Node,
    Recipe,
    Settings,
    combinations_in,
    has_chain,
)
from hybridts.names.registry import SEED_100, Registry
from hybridts.names.settings import apply_settings, plain

BASELINES = {"full": ("Naive", "SeasonalNaive", "Drift", "Theta", "ETS"), "none": ()}
BASELINES["cheap"] = BASELINES["full"][:4]


@dataclass(frozen=True)
class Study:
    """Everything that decides the numbers of a backtest, apart from the data themselves.

    Attributes:
        models: names, in the order they were asked for.
        schedule: windows, horizon, gap, scheme, refit.
        columns: roles of the data's columns; freq, season: frequency and seasonal period; None: from the data.
        settings: per token, for every name that has the token.
        baselines: which set of baselines stands in the table.
        metrics: names of the metrics in the table.
        seed: one seed for everything random.
    """

    models: tuple[str, ...]
    schedule: Schedule
    settings: Settings = field(default_factory=dict)
    baselines: str = "full"
    metrics: tuple[str, ...] = ("MASE", "RMSSE", "sMAPE", "MAE", "RMSE")
    seed: int = 0
    columns: Columns = field(default_factory=Columns)
    freq: str | None = None
    season: int | None = None

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Study:
        """Return the study of flat words: those of `hybridts.backtest`, of a study file and of the command line.

        Raises:
            BadSetting: a word has a value that is not allowed.
        """
        own = {name: words[name] for name in ("baselines", "seed", "freq", "season")}
        columns = Columns(**{item.name: words[item.name] for item in fields(Columns)})
        schedule = Schedule(**{item.name: words[item.name] for item in fields(Schedule)})
        settings = {} if words["settings"] is None else words["settings"]
        study = cls(names_of(words["models"]), schedule, settings, columns=columns, **own)
        if words["metrics"] is None:
            return study
        return replace(study, metrics=tuple(metric_names(as_names("metrics", words["metrics"]))))

    def words(self) -> dict[str, Any]:
        """Return the flat words of the study as plain values, every default filled in, columns apart."""
        schedule = {item.name: getattr(self.schedule, item.name) for item in fields(Schedule)}
        return {
            "models": list(self.models),
            "settings": {token: dict(values) for token, values in self.settings.items()},
            **schedule,
            "step": self.schedule.every,
            "metrics": list(self.metrics),
            "baselines": self.baselines,
            "seed": self.seed,
        }

    def __post_init__(self) -> None:
        if not is_whole(self.seed):
            raise BadSetting(f"seed must be a whole number, found {self.seed!r}.", "seed", self.seed)
        object.__setattr__(self, "seed", int(self.seed))
        each = self.settings.values() if isinstance(self.settings, Mapping) else [None]
        if not all(isinstance(values, Mapping) for values in each):
            example = "{'RF': {'trees': 200}}"
            why = f"settings must be a mapping from token to its settings, as {example}, found {self.settings!r}."
            raise BadSetting(why, "settings", self.settings)
        object.__setattr__(self, "settings", plain(self.settings))


def names_of(models: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names asked for; "seed-100" stands for all published ones."""
    names: list[str] = []
    for name in split_names(models) if isinstance(models, str) else as_names("models", models):
        names += PUBLISHED if name.casefold() == SEED_100 else [name]
    return tuple(names)


@dataclass(frozen=True, eq=False)
class PlannedStudy:
    """A study on its data before anything is computed: recipes, windows, plan."""

    study: Study
    job: Job
    recipes: tuple[Recipe, ...]
    baselines: frozenset[str]
    parts: Mapping[str, Recipe]
    windows: tuple[Window, ...]
    plan: Plan
    described: Callable[[Recipe], dict[str, Any]]
    notices: tuple[str, ...] = ()

    @property
    def panel(self) -> Panel:
        """The data."""
        return self.job.panel


def plan_study(
    study: Study, panel: Panel, registry: Registry, described: Callable[[Recipe], dict[str, Any]]
) -> PlannedStudy:
    """Parse the names, place the windows, plan the stages; every wrong input is refused here."""
    recipes, baselines = recipes_of(study, registry)
    notices = check_study_settings(study.settings, recipes, registry)
    schedule = study.schedule
    windows = rolling(panel, schedule)
    notices += left_out(windows)
    fitted_at = [schedule.fitted_at(w.index) for w in windows]
    groups = groups_of(windows, fitted_at, schedule.scheme == "sliding")
    frame = ForecastSpec(schedule.horizon, schedule.gap, study.seed)
    parts = parts_of(recipes)
    every = (*recipes, *parts.values())
    names = {r.root: r.name for r in reversed(recipes)}
    job = Job(every, panel, registry, groups, frame, warm=schedule.refit == "warm", display_names=names)
    return PlannedStudy(study, job, recipes, baselines, parts, tuple(windows), job.plan(), described, tuple(notices))


def recipes_of(study: Study, registry: Registry) -> tuple[tuple[Recipe, ...], frozenset[str]]:
    """The recipes asked for and the baselines, each once; which are baselines, those that were asked for included."""
    if study.baselines not in BASELINES:
        raise BadSetting(
            f"baselines must be one of {', '.join(sorted(BASELINES))}, found {study.baselines!r}.", "baselines"
        )
    known: dict[str, Recipe] = {}
    words = {name.strip().casefold() for name in study.models} & set(HOWS)
    for name in study.models:
        if name.strip().casefold() not in words:
            recipe = _with_settings(parse(name, registry), study.settings, registry)
            known.setdefault(recipe.name, recipe)
    known.update({word: _of_all(word, known, study.settings, registry) for word in HOWS if word in words})
    if not known:
        raise UserError("no model was named: give --models A,B or models=[...]. `hybridts models` lists them.")
    baselines = [parse(name, registry) for name in BASELINES[study.baselines]]
    extra = {b.name: b for b in baselines if b.name not in known}
    every = (*known.values(), *extra.values())
    return every, frozenset(r.name for r in every if [s.kind for s in r.stages()] == ["baseline"])


def _of_all(how: How, others: Mapping[str, Recipe], settings: Settings, registry: Registry) -> Recipe:
    """A word that stands alone in a list of models: all other names of the list that are no ensembles, combined so.

    Nobody wrote these members together, so one that cannot be used on the data does not take the others along.
    """
    members = tuple(r.root for r in others.values() if not isinstance(r.root, Ensemble))
    if len(members) < 2:
        raise UserError(
            f"{how} alone combines all other models of the list (ensembles left out), and there are {len(members)}: "
            f"name at least two, or write {how}(A, B)."
        )
    own = {key: values for key, values in settings.items() if key.partition("@")[0].casefold() == how}
    root = apply_settings(Ensemble((), how), own, registry, how)
    assert isinstance(root, Ensemble)
    return Recipe(how, Ensemble(members, how, root.settings, loose=True))


def _with_settings(recipe: Recipe, settings: Settings, registry: Registry) -> Recipe:
    """The recipe with a run's settings, which hold for every name; what a combo says of its own parts is nearer."""
    own = _settings_for(recipe, settings, registry)
    return Recipe(recipe.name, apply_settings(recipe.root, own, registry, recipe.name, under=True))


def _settings_for(recipe: Recipe, settings: Settings, registry: Registry) -> Settings:
    """The part of a run's settings that this name's tokens can take; a key may be no name's at all (refused later)."""
    has = _parts_in(recipe)
    kept = {}
    for key, values in settings.items():
        token, number = _numbered(key)
        component = registry.component(token)
        name = (component.name if component else token).casefold()
        shared = name == NETWORK.casefold() or (name == CHAIN.casefold() and has_chain(recipe.root))
        if shared or has[name] >= number:
            kept[key] = values
    return kept


def _parts_in(recipe: Recipe) -> Counter[str]:
    """How often a name has each component and each way of combining, by their names in lower case."""
    return Counter(t.name.casefold() for s in recipe.stages() for t in s.tokens()) + combinations_in(recipe.root)


def _numbered(key: str) -> tuple[str, int]:
    """The token of a key, and which one of them it means: the first of "LSTM", the second of "LSTM@2"."""
    token, _, number = key.partition("@")
    return token, int(number) if number.isdigit() else 1


def check_study_settings(settings: Settings, recipes: Sequence[Recipe], registry: Registry) -> list[str]:
    """Refuse settings of an unknown part; say which known parts no name here has.

    Raises:
        BadSetting: a key that is no component, or a setting that its component does not have.
    """
    has: Counter[str] = Counter()
    for recipe in recipes:
        has |= _parts_in(recipe)
    notices = []
    for key, values in settings.items():
        token, number = _numbered(key)
        component = registry.component(token)
        if token.casefold() in LEARNED:
            check_settings(token.casefold(), Combining, values)
            if has[token.casefold()] < number:
                notices.append(f"settings for {key} are not used: no model here combines so.")
            continue
        if token.casefold() == CHAIN.casefold():
            check_settings(CHAIN, Rules, values)
            if not any(has_chain(r.root) for r in recipes):
                notices.append(f"settings for {key} are not used: no model here has a stage after another.")
            continue
        if component is None and token.casefold() != NETWORK.casefold():
            known = [*(c.name for c in registry.components()), NETWORK, CHAIN]
            raise BadSetting(f"settings for {key!r}, which is no component.{did_you_mean(token, known)}", key, values)
        if component is None:
            check_settings(NETWORK, Training, values)
        elif has[component.name.casefold()] < number:
            notices.append(f"settings for {key} are not used: no model here has that part.")
    return notices


def parts_of(recipes: Sequence[Recipe]) -> dict[str, Recipe]:
    """Parts of hybrids that are evaluated for free: every shorter chain, every member of an ensemble."""
    names = {str(r.root) for r in recipes}
    found: dict[str, Recipe] = {}
    for recipe in recipes:
        for node in parts_under(recipe.root):
            found.setdefault(str(node), Recipe(str(node), node))
    asked = {r.root for r in recipes}
    return {name: r for name, r in found.items() if name not in names and r.root not in asked}


def own_parts(node: Node) -> list[Node]:
    """What a name must beat to be worth its parts: all it stands on, and each later stage as a model by itself."""
    under = parts_under(node)
    chains = [p for p in (node, *under) if isinstance(p, Chain)]
    return [*under, *(Chain((s,)) for c in chains for s in c.stages[1:])]


def parts_under(node: Node) -> list[Node]:
    """Every node that the forecast of `node` stands on and that makes a forecast of its own."""
    if isinstance(node, Ensemble):
        return [p for m in node.members for p in (m, *parts_under(m))]
    parts: list[Node] = []
    if isinstance(node.stages[0], Ensemble):
        parts += [node.stages[0], *parts_under(node.stages[0])]
    return parts + [p for p in node.prefixes()[:-1] if not isinstance(p.stages[-1], Ensemble)]


def groups_of(windows: Sequence[Any], fitted_at: Sequence[int], sliding: bool) -> list[RefitWindow]:
    """Window groups: which windows one fit answers, and the rows it is trained on."""
    groups = []
    for start in sorted(set(fitted_at)):
        answered = [w for w, at in zip(windows, fitted_at, strict=True) if at == start]
        position = windows[start].position
        first = None
        if sliding:
            kept = windows[0].position + 1
            first = np.where((kept > 0) & (position >= kept), position + 1 - kept, 0)
        shift = np.zeros(len(position), dtype=np.int64) if first is None else first
        cut = TrainingSlice(first, np.where(position >= 0, position - shift, -1))
        parts = []
        for window in answered:
            origins = window.origins()
            parts.append(Origins(origins.series, origins.position - shift[origins.series]))
        groups.append(RefitWindow(start, cut, Origins.join(parts)))
    return groups
