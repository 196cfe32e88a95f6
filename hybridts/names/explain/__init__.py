"""Explain a name in words: its parts, its structure with shapes, when to use it, its sources.

An explanation imports no model; it imports torch only to count the parameters of networks.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from hybridts.errors import BadSetting
from hybridts.names.explain.description import (
    LANGUAGES,
    NameFamily,
    components_of,
    describe,
    family_of,
    summary_of,
)
from hybridts.names.explain.diagram import diagram_of
from hybridts.names.explain.parameters import parameter_lines
from hybridts.names.explain.phrases import FAMILIES, HEADINGS, LABELS, labelled
from hybridts.names.explain.sections import advice_lines, fitting_lines, part_line, source_lines
from hybridts.names.explain.settings_lines import settings_lines
from hybridts.names.grammar import parse
from hybridts.names.recipe import Recipe
from hybridts.names.registry import Registry

__all__ = ["LANGUAGES", "NameFamily", "describe", "explain", "family_of"]


def explain(name: str, registry: Registry, lang: str = "en") -> str:
    """Return the text that `hybridts explain NAME` prints.

    Raises:
        UnknownName: the name does not parse.
        BadSetting: a language other than "en" and "zh".
    """
    if lang not in LANGUAGES:
        raise BadSetting(f"unknown language {lang!r}; one of {', '.join(LANGUAGES)}.", "lang", lang, "en, zh")
    recipe = parse(name, registry)
    parts = components_of(recipe, registry)
    sections = {
        "parts": [part_line(part, lang) for part in parts],
        "structure": diagram_of(recipe.root, lang),
        "fitting": fitting_lines(recipe, lang),
        "good": advice_lines(recipe, parts, lang, good=True),
        "bad": advice_lines(recipe, parts, lang, good=False),
        "parameters": parameter_lines(recipe, registry, lang),
        "settings": settings_lines(recipe, registry, lang),
        "sources": source_lines(recipe, parts, lang),
        "run": [f"hybridts backtest DATA.csv --models {shlex.quote(recipe.name)} --horizon 12"],
    }
    return "\n".join([*_head(recipe, registry, lang), *_with_headings(sections, lang)]) + "\n"


def _head(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    head = [recipe.name, "=" * len(recipe.name), summary_of(recipe, registry).get(lang), ""]
    if str(recipe.root) != recipe.name:
        head.append(labelled(LABELS["expression"].get(lang), str(recipe.root), lang))
    return [*head, labelled(LABELS["family"].get(lang), FAMILIES[family_of(recipe)].get(lang), lang)]


def _with_headings(sections: dict[str, list[str]], lang: str) -> Iterator[str]:
    for key, lines in sections.items():
        if key == "parameters" and not lines:
            continue
        yield ""
        yield HEADINGS[key].get(lang)
        yield from (f"  {line}".rstrip() for line in lines)
