"""Choices of the models at their newest fit: orders, components, periods, systems and weights."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import key_of
from hybridts.report.choices import Chosen, choices
from hybridts.report.language import tr
from hybridts.report.section_parts import MARKDOWN, ON_SCREEN, PAGE, Cell, Column, Pairs, Paragraph, Row, Section, Table

STAGES = 6  # named of those that chose the same


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return how to read the choices, and a row per stage; in Markdown a line per stage."""
    chosen = choices(evaluation)
    lines = [(c.stage, _line(c)) for c in chosen]
    return Section(
        tr("What the models chose"),
        "fitted-orders",
        [Paragraph(_how_to_read(chosen)), _table(chosen), Pairs("", lines, formats=MARKDOWN)],
        formats=ON_SCREEN,
    )


def _how_to_read(chosen: Sequence[Chosen]) -> str:
    """Return at which cutoff the choices were made, and the meaning of the marks that appear."""
    if not chosen:
        return ""
    newest = max(chosen, key=lambda c: c.window)
    own = "at the cutoff of each series, " if words.is_range(newest.cutoff) else ""
    sentences = [f"What every stage chose when it was last fitted, {own}{words.when(newest.cutoff)}."]
    texts = " ".join(text for c in chosen for text, _ in c.choices)
    if re.search(r"\(\d+,", texts):
        sentences.append("(p,d,q)(P,D,Q)[season] are orders of an ARIMA.")
    if re.search(r"\([AM],", texts):
        sentences.append("Three letters are error, trend and season: A additive, M multiplicative, N none, d damped.")
    if any(c.counted for c in chosen):
        sentences.append("5 × stands for five series (or groups) with the same choice.")
    if any(not math.isnan(c.tried) for c in chosen):
        sentences.append("Models tried is the median over the series.")
    return " ".join(sentences)


def _line(c: Chosen) -> str:
    parts = ["; ".join(c.lines()), f"Models tried: {c.search()}" if c.search() else "", *map(str, c.remarks)]
    return ". ".join(part for part in parts if part)


def _table(chosen: Sequence[Chosen]) -> Table:
    """Return a row per choice of one or more stages, a series and a remark a line; one of an older window has it."""
    newest = max((c.window for c in chosen), default=-1)
    cells = []
    for alike in _alike(chosen):
        c = alike[0]
        stages = words.listed([other.stage for other in alike], STAGES)
        cells.append(
            [
                Cell(stages if c.window == newest else f"{stages} (window {c.window})", c.stage),
                Cell("\n".join(c.lines()), c.choices[0][0]),
                Cell(c.search(), key_of(c.tried)),
                Cell("\n".join(map(str, c.remarks)), str(len(c.remarks))),
            ]
        )
    headings = ("stage", "chose", "models tried", "notes")
    kept = [k for k in range(len(headings)) if any(row[k].text for row in cells)]
    columns = [Column(headings[k], words=True) for k in kept]
    rows = [Row([row[k] for k in kept]) for row in cells]
    data = pd.DataFrame([_record(c) for c in chosen])
    return Table("choices", columns, rows, data, style="chosen", formats=PAGE)


def _alike(chosen: Sequence[Chosen]) -> list[list[Chosen]]:
    """Return the stages that chose the same, together; such as networks, which were trained alike."""
    groups: dict[object, list[Chosen]] = {}
    for c in chosen:
        groups.setdefault((c.window, *c.lines(), c.search(), *map(str, c.remarks)), []).append(c)
    return list(groups.values())


def _record(c: Chosen) -> dict[str, object]:
    """Return one stage's choices as plain values, with every series."""
    return {
        "stage": c.stage,
        "window": c.window,
        "cutoff": c.cutoff,
        "unit": c.unit,
        "count": len(c.made),
        "choices": [{"choice": t, "count": len(names), "names": names} for t, names in c.choices],
        "models_tried_median": c.tried,
        "searches_stopped": c.stopped,
        "remarks": [{"note": r.note, "words": r.words, "names": list(r.names), "first": r.text} for r in c.remarks],
    }
