"""Return the facts about a name as data: family, stages, parts, summary."""

from __future__ import annotations

from typing import Any, Literal

from hybridts.names.explain.phrases import LABELS
from hybridts.names.recipe import Chain, Recipe, Stage
from hybridts.names.registry import Component, Registry, Text

LANGUAGES = ("en", "zh")
NameFamily = Literal["statistical", "neural", "learner", "baseline", "hybrid", "ensemble"]


def describe(recipe: Recipe, registry: Registry | None = None) -> dict[str, Any]:
    """Return the facts about a recipe, ready for JSON.

    Args:
        recipe: the recipe.
        registry: the tables with full names and summaries; default: the catalogue.
    """
    registry = registry or _catalogue()
    combo = registry.combo(recipe.name)
    summary = summary_of(recipe, registry)
    return {
        "name": recipe.name,
        "family": family_of(recipe),
        "expression": str(recipe.root),
        "published": combo is not None and combo.published,
        "stages": [{"name": str(s), "kind": s.kind, "parts": [t.name for t in s.tokens()]} for s in recipe.stages()],
        "parts": [
            {"name": c.name, "family": c.family, "full": {lang: full_name(c, lang) for lang in LANGUAGES}}
            for c in components_of(recipe, registry)
        ],
        "summary": {lang: summary.get(lang) for lang in LANGUAGES},
    }


def family_of(recipe: Recipe) -> NameFamily:
    """Return the family of a name: that of its only stage, "hybrid" for several stages, or "ensemble"."""
    if not isinstance(recipe.root, Chain):
        return "ensemble"
    first = recipe.root.stages[0]
    return first.kind if len(recipe.root.stages) == 1 and isinstance(first, Stage) else "hybrid"


def components_of(recipe: Recipe, registry: Registry) -> list[Component]:
    """Return every component of a recipe once, in the order of appearance."""
    names = dict.fromkeys(t.name for s in recipe.stages() for t in s.tokens())
    return [c for c in map(registry.component, names) if c is not None]


def full_name(component: Component, lang: str) -> str:
    """Return the full name of a component; its token where it has none."""
    return component.full.get(lang) or component.name


def summary_of(recipe: Recipe, registry: Registry) -> Text:
    """Return the line about a name: of its combo, else of its component, else that it is not listed."""
    combo = registry.combo(recipe.name)
    if combo is not None and combo.summary.en:
        return combo.summary
    component = registry.component(recipe.name)
    if component is not None and component.summary.en:
        return component.summary
    return LABELS["unlisted"]


def _catalogue() -> Registry:
    from hybridts.names.catalog import default_registry

    return default_registry()
