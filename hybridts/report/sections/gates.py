"""Gates: the part of each correction that is used, and the evidence for it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.drawing import canvas, svg_of
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

_CAPTION = "How much of each correction was let through. White is closed: the hybrid forecasts like its base there."
_IN_WORDS = "How much of each correction is used (mean over steps and windows), and why."
_EVIDENCE = (
    "How much of each correction is used, mean over steps; its gain in units of MASE on hindcasts from before the "
    "cutoff that the correction had not seen; why. At 0 the hybrid is its base."
)


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return the figure, a line per correction in Markdown, and the folded evidence of every window."""
    gates = gates_of(evaluation)
    mean = mean_gates(gates)
    size = f"{words.plural(len(mean), 'correction')} at each of {words.plural(mean.shape[1], 'step')}"
    alternative = f"Mean gate of {size}, from white (0, not used) to blue (1, used whole)."
    return Section(
        "Gates",
        "gates",
        [
            *([] if mean.empty else [Figure(partial(_draw, mean), alternative, _CAPTION)]),
            Section("", "gates-in-words", [Paragraph(_IN_WORDS), Pairs("", _lines(gates))], formats=MARKDOWN),
            Section(
                f"Gates: the evidence ({len(gates)})",
                "gate-evidence",
                [Paragraph(_EVIDENCE), _table(gates)],
                folded=True,
            ),
        ],
        formats=ON_SCREEN,
    )


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
        Column("correction", words=True),
        Column("window"),
        Column("used"),
        Column("gain on evidence"),
        Column("why", words=True),
    ]
    rows = []
    for stage, window, gate, reason, gain in gates.itertuples(index=False, name=None):
        used = Cell(words.share([gate]), str(sum(gate)))
        shown = Cell(f"{gain:+.3f}" if any(gate) and gain else "", str(gain))
        rows.append(Row([Cell(stage, stage), Cell(str(window), str(window)), used, shown, Cell(reason, reason)]))
    return Table("gates", columns, rows, gates)


def _draw(mean: pd.DataFrame) -> str:
    """Return the svg of the mean gates."""
    with canvas(max(1.6, 1.0 + 0.19 * len(mean))) as figure:
        ax = figure.subplots()
        image = ax.imshow(mean.to_numpy(), aspect="auto", vmin=0, vmax=1, cmap="Blues", interpolation="nearest")
        ax.set_yticks(range(len(mean)), [words.short(str(s)) for s in mean.index], fontsize=8)
        every = max(1, -(-mean.shape[1] // 24))
        ax.set_xticks(range(0, mean.shape[1], every), list(mean.columns[::every]))
        ax.set_xlabel("step of the forecast; colour: gate, mean over windows")
        ax.tick_params(length=0, which="both")
        ax.set_yticks(np.arange(len(mean) + 1) - 0.5, minor=True)
        ax.grid(which="minor", axis="y", linewidth=0.8)
        figure.colorbar(image, ax=ax, shrink=min(1.0, 12 / len(mean)), anchor=(0, 1))
        return svg_of(figure, "gates")
