"""A study, and its plan on data: names parsed, windows placed, stages planned; nothing is computed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from hybridts.data.covariate_checks import covariate_notices
from hybridts.data.holiday_columns import check_countries
from hybridts.data.panel import Origins, Panel
from hybridts.data.read import Columns, as_names
from hybridts.data.read.restored import NOTHING, Given
from hybridts.engine.cost import costs_of
from hybridts.engine.engine import Job
from hybridts.engine.graph import Plan, RefitWindow, TrainingSlice, closure
from hybridts.errors import BadSetting
from hybridts.evaluation.board_names import PRICED, baselines_of, check_study_settings, parts_of, recipes_of
from hybridts.evaluation.interval_metrics import metrics_of
from hybridts.evaluation.metrics import DEFAULT_METRICS, metric_names
from hybridts.evaluation.rolling_origin import Schedule, Window, left_out_notices, rolling
from hybridts.evaluation.user_metrics import user_metrics
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.interval_levels import NO_LEVELS, Levels, check_levels
from hybridts.hybrids.limits import Nonnegative, check_nonnegative
from hybridts.models.checks import is_whole
from hybridts.models.covariates.zeros import ExplainedZeros
from hybridts.names.auto import settled
from hybridts.names.catalog import PUBLISHED
from hybridts.names.grammar import split_names
from hybridts.names.recipe import Recipe, Settings
from hybridts.names.registry import SEED_100, Registry
from hybridts.names.settings import plain

#: Estimated seconds that baselines may cost however cheap the names are that were asked, and else their part of the
#: cost of these names.
FREE_SECONDS, FREE_PART = 5.0, 1 / 3


def _checked_seeds(given: Any, seed: int) -> int | tuple[int, ...]:
    """Return a number of seeds, or a list of them.

    Raises:
        BadSetting: it is neither, or the list begins with another seed than the one given beside it.
    """
    if is_whole(given, 1):
        return int(given)
    listed = list(given) if isinstance(given, (list, tuple)) else []
    if not listed or not all(map(is_whole, listed)) or len(set(listed)) < len(listed):
        why = f"seeds must be a whole number of at least 1, or a list of different whole numbers, found {given!r}."
        raise BadSetting(why, "seeds", given)
    if seed not in (0, listed[0]):
        why = f"seed is {seed} and seeds begin with {listed[0]}: give the list alone, its first is the seed."
        raise BadSetting(why, "seeds", given)
    return tuple(int(number) for number in listed)


@dataclass(frozen=True)
class Study:
    """All options of a backtest that decide its numbers, apart from the data.

    Attributes:
        models: names, in the order given.
        schedule: windows, horizon, gap, scheme, refit.
        settings: by token, for every name that has the token.
        baselines: set of baselines on the board: "full", "cheap" or "none".
        metrics: names of the metrics on the board.
        rank_by: name of the metric that ranks.
        metric_season: seasonal period in rows of the scales of MASE and RMSSE; None: that of the data.
        seed: one seed for everything random.
        seeds: number of seeds, counted from `seed`, under which names that draw random numbers are run; or these seeds,
            of which the first is `seed`.
        columns: roles of the columns of the data.
        freq: pandas frequency alias of the data; None: inferred.
        season: seasonal period in rows; None: by the frequency; "auto": tested up to the first cutoff.
        holidays: countries whose holidays are known-future columns.
        nonnegative: whether forecasts are kept from going below 0; "auto": where the data never did.
        levels: intervals that every name has.

        tuned: name -> seconds, number of trials and losses of the search that found its settings; for the manifest.

    Raises:
        BadSetting: `seed`, `seeds`, `metric_season`, `settings` or `nonnegative` has a value that is not allowed.
    """

    models: tuple[str, ...]
    schedule: Schedule
    settings: Settings = field(default_factory=dict)
    baselines: str = "full"
    metrics: tuple[str, ...] = DEFAULT_METRICS
    seed: int = 0
    columns: Columns = field(default_factory=Columns)
    freq: str | None = None
    season: int | Literal["auto"] | None = None
    rank_by: str = "MASE"
    metric_season: int | None = None
    seeds: int | Sequence[int] = 1
    nonnegative: Nonnegative = "auto"
    holidays: tuple[str, ...] = ()
    tuned: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    levels: Levels = NO_LEVELS

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Study:
        """Return the study of flat options, named as the arguments of `hybridts.backtest`; others are ignored.

        Raises:
            BadSetting: an option has a value that is not allowed.
        """
        own = {
            name: options[name]
            for name in ("baselines", "seed", "freq", "season", "metric_season", "seeds", "nonnegative")
        }
        own["holidays"] = as_names("holidays", options["holidays"] or ())
        columns = Columns(**{item.name: options[item.name] for item in fields(Columns)})
        schedule = Schedule(**{item.name: options[item.name] for item in fields(Schedule)})
        settings = {} if options["settings"] is None else options["settings"]
        users = user_metrics()
        if options["metrics"] is not None:
            own["metrics"] = tuple(metric_names(as_names("metrics", options["metrics"]), users))
        own["levels"] = check_levels(options["levels"], options["quantiles"])
        if options["metrics"] is None and own["levels"].probabilities:
            own["metrics"] = (*DEFAULT_METRICS, *metrics_of(own["levels"]))
        if options["rank_by"] is not None:
            own["rank_by"] = metric_names(as_names("rank_by", [options["rank_by"]]), users)[0]
        return cls(names_of(options["models"]), schedule, settings, columns=columns, **own)

    @property
    def every_seed(self) -> tuple[int, ...]:
        """Return the seeds under which names that draw random numbers are run; the first is `seed`."""
        if isinstance(self.seeds, int):
            return tuple(range(self.seed, self.seed + self.seeds))
        return tuple(self.seeds)

    def options(self) -> dict[str, Any]:
        """Return the options as plain values with every default filled in, without those of the data."""
        schedule = {item.name: getattr(self.schedule, item.name) for item in fields(Schedule)}
        return {
            "models": list(self.models),
            "settings": {token: dict(values) for token, values in self.settings.items()},
            **schedule,
            "step": self.schedule.spacing,
            "metrics": list(self.metrics),
            "rank_by": self.rank_by,
            "metric_season": self.metric_season,
            "baselines": self.baselines,
            "nonnegative": self.nonnegative,
            "seed": self.seed,
            "seeds": list(self.seeds) if isinstance(self.seeds, tuple) else self.seeds,
            **self.levels.given(),
        }

    def __post_init__(self) -> None:
        if not is_whole(self.seed):
            raise BadSetting(f"seed must be a whole number, found {self.seed!r}.", "seed", self.seed)
        object.__setattr__(self, "seed", int(self.seed))
        seeds = _checked_seeds(self.seeds, self.seed)
        object.__setattr__(self, "seeds", seeds)
        if isinstance(seeds, tuple):
            object.__setattr__(self, "seed", seeds[0])
        if self.metric_season is not None and not is_whole(self.metric_season, 1):
            why = f"metric_season must be a whole number of at least 1, found {self.metric_season!r}."
            raise BadSetting(why, "metric_season", self.metric_season)
        object.__setattr__(self, "holidays", check_countries(self.holidays))
        object.__setattr__(self, "nonnegative", check_nonnegative(self.nonnegative))
        each = self.settings.values() if isinstance(self.settings, Mapping) else [None]
        if not all(isinstance(values, Mapping) for values in each):
            example = "{'RF': {'trees': 200}}"
            why = f"settings must be a mapping from token to its settings, as {example}, found {self.settings!r}."
            raise BadSetting(why, "settings", self.settings)
        object.__setattr__(self, "settings", plain(self.settings))


def names_of(models: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names in a list or a comma separated text; "seed-100" means all published names.

    >>> names_of("ARIMA, stacked(Theta, ETS)")
    ('ARIMA', 'stacked(Theta, ETS)')
    """
    names: list[str] = []
    for name in split_names(models) if isinstance(models, str) else as_names("models", models):
        names += PUBLISHED if name.casefold() == SEED_100 else [name]
    return tuple(names)


