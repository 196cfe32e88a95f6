"""What the learners looked at: the importances of their features."""

from __future__ import annotations

from functools import partial

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import COLOURS, canvas, saved
from hybridts.report.language import counted, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.stages import importances_of

FEATURES = 12  # of a stage, drawn
_CAPTION = "Share of each feature in what a learner decided by, mean over the windows; the learner sums to 1."


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no learner has importances."""
    by_stage = means_of(importances_of(evaluation))
    if not by_stage:
        return None
    count = counted(len(by_stage), "learner")
    alternative = tr("Bars of the features that {count} used most.", count=count)
    chart = {
        "stages": list(by_stage),
        "features": [[*values.index] for values in by_stage.values()],
        "values": [rounded(values.to_numpy(float), 3) for values in by_stage.values()],
    }
    figure = Figure("importances", partial(_draw, by_stage), alternative, tr(_CAPTION), lambda: chart)
    return Section(tr("What the learners looked at"), "importances", [figure], formats=ON_SCREEN)


def means_of(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return stage -> the importances of its `FEATURES` largest features, mean over the windows."""
    found = {}
    for stage, rows in table.groupby("stage", sort=False):
        wide = rows.pivot_table(index="window", columns="feature", values="importance", aggfunc="mean").fillna(0.0)
        total = wide.sum(axis=1).where(lambda s: s > 0, 1.0)
        mean = wide.div(total, axis=0).mean()
        largest = mean.sort_values(ascending=False, kind="stable").head(FEATURES)
        if largest.max() > 0:
            found[str(stage)] = largest
    return found


def _draw(by_stage: dict[str, pd.Series], medium: Medium) -> bytes:
    """Return bars of the first stages."""
    shown = list(by_stage.items())[:4]
    with canvas(0.4 + 0.24 * FEATURES * -(-len(shown) // 2), medium) as figure:
        axes = figure.subplots(-(-len(shown) // 2), min(len(shown), 2), squeeze=False).ravel()
        for ax, (stage, values) in zip(axes, shown, strict=False):
            ax.barh(range(len(values)), values, color=COLOURS["hybrid"], height=0.65)
            ax.set_yticks(range(len(values)), [words.short(words.visible(str(f)), 24) for f in values.index])
            ax.invert_yaxis()
            ax.set_title(words.short(words.visible(stage), 40))
        for ax in axes[len(shown) :]:
            ax.set_axis_off()
        return saved(figure, medium)
