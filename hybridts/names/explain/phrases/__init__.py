"""The phrases of explanations, in English and Chinese; the code only chooses among them."""

from __future__ import annotations

from hybridts.names.explain.phrases.advice import BAD, GOOD
from hybridts.names.explain.phrases.labels import FAMILIES, HEADINGS, LABELS, PARAMETERS, labelled
from hybridts.names.explain.phrases.learning import LEARNING
from hybridts.names.explain.phrases.sources import SOURCES
from hybridts.names.explain.phrases.wiring import ANCHORS, BLOCKS, LEGEND, LINES, SCALES, TITLES

__all__ = [
    "ANCHORS",
    "BAD",
    "BLOCKS",
    "FAMILIES",
    "GOOD",
    "HEADINGS",
    "LABELS",
    "LEARNING",
    "LEGEND",
    "LINES",
    "PARAMETERS",
    "SCALES",
    "SOURCES",
    "TITLES",
    "labelled",
]
