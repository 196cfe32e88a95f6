"""The error at each step of the horizon."""

from __future__ import annotations

from functools import partial

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import horizon_table
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.drawing import canvas, dash_of, line_colours, svg_of
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import contenders

NAMES = 5  # drawn, beside the best baseline
_CAPTION = "Who loses where: the mean over all cells at each step."


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where the horizon has one step or no name has a loss."""
    names = contenders(evaluation, board, NAMES)
    table = horizon_table(evaluation)
    steps = sorted(set(table["step"]))
    if not names or len(steps) < 2:
        return None
    alternative = f"Lines of the {_label(evaluation)} at steps {steps[0]} to {steps[-1]}. Names: {', '.join(names)}."
    figure = Figure(partial(_draw, evaluation, table, names), alternative, _CAPTION)
    return Section("Error by horizon", "error-by-horizon", [figure], formats=ON_SCREEN)


def _label(evaluation: Evaluation) -> str:
    return f"mean absolute error{' / scale' if evaluation.measure == 'MASE' else ''}"


def _draw(evaluation: Evaluation, table: pd.DataFrame, names: list[str]) -> str:
    with canvas(3.2) as figure:
        ax = figure.subplots()
        for name, colour in line_colours(evaluation, names).items():
            line = table[table["model"] == name].sort_values("step")
            ax.plot(
                *(line["step"], line["MASE" if evaluation.measure == "MASE" else "MAE"], dash_of(colour)),
                color=colour,
                marker=".",
                label=words.short(name),
            )
        ax.set_xlabel("step of the forecast")
        ax.set_ylabel(_label(evaluation))
        ax.set_ylim(bottom=0)
        ax.locator_params(axis="x", integer=True)
        ax.grid(axis="y")
        figure.legend(loc="outside right upper")
        return svg_of(figure, "horizon")
