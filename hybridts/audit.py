"""The audit: contract and leak checks of any name, run the way a backtest runs it.

The central law: replacing every value after a point in time changes nothing that is said at that point.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hybridts.datasets import synthetic_panel
from hybridts.errors import HybridtsError, NameTaken, StageFailure, UserError
from hybridts.execute.local import execute
from hybridts.execute.running import Outcome
from hybridts.execute.tasks import answered, assemble, honest
from hybridts.grammar import parse
from hybridts.graph import Cut, Group, Plan
from hybridts.hybrid import Frame
from hybridts.panel import FloatArray, IntArray, Origins, Panel
from hybridts.plan import Planner
from hybridts.plugins import RAISED, is_learner, register_forecaster, register_learner, registry, resolve
from hybridts.protocols import Fitted, Hindcasts
from hybridts.recipe import Chain, Ensemble, Node, Recipe
from hybridts.store import StageStore

HORIZON = 4
#: Values of the short series: a year of months and little more.
SHORT = 14
#: Small enough for a few seconds a name; the code paths are those of a full run.
TINY: Mapping[str, Mapping[str, Any]] = {
    "Network": {"steps": 5, "window": 12, "batch": 16},
    "RF": {"trees": 5},
    "XGBoost": {"trees": 5},
    "ANN": {"iterations": 20},
}
#: The checks that compare two runs.
SEED = "same seed, same forecast"
FUTURE = "values after the cutoff do not matter"
INNER = "honest errors ignore their future"
ORDER = "the order of windows does not matter"
ALONE = "each window answers as if it were alone"
MOVED = "forecasts follow shift and scale"
#: Two of them once more where a gate could hide what a correction does.
OPEN_SEED, OPEN_FUTURE = (f"{check}, gates held open" for check in (SEED, FUTURE))
#: Settings of a network with which its answer depends on where zero lies.
LEVEL_BASED: Mapping[str, tuple[Any, ...]] = {"anchor": ("none",), "scale": ("mean_abs", "none"), "log": (True,)}


class Verdict(NamedTuple):
    """One check: its name, whether it held, and what was seen."""

    check: str
    passed: bool
    detail: str


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
        broken = [outcome.records[k] for k in source.needs() if outcome.records[k]["status"] != "done"]
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


def poisoned(panel: Panel, position: IntArray, seed: int = 1) -> Panel:
    """The panel with every value after position[i] of series i replaced by noise of another size."""
    rng = np.random.default_rng(seed)
    size = np.nanmax(np.abs(panel.values)) * 3 + 1
    return panel.replace_after(position, rng.normal(0, size, len(panel.values)))


# -- the checks of one name -----------------------------------------------------------------------------------------
def check(target: str) -> list[Verdict]:
    """Run every check on a name, a combo, or a plugin "module:object".

    Raises:
        UserError: the target does not parse or cannot be imported.
    """
    try:
        recipe = _recipe(target)
    except _NoContract as cause:
        return [Verdict("the contract of its class", False, str(cause))]
    panel = _cells(_rows(recipe), 7)
    cutoff = panel.lengths - 17
    ends = Origins(np.arange(len(panel)), cutoff)
    first = say([recipe], panel, cutoff, ends)
    if recipe.name in first.failed:
        return [Verdict("it forecasts", False, first.failed[recipe.name])]
    forecast = first.forecast[recipe.name]

    def again(other: Panel) -> FloatArray:
        return _said(recipe, other, cutoff, ends).forecast[recipe.name]

    verdicts = [
        _shape(forecast, len(ends)),
        *_guarded([SEED], lambda title: [_same(title, forecast, again(panel))]),
        *_guarded([FUTURE], lambda title: [_same(title, forecast, again(poisoned(panel, cutoff)))]),
        *_guarded([OPEN_SEED, OPEN_FUTURE], lambda *titles: _open(titles, recipe, panel, cutoff)),
        *_guarded([INNER], lambda title: [_inner(title, recipe, panel, cutoff, first)]),
        *_guarded([ORDER, ALONE], lambda *titles: _windows(titles, recipe, panel, cutoff)),
        *_guarded([MOVED], lambda title: _moved(title, recipe, panel, cutoff, forecast)),
        *_guarded(["a constant series"], lambda title: [_awkward(title, recipe, constant=True)]),
        *_guarded(["a short series"], lambda title: [_awkward(title, recipe, short=True)]),
    ]
    repeats = all(v.passed for v in verdicts if v.check in (SEED, OPEN_SEED))
    return verdicts if repeats else [_unclear(v) for v in verdicts]


def _unclear(verdict: Verdict) -> Verdict:
    """A comparison of a name that answers differently every time accuses it of that alone."""
    compares = verdict.check in (FUTURE, OPEN_FUTURE, INNER, ORDER, ALONE, MOVED)
    detail = "cannot be told while two runs with one seed differ"
    return verdict._replace(detail=detail) if compares and not verdict.passed else verdict


def _guarded(titles: Sequence[str], run: Callable[..., list[Verdict]]) -> list[Verdict]:
    """The verdicts of a check; what a plugin raises in it is the verdict."""
    try:
        return run(*titles)
    except Exception as cause:
        text = str(cause) if isinstance(cause, HybridtsError) else f"it raised {type(cause).__name__}: {cause}"
        return [Verdict(title, False, text) for title in titles]


def _said(recipe: Recipe, panel: Panel, cutoff: IntArray, origins: Origins) -> Said:
    """What one name said.

    Raises:
        StageFailure: it has no forecast.
    """
    said = say([recipe], panel, cutoff, origins)
    if recipe.name in said.failed:
        raise StageFailure(said.failed[recipe.name])
    return said


def _rows(recipe: Recipe) -> int:
    """Rows that fill the longest window somebody set, also before the cutoff."""
    windows = [int(stage.network_values().get("window") or 0) for stage in recipe.stages()]
    return max(96, max(windows, default=0) + 32)


def _cells(length: int, seed: int) -> Panel:
    """Three monthly series whose ids carry row and column, so that a network over a grid can read them too."""
    return replace(synthetic_panel(n_series=3, length=length, freq="MS", seed=seed), ids=("r0c0", "r0c1", "r1c1"))


class _NoContract(HybridtsError):
    """The class to be checked cannot be used as it is written."""


def _recipe(target: str) -> Recipe:
    """The recipe of a name, with tiny settings; a class that nobody registered is registered under its own name."""
    if ":" not in target and not target.endswith(".py"):
        return tiny_recipe(target)
    found = resolve(target)
    if isinstance(found, str):
        return tiny_recipe(found)
    try:
        return parse(_registered(found), registry())
    except UserError as cause:
        raise _NoContract(str(cause)) from cause


def _registered(kind: Any) -> str:
    """The name that a class is registered under: its own, if that does not mean anything yet."""
    name = getattr(kind, "__name__", "Plugin").strip("_")
    door = register_learner if is_learner(kind) else register_forecaster
    try:
        door(name, kind)
    except NameTaken:
        name = f"My-{name}"
        door(name, kind)
    return name


def tiny_recipe(name: str) -> Recipe:
    """The recipe of a name with settings small enough for an audit; settings of a combo's own are left alone."""
    table = registry()
    bare = parse(name, table)
    has = {t.name for s in bare.stages() for t in s.tokens()} | {"Network"}
    own = {t.name for s in bare.stages() for t in s.tokens() if t.settings != "{}"}
    return parse(name, table, {k: v for k, v in TINY.items() if k in has - own})


