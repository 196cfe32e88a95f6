"""Write the sections of an explanation, except those of parameters and settings."""

from __future__ import annotations

from collections.abc import Iterator

from hybridts.models.neural.prior.request import has_prior
from hybridts.names.explain.description import full_name
from hybridts.names.explain.phrases import BAD, FAMILIES, FITTING, GOOD, LABELS, SOURCES, labelled
from hybridts.names.explain.statistical_notes import FIRST_ONLY, NOTES
from hybridts.names.explain.structure import corrected_chains, pairings, stages_in_order, structures
from hybridts.names.recipe import Recipe, Stage
from hybridts.names.registry import Component


def part_line(component: Component, lang: str) -> str:
    """Return one line about a component: name, full name, family and summary."""
    family = FAMILIES[component.family].get(lang)
    brackets = "（{}）" if lang == "zh" else " ({})"
    summary = component.summary.get(lang) or LABELS["no text"].get(lang)
    full = f"{full_name(component, lang)}{brackets.format(family)}"
    return labelled(component.name, labelled(full, summary, lang), lang)


# -- fitting ----------------------------------------------------------------------------------------------
def fitting_lines(recipe: Recipe, lang: str) -> list[str]:
    """Return the data that each stage is fitted to, then how corrections and ensembles are fitted."""
    lines: dict[str, None] = {}  # a stage that occurs twice is listed once
    for stage, later in stages_in_order(recipe.root):
        lines |= {f"- {labelled(stage, text, lang)}": None for text in _stage_fitting(stage, lang, later=later)}
    used = structures(recipe.root)
    combinations = {"mean": "mean", "median": "median", "weights": "learned weights", "candidates": "candidates"}
    closing = [*_chain_fitting(recipe), *(key for key, structure in combinations.items() if structure in used)]
    return [*lines, *(f"- {FITTING[key].get(lang)}" for key in closing)]


def _stage_fitting(stage: Stage, lang: str, *, later: bool) -> Iterator[str]:
    yield FITTING[f"{stage.kind} {'later' if later else 'first'}"].get(lang)
    if stage.kind == "neural" and not later and has_prior(stage.network.arguments()):
        yield FITTING["prior"].get(lang)
    for token in stage.tokens():
        notes = NOTES.get(token.name, ())
        yield from (text.get(lang) for text in notes if not later or text not in FIRST_ONLY)


def _chain_fitting(recipe: Recipe) -> list[str]:
    """Return how the corrections of a recipe are fitted, as keys of `FITTING`."""
    found: dict[str, None] = {}
    for rules in (chain.rules for chain in corrected_chains(recipe.root)):
        found[rules.residuals] = None
        found["gate" if rules.gate == "learned" else "open"] = None
        found |= {"multiplicative": None} if rules.combine == "multiplicative" else {}
    return list(found)


# -- advice and sources -----------------------------------------------------------------------------------
def advice_lines(recipe: Recipe, parts: list[Component], lang: str, *, good: bool) -> list[str]:
    """Return when to use the parts and their structure (`good`), or when not."""
    texts = [(c.name, c.good if good else c.bad) for c in parts]
    used = structures(recipe.root) | set(pairings(recipe.root)) | {c.name for c in parts if c.name == "VAR"}
    structure = LABELS["structure"].get(lang)
    texts += [(structure, text) for key, text in (GOOD if good else BAD).items() if key in used]
    return [f"- {labelled(name, text.get(lang), lang)}" for name, text in texts if text.en]


def source_lines(recipe: Recipe, parts: list[Component], lang: str) -> list[str]:
    """Return the sources of the parts, those with the same source in one line, then those of the structure."""
    by_source: dict[str, list[str]] = {}
    for component in parts:
        if component.source:
            by_source.setdefault(component.source, []).append(component.name)
    used = structures(recipe.root)
    used |= {"cross_fit"} if "chain" in used else set()
    for key, source in SOURCES.items():
        if key in used or key == recipe.name:
            by_source.setdefault(source, []).append(LABELS["structure"].get(lang))
    return [f"- {labelled(', '.join(names), source, lang)}" for source, names in by_source.items()]
