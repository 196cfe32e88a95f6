"""What a name means, in words: its parts, its wiring with shapes, when to use it, where it comes from.

Nothing that can forecast is imported for it, except torch to count what a network learns.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from hybridts.errors import BadSetting
from hybridts.names.explain.defaults import REQUIRED, aliases_from_source, defaults_of, from_source
from hybridts.names.explain.diagram import Diagram, chains, ensembles, structures
from hybridts.names.explain.parameters import parameter_lines
from hybridts.names.explain.phrases import BAD, FAMILIES, GOOD, HEADINGS, LABELS, LEARNING, SOURCES
from hybridts.names.explain.statistical_notes import FIRST_ONLY, HOW
from hybridts.names.grammar import parse
from hybridts.names.recipe import CHAIN, COMBINING, NETWORK, Chain, Recipe, Stage, Token
from hybridts.names.registry import Component, Family, Registry, Text

__all__ = ["LANGUAGES", "NameFamily", "describe", "explain", "family_of"]

LANGUAGES = ("en", "zh")
#: Settings whose None means that there is none; everywhere else it means that a rule decides.
_NONE_IS_NONE = ("init", "subsequences")
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
NameFamily = Literal["statistical", "neural", "learner", "baseline", "hybrid", "ensemble"]


def family_of(recipe: Recipe) -> NameFamily:
    """The family of a name: that of its only stage, or "hybrid" for several stages, or "ensemble"."""
    if not isinstance(recipe.root, Chain):
        return "ensemble"
    first = recipe.root.stages[0]
    return first.kind if len(recipe.root.stages) == 1 and isinstance(first, Stage) else "hybrid"


def describe(recipe: Recipe, registry: Registry | None = None) -> dict[str, Any]:
    """The same facts for a script, JSON-ready; the registry (default: the catalogue) gives the full names."""
    registry = registry or _catalogue()
    combo = registry.combo(recipe.name)
    summary = _summary(recipe, registry)
    return {
        "name": recipe.name,
        "family": family_of(recipe),
        "expression": str(recipe.root),
        "published": combo is not None and combo.published,
        "stages": [{"name": str(s), "kind": s.kind, "parts": [t.name for t in s.tokens()]} for s in recipe.stages()],
        "parts": [
            {"name": c.name, "family": c.family, "full": {"en": _full(c, "en"), "zh": _full(c, "zh")}}
            for c in _components(recipe, registry)
        ],
        "summary": {lang: summary.get(lang) for lang in LANGUAGES},
    }


def explain(name: str, registry: Registry, lang: str = "en") -> str:
    """Plain text about a name: what `hybridts explain NAME` prints.

    Raises:
        UnknownName: the name does not parse.
        BadSetting: a language other than "en" and "zh".
    """
    if lang not in LANGUAGES:
        raise BadSetting(f"unknown language {lang!r}; one of {', '.join(LANGUAGES)}.", "lang", lang, "en, zh")
    recipe = parse(name, registry)
    parts = _components(recipe, registry)
    family: Family | NameFamily = family_of(recipe)
    colon = LABELS["colon"].get(lang)
    head = [recipe.name, "=" * len(recipe.name), _summary(recipe, registry).get(lang), ""]
    if str(recipe.root) != recipe.name:
        head.append(f"{LABELS['expression'].get(lang)}{colon}{recipe.root}")
    head.append(f"{LABELS['family'].get(lang)}{colon}{FAMILIES[family].get(lang)}")
    sections = {
        "parts": [_part(c, lang) for c in parts],
        "wiring": _wiring(recipe, registry, lang),
        "learning": _learning(recipe, lang),
        "good": _advice(recipe, parts, lang, good=True),
        "bad": _advice(recipe, parts, lang, good=False),
        "parameters": parameter_lines(recipe, registry, lang),
        "settings": _settings(recipe, registry, lang),
        "sources": _sources(recipe, parts, lang),
        "run": [f"hybridts backtest DATA.csv --models {shlex.quote(recipe.name)} --horizon 12"],
    }
    return "\n".join([*head, *_written(sections, lang)]) + "\n"


def _written(sections: dict[str, list[str]], lang: str) -> Iterable[str]:
    for key, lines in sections.items():
        if key == "parameters" and not lines:
            continue
        yield ""
        yield HEADINGS[key].get(lang)
        yield from (f"  {line}".rstrip() for line in lines)


def _catalogue() -> Registry:
    from hybridts.names.catalog import default_registry

    return default_registry()


# -- parts ------------------------------------------------------------------------------------------------
def _components(recipe: Recipe, registry: Registry) -> list[Component]:
    """Every component of a recipe once, in the order it appears."""
    names = dict.fromkeys(t.name for s in recipe.stages() for t in s.tokens())
    return [c for c in map(registry.component, names) if c is not None]


def _full(component: Component, lang: str) -> str:
    return component.full.get(lang) or component.name


def _part(component: Component, lang: str) -> str:
    family = FAMILIES[component.family].get(lang)
    brackets = "（{}）" if lang == "zh" else " ({})"
    summary = component.summary.get(lang) or LABELS["no text"].get(lang)
    colon = LABELS["colon"].get(lang)
    return f"{component.name}{colon}{_full(component, lang)}{brackets.format(family)}{colon}{summary}"


def _summary(recipe: Recipe, registry: Registry) -> Text:
    combo = registry.combo(recipe.name)
    if combo is not None and combo.summary.en:
        return combo.summary
    component = registry.component(recipe.name)
    if component is not None and component.summary.en:
        return component.summary
    return LABELS["unlisted"]


# -- wiring -----------------------------------------------------------------------------------------------
def _wiring(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    diagram = Diagram(registry, lang)
    diagram.node(recipe.root)
    return [diagram.legend(), "", *diagram.lines]


def _learning(recipe: Recipe, lang: str) -> list[str]:
    colon = LABELS["colon"].get(lang)
    lines = []
    for chain in chains(recipe.root):
        for i, stage in enumerate(chain.stages):
            if isinstance(stage, Stage):
                words = LEARNING[f"{stage.kind} {'later' if i else 'first'}"].get(lang)
                lines.append(f"- {stage}{colon}{words}")
                how = [text for token in stage.tokens() for text in HOW.get(token.name, ())]
                how = [text for text in how if not i or text not in FIRST_ONLY]
                lines += [f"- {stage}{colon}{text.get(lang)}" for text in how]
    used = structures(recipe.root)
    closings = {"mean": "mean", "median": "median", "weights": "learned weights"}
    closing = [*_ruled(recipe), *(key for key, when in closings.items() if when in used)]
    return list(dict.fromkeys(lines)) + [f"- {LEARNING[k].get(lang)}" for k in closing]


def _ruled(recipe: Recipe) -> list[str]:
    """By which rules the chains of a recipe learn, as keys of `LEARNING`."""
    found: dict[str, None] = {}
    for rules in (c.rules for c in chains(recipe.root) if len(c.stages) > 1):
        found["honest" if rules.residuals == "cross_fit" else "in_sample"] = None
        found["gate" if rules.gate == "learned" else "open"] = None
        found |= {"multiplicative": None} if rules.combine == "multiplicative" else {}
    return list(found)


def _pairings(recipe: Recipe) -> Iterable[str]:
    """Which division of labour the first two stages of a chain make."""
    for chain in chains(recipe.root):
        kinds = [s.kind for s in chain.stages[:2] if isinstance(s, Stage)]
        if kinds == ["statistical", "learner"] or kinds == ["statistical", "neural"]:
            yield "linear then free"
        elif kinds == ["neural", "statistical"]:
            yield "global then local"
        elif kinds == ["neural", "learner"]:
            yield "network then rows"


def _advice(recipe: Recipe, parts: list[Component], lang: str, *, good: bool) -> list[str]:
    colon = LABELS["colon"].get(lang)
    lines = [
        f"- {c.name}{colon}{(c.good if good else c.bad).get(lang)}" for c in parts if (c.good if good else c.bad).en
    ]
    used = structures(recipe.root)
    used |= set(_pairings(recipe)) | {c.name for c in parts if c.name == "VAR"}
    table = GOOD if good else BAD
    wiring = LABELS["wiring"].get(lang)
    return lines + [f"- {wiring}{colon}{text.get(lang)}" for key, text in table.items() if key in used]


# -- settings and sources ---------------------------------------------------------------------------------
def _settings(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    colon = LABELS["colon"].get(lang)
    lines, seen = [], {""}
    networks = [s for s in recipe.stages() if s.kind == "neural"]
    for stage in recipe.stages():
        for token in stage.tokens():
            line = f"- {token.name}{colon}{_token_settings(token, registry, lang)}"
            lines += [line] if line not in seen else []
            seen.add(line)
    training = from_source("hybridts.models.neural.training_settings", "Training")
    for values in dict.fromkeys(s.network for s in networks):
        given = next(s.network_values() for s in networks if s.network == values)
        lines.append(f"- {NETWORK} ({LABELS['network'].get(lang)}){colon}{_spelled(training, given, lang)}")
    for rules in dict.fromkeys(c.rules for c in chains(recipe.root) if len(c.stages) > 1):
        spelled = _spelled(from_source("hybridts.hybrids.settings", "Rules"), rules.given(), lang)
        lines.append(f"- {CHAIN} ({LABELS['chain'].get(lang)}){colon}{spelled}")
    combining = from_source(*COMBINING.split(":"))
    learned = dict.fromkeys((e.how, e.settings) for e in ensembles(recipe.root) if e.learned)
    lines += [f"- {how}{colon}{_spelled(combining, json.loads(values), lang)}" for how, values in learned]
    return lines


def _token_settings(token: Token, registry: Registry, lang: str) -> str:
    component = registry.component(token.name)
    aliases = aliases_from_source(component) if component else {}
    return _spelled(defaults_of(component) if component else None, token.values(), lang, aliases)


def _spelled(
    defaults: dict[str, Any] | None, given: dict[str, Any], lang: str, aliases: Mapping[str, str] = _NO_ALIASES
) -> str:
    """Every setting, its alias in parentheses, with its value in use; a given value shows its default beside it."""
    if defaults is None and not given:
        return LABELS["unknown settings"].get(lang)

    def show(name: str, value: Any) -> str:
        if value is None:
            return LABELS["no settings" if name in _NONE_IS_NONE else "rule"].get(lang)
        return LABELS["required"].get(lang) if value == REQUIRED else str(value)

    def one(name: str) -> str:
        default = (defaults or {}).get(name)
        title = f"{name} ({aliases[name]})" if name in aliases else name
        if name not in given:
            return f"{title}={show(name, default)}"
        if defaults is None:
            return f"{title}={given[name]}"
        return LABELS["default"].get(lang).format(name=title, value=given[name], default=show(name, default))

    names = dict.fromkeys([*(defaults or {}), *given])
    return ", ".join(map(one, names)) or LABELS["no settings"].get(lang)


def _sources(recipe: Recipe, parts: list[Component], lang: str) -> list[str]:
    """Sources of the parts, those that share one together, then those of the wiring."""
    colon = LABELS["colon"].get(lang)
    by_source: dict[str, list[str]] = {}
    for component in parts:
        if component.source:
            by_source.setdefault(component.source, []).append(component.name)
    used = structures(recipe.root) | ({"honest"} if "chain" in structures(recipe.root) else set())
    for key, source in SOURCES.items():
        if key in used or key == recipe.name:
            by_source.setdefault(source, []).append(LABELS["wiring"].get(lang))
    return [f"- {', '.join(who)}{colon}{source}" for source, who in by_source.items()]
