"""Training of the networks: the loss over the steps, where a run stores it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import LINES, canvas, saved
from hybridts.report.language import counted, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.stages import curves_of

_CAPTION = (
    "Mean training loss over the steps at the newest cutoff; a line that still falls steeply at its end may gain "
    "from more steps."
)


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no network stored its losses."""
    curves = newest(curves_of(evaluation))
    if not curves:
        return None
    alternative = tr("Lines of the training loss of {count}.", count=counted(len(curves), "network"))
    chart: dict[str, Any] = {
        "stages": [str(c["stage"]) for c in curves],
        "steps": [rounded(c["steps"]) for c in curves],
        "losses": [rounded(c["losses"]) for c in curves],
    }
    figure = Figure("training", partial(_draw, curves), alternative, tr(_CAPTION), lambda: chart)
    return Section(tr("Training of the networks"), "training", [figure], formats=ON_SCREEN)


def newest(curves: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the curve of each stage's newest window."""
    by_stage = {c["stage"]: c for c in sorted(curves, key=lambda c: int(c["window"]))}
    return list(by_stage.values())


def _draw(curves: list[dict[str, Any]], medium: Medium) -> bytes:
    with canvas(3.2, medium) as figure:
        ax = figure.subplots()
        for colour, curve in zip(LINES, curves, strict=False):
            ax.plot(curve["steps"], curve["losses"], color=colour, label=words.short(words.visible(curve["stage"])))
        ax.set_xlabel(medium.say(tr("step of the training")))
        ax.set_ylabel(medium.say(tr("training loss")))
        ax.grid(axis="y")
        figure.legend(loc="outside right upper")
        return saved(figure, medium)
