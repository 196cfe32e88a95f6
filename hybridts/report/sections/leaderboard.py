"""The leaderboard: every name, best first; names without a rank below."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import METRICS
from hybridts.report.cells import key_of
from hybridts.report.section_parts import (
    EVERYWHERE,
    MARKDOWN,
    ON_SCREEN,
    PAGE,
    Cell,
    Column,
    Pairs,
    Paragraph,
    Row,
    Section,
    Table,
    Term,
)
from hybridts.report.selection import kind_of

HEADINGS = {
    "rank": "#",
    "MASE_median": "MASE median",
    "gain_over_part": "gain over part %",
    "part": "best part",
    "p_part": "p (part)",
    "vs_best_baseline": "vs baseline %",
    "p_raw": "p alone",
    "seconds_alone": "s alone",
    "seconds_added": "s added",
}
WORDS = ("model", "family", "part")
_ONLY_RAW = (
    "undefined",
    "status",
    "reason",
    "verdict",
    "verdict_part",
    "in_best_set",
)  # for readers they are in the notices and in a last column
_COUNTS = ("missing", "failures")  # left out where they are zero everywhere
_NOT_IN_PAPERS = ("family", "p_raw", "seconds_added", "cells", *_COUNTS)
_HOW_TO_READ = (
    "Means over cells; lower is better, except the two gains in percent, where positive is better. ",
    Term("p"),
    ": chance of a difference from the best baseline at least this large if there were none; ",
    Term("best part"),
    ": the best of what a name stands on and of its later stages as models by themselves, as far as they are on this "
    "board; ",
    Term("p (part)"),
    ": like ",
    Term("p"),
    ", against that part; both hold for all names together and for choosing the best of the rivals, ",
    Term("p alone"),
    " is not. ",
    Term("s alone"),
    ": seconds for all stages a name needs; ",
    Term("s added"),
    ": for its last stage only.",
)
_ON_THE_PAGE = "Blue names are hybrids and ensembles, orange ones baselines. Click a heading to sort."


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the table and how to read it; why a name has no rank is a column on the page and a list in Markdown."""
    unranked = board[(board["status"] != "complete") & (board["reason"] != "")]
    reasons = [
        (str(name), f"{_status_words(status)}, {reason}")
        for name, status, reason in zip(unranked["model"], unranked["status"], unranked["reason"], strict=True)
    ]
    return Section(
        "Leaderboard",
        "leaderboard",
        [
            Paragraph(_HOW_TO_READ, formats=ON_SCREEN),
            Paragraph(_ON_THE_PAGE, formats=PAGE),
            _table(evaluation, board),
            Section("Without a rank", "without-a-rank", [Pairs("", reasons)], formats=MARKDOWN),
        ],
        values={
            "measure": board.attrs["measure"],
            "best_baseline": board.attrs["best_baseline"] or None,
            "test": board.attrs["test"],
        },
    )


def _table(evaluation: Evaluation, board: pd.DataFrame) -> Table:
    """Return the leaderboard; `data` has all its columns."""
    empty = [c for c in _COUNTS if not board[c].any()]
    names = [c for c in board.columns if c not in _ONLY_RAW and c not in empty]
    columns = [Column(HEADINGS.get(c, c), c in WORDS, ON_SCREEN if c in _NOT_IN_PAPERS else EVERYWHERE) for c in names]
    cells = [
        [Cell(cell_text(c, v), key_of(v)) for c, v in zip(names, row, strict=True)]
        for row in board[names].itertuples(index=False, name=None)
    ]
    if (board["status"] != "complete").any():
        columns.append(Column("status", words=True, formats=PAGE))
        for row, status, reason in zip(cells, board["status"], board["reason"], strict=True):
            text = _status_words(status)
            row.append(Cell(f"{text}: {reason}" if text and reason else text, text))
            row[0] = Cell(row[0].text or text, row[0].key)
    kinds = [kind_of(evaluation, name) for name in board["model"]]
    styles = [k if s == "complete" else f"{k} unranked" for k, s in zip(kinds, board["status"], strict=True)]
    rows = [Row(row, style) for row, style in zip(cells, styles, strict=True)]
    return Table("leaderboard", columns, rows, board, style="board")


def _status_words(status: str) -> str:
    return "" if status == "complete" else status.replace("_", " ")


def cell_text(column: str, value: Any) -> str:
    """Return one value of the leaderboard as a reader sees it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if column in METRICS or column == "MASE_median":
        return words.number(float(value))
    if column in ("gain_over_part", "vs_best_baseline"):
        return words.percent(float(value))
    if column in ("p", "p_part", "p_raw"):
        return words.p_value(float(value))
    if column.startswith("seconds"):
        return words.seconds(float(value))
    return str(value)
