"""The phrases of explanations, in English and Chinese; the code only chooses among them."""

from __future__ import annotations

from hybridts.names.explain.phrases.advice import BAD, GOOD
from hybridts.names.explain.phrases.diagram import ANCHORS, BLOCKS, LEGEND, LINES, SCALES, TITLES
from hybridts.names.explain.phrases.fitting import FITTING
from hybridts.names.explain.phrases.labels import FAMILIES, HEADINGS, LABELS, PARAMETERS, labelled
from hybridts.names.explain.phrases.sources import SOURCES

__all__ = [
    "ANCHORS",
    "BAD",
    "BLOCKS",
    "FAMILIES",
    "FITTING",
    "GOOD",
    "HEADINGS",
    "LABELS",
    "LEGEND",
    "LINES",
    "PARAMETERS",
    "SCALES",
    "SOURCES",
    "TITLES",
    "labelled",
]
