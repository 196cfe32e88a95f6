"""What an audit is asked about, small enough for a few seconds: recipes with tiny settings, panels that fit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Panel
from hybridts.errors import HybridtsError, NameTaken, UserError
from hybridts.names.grammar import parse
from hybridts.names.plugins import is_learner, register_forecaster, register_learner, resolve, using
from hybridts.names.recipe import Chain, Ensemble, Node, Recipe
from hybridts.names.registry import Registry
from hybridts.names.settings import apply_settings

#: Small enough for a few seconds a name; the code paths are those of a full run.
TINY: Mapping[str, Mapping[str, Any]] = {
    "Network": {"steps": 5, "window": 12, "batch": 16},
    "RF": {"trees": 5},
    "XGBoost": {"trees": 5},
    "ANN": {"iterations": 20},
}


class NoContract(HybridtsError):
    """The class to be checked cannot be used as it is written."""


def recipe_of(target: str, table: Registry) -> Recipe:
    """The recipe of a name, with tiny settings; a class that nobody registered is registered under its own name."""
    if ":" not in target and not target.endswith(".py"):
        return tiny_recipe(target, table)
    with using(table):
        found = resolve(target)
    if isinstance(found, str):
        return tiny_recipe(found, table)
    try:
        with using(table):
            return parse(_registered(found), table)
    except UserError as cause:
        raise NoContract(str(cause)) from cause


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


def tiny_recipe(name: str, table: Registry) -> Recipe:
    """The recipe of a name with settings small enough for an audit; what a combo sets itself stays."""
    recipe = parse(name, table)
    has = {t.name for s in recipe.stages() for t in s.tokens()} | {"Network"}
    tiny = {key: values for key, values in TINY.items() if key in has}
    return Recipe(recipe.name, apply_settings(recipe.root, tiny, table, name, under=True))


def rows_for(recipe: Recipe) -> int:
    """Rows that fill the longest window somebody set, also before the cutoff."""
    windows = [int(stage.network.get("window") or 0) for stage in recipe.stages()]
    return max(96, max(windows, default=0) + 32)


def cells(length: int, seed: int) -> Panel:
    """Three monthly series whose ids carry row and column, so that a network over a grid can read them too."""
    return replace(synthetic_panel(n_series=3, length=length, freq="MS", seed=seed), ids=("r0c0", "r0c1", "r1c1"))


def opened(node: Node) -> Node:
    """The same with every gate held open."""
    if isinstance(node, Ensemble):
        return _opened_members(node)
    stages = tuple(_opened_members(stage) if isinstance(stage, Ensemble) else stage for stage in node.stages)
    return Chain(stages, replace(node.rules, gate="open") if len(stages) > 1 else node.rules)


def _opened_members(ensemble: Ensemble) -> Ensemble:
    return replace(ensemble, members=tuple(map(opened, ensemble.members)))
