"""Entry of the engine: plan and run recipes at cutoffs, for backtests, fitted models and the audit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.data.seasonal import seasonal_error
from hybridts.engine.graph import CombineTask, CorrectTask, Plan, PriorTask, RefitWindow, Task, closure
from hybridts.engine.planner import Planner, unique_names
from hybridts.engine.progress_state import Outcome, Watcher
from hybridts.engine.resources import Workers
from hybridts.engine.run_plan import execute
from hybridts.engine.stage_record import StageRecord
from hybridts.engine.stage_store import StageStore
from hybridts.errors import NotApplicable, StageFailure
from hybridts.hybrids.ensemble import Combined
from hybridts.hybrids.fitted import FittedChain, FittedEnsemble
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.hybrids.intervals import Intervals, learn_intervals
from hybridts.hybrids.limits import Limits, Nonnegative
from hybridts.hybrids.native_quantiles import with_native
from hybridts.hybrids.upstream import BaseFit, MemberAverage, StageOutput, Upstream, with_forecast
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Fitted, Hindcasts
from hybridts.names.recipe import Node, Recipe
from hybridts.names.registry import Registry


@dataclass(frozen=True, eq=False)
class Job:
    """Recipes to fit at cutoffs of one panel.

    Attributes:
        recipes: what to fit; equal stages are fitted once.
        panel: the data; fits see no value after their cutoff.
        registry: the components of the recipes.
        windows: the cutoffs, each with the origins that its fits forecast from.
        spec: horizon, gap, seed.
        warm: networks start from their weights at the cutoff before.
        display_names: names of expressions in reports, where users gave them one.
        nonnegative: limits of the forecasts of names, see `Limits`; None for forecasts as the stages make them.
        hindcasts: every name needs out-of-fold forecasts of its own, for intervals.
    """

    recipes: Sequence[Recipe]
    panel: Panel
    registry: Registry
    windows: Sequence[RefitWindow]
    spec: ForecastSpec
    warm: bool = False
    display_names: Mapping[Node, str] = field(default_factory=dict)
    nonnegative: Nonnegative | None = None
    hindcasts: bool = False

    def plan(self) -> Plan:
        """Return the distinct tasks to run, inputs first.

        Raises:
            BadSetting: a setting that some stage refuses.
        """
        planner = Planner(
            self.panel,
            self.registry,
            self.spec,
            warm=self.warm,
            hindcasts=self.hindcasts,
            display_names=self.display_names,
        )
        for window in self.windows:
            for recipe in self.recipes:
                planner.add(recipe, window)
        return planner.finish()


@dataclass(frozen=True, eq=False)
class Finished:
    """A plan that was run: forecasts, failures and fitted models of its names.

    Attributes:
        plan: the tasks.
        panel: the data; spec: horizon, gap, seed.
        store: the finished stages.
        outcome: the record of every task, and the models that were kept.
        nonnegative: as in `Job`.
    """

    plan: Plan
    panel: Panel
    spec: ForecastSpec
    store: StageStore
    outcome: Outcome
    nonnegative: Nonnegative | None = None
    _limits: dict[int, Limits] = field(default_factory=dict, repr=False)
    _intervals: dict[tuple[str, int], Intervals] = field(default_factory=dict, repr=False)

    def failure(self, name: str, window: int = 0) -> StageRecord | None:
        """Return the record of the first required task without a result; None if the name has a forecast."""
        records = (self.outcome.records[key] for key in self.plan.answers[name, window].required())
        return next((record for record in records if record["status"] != "done"), None)

    def forecast(self, name: str, origins: Origins, window: int = 0) -> Forecast:
        """Return the forecasts [M, H] of a name that has no `failure`, within their limits."""
        found = self.plan.answers[name, window].forecast(origins, self.store)
        if self.nonnegative is None:
            return found
        limits = self.limits(window)
        quantiles = {level: limits.apply(origins, values) for level, values in found.quantiles.items()}
        return Forecast(origins, limits.apply(origins, found.mean), quantiles)

    def limits(self, window: int = 0) -> Limits:
        """Return the limits of all forecasts that are made at a refit window."""
        if window not in self._limits:
            group, reach = self.plan.refit_windows[window], self.spec.reach
            seen, visible = group.cut.seen(self.panel, reach), group.cut.visible(self.panel, group.origins, reach)
            rule = False if self.nonnegative is None else self.nonnegative
            self._limits[window] = Limits(seen, visible, self.spec.horizon, self.spec.gap, rule)
        return self._limits[window]

    def out_of_fold(self, name: str, window: int = 0) -> Hindcasts | None:
        """Return the out-of-fold rows that a name's last correction learned from; None without a correction."""
        below = self.plan.below(self.plan.answers[name, window])
        seen = self.plan.refit_windows[window].cut.seen(self.panel, self.spec.reach)
        return None if below is None else below.out_of_fold(seen, self.store, self.spec)

    def hindcasts(self, name: str, window: int = 0) -> Hindcasts:
        """Return the out-of-fold rows of a name whose errors are like those to come; `Job.hindcasts` must be set.

        Empty where the series are too short for a fold, or where the name has errors on its own training data alone.
        """
        seen = self.plan.refit_windows[window].cut.seen(self.panel, self.spec.reach)
        rows = with_forecast(self.plan.answers[name, window].hindcasts(seen, self.store, self.spec))
        if self.nonnegative is None or not len(rows):
            return rows
        return replace(rows, forecast=self.limits(window).apply(rows.origins, rows.forecast))

    def intervals(self, name: str, window: int = 0) -> Intervals:
        """Return what the intervals of a name need, learned from its hindcasts; `Job.hindcasts` must be set."""
        if (name, window) not in self._intervals:
            rows, size = self.hindcasts(name, window), (len(self.panel), self.spec.reach)
            learned = learn_intervals(rows, *size)
            native = self._hindcast_quantiles(name, window, len(rows))
            self._intervals[name, window] = with_native(learned, rows, native, *size)
        return self._intervals[name, window]

    def _hindcast_quantiles(self, name: str, window: int, rows: int) -> dict[float, FloatArray]:
        """Return a network's own quantiles of its hindcasts, row by row; empty for a name that has none."""
        source = self.plan.answers[name, window]
        if not isinstance(source, BaseFit) or not rows:
            return {}
        seen = self.plan.refit_windows[window].cut.seen(self.panel, self.spec.reach)
        found = source.hindcast_quantiles(seen, self.store, self.spec)
        return {p: values for p, values in found.items() if len(values) == rows}

    def quantiles(
        self, name: str, forecast: Forecast, probabilities: Sequence[float] | Mapping[float, float], window: int = 0
    ) -> dict[float, FloatArray]:
        """Return probability -> [M, H] quantiles around a forecast of `forecast`, within its limits; see `Intervals`.

        NaN where the name has no hindcasts, see `Intervals.reason`, and for a series without a scale.
        """
        group, origins = self.plan.refit_windows[window], forecast.origins
        visible = group.cut.visible(self.panel, origins, self.spec.reach)
        scale = seasonal_error(visible, origins, self.panel.season)
        own = forecast.quantiles
        found = self.intervals(name, window).quantiles(forecast.mean, origins.series, scale, probabilities, own)
        if self.nonnegative is None:
            return found
        limits = self.limits(window)
        return {p: limits.apply(origins, values) for p, values in found.items()}

    def silent_series(self) -> dict[str, str]:
        """Return series id -> why some task has no forecast for it."""
        records = self.outcome.records.values()
        return {series: str(why) for record in records for series, why in record.get("failures", {}).items()}

    def fitted(self, name: str, window: int = 0) -> Fitted:
        """Return the fitted form of a name, from models that were kept.

        Raises:
            NotApplicable: the name has no meaning on these data.
            StageFailure: a stage it needs failed.
        """
        broken = self.failure(name, window)
        if broken is not None and broken["status"] == "not_applicable":
            raise NotApplicable(f"{name}: {broken['message']}")
        if broken is not None:
            raise StageFailure(f"{name}: stage {broken['stage']}: {broken['message']}")
        return _assembled(self.plan.answers[name, window], self.plan.tasks, self.outcome.kept.__getitem__)

    def notes(self, name: str, window: int = 0) -> dict[str, Mapping[str, Any]]:
        """Return the notes of each stage of a name's final fit, first stages first."""
        cut = self.plan.refit_windows[window].cut
        keys = closure(self.plan.answers[name, window], self.plan.tasks)
        tasks = [self.plan.tasks[key] for key in reversed(keys)]
        final = [task.key for task in tasks if not isinstance(task, PriorTask) and task.cut is cut]
        stages = unique_names(self.plan.tasks[key].stage for key in final)
        return {stage: self.outcome.records[key].get("notes", {}) for stage, key in zip(stages, final, strict=True)}


