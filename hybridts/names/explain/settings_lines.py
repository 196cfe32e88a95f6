"""Write the settings of a recipe with their values and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridts.hybrids.settings import Combining, Rules
from hybridts.models.neural.training_settings import Training
from hybridts.names.explain.defaults import REQUIRED, defaults_of, defaults_of_class
from hybridts.names.explain.phrases import LABELS, labelled
from hybridts.names.explain.structure import corrected_chains, ensembles
from hybridts.names.recipe import CHAIN, NETWORK, Recipe, Token
from hybridts.names.registry import Registry

#: Settings whose None means "none"; the None of any other setting means that a rule chooses the value.
_NONE_MEANS_NONE = ("init", "subsequences")


def settings_lines(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    """Return one line for each part, network, chain and combination with settings of its own."""
    lines = [*_token_lines(recipe, registry, lang), *_network_lines(recipe, lang)]
    chain_defaults = defaults_of_class(Rules)
    for rules in dict.fromkeys(chain.rules for chain in corrected_chains(recipe.root)):
        title = f"{CHAIN} ({LABELS['chain'].get(lang)})"
        lines.append(labelled(title, _values(chain_defaults, rules.given(), lang), lang))
    combining = defaults_of_class(Combining)
    learned = dict.fromkeys((e.how, e.settings) for e in ensembles(recipe.root) if e.learned)
    lines += [labelled(how, _values(combining, settings.arguments(), lang), lang) for how, settings in learned]
    return [f"- {line}" for line in lines]


def _token_lines(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    tokens = [token for stage in recipe.stages() for token in stage.tokens()]
    lines = [labelled(token.name, _token_settings(token, registry, lang), lang) for token in tokens]
    return list(dict.fromkeys(lines))


def _network_lines(recipe: Recipe, lang: str) -> list[str]:
    networks = dict.fromkeys(stage.network for stage in recipe.stages() if stage.kind == "neural")
    defaults = defaults_of_class(Training)
    title = f"{NETWORK} ({LABELS['network'].get(lang)})"
    return [labelled(title, _values(defaults, given.arguments(), lang), lang) for given in networks]


def _token_settings(token: Token, registry: Registry, lang: str) -> str:
    component = registry.component(token.name)
    return _values(defaults_of(component) if component else None, token.settings.arguments(), lang)


def _values(defaults: Mapping[str, Any] | None, given: Mapping[str, Any], lang: str) -> str:
    """Return every setting with its value; a value that was given has its default beside it."""
    if defaults is None and not given:
        return LABELS["unknown settings"].get(lang)
    names = dict.fromkeys([*(defaults or {}), *given])
    return ", ".join(_setting(name, defaults, given, lang) for name in names) or LABELS["no settings"].get(lang)


def _setting(name: str, defaults: Mapping[str, Any] | None, given: Mapping[str, Any], lang: str) -> str:
    if defaults is None:
        return f"{name}={given[name]}"
    default = _default(name, defaults.get(name), lang)
    if name not in given:
        return f"{name}={default}"
    return LABELS["default"].get(lang).format(name=name, value=given[name], default=default)


def _default(name: str, value: object, lang: str) -> str:
    if value is None:
        return LABELS["no settings" if name in _NONE_MEANS_NONE else "rule"].get(lang)
    return LABELS["required"].get(lang) if value == REQUIRED else str(value)
