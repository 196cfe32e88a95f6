"""Audit targets small enough for a few seconds: recipes with tiny settings, and the length of panels for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hybridts.errors import HybridtsError, NameTaken, UserError
from hybridts.names.grammar import parse
from hybridts.names.plugins import (
    is_learner,
    is_module,
    register_block,
    register_forecaster,
    register_learner,
    resolve,
    using,
)
from hybridts.names.recipe import Chain, Ensemble, Node, Recipe, Settings
from hybridts.names.registry import Registry
from hybridts.names.settings import apply_settings

#: Settings small enough for a few seconds per name; the code that runs is the same as in a full run.
TINY: Settings = {
    "Network": {"steps": 5, "window": 12, "batch": 16},
    "RF": {"trees": 5},
    "XGBoost": {"trees": 5},
    "ANN": {"iterations": 20},
}

#: Kind of stage -> slow modules that its fits load.
_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "neural": ("hybridts.models.neural.fitted_network",),
    "learner": ("sklearn.ensemble", "sklearn.impute", "sklearn.neural_network", "sklearn.svm", "xgboost"),
    "statistical": ("statsforecast.arima", "statsforecast.ets", "statsmodels.api"),
}


class WrongClass(HybridtsError):
    """The class to be checked cannot be registered as a learner or a forecaster."""


def recipe_of(target: str, table: Registry) -> Recipe:
    """Return the recipe of a name, or of a class "module:object", with tiny settings.

    A class that is not registered yet is registered under its own name.

    Raises:
        UserError: the target does not parse or cannot be imported.
        WrongClass: the class cannot be registered.
    """
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
        raise WrongClass(str(cause)) from cause


def _registered(kind: Any) -> str:
    """Register a class under its own name, or as My-NAME if that is taken; return the name."""
    name = getattr(kind, "__name__", "Plugin").strip("_")
    if is_module(kind):
        register = register_block
    else:
        register = register_learner if is_learner(kind) else register_forecaster
    try:
        register(name, kind)
    except NameTaken:
        name = f"My-{name}"
        register(name, kind)
    return name


def tiny_recipe(name: str, table: Registry) -> Recipe:
    """Return the recipe of a name with tiny settings; settings of a combo take precedence."""
    recipe = parse(name, table)
    has = {t.name for s in recipe.stages() for t in s.tokens()} | {"Network"}
    tiny: Mapping[str, Mapping[str, Any]] = {key: values for key, values in TINY.items() if key in has}
    return Recipe(recipe.name, apply_settings(recipe.root, tiny, table, name, under=True))


def audit_rows(recipe: Recipe) -> int:
    """Return rows enough for the longest input window that a setting asks for, before the cutoff and after."""
    windows = [int(stage.network.get("window") or 0) for stage in recipe.stages()]
    return max(96, max(windows, default=0) + 32)


def libraries(recipe: Recipe) -> tuple[str, ...]:
    """Return the modules that fits of a name load, without any of a user."""
    kinds = {stage.kind for stage in recipe.stages()}
    return (
        "hybridts.audit.sessions",
        "hybridts.audit.contract",
        *(m for kind in kinds for m in _LIBRARIES.get(kind, ())),
    )


def with_open_gates(node: Node) -> Node:
    """Return the same tree with every gate open, so that corrections are used in full."""
    if isinstance(node, Ensemble):
        return _with_open_members(node)
    stages = tuple(_with_open_members(stage) if isinstance(stage, Ensemble) else stage for stage in node.stages)
    return Chain(stages, replace(node.rules, gate="open") if len(stages) > 1 else node.rules)


def _with_open_members(ensemble: Ensemble) -> Ensemble:
    return replace(ensemble, members=tuple(map(with_open_gates, ensemble.members)))
