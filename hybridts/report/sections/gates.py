"""Gates: the part of each correction that is used, and the evidence for it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.chart_values import rounded
from hybridts.report.drawing import canvas, saved
from hybridts.report.language import counted, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import (
    MARKDOWN,
    ON_SCREEN,
    Cell,
    Column,
    Figure,
    Pairs,
    Paragraph,
    Row,
    Section,
    Table,
)
from hybridts.report.stages import gates_of

_CAPTION = "How much of each correction is let through; at 0 the hybrid forecasts like its base."
_IN_WORDS = "How much of each correction is used (mean over steps and windows), and why."
_EVIDENCE = (
    "How much of each correction is used, mean over steps; its gain in units of MASE on hindcasts from before the "
    "cutoff that the correction had not seen; why. At 0 the hybrid is its base."
)
_ALL_SHUT = (
    "All corrections are shut ({count}): before each cutoff none of them had made the forecasts of its base better on "
    "data that it had not seen. Every hybrid here forecasts exactly like its base, and the merit is the base's."
)
_SOME_SHUT = "Shut in every window, so that the hybrid forecasts like its base: {shut} of {count}."


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return what is shut in a sentence, the figure of what is open, and the evidence of every window."""
    gates = gates_of(evaluation)
    mean = mean_gates(gates)
    opened = mean[(mean > 0).any(axis=1)]
    evidence = tr("The evidence for each gate ({count})", count=len(gates))
    return Section(
        tr("Corrections and their gates"),
        "gates",
        [
            *([] if mean.empty else [Paragraph(_how_many(len(mean), len(opened)))]),
            *([] if opened.empty else [_figure(opened)]),
            Section("", "gates-in-words", [Paragraph(tr(_IN_WORDS)), Pairs("", _lines(gates))], formats=MARKDOWN),
            Section(evidence, "gate-evidence", [Paragraph(tr(_EVIDENCE)), _table(gates)], folded=True),
        ],
        formats=ON_SCREEN,
    )


def _how_many(count: int, opened: int) -> str:
    """Return how many corrections do nothing, in a sentence."""
    if not opened:
        return tr(_ALL_SHUT, count=count)
    return tr(_SOME_SHUT, shut=count - opened, count=counted(count, "correction"))


def _figure(mean: pd.DataFrame) -> Figure:
    """Return the figure of the mean gates, a row per correction."""
    alternative = tr(
        "Mean gate of {count} at each of {steps}, from light (0, not used) to dark (1, used whole).",
        count=counted(len(mean), "correction"),
        steps=counted(mean.shape[1], "step"),
    )
    chart = {"names": [str(stage) for stage in mean.index], "rows": rounded(mean.to_numpy(), 3)}
    return Figure("gates", partial(_draw, mean), alternative, tr(_CAPTION), lambda: chart)


def mean_gates(gates: pd.DataFrame) -> pd.DataFrame:
    """Return the mean gate over windows, a row per correction and a column per step, the most open first."""
    if gates.empty:
        return pd.DataFrame()
    wide = pd.DataFrame(gates["gate"].tolist(), index=gates["stage"]).groupby(level=0, sort=True).mean()
    wide.columns = pd.RangeIndex(1, wide.shape[1] + 1)
    return wide.loc[(-wide.mean(axis=1)).sort_values(kind="stable").index]


def _lines(gates: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (correction, how much is used and why); the reason is that of the newest window."""
    lines = []
    for stage, rows in gates.groupby("stage", sort=False):
        newest = rows.sort_values("window").iloc[-1]
        opened = sum(any(gate) for gate in rows["gate"])
        windows = f", open in {opened} of {len(rows)} windows; the newest" if len(rows) > 1 else ""
        lines.append((str(stage), f"{words.share(rows['gate'])}{windows}: {newest['reason']}"))
    return lines


def _table(gates: pd.DataFrame) -> Table:
    """Return a row per correction and window."""
    columns = [
        Column(tr("correction"), words=True),
        Column(tr("window"), minor=True),
        Column(tr("used")),
        Column(tr("gain on evidence"), minor=True),
        Column(tr("why"), words=True),
    ]
    rows = []
    for stage, window, gate, reason, gain in gates.itertuples(index=False, name=None):
        used = Cell(words.share([gate]), str(sum(gate)))
        shown = Cell(f"{gain:+.3f}" if any(gate) and gain else "", str(gain))
        rows.append(Row([Cell(stage, stage), Cell(str(window), str(window)), used, shown, Cell(reason, reason)]))
    return Table("gates", columns, rows, gates)


def _draw(mean: pd.DataFrame, medium: Medium) -> bytes:
    """Return the drawing of the mean gates."""
    with canvas(max(1.6, 1.0 + 0.19 * len(mean)), medium) as figure:
        ax = figure.subplots()
        image = ax.imshow(mean.to_numpy(), aspect="auto", vmin=0, vmax=1, cmap="Blues", interpolation="nearest")
        ax.set_yticks(range(len(mean)), [words.short(words.visible(str(s))) for s in mean.index], fontsize=8)
        every = max(1, -(-mean.shape[1] // 24))
        ax.set_xticks(range(0, mean.shape[1], every), list(mean.columns[::every]))
        ax.set_xlabel(medium.say(tr("step of the forecast; colour: gate, mean over windows")))
        ax.tick_params(length=0, which="both")
        ax.set_yticks(np.arange(len(mean) + 1) - 0.5, minor=True)
        ax.grid(which="minor", axis="y", linewidth=0.8)
        figure.colorbar(image, ax=ax, shrink=min(1.0, 12 / len(mean)), anchor=(0, 1))
        return saved(figure, medium)
