"""Where the error is: by step of the horizon, window, series, and by hour, weekday and month."""

from __future__ import annotations

from functools import partial

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import horizon_table
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.drawing import canvas, dash_of, line_colours, saved
from hybridts.report.error_views import views_of
from hybridts.report.language import tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import contenders

NAMES = 5  # drawn, beside the best baseline
_CAPTION = "The mean over all cells of each step, window, series or time. Pick names above; lower is better."


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no name has a loss."""
    names = contenders(evaluation, board, NAMES)
    table = horizon_table(evaluation)
    if not names or table.empty:
        return None
    alternative = tr(
        "Lines of the {label} at steps {first} to {last}. Names: {names}.",
        label=_label(evaluation),
        first=table["step"].min(),
        last=table["step"].max(),
        names=", ".join(names),
    )
    chart = partial(views_of, evaluation, board, names)
    figure = Figure("errors", partial(_draw, evaluation, table, names), alternative, tr(_CAPTION), chart)
    return Section(tr("Where the error is"), "errors", [figure], formats=ON_SCREEN)


def _label(evaluation: Evaluation) -> str:
    return tr("mean absolute error / scale") if evaluation.measure == "MASE" else tr("mean absolute error")


def _draw(evaluation: Evaluation, table: pd.DataFrame, names: list[str], medium: Medium) -> bytes:
    with canvas(3.2, medium) as figure:
        ax = figure.subplots()
        for name, colour in line_colours(evaluation, names).items():
            line = table[table["model"] == name].sort_values("step")
            ax.plot(
                *(line["step"], line[evaluation.measure], dash_of(colour)),
                color=colour,
                marker=".",
                label=words.short(words.visible(name)),
            )
        ax.set_xlabel(medium.say(tr("step of the forecast")))
        ax.set_ylabel(medium.say(_label(evaluation)))
        ax.set_ylim(bottom=0)
        ax.locator_params(axis="x", integer=True)
        ax.grid(axis="y")
        figure.legend(loc="outside right upper")
        return saved(figure, medium)
