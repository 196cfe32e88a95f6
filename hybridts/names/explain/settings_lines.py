"""Write the settings of a recipe with their values and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hybridts.hybrids.settings import ChainSettings, EnsembleSettings
from hybridts.models.neural.training_settings import Training
from hybridts.models.setting_aliases import second_names
from hybridts.names.explain.defaults import REQUIRED, defaults_of, defaults_of_class, second_names_of
from hybridts.names.explain.phrases import LABELS, labelled
from hybridts.names.explain.structure import corrected_chains, ensembles
from hybridts.names.recipe import CHAIN, NETWORK, Recipe, Token
from hybridts.names.registry import Registry

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
#: Settings whose None means "none"; the None of any other setting means that a rule chooses the value.
_NONE_MEANS_NONE = ("init", "subsequences")


def settings_lines(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    """Return one line for each part, network, chain and combination with settings of its own."""
    lines = [*_token_lines(recipe, registry, lang), *_network_lines(recipe, lang)]
    chain_defaults = defaults_of_class(ChainSettings)
    for rules in dict.fromkeys(chain.rules for chain in corrected_chains(recipe.root)):
        title = f"{CHAIN} ({LABELS['chain'].get(lang)})"
        lines.append(labelled(title, _values(chain_defaults, rules.given(), lang), lang))
    combining = defaults_of_class(EnsembleSettings)
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
    return [
        labelled(title, _values(defaults, given.arguments(), lang, second_names(Training)), lang) for given in networks
    ]


def _token_settings(token: Token, registry: Registry, lang: str) -> str:
    component = registry.component(token.name)
    if component is None:
        return _values(None, token.settings.arguments(), lang)
    return _values(defaults_of(component), token.settings.arguments(), lang, second_names_of(component))


def _values(
    defaults: Mapping[str, Any] | None,
    given: Mapping[str, Any],
    lang: str,
    aliases: Mapping[str, str] = _NO_ALIASES,
) -> str:
    """Return every setting, its alias in parentheses, with its value; a given value has its default beside it."""
    if defaults is None and not given:
        return LABELS["unknown settings"].get(lang)
    names = dict.fromkeys([*(defaults or {}), *given])
    titles = {name: f"{name} ({aliases[name]})" if name in aliases else name for name in names}
    return ", ".join(_setting(name, titles[name], defaults, given, lang) for name in names) or LABELS[
        "no settings"
    ].get(lang)


def _setting(name: str, title: str, defaults: Mapping[str, Any] | None, given: Mapping[str, Any], lang: str) -> str:
    if defaults is None:
        return f"{title}={given[name]}"
    default = _default(name, defaults.get(name), lang)
    if name not in given:
        return f"{title}={default}"
    return LABELS["default"].get(lang).format(name=title, value=given[name], default=default)


def _default(name: str, value: object, lang: str) -> str:
    if value is None:
        return LABELS["no settings" if name in _NONE_MEANS_NONE else "rule"].get(lang)
    return LABELS["required"].get(lang) if value == REQUIRED else str(value)
