"""The leaderboard: every name, best first; names without a rank below."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report import evidence
from hybridts.report.cells import key_of
from hybridts.report.chart_values import rounded
from hybridts.report.language import tr
from hybridts.report.section_parts import (
    MARKDOWN,
    ON_SCREEN,
    PAGE,
    Cell,
    Chart,
    Column,
    Pairs,
    Paragraph,
    Row,
    Section,
    Table,
)
from hybridts.report.selection import groups_of, kind_of

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
    "in_best_set": "may be best",
    "verdict_part": "verdict (part)",
}
WORDS = ("model", "family", "part", "verdict", "verdict_part")
_ONLY_RAW = ("undefined", "status", "reason")  # for readers they are in the notices and in a last column
_COUNTS = ("missing", "failures")  # left out where they are zero everywhere
_HOW_TO_READ = (
    "Means over cells (series x window); lower is better, except the two gains in percent, where positive is better. "
    "p: chance of a difference from the best baseline at least this large if there were none. best part: the best of "
    "what a name stands on and of its later stages as models by themselves. p (part): like p, against that part; both "
    "are corrected for the number of names, p alone is not. s alone: seconds for all stages a name needs; s added: for "
    "its last stage only."
)
_ON_THE_PAGE = (
    "Names that made the same forecasts stand together. Click a heading to sort; pin two names to compare them. "
    "Blue names are hybrids and ensembles, orange ones baselines."
)
_FIRST = (
    "rank",
    "model",
    "family",
    "in_best_set",
    "vs_best_baseline",
    "verdict",
    "p",
    "gain_over_part",
    "part",
    "p_part",
)
#: Columns that a narrow screen keeps, beside the metric that ranks.
_MAIN = ("rank", "model", "vs_best_baseline", "verdict")
PAIRS = 60  # distinct forecasts that can be compared head to head, the best ones


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the table and how to read it; why a name has no rank is a column on the page and a list in Markdown."""
    unranked = board[(board["status"] != "complete") & (board["reason"] != "")]
    reasons = [
        (str(name), f"{_status_words(status)}, {reason}")
        for name, status, reason in zip(unranked["model"], unranked["status"], unranked["reason"], strict=True)
    ]
    return Section(
        tr("Leaderboard"),
        "leaderboard",
        [
            Paragraph(tr(_ON_THE_PAGE), formats=PAGE),
            Chart("board", partial(_pairs, evaluation, board), tr("Two names compared"), ""),
            _table(evaluation, board),
            Section(
                tr("What the columns mean"),
                "columns",
                [Paragraph(tr(_HOW_TO_READ))],
                folded=True,
                formats=ON_SCREEN,
            ),
            Section(tr("Without a rank"), "without-a-rank", [Pairs("", reasons)], formats=MARKDOWN),
        ],
        values={
            "measure": board.attrs["measure"],
            "best_baseline": board.attrs["best_baseline"] or None,
            "test": board.attrs["test"],
            "equal_names": [
                {"names": list(g.names), "author": g.author}
                for g in groups_of(evaluation, board)
                if len(g.names) > 1 or g.borrowed
            ],
        },
    )


def _table(evaluation: Evaluation, board: pd.DataFrame) -> Table:
    """Return the leaderboard; `data` has all its columns."""
    empty = [c for c in _COUNTS if not board[c].any()]
    names = _in_order([c for c in board.columns if c not in _ONLY_RAW and c not in empty], board.attrs["measure"])
    columns = [_column(c, board.attrs["measure"]) for c in names]
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
    facts = _facts(evaluation, board)
    rows = [Row(row, style, fact) for row, style, fact in zip(cells, styles, facts, strict=True)]
    return Table("leaderboard", columns, rows, board, style="board", formats=ON_SCREEN)


def _in_order(names: list[str], measure: str) -> list[str]:
    """Return the columns as readers want them: the metric that ranks, comparisons, then all others."""
    first = [c for c in (*_FIRST[:3], measure, *_FIRST[3:]) if c in names]
    return [*first, *(c for c in names if c not in first)]


def _column(name: str, measure: str) -> Column:
    """Return a column of the table by its name in the data."""
    return Column(tr(HEADINGS.get(name, name)), name in WORDS, minor=name not in (*_MAIN, measure))


def _facts(evaluation: Evaluation, board: pd.DataFrame) -> list[dict[str, str]]:
    """Return what the page's scripts know of each row: its name, family, and the name whose forecast it repeats."""
    groups = groups_of(evaluation, board)
    lead = {name: group.lead for group in groups for name in group.names}
    author = {group.lead: group.author for group in groups if group.borrowed}
    rows = []
    for name, family in zip(board["model"], board["family"], strict=True):
        fact = {"name": str(name), "family": str(family), "lead": lead.get(name, str(name))}
        rows.append({**fact, "author": author[name]} if name in author else fact)
    return rows


def _pairs(evaluation: Evaluation, board: pd.DataFrame) -> dict[str, object]:
    """Return the comparisons of the best distinct forecasts, a row for each pair, and the loss of each by series."""
    groups = groups_of(evaluation, board)
    names = [g.lead for g in groups][:PAIRS]
    duels = [evidence.duel(evaluation, a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return {
        "names": names,
        "loss": rounded([_mean_loss(evaluation, name) for name in names]),
        "gain": rounded([d.gain for d in duels], 3),
        "low": rounded([d.low for d in duels], 3),
        "high": rounded([d.high for d in duels], 3),
        "p": rounded([d.p for d in duels], 3),
        "wins": rounded([d.wins for d in duels], 3),
        "groups": {g.lead: list(g.names) for g in groups if len(g.names) > 1},
        "authors": {g.lead: g.author for g in groups if g.borrowed},
        "measure": evaluation.measure,
        "test": evidence.test_words(evaluation),
        "of": len(groups),
    }


def _mean_loss(evaluation: Evaluation, name: str) -> float:
    losses = evaluation.losses(name)
    return float(np.nanmean(losses)) if (~np.isnan(losses)).any() else math.nan


def _status_words(status: str) -> str:
    return "" if status == "complete" else status.replace("_", " ")


def cell_text(column: str, value: Any) -> str:
    """Return one value of the leaderboard as a reader sees it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if column in ("gain_over_part", "vs_best_baseline"):
        return words.percent(float(value))
    if column in ("p", "p_part", "p_raw"):
        return words.p_value(float(value))
    if column.startswith("seconds"):
        return words.seconds(float(value))
    if isinstance(value, float):  # a metric, or its median or spread
        return words.number(float(value))
    if isinstance(value, bool | np.bool_):
        return tr("yes") if value else tr("no")
    if column in ("family", "verdict", "verdict_part"):
        return tr(str(value))
    return str(value)