def run(
    job: Job,
    store: StageStore,
    *,
    plan: Plan | None = None,
    workers: Workers | int | None = None,
    watch: Watcher | None = None,
    keep: bool = False,
) -> Finished:
    """Run every task of a job that the store does not hold yet.

    Args:
        job: recipes, data, cutoffs.
        store: finished stages are read from and written to it.
        plan: the plan of the job, if it was made before.
        workers: number of worker processes, or more about them; None for one per core; 1 without limits for none.
        watch: called after every task.
        keep: keep fitted models too (then nothing is taken from the store).
    """
    plan = job.plan() if plan is None else plan
    outcome = execute(plan, job.panel, store, workers, watch, keep=keep)
    return Finished(plan, job.panel, job.spec, store, outcome, job.nonnegative)


@contextmanager
def run_once(job: Job, *, workers: Workers | int | None = None, keep: bool = False) -> Iterator[Finished]:
    """Run a job in a temporary store; it exists inside the `with` block only."""
    with tempfile.TemporaryDirectory(prefix="hybridts-") as folder:
        yield run(job, StageStore(Path(folder)), workers=workers, keep=keep)


def _assembled(source: Upstream, tasks: Mapping[str, Task], kept: Callable[[str], Any]) -> Fitted:
    """Return the fitted form of an expression, from the fitted models of its tasks."""
    if isinstance(source, BaseFit):
        base: Fitted = kept(source.final)
        return base
    if isinstance(source, MemberAverage):
        return FittedEnsemble(tuple(_assembled(m, tasks, kept) for m in source.members), source.how)
    task = tasks[source.key]
    if isinstance(task, CombineTask):
        found: Combined = kept(source.key)
        members = (_assembled(m, tasks, kept) if i in found.members else None for i, m in enumerate(task.members))
        return FittedEnsemble(tuple(members), member_weights=found.weights)
    assert isinstance(task, CorrectTask)
    inner = _assembled(task.source, tasks, kept)
    if isinstance(inner, FittedChain) and isinstance(task.source, StageOutput):
        return replace(inner, corrections=(*inner.corrections, kept(source.key)))
    return FittedChain(inner, (kept(source.key),), task.cut.position, task.spec)
