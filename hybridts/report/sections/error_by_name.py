"""The error of every name: its mean, its median and how much it varies over cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import COLOURS, canvas, saved
from hybridts.report.language import counted, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import groups_of, kind_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_READ = "{measure}: dot = mean, tick = median, line = middle 80 % of the cells"
_CAPTION = (
    "In the order of the leaderboard; the dashed line is the best baseline. An arrow stands for a mean beyond the axis."
)


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no name has a loss."""
    measure = board.attrs["measure"]
    names = [*board["model"][board[measure].notna()]]
    if not names:
        return None
    groups = {group.lead: len(group.names) for group in groups_of(evaluation, board)}
    alternative = tr(
        "A row for each of {count}: mean, median and middle 80 % of its {measure}.",
        count=counted(len(names), "name"),
        measure=measure,
    )
    leads = [name for name in names if name in groups]
    chart = partial(_chart, evaluation, leads, [groups[name] for name in leads])
    figure = Figure("error-by-name", partial(draw, evaluation, names), alternative, tr(_CAPTION), chart)
    title = tr("{measure} of every name", measure=measure)
    return Section(title, "error-by-name", [figure], formats=ON_SCREEN)


def _chart(evaluation: Evaluation, names: list[str], sizes: list[int]) -> dict[str, object]:
    """Return mean, median and the middle 80 % of each name; `sizes` counts the names that forecast alike."""
    rows = []
    for name in names:
        losses = evaluation.losses(name)
        losses = losses[~np.isnan(losses)]
        low, high = np.quantile(np.minimum(losses, 1e12), [0.1, 0.9])
        rows.append([float(losses.mean()), float(np.median(losses)), float(low), float(high)])
    base = evaluation.best_baseline
    return {
        "names": names,
        "sizes": sizes,
        "kinds": [kind_of(evaluation, name) for name in names],
        "rows": rounded(rows),
        "baseline": base if base in names else None,
    }


def draw(evaluation: Evaluation, names: list[str], medium: Medium) -> bytes:
    """Return a drawing with a row per name, in their order; every name must have a loss in some cell."""
    from matplotlib.lines import Line2D

    losses = {n: evaluation.losses(n)[~np.isnan(evaluation.losses(n))] for n in names}
    edge = _edge(evaluation, losses)
    with canvas(1.1 + 0.19 * len(names), medium) as figure:
        ax = figure.subplots()
        for y, name in enumerate(names):
            _draw_row(ax, y, losses[name], COLOURS[kind_of(evaluation, name)], edge)
        reference = _baseline_mean(evaluation, losses)
        if reference <= edge:
            ax.axvline(reference, color=COLOURS["baseline"], linewidth=1, linestyle="--", zorder=1)
        ax.set_yticks(range(len(names)), [medium.say(_label(evaluation, n)) for n in names], fontsize=8)
        for label, name in zip(ax.get_yticklabels(), names, strict=True):
            label.set_color(COLOURS[kind_of(evaluation, name)])
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(0, edge * 1.08)
        ax.set_xlabel(medium.say(tr(_READ, measure=evaluation.measure)))
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="both", linewidth=0.6)
        kinds = [Line2D([], [], color=c, marker="o", linewidth=1) for c in COLOURS.values()]
        figure.legend(kinds, [medium.say(tr(kind)) for kind in COLOURS], loc="outside upper left", ncols=3)
        return saved(figure, medium)


def _label(evaluation: Evaluation, name: str) -> str:
    shown = words.short(words.visible(name))
    return shown if evaluation.complete(name) else tr("{name} (incomplete)", name=shown)


def _edge(evaluation: Evaluation, losses: Mapping[str, FloatArray]) -> float:
    """Return where the axis ends, so that the rest stays readable beside a network that diverged."""
    means = np.array([float(v.mean()) for v in losses.values()])
    means = means[np.isfinite(means)]
    usual = min(1.6 * float(np.quantile(means, 0.9)), 3.0 * float(np.median(means))) if len(means) else 1.0
    reference = _baseline_mean(evaluation, losses)
    return max(usual, 1.3 * reference if not math.isnan(reference) else 0.0) or 1.0


def _baseline_mean(evaluation: Evaluation, losses: Mapping[str, FloatArray]) -> float:
    """Return the mean loss of the best baseline; NaN where it is not drawn."""
    base = evaluation.best_baseline
    return float(losses[base].mean()) if base is not None and base in losses else math.nan


def _draw_row(ax: Axes, y: int, losses: FloatArray, colour: str, edge: float) -> None:
    """Draw one name; a mean beyond the edge becomes an arrow with its value."""
    mean, median = float(losses.mean()), float(np.median(losses))
    low, high = np.quantile(np.minimum(losses, 1e9 * edge), [0.1, 0.9])  # infinities cannot be interpolated
    if low < edge:
        ax.plot([low, min(high, edge * 1.02)], [y, y], color=colour, linewidth=1.2, alpha=0.55, solid_capstyle="butt")
    if median <= edge:
        ax.plot([median], [y], marker="|", color=colour, markersize=7, markeredgewidth=1.5)
    if mean <= edge:
        ax.plot([mean], [y], marker="o", color=colour, markersize=4.5)
        return
    ax.plot([edge * 1.03], [y], marker=">", color=colour, markersize=5, clip_on=False)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    ax.text(edge, y, words.number(mean), ha="right", va="center", fontsize=7.5, color=colour, bbox=box)
