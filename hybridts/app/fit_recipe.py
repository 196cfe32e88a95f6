"""Fit one recipe at the end of the data, from scratch or from the weights of an earlier fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hybridts.errors import UserError
from hybridts.models.protocols import Fitted, Warm, Weighted, Weights
from hybridts.names import build
from hybridts.names.grammar import parse
from hybridts.names.plugins import used_by
from hybridts.names.recipe import Ensemble, Node, Recipe, Stage

if TYPE_CHECKING:
    from hybridts.data.panel import Panel
    from hybridts.engine.graph import Plan
    from hybridts.hybrids.intervals import Intervals
    from hybridts.names.registry import Registry

#: A network that comes first in a chain, and the weights to start it from.
Starts = Sequence[tuple[Stage, Weights]]


def fit_recipe(  # noqa: PLR0913 - what a fit needs, each used once
    recipe: Recipe,
    table: Registry,
    panel: Panel,
    horizon: int,
    seed: int,
    jobs: int | None,
    starts: Starts = (),
    intervals: bool = False,
) -> tuple[Fitted, dict[str, Mapping[str, Any]], Intervals | None]:
    """Fit one recipe at the end of the data.

    Returns:
        The fitted model, the notes of each stage by its name, and what its intervals need where these are asked for.

    Args:
        recipe, table: what to fit, and its components.
        panel: all data.
        horizon, seed: of the fit.
        jobs: worker processes; None: one per core.
        starts: weights that networks start from.
        intervals: learn intervals from hindcasts, too.

    Raises:
        UserError: a component is not registered.
        NotApplicable: the name has no meaning on these data.
        StageFailure: a stage could not be fitted.
    """
    import tempfile
    from pathlib import Path

    from hybridts.engine.engine import Job, run
    from hybridts.engine.graph import RefitWindow, TrainingSlice
    from hybridts.engine.stage_store import StageStore
    from hybridts.hybrids.hindcast_rows import ForecastSpec

    _check_registered(recipe, table)
    names = {parse(combo.name, table).root: combo.name for combo in used_by([recipe.name], table)}
    window = RefitWindow(0, TrainingSlice(None, panel.lengths - 1), panel.ends())
    display = {**names, recipe.root: recipe.name}
    spec = ForecastSpec(horizon, 0, seed)
    job = Job((recipe,), panel, table, (window,), spec, display_names=display, hindcasts=intervals)
    plan = _started(job.plan(), window.cut, table, starts)
    with tempfile.TemporaryDirectory(prefix="hybridts-") as folder:
        finished = run(job, StageStore(Path(folder)), plan=plan, workers=jobs, keep=True)
        fitted = finished.fitted(recipe.name)
        return fitted, finished.notes(recipe.name), finished.intervals(recipe.name) if intervals else None


def _check_registered(recipe: Recipe, table: Registry) -> None:
    for stage in recipe.stages():
        for token in stage.tokens():
            if table.component(token.name) is None:
                raise UserError(
                    f"{recipe.name} has the part {token.name!r}, which is not registered here. Register it first "
                    "(ht.register_learner, ht.register_forecaster), then fit again."
                )


def _started(plan: Plan, cut: Any, table: Registry, starts: Starts) -> Plan:
    """Return the plan with final fits of networks that start from weights."""
    from hybridts.engine.graph import FitTask

    wanted = [(build.forecaster(stage, table), weights) for stage, weights in starts]
    tasks = dict(plan.tasks)
    for key, task in plan.tasks.items():
        for model, weights in wanted:
            if isinstance(task, FitTask) and task.cut is cut and task.forecaster == model and isinstance(model, Warm):
                tasks[key] = replace(task, forecaster=StartedFrom(model, weights), prior=None)
    return replace(plan, tasks=tasks)


@dataclass(frozen=True, eq=False)
class StartedFrom:
    """A forecaster that starts from weights of an earlier fit."""

    forecaster: Warm
    weights: Weights

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Fit with fewer steps; see `Warm`."""
        return self.forecaster.fit_from(self.weights, panel, horizon, gap, seed)


def starts_of(recipe: Recipe, fitted: Fitted) -> list[tuple[Stage, Weights]]:
    """Return the networks that come first in a chain of a fitted model, with their weights."""
    return list(_starts(recipe.root, fitted))


def _starts(node: Node | Stage, fitted: Any) -> Iterator[tuple[Stage, Weights]]:
    if isinstance(node, Stage):
        if isinstance(fitted, Weighted):
            yield node, fitted.weights()
    elif isinstance(node, Ensemble):
        for member, each in zip(node.members, fitted.members, strict=True):
            if each is not None:
                yield from _starts(member, each)
    else:
        yield from _starts(node.stages[0], fitted.base if len(node.stages) > 1 else fitted)
