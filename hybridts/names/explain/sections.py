"""Write the sections of an explanation, except those of parameters and settings."""

from __future__ import annotations

from collections.abc import Iterator

from hybridts.names.explain.description import full_name
from hybridts.names.explain.phrases import BAD, FAMILIES, GOOD, LABELS, LEARNING, SOURCES, labelled
from hybridts.names.explain.statistical_notes import FIRST_ONLY, NOTES
from hybridts.names.explain.structure import chains, corrected_chains, pairings, structures
from hybridts.names.recipe import Recipe, Stage
from hybridts.names.registry import Component


def part_line(component: Component, lang: str) -> str:
    """Return one line about a component: name, full name, family, summary."""
    family = FAMILIES[component.family].get(lang)
    brackets = "（{}）" if lang == "zh" else " ({})"
    summary = component.summary.get(lang) or LABELS["no text"].get(lang)
    full = f"{full_name(component, lang)}{brackets.format(family)}"
    return labelled(component.name, labelled(full, summary, lang), lang)


# -- learning ---------------------------------------------------------------------------------------------
def learning_lines(recipe: Recipe, lang: str) -> list[str]:
    """Return the data that each stage learns from, then how corrections and ensembles learn."""
    lines = []
    for chain in chains(recipe.root):
        for i, stage in enumerate(chain.stages):
            if isinstance(stage, Stage):
                lines += [f"- {labelled(stage, text, lang)}" for text in _stage_learning(stage, lang, later=i > 0)]
    used = structures(recipe.root)
    combinations = {"mean": "mean", "median": "median", "weights": "learned weights"}
    closing = [*_chain_learning(recipe), *(key for key, structure in combinations.items() if structure in used)]
    return list(dict.fromkeys(lines)) + [f"- {LEARNING[key].get(lang)}" for key in closing]


def _stage_learning(stage: Stage, lang: str, *, later: bool) -> Iterator[str]:
    yield LEARNING[f"{stage.kind} {'later' if later else 'first'}"].get(lang)
    for token in stage.tokens():
        notes = NOTES.get(token.name, ())
        yield from (text.get(lang) for text in notes if not later or text not in FIRST_ONLY)


def _chain_learning(recipe: Recipe) -> list[str]:
    """Return how the chains of a recipe learn corrections, as keys of `LEARNING`."""
    found: dict[str, None] = {}
    for rules in (chain.rules for chain in corrected_chains(recipe.root)):
        found["honest" if rules.residuals == "cross_fit" else "in_sample"] = None
        found["gate" if rules.gate == "learned" else "open"] = None
        found |= {"multiplicative": None} if rules.combine == "multiplicative" else {}
    return list(found)


# -- advice and sources -----------------------------------------------------------------------------------
def advice_lines(recipe: Recipe, parts: list[Component], lang: str, *, good: bool) -> list[str]:
    """Return when to use the parts and their wiring (`good`), or when not."""
    texts = [(c.name, c.good if good else c.bad) for c in parts]
    used = structures(recipe.root) | set(pairings(recipe.root)) | {c.name for c in parts if c.name == "VAR"}
    wiring = LABELS["wiring"].get(lang)
    texts += [(wiring, text) for key, text in (GOOD if good else BAD).items() if key in used]
    return [f"- {labelled(name, text.get(lang), lang)}" for name, text in texts if text.en]


def source_lines(recipe: Recipe, parts: list[Component], lang: str) -> list[str]:
    """Return the sources of the parts, those with the same source in one line, then the sources of the wiring."""
    by_source: dict[str, list[str]] = {}
    for component in parts:
        if component.source:
            by_source.setdefault(component.source, []).append(component.name)
    used = structures(recipe.root)
    used |= {"honest"} if "chain" in used else set()
    for key, source in SOURCES.items():
        if key in used or key == recipe.name:
            by_source.setdefault(source, []).append(LABELS["wiring"].get(lang))
    return [f"- {labelled(', '.join(names), source, lang)}" for source, names in by_source.items()]