def _shape(forecast: FloatArray, count: int) -> Verdict:
    wanted = (count, HORIZON)
    good = forecast.shape == wanted and bool(np.isfinite(forecast).all())
    return Verdict("shape and finite values", good, f"{forecast.shape}, expected {wanted}, all finite")


def _same(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """Bit for bit the same."""
    if one.shape != other.shape:
        return Verdict(check, False, f"shape {one.shape}, then {other.shape}")
    worst = float(np.nan_to_num(np.abs(one - other), nan=0.0).max(initial=0.0))
    return Verdict(check, bool(np.array_equal(one, other, equal_nan=True)), f"largest difference {worst:.3g}")


def _open(titles: Sequence[str], recipe: Recipe, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """Corrections in full: on small data most gates are shut, and a shut gate hides a correction that leaks."""
    opened = Recipe(recipe.name, _opened(recipe.root))
    if opened == recipe:
        return []
    ends = Origins(np.arange(len(panel)), cutoff)
    one, again, other = (
        _said(opened, p, cutoff, ends).forecast[recipe.name] for p in (panel, panel, poisoned(panel, cutoff))
    )
    return [_same(titles[0], one, again), _same(titles[1], one, other)]


def _opened(node: Node) -> Node:
    """The same with every gate held open."""
    if isinstance(node, Ensemble):
        return _opened_members(node)
    stages = tuple(_opened_members(stage) if isinstance(stage, Ensemble) else stage for stage in node.stages)
    return Chain(stages, replace(node.rules, gate="open") if len(stages) > 1 else node.rules)


def _opened_members(ensemble: Ensemble) -> Ensemble:
    return replace(ensemble, members=tuple(map(_opened, ensemble.members)))


def _inner(title: str, recipe: Recipe, panel: Panel, cutoff: IntArray, first: Said) -> Verdict:
    """Honest errors at inner origins stand when everything after them is replaced."""
    if recipe.name not in first.honest or not len(first.honest[recipe.name]):
        return Verdict(title, True, "no correction, so no honest errors")
    if isinstance(recipe.root, Chain) and recipe.root.rules.residuals == "in_sample":
        return Verdict(title, True, "not claimed with residuals: in_sample")
    rows = first.honest[recipe.name]
    middle = np.full(len(panel), int(np.median(rows.origins.position)))
    other = _said(recipe, poisoned(panel, middle), cutoff, Origins(np.arange(len(panel)), cutoff)).honest[recipe.name]
    keep = rows.origins.position <= middle[0]
    return _same(title, rows[keep].forecast, other[other.origins.position <= middle[0]].forecast)


def _windows(titles: Sequence[str], recipe: Recipe, panel: Panel, cutoff: IntArray) -> list[Verdict]:
    """The windows of one fit, asked for in one call, shuffled, against each alone on its own truncated panel."""
    many = Origins.between(cutoff, cutoff + 6)
    fitted = _fitted(recipe, panel.cut(cutoff))
    together = fitted.forecast(panel, many)
    if together.shape != (len(many), HORIZON):
        raise StageFailure(f"forecast answered shape {together.shape} for {len(many)} windows of {HORIZON} steps.")
    shuffled = np.random.default_rng(0).permutation(len(many))
    mixed = fitted.forecast(panel, many[shuffled])
    alone = np.empty_like(together)
    for row in range(len(many)):
        one = many[np.array([row])]
        # The series share a calendar: truncated at an origin, all of them end there.
        alone[row] = fitted.forecast(panel.cut(np.full(len(panel), one.position[0])), one)[0]
    return [
        _close(titles[0], together[shuffled], mixed),
        _close(titles[1], together, alone),
    ]


def _moved(title: str, recipe: Recipe, panel: Panel, cutoff: IntArray, forecast: FloatArray) -> list[Verdict]:
    """Networks claim that a shifted and scaled series gives the shifted and scaled forecast; other families do not."""
    stages = recipe.stages()
    if any(stage.kind != "neural" for stage in stages):
        return []
    for values in (stage.network_values() for stage in stages):
        by_level = [f"{key}={values[key]}" for key, which in LEVEL_BASED.items() if values.get(key) in which]
        if by_level:
            return [Verdict(title, True, f"not claimed with {', '.join(by_level)}")]
    factor, shift = 4.0, -64.0
    moved = replace(panel, values=factor * panel.values + shift)
    said = _said(recipe, moved, cutoff, Origins(np.arange(len(panel)), cutoff))
    back = (said.forecast[recipe.name] - shift) / factor
    worst = float(np.max(np.abs(back - forecast)) / np.nanstd(panel.values))
    return [Verdict(title, worst <= 1e-3, f"largest difference {worst:.3g} of the data's spread")]


def _close(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """The same up to the rounding of sums taken in another order."""
    scale = np.maximum(np.abs(one), 1.0)
    worst = float(np.max(np.abs(one - other) / scale))
    return Verdict(check, worst <= 1e-6, f"largest relative difference {worst:.3g}")


def _fitted(recipe: Recipe, panel: Panel) -> Fitted:
    """The name fitted on all the panel shows, ready for any origin."""
    planner = Planner(panel, registry(), Frame(HORIZON, 0, 0))
    planner.add(recipe, Group(0, Cut(None, panel.lengths - 1), panel.ends()))
    plan = planner.finish()
    with tempfile.TemporaryDirectory(prefix="hybridts-audit-") as folder:
        outcome = execute(plan, panel, StageStore(Path(folder)), jobs=1, keep=True)
    source = plan.answers[recipe.name, 0]
    broken = [outcome.records[k] for k in source.needs() if outcome.records[k]["status"] != "done"]
    if broken:
        raise StageFailure(str(broken[0]["message"]))
    return assemble(source, plan.tasks, outcome.kept.__getitem__)


def _awkward(title: str, recipe: Recipe, *, constant: bool = False, short: bool = False) -> Verdict:
    """Beside two ordinary series one that is awkward: finite numbers, or a named failure."""
    panel = _cells(_rows(recipe) - 16, 3)
    cutoff = panel.lengths - 1
    if constant:
        values = panel.values.copy()
        values[panel.starts[1] : panel.stops[1]] = 5.0
        panel = replace(panel, values=values)
    if short:
        panel = panel.trim(np.array([0, panel.lengths[1] - SHORT, 0]))
        cutoff = panel.lengths - 1
    try:
        said = say([recipe], panel, cutoff, panel.ends())
    except HybridtsError as error:
        return Verdict(title, True, f"refused: {error}")
    if recipe.name in said.failed:
        return Verdict(title, False, f"the whole panel failed: {said.failed[recipe.name]}")
    finite = [bool(row.all()) for row in np.isfinite(said.forecast[recipe.name])]
    if not (finite[0] and finite[2]):
        return Verdict(title, False, "an ordinary series beside it has no finite forecast")
    reason = "finite" if finite[1] else said.silent.get(panel.ids[1], "named as a failed series")
    return Verdict(title, f" {RAISED} " not in reason, reason)  # a model may decline a series, not stumble over it