@dataclass(frozen=True, eq=False)
class Repeat:
    """The names that draw random numbers, once more under another seed.

    Attributes:
        seed: the seed.
        job: their recipes, on the same data and cutoffs.
        plan: its stages; those that need no seed are the study's own.
        labels: name -> its label in the tables of the run.
    """

    seed: int
    job: Job
    plan: Plan
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class PlannedStudy:
    """A study with its plan on data.

    Attributes:
        study: the study.
        job: recipes, data and cutoffs, for the engine.
        recipes: models and baselines on the board.
        baselines: names among them that are baselines.
        parts: parts of hybrids that are evaluated too, by expression.
        windows: the windows, oldest first.
        plan: the distinct stages to run.
        described: returns the family, expression and stages of a recipe for the manifest.
        notices: sentences that a reader of the run must know.
        repeats: the names that draw random numbers, under the further seeds of the study.
        given: how the user gave times and ids, for results.
    """

    study: Study
    job: Job
    recipes: tuple[Recipe, ...]
    baselines: frozenset[str]
    parts: Mapping[str, Recipe]
    windows: tuple[Window, ...]
    plan: Plan
    described: Callable[[Recipe], dict[str, Any]]
    notices: tuple[str, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    given: Given = NOTHING

    @property
    def panel(self) -> Panel:
        """Return the data."""
        return self.job.panel

    @property
    def asked(self) -> frozenset[str]:
        """Return the names on the board that the user named; the others are baselines that came with the option."""
        named = {name.casefold() for name in self.study.models}
        return frozenset(r.name for r in self.recipes if r.name not in self.baselines or r.name.casefold() in named)


def plan_study(
    study: Study, panel: Panel, registry: Registry, described: Callable[[Recipe], dict[str, Any]]
) -> PlannedStudy:
    """Parse the names, place the windows and plan the stages.

    Args:
        study: the options.
        panel: the data.
        registry: the known components and combos.
        described: see `PlannedStudy`.

    Raises:
        UserError: a name, a setting or the schedule is wrong, or does not fit the data.
    """
    recipes, baselines = recipes_of(study.models, study.settings, baselines_of(study.baselines, panel), registry)
    notices = check_study_settings(study.settings, recipes, registry)
    schedule = study.schedule
    windows = rolling(panel, schedule)
    first = panel.cut(windows[0].position)
    recipes = tuple(settled(recipe, first) for recipe in recipes)
    notices += left_out_notices(windows)
    seen = panel.cut(windows[-1].position, schedule.gap + schedule.horizon)
    notices += covariate_notices(seen, schedule.gap + schedule.horizon)
    zeros = ExplainedZeros.of(seen)
    notices += zeros.notices if zeros else []
    fitted_at = [schedule.fitted_at(w.index) for w in windows]
    groups = groups_of(windows, fitted_at, schedule.scheme == "sliding")
    spec = ForecastSpec(schedule.horizon, schedule.gap, study.seed)
    parts = parts_of(recipes)
    every = (*recipes, *parts.values())
    names = {r.root: r.name for r in reversed(recipes)}
    warm = schedule.refit == "warm"
    more: dict[str, Any] = {"nonnegative": study.nonnegative, "hindcasts": bool(study.levels.probabilities)}
    job = Job(every, panel, registry, groups, spec, warm=warm, display_names=names, **more)
    planned = PlannedStudy(study, job, recipes, baselines, parts, tuple(windows), job.plan(), described, tuple(notices))
    planned = _without_dear_baselines(planned)
    return replace(planned, repeats=tuple(_repeats(planned)))


def _without_dear_baselines(planned: PlannedStudy) -> PlannedStudy:
    """Leave out the baselines nobody asked for that would together cost too much, cheapest last.

    Priced as by `backtest --plan`: a third of the cost of the names that were asked, or `FREE_SECONDS`, is allowed.
    """
    extra = [r.name for r in planned.recipes if r.name in PRICED and r.name not in planned.asked]
    if not extra:
        return planned
    costs = costs_of(planned.plan, planned.panel)
    asked = _stages_of(planned.plan, set(r.name for r in planned.job.recipes) - set(extra))
    allowed = max(FREE_PART * sum(costs[key] for key in asked), FREE_SECONDS)
    prices = {name: sum(costs[key] for key in _stages_of(planned.plan, {name}) - asked) for name in extra}
    dear, spent = {}, 0.0
    for name in sorted(extra, key=lambda name: (prices[name], name)):
        if spent + prices[name] > allowed:
            dear[name] = prices[name]
        else:
            spent += prices[name]
    return _without(planned, dear, allowed) if dear else planned


def _stages_of(plan: Plan, names: set[str]) -> set[str]:
    """Return the keys of all stages that these names need."""
    return {key for (name, _), source in plan.answers.items() if name in names for key in closure(source, plan.tasks)}


def _without(planned: PlannedStudy, dear: Mapping[str, float], allowed: float) -> PlannedStudy:
    """Return the plan without these baselines, and a notice on their prices."""
    priced = ", ".join(f"{name} (about {price:.0f} s)" for name, price in dear.items())
    is_one = len(dear) == 1
    notice = (
        f"Baseline{'' if is_one else 's'} left out: {priced} would cost more than a third of the names that were asked "
        f"(about {allowed:.0f} s); name {'it' if is_one else 'them'} among the models to have "
        f"{'it' if is_one else 'them'}."
    )
    job = replace(planned.job, recipes=tuple(r for r in planned.job.recipes if r.name not in dear))
    return replace(
        planned,
        job=job,
        plan=job.plan(),
        recipes=tuple(r for r in planned.recipes if r.name not in dear),
        baselines=planned.baselines - set(dear),
        notices=(*planned.notices, notice),
    )


def _repeats(planned: PlannedStudy) -> Iterator[Repeat]:
    """Yield the repeats of a study under its further seeds."""
    job = planned.job
    random = [r for r in job.recipes if any(s.kind not in ("statistical", "baseline") for s in r.stages())]
    for seed in planned.study.every_seed[1:] if random else ():
        own = replace(job, recipes=tuple(random), spec=replace(job.spec, seed=seed))
        yield Repeat(seed, own, own.plan(), {r.name: f"{r.name} [seed {seed}]" for r in random})


def groups_of(windows: Sequence[Window], fitted_at: Sequence[int], sliding: bool) -> list[RefitWindow]:
    """Group the windows that one fit answers, with the rows that the fit is trained on.

    Args:
        windows: all windows, oldest first.
        fitted_at: per window, the window at whose cutoff its models are fitted.
        sliding: whether the training part keeps the length of the first one.
    """
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
