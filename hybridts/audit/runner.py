"""What names say on a panel, run the way a backtest runs them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.engine.graph import Cut, Group, Plan
from hybridts.engine.planner import Planner
from hybridts.engine.progress_state import Outcome
from hybridts.engine.run_plan import execute
from hybridts.engine.stage_store import StageStore
from hybridts.engine.tasks import answered, assemble, honest
from hybridts.errors import StageFailure
from hybridts.hybrids.hindcast_rows import Frame
from hybridts.models.protocols import Fitted, Hindcasts
from hybridts.names.plugins import registry
from hybridts.names.recipe import Recipe

HORIZON = 4


@dataclass(frozen=True, eq=False)
class Said:
    """What a set of names said on one panel.

    Attributes:
        forecast: name -> [M, H] at the asked origins.
        honest: name -> the honest rows that its last correction learned from; empty for names without one.
        failed: name -> why there is no forecast.
        silent: series id -> why some fit has no forecast for it.
    """

    forecast: Mapping[str, FloatArray]
    honest: Mapping[str, Hindcasts]
    failed: Mapping[str, str]
    silent: Mapping[str, str]


def say(recipes: Sequence[Recipe], panel: Panel, cutoff: IntArray, origins: Origins, seed: int = 0) -> Said:
    """Fit every recipe at a cutoff, as a backtest does, and collect all it said.

    Args:
        recipes: what to fit; stages are shared.
        panel: may hold values after the cutoff; they must not matter.
        cutoff: [N] last position that fits may see.
        origins: where forecasts are asked for, at or after the cutoff.
        seed: of everything random.
    """
    frame = Frame(HORIZON, 0, seed)
    planner = Planner(panel, registry(), frame)
    group = Group(0, Cut(None, cutoff), origins)
    for recipe in recipes:
        planner.add(recipe, group)
    plan = planner.finish()
    with tempfile.TemporaryDirectory(prefix="hybridts-audit-") as folder:
        store = StageStore(Path(folder))
        outcome = execute(plan, panel, store, jobs=1)
        return _collect(recipes, plan, (panel, cutoff, origins), store, outcome)


def _collect(
    recipes: Sequence[Recipe],
    plan: Plan,
    where: tuple[Panel, IntArray, Origins],
    store: StageStore,
    outcome: Outcome,
) -> Said:
    panel, cutoff, origins = where
    seen = panel.cut(cutoff, HORIZON)
    forecast, rows, failed = {}, {}, {}
    for recipe in recipes:
        source = plan.answers[recipe.name, 0]
        broken = [outcome.records[k] for k in source.finals() if outcome.records[k]["status"] != "done"]
        if broken:
            failed[recipe.name] = str(broken[0]["message"])
            continue
        forecast[recipe.name] = answered(source, origins, store)
        below = plan.below(source)
        if below is not None:
            rows[recipe.name] = honest(below, seen, store, Frame(HORIZON, 0, 0))
    records = outcome.records.values()
    silent = {series: str(why) for record in records for series, why in record.get("failures", {}).items()}
    return Said(forecast, rows, failed, silent)


def said_by(recipe: Recipe, panel: Panel, cutoff: IntArray, origins: Origins) -> Said:
    """What one name said.

    Raises:
        StageFailure: it has no forecast.
    """
    said = say([recipe], panel, cutoff, origins)
    if recipe.name in said.failed:
        raise StageFailure(said.failed[recipe.name])
    return said


def fitted_of(recipe: Recipe, panel: Panel) -> Fitted:
    """The name fitted on all the panel shows, ready for any origin."""
    planner = Planner(panel, registry(), Frame(HORIZON, 0, 0))
    planner.add(recipe, Group(0, Cut(None, panel.lengths - 1), panel.ends()))
    plan = planner.finish()
    with tempfile.TemporaryDirectory(prefix="hybridts-audit-") as folder:
        outcome = execute(plan, panel, StageStore(Path(folder)), jobs=1, keep=True)
    source = plan.answers[recipe.name, 0]
    broken = [outcome.records[k] for k in source.finals() if outcome.records[k]["status"] != "done"]
    if broken:
        raise StageFailure(str(broken[0]["message"]))
    return assemble(source, plan.tasks, outcome.kept.__getitem__)


def poisoned(panel: Panel, position: IntArray, seed: int = 1) -> Panel:
    """The panel with every value after position[i] of series i replaced by noise of another size."""
    rng = np.random.default_rng(seed)
    size = np.nanmax(np.abs(panel.values)) * 3 + 1
    return panel.replace_after(position, rng.normal(0, size, len(panel.values)))
