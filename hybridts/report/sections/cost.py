"""The error of a name against the seconds it needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import COLOURS, GREY, INK, canvas, saved
from hybridts.report.language import counted, joined, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import kind_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CAPTION = "Labelled are the names that no other name beats in both time and error."


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where fewer than two names have both numbers."""
    measure = board.attrs["measure"]
    table = board[board[measure].notna() & board["seconds_alone"].notna() & np.isfinite(board[measure])]
    if len(table) < 2:
        return None
    x, y = np.maximum(table["seconds_alone"].to_numpy(float), 1e-3), table[measure].to_numpy(float)
    names = [*table["model"]]
    front = pareto_front(list(x), list(y))
    alternative = tr(
        "A point for each of {count}: seconds and mean {measure}. Beaten by none in both: {front}.",
        count=counted(len(names), "name"),
        measure=measure,
        front=", ".join(names[i] for i in front),
    )
    chart = {
        "names": names,
        "kinds": [kind_of(evaluation, name) for name in names],
        "seconds": rounded(x),
        "loss": rounded(y),
        "front": front,
    }
    draw = partial(_draw, evaluation, names, x, y, front)
    figure = Figure("cost", draw, alternative, tr(_CAPTION), lambda: chart)
    return Section(tr("Accuracy against time"), "cost", [figure], formats=ON_SCREEN)


def pareto_front(seconds: Sequence[float], loss: Sequence[float]) -> list[int]:
    """Return the indices of the points that no other beats in both, fastest first; points with a NaN are skipped."""
    points = sorted((s, x, i) for i, (s, x) in enumerate(zip(seconds, loss, strict=True)) if not math.isnan(s + x))
    front: list[int] = []
    best = math.inf
    for _, x, i in points:
        if x < best:
            front.append(i)
            best = x
    return front


def _draw(
    evaluation: Evaluation, names: list[str], x: FloatArray, y: FloatArray, front: list[int], medium: Medium
) -> bytes:
    """Return the drawing of N names with seconds x [N] and losses y [N]; only those on the front are labelled."""
    colours = [COLOURS[kind_of(evaluation, n)] for n in names]
    with canvas(4.2, medium) as figure:
        ax = figure.subplots()
        ax.set_xscale("log")
        kept = y <= max(min(1.6 * float(np.quantile(y, 0.9)), 3.0 * float(np.median(y))), 2.0 * float(y.min()))
        front = [i for i in front if kept[i]]
        ax.scatter(x[kept], y[kept], s=16, c=np.array(colours)[kept], alpha=0.6, linewidths=0)
        ax.step(x[front], y[front], where="post", color=GREY, linewidth=0.8, zorder=1)
        ax.scatter(x[front], y[front], s=30, c=[colours[i] for i in front], edgecolors=INK, linewidths=0.8)
        _label_front(ax, x[front], y[front], [words.short(words.visible(names[i]), 28) for i in front])
        _number_seconds(ax)
        beyond = tr("; {names} above the picture", names=counted(int((~kept).sum()), "name"))
        ax.set_xlabel(medium.say(joined("", tr("seconds for all its stages (log)"), "" if kept.all() else beyond)))
        ax.set_ylabel(medium.say(tr("mean {measure}", measure=evaluation.measure)))
        ax.grid(linewidth=0.6)
        return saved(figure, medium)


def _number_seconds(ax: Axes) -> None:
    """Write plain numbers on the log axis; at 2 and 5 as well where it is short."""
    low, high = np.log10(ax.get_xlim())
    wanted = ("2.000000", "5.000000") if high - low < 2 else ()
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[:8] in wanted else "")


def _label_front(ax: Axes, x: FloatArray, y: FloatArray, labels: list[str]) -> None:
    """Write labels left of the F points of the front, moved down until none overlap.

    No point lies below and left of a front, so there is room.
    """
    low, high = ax.get_ylim()
    line_height = 0.05 * (high - low)  # of a text, a little more
    height, heights = np.inf, []
    for value in y:
        height = min(value - 0.25 * line_height, height - line_height)
        heights.append(height)
    ax.set_ylim(min(low, min(heights) - line_height), high)
    left, right = np.log10(ax.get_xlim())
    room = max(0.0, 1.1 - (right - left)) / 2  # at least one decade, so that the axis has a number
    left, right = left - room, right + room
    share = 0.0125 * (max(len(t) for t in labels) + 3)  # of the axis, for the longest label
    ax.set_xlim(10 ** min(left, np.log10(x[0]) - share / (1 - share) * (right - np.log10(x[0]))), 10**right)
    arrow = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
    for a, b, at, text in zip(x, y, heights, labels, strict=True):
        ax.annotate(text, (a, b), (a / 1.14, at), fontsize=8, ha="right", va="center", arrowprops=arrow)
