"""Residual diagnostics of every distinct forecast: autocorrelation, Ljung-Box, quantiles."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import COLOURS, GREY, canvas, saved
from hybridts.report.language import tr
from hybridts.report.medium import Medium
from hybridts.report.residuals import FEWEST, Diagnostics, diagnostics
from hybridts.report.section_parts import ON_SCREEN, Figure, Section
from hybridts.report.selection import groups_of

_CAPTION = (
    "Errors of the first step (actual minus forecast, over the scale of MASE) in the order of the windows, all series "
    "pooled. Left: their autocorrelation, which for a good model stays inside the band. Right: their quantiles, which "
    "lie on the line where errors are normal."
)
_QUANTILES = (
    "Errors of the first step (actual minus forecast, over the scale of MASE), all series pooled: their quantiles lie "
    "on the line where errors are normal."
)
_FEW = "With {windows} windows no autocorrelation can be judged (it takes {fewest})."


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section | None:
    """Return the figure; None where no name has errors."""
    names = [group.lead for group in groups_of(evaluation, board)]
    first = first_step_errors(evaluation, names)
    found = {name: diagnostics(errors) for name, errors in first.items()}
    found = {name: d for name, d in found.items() if len(d.normal)}
    if not found:
        return None
    best = next(iter(found))
    alternative = tr("Autocorrelations and quantiles of the errors of {name}.", name=best)
    short = not any(d.lags for d in found.values())
    few = tr(_FEW, windows=max(d.windows for d in found.values()), fewest=FEWEST)
    caption = tr("{caption} {few}", caption=tr(_QUANTILES), few=few) if short else tr(_CAPTION)
    draw = partial(_draw, best, found[best])
    figure = Figure("residuals", draw, alternative, caption, partial(_chart, found))
    return Section(tr("Residual diagnostics"), "residuals", [figure], formats=ON_SCREEN)


def first_step_errors(evaluation: Evaluation, names: list[str]) -> dict[str, list[FloatArray]]:
    """Return the scaled errors of the first step: name -> an array per series, in the order of the windows."""
    cases = evaluation.cases
    model, cell = np.divmod(cases.code, len(cases.cells))
    scale = cases.scale("mase_scale") if evaluation.measure == "MASE" else np.ones(len(cases.cells))
    series, ids = pd.factorize(cases.cells["unique_id"])
    window = cases.cells["window"].to_numpy()
    found = {}
    for name in names:
        rows = np.flatnonzero((model == evaluation.row[name]) & (cases.step == 1))
        table = np.full((len(ids), int(window.max(initial=0)) + 1), np.nan)
        table[series[cell[rows]], window[cell[rows]]] = -cases.error[rows] / scale[cell[rows]]
        found[name] = [row[np.isfinite(row)] for row in table]
    return found


def _chart(found: dict[str, Diagnostics]) -> dict[str, object]:
    return {
        "names": list(found),
        "rows": [
            {
                "lags": list(d.lags),
                "acf": rounded(d.autocorrelation, 3),
                "band": rounded(d.band, 3),
                "normal": rounded(d.normal, 3),
                "found": rounded(d.found, 3),
                "count": d.count,
                "series": d.series,
                "rejected": rounded(d.rejected, 3),
                "p": rounded(d.p, 3),
                "mean": rounded(d.mean, 3),
                "deviation": rounded(d.deviation, 3),
            }
            for d in found.values()
        ],
    }


def _draw(name: str, found: Diagnostics, medium: Medium) -> bytes:
    with canvas(3.2, medium) as figure:
        *left, right = figure.subplots(1, 2 if found.lags else 1, squeeze=False).ravel()
        for ax in left:
            ax.axhspan(-found.band, found.band, color=GREY, alpha=0.2, linewidth=0)
            ax.bar(found.lags, found.autocorrelation, width=0.3, color=COLOURS["hybrid"])
            ax.set_xlabel(medium.say(tr("lag, in windows")))
            ax.set_title(medium.say(tr("Autocorrelation of {name}", name=words.short(words.visible(name)))))
        right.plot(found.normal, found.normal, color=GREY, linewidth=0.8)
        right.plot(found.normal, found.found, "o", markersize=3, color=COLOURS["hybrid"])
        right.set_xlabel(medium.say(tr("normal quantile")))
        right.set_title(medium.say(tr("Quantiles of the errors of {name}", name=words.short(words.visible(name)))))
        return saved(figure, medium)
