"""Forecasts of the best names against the actual values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import group_table
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.drawing import GREY, INK, canvas, dash_of, date_axis, line_colours, saved
from hybridts.report.forecast_paths import chosen_paths, paths_chart
from hybridts.report.language import joined, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import contenders

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES = 4  # drawn
NAMES = 3  # drawn, beside the best baseline
FEWEST_WINDOWS, STEPS = 3, 24  # windows drawn: so many, or as many as hold so many steps
_CAPTION = (
    "The line with dots is what happened; dotted lines are cutoffs. A name that forecasts exactly like another is "
    "drawn once."
)


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no name has a loss."""
    names = contenders(evaluation, board, NAMES)
    picked = typical_series(evaluation, names[0], SERIES) if names else []
    if not picked:
        return None
    listed = f"{', '.join(names)}; series: {', '.join(uid for uid, _ in picked)}"
    alternative = tr("Lines of actual values and forecasts over time. Names: {listed}.", listed=listed)
    shown = chosen_paths(evaluation, board)
    caption = joined(" ", tr(_CAPTION), shown.rule)
    draw = partial(_draw, evaluation, names, picked)
    figure = Figure("forecasts", draw, alternative, caption, partial(paths_chart, evaluation, shown, names))
    return Section(tr("Forecasts against what happened"), "forecasts", [figure], formats=ON_SCREEN)


def typical_series(evaluation: Evaluation, name: str, count: int) -> list[tuple[str, float]]:
    """Return series from easy to hard for one name, evenly spaced in rank, each with its loss."""
    table = group_table(evaluation, "unique_id")
    table = table[(table["model"] == name) & table[evaluation.measure].notna()]
    table = table.sort_values([evaluation.measure, "unique_id"], kind="stable").reset_index(drop=True)
    if table.empty:
        return []
    places = (np.arange(count) + 0.5) / count * len(table) if len(table) > count else np.arange(len(table))
    rows = table.iloc[places.astype(int)]
    return [(str(u), float(m)) for u, m in zip(rows["unique_id"], rows[evaluation.measure], strict=True)]


def _draw(evaluation: Evaluation, names: list[str], picked: list[tuple[str, float]], medium: Medium) -> bytes:
    columns = 1 if len(picked) == 1 else 2
    rows = -(-len(picked) // columns)
    with canvas(0.5 + 2.5 * rows, medium) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for ax, (uid, loss) in zip(axes, picked, strict=False):
            _draw_series(ax, evaluation, uid, line_colours(evaluation, names))
            ax.lines[0].set_label(medium.say(tr("actual")))
            best = words.short(words.visible(names[0]), 24)
            facts = {"series": words.short(words.visible(uid), 40), "measure": evaluation.measure, "name": best}
            ax.set_title(medium.say(tr("{series}: {measure} of {name}: {loss}", loss=words.number(loss), **facts)))
        for ax in axes[len(picked) :]:
            ax.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, [words.short(x) for x in labels], loc="outside upper left", ncols=3)
        return saved(figure, medium)


def _draw_series(ax: Axes, evaluation: Evaluation, uid: str, colours: dict[str, str]) -> None:
    """Draw actual values of all windows, and forecasts of the last windows that share no target."""
    run = evaluation.run
    rows = run.forecasts[run.forecasts["unique_id"] == uid]
    actual = rows.drop_duplicates("ds").sort_values("ds")
    ax.plot(actual["ds"], actual["y"], color=INK, linewidth=1.5, label="actual", marker="o", markersize=2)
    horizon = int(run.manifest["horizon"])
    apart = max(1, -(-horizon // max(int(run.manifest["step"]), 1)))
    windows = sorted(set(rows["window"]), reverse=True)[::apart][: max(FEWEST_WINDOWS, -(-STEPS // horizon))]
    for name, colour in colours.items():
        paths = rows[(rows["model"] == name) & rows["window"].isin(windows)].sort_values(["window", "step"])
        _draw_paths(ax, paths, horizon, name, colour)
    low, high = actual["y"].min(), actual["y"].max()
    room = 0.6 * (high - low) if high > low else 1.0
    bottom, top = ax.get_ylim()
    ax.set_ylim(max(bottom, low - room), min(top, high + room))  # one wild forecast must not flatten the rest
    for cutoff in rows[rows["window"].isin(windows)]["cutoff"].unique() if len(windows) < 8 else ():
        ax.axvline(cutoff, color=GREY, linewidth=0.8, linestyle=":")
    if pd.api.types.is_datetime64_any_dtype(actual["ds"]):
        date_axis(ax, actual["ds"].dt.tz)
    ax.grid(axis="y")


def _draw_paths(ax: Axes, paths: pd.DataFrame, horizon: int, name: str, colour: str) -> None:
    """Draw the forecasts of one name; a line breaks where its window ends, single steps are joined."""
    last_steps = paths["step"] == horizon
    x, y = paths["ds"].to_numpy(), paths["yhat"].to_numpy(float)
    if horizon > 2:
        ends = np.flatnonzero(last_steps)[:-1] + 1
        x, y = np.insert(x, ends, x[ends]), np.insert(y, ends, np.nan)
    ax.plot(x, y, dash_of(colour), label=words.visible(name), color=colour, linewidth=1.3, marker=".", markersize=3)
