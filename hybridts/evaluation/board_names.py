"""The names on a board: the models of a study with its settings, its baselines, and the parts of hybrids.

A part is evaluated beside a hybrid without being fitted again: every shorter chain and every member of an ensemble.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from hybridts.data.panel import Panel
from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.hybrids.settings import COMBINE_METHODS, LEARNED, ChainSettings, CombineMethod, EnsembleSettings
from hybridts.models.neural.training_settings import Training
from hybridts.models.settings import check_settings
from hybridts.models.statistical.ets import LONGEST_SEASON
from hybridts.models.statistical.mstl import periods_of
from hybridts.names.grammar import parse
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
from hybridts.names.registry import Registry
from hybridts.names.settings import apply_settings

#: Rules and Theta cost nothing; the others are added where `study` finds that they cost little beside the names asked.
CHEAP = ("Naive", "SeasonalNaive", "Drift", "Theta")
PRICED = ("ETS", "ETS-CV", "SARIMA", "MSTL")
BASELINES = ("full", "cheap", "none")


def baselines_of(which: str, panel: Panel) -> tuple[str, ...]:
    """Return the names of a set of baselines on these data.

    "full" has SARIMA where there is a season, ETS-CV (which tries a multiplicative season) where all values are
    positive, too, and MSTL where there are several seasons.

    Raises:
        BadSetting: there is no such set.
    """
    if which not in BASELINES:
        raise BadSetting(f"baselines must be one of {', '.join(sorted(BASELINES))}, found {which!r}.", "baselines")
    if which != "full":
        return CHEAP if which == "cheap" else ()
    seasonal = panel.season > 1
    several = seasonal and len(periods_of(panel)) > 1
    positive = seasonal and bool((panel.values[np.isfinite(panel.values)] > 0).all())
    chosen = {"ETS-CV": positive and panel.season <= LONGEST_SEASON, "SARIMA": seasonal, "MSTL": several}
    return (*CHEAP, "ETS", *(name for name, fits in chosen.items() if fits))


# -- models and baselines -----------------------------------------------------------------------------------------
def recipes_of(
    models: Sequence[str], settings: Settings, baselines: Sequence[str], registry: Registry
) -> tuple[tuple[Recipe, ...], frozenset[str]]:
    """Return the recipes of models and baselines, each once, and the names among them that are baselines.

    Args:
        models: names, combos and expressions; a way of combining alone, such as "greedy", combines all others.
        settings: by token, for every name that has the token.
        baselines: names from `baselines_of`; one of them, or a rule, among `models` counts as a baseline too.
        registry: the known components and combos.

    Raises:
        BadSetting: a setting is not allowed.
        UserError: no model is named, or a name does not parse.
    """
    known: dict[str, Recipe] = {}
    combined = {name.strip().casefold() for name in models} & set(COMBINE_METHODS)
    for name in models:
        if name.strip().casefold() not in combined:
            recipe = _with_settings(parse(name, registry), settings, registry)
            known.setdefault(recipe.name, recipe)
    known.update({how: _ensemble_of_all(how, known, settings, registry) for how in COMBINE_METHODS if how in combined})
    if not known:
        raise UserError("no model was named: give --models A,B or models=[...]. `hybridts models` lists them.")
    extra = {b.name: b for b in (parse(name, registry) for name in baselines) if b.name not in known}
    every = (*known.values(), *extra.values())
    rules = {r.name for r in every if [s.kind for s in r.stages()] == ["baseline"]}
    return every, frozenset(rules | {r.name for r in every if r.name in baselines})


def _ensemble_of_all(
    how: CombineMethod, others: Mapping[str, Recipe], settings: Settings, registry: Registry
) -> Recipe:
    """Return the ensemble of all other models of a list that are not ensembles themselves.

    It is loose: a member without a forecast is left out, because the user did not choose the members as a group.
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


# -- settings of a study ------------------------------------------------------------------------------------------
def _with_settings(recipe: Recipe, settings: Settings, registry: Registry) -> Recipe:
    """Return the recipe with a study's settings; settings that a combo gives its own parts take precedence."""
    own = _settings_for(recipe, settings, registry)
    return Recipe(recipe.name, apply_settings(recipe.root, own, registry, recipe.name, under=True))


def _settings_for(recipe: Recipe, settings: Settings, registry: Registry) -> Settings:
    """Return the settings whose token the recipe has; `check_study_settings` refuses tokens that do not exist."""
    has = _parts_in(recipe)
    kept = {}
    for key, values in settings.items():
        token, number = _token_and_number(key)
        component = registry.component(token)
        name = (component.name if component else token).casefold()
        shared = name == NETWORK.casefold() or (name == CHAIN.casefold() and has_chain(recipe.root))
        if shared or has[name] >= number:
            kept[key] = values
    return kept


def _parts_in(recipe: Recipe) -> Counter[str]:
    """Count the components and the ways of combining in a recipe, by name in lower case."""
    return Counter(t.name.casefold() for s in recipe.stages() for t in s.tokens()) + combinations_in(recipe.root)


def _token_and_number(key: str) -> tuple[str, int]:
    """Split a settings key: "LSTM" is the first LSTM of a name, "LSTM@2" the second."""
    token, _, number = key.partition("@")
    return token, int(number) if number.isdigit() else 1


def check_study_settings(settings: Settings, recipes: Sequence[Recipe], registry: Registry) -> list[str]:
    """Return a sentence for every settings key that no recipe uses.

    Raises:
        BadSetting: a key is not a component, or its component does not have a setting.
    """
    has: Counter[str] = Counter()
    for recipe in recipes:
        has |= _parts_in(recipe)
    notices = []
    for key, values in settings.items():
        token, number = _token_and_number(key)
        component = registry.component(token)
        if token.casefold() in LEARNED:
            check_settings(token.casefold(), EnsembleSettings, values)
            if has[token.casefold()] < number:
                notices.append(f"settings for {key} are not used: no model here combines so.")
            continue
        if token.casefold() == CHAIN.casefold():
            check_settings(CHAIN, ChainSettings, values)
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


# -- parts --------------------------------------------------------------------------------------------------------
def parts_of(recipes: Sequence[Recipe]) -> dict[str, Recipe]:
    """Return the parts of hybrids by expression, without those that are asked for themselves."""
    names = {str(r.root) for r in recipes}
    found: dict[str, Recipe] = {}
    for recipe in recipes:
        for node in parts_under(recipe.root):
            found.setdefault(str(node), Recipe(str(node), node))
    asked = {r.root for r in recipes}
    return {name: r for name, r in found.items() if name not in names and r.root not in asked}


def own_parts(node: Node) -> list[Node]:
    """Return the expressions that a name is compared with: all its parts, and each later stage as a model alone."""
    under = parts_under(node)
    chains = [p for p in (node, *under) if isinstance(p, Chain)]
    return [*under, *(Chain((s,)) for c in chains for s in c.stages[1:])]


def parts_under(node: Node) -> list[Node]:
    """Return every part of `node` that makes a forecast of its own."""
    if isinstance(node, Ensemble):
        return [p for m in node.members for p in (m, *parts_under(m))]
    parts: list[Node] = []
    if isinstance(node.stages[0], Ensemble):
        parts += [node.stages[0], *parts_under(node.stages[0])]
    return parts + [p for p in node.prefixes()[:-1] if not isinstance(p.stages[-1], Ensemble)]
