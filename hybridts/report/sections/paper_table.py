"""The leaderboard as a paper prints it: mean ± standard deviation, the best set off where it is the best for sure."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import METRICS, FloatArray
from hybridts.report import evidence
from hybridts.report.cells import key_of
from hybridts.report.section_parts import Cell, Column, Format, Paragraph, Row, Section, Table
from hybridts.report.selection import groups_of

PAPER: frozenset[Format] = frozenset({"tex"})
_OVER = {True: "over seeds", False: "over the windows"}


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the table for LaTeX, and what its marks mean."""
    metrics = _metrics(board)
    found = evidence.best_set(evaluation, groups_of(evaluation, board))
    better = set(evidence.clearly_better(evaluation, board))
    columns = [Column("#"), Column("model", words=True), *(Column(m) for m in metrics)]
    columns += [Column("gain over part %"), Column("vs baseline %"), Column("p")]
    rows = [_row(evaluation, board, place, metrics, (found.names, better)) for place in range(len(board))]
    table = Table("", columns, rows, board.iloc[:0], formats=PAPER)
    return Section("Leaderboard", "paper", [table, Paragraph(_marks(evaluation, board, found))], formats=PAPER)


def _metrics(board: pd.DataFrame) -> list[str]:
    """Return the columns that are metrics: those before the gains, without the family, medians and spreads."""
    columns = [str(c) for c in board.columns]
    first, last = columns.index("family") + 1, columns.index("gain_over_part")
    return [c for c in columns[first:last] if not c.endswith(("_median", "_sd"))]


def _row(
    evaluation: Evaluation,
    board: pd.DataFrame,
    place: int,
    metrics: list[str],
    marks: tuple[tuple[str, ...], set[str]],
) -> Row:
    """Return one name: bold where the metric that ranks is the best of the names that may be the best."""
    best, better = marks
    row = board.iloc[place]
    name = str(row["model"])
    lead = {n: g.lead for g in groups_of(evaluation, board) for n in g.names}.get(name, name)
    measure = board.attrs["measure"]
    cells = [_cell(str(row["rank"]) if not pd.isna(row["rank"]) else ""), _cell(name + ("†" if name in better else ""))]
    for metric in metrics:
        text = _mean_and_spread(evaluation, name, metric, float(row[metric]))
        bold = metric == measure and bool(best) and lead == best[0] and text
        cells.append(Cell(text, "bold" if bold else key_of(row[metric])))
    cells += [_cell(words.percent(float(row[c]))) for c in ("gain_over_part", "vs_best_baseline")]
    cells.append(_cell(words.p_value(float(row["p"]))))
    return Row(cells, "inside" if lead in best else "")


def _cell(text: str) -> Cell:
    return Cell(text, "")


def _mean_and_spread(evaluation: Evaluation, name: str, metric: str, mean: float) -> str:
    """Return a mean with its standard deviation: over seeds where the study has several, else over the windows."""
    if math.isnan(mean):
        return ""
    spread = _spread(evaluation, name, metric)
    return words.number(mean) + ("" if math.isnan(spread) else f" ± {words.number(spread)}")


def _spread(evaluation: Evaluation, name: str, metric: str) -> float:
    seeds = evidence.seed_spread(evaluation)
    if name in seeds.index and metric == evaluation.measure:
        return float(seeds["sd"][name])
    if len(seeds):
        return math.nan
    values = _by_window(evaluation, name, metric)
    return float(values.std(ddof=1)) if len(values) > 1 and np.isfinite(values).all() else math.nan


def _by_window(evaluation: Evaluation, name: str, metric: str) -> FloatArray:
    """Return the mean of a metric in every window."""
    if name not in evaluation.row:
        return np.empty(0)
    given = getattr(evaluation, "metric", None)
    values = given(metric) if given is not None else METRICS[metric](evaluation.cases)
    table = pd.DataFrame({"w": evaluation.cases.cells["window"].to_numpy(), "v": values[evaluation.row[name]]})
    return table.groupby("w")["v"].mean().dropna().to_numpy(float)


def _marks(evaluation: Evaluation, board: pd.DataFrame, found: evidence.BestSet) -> str:
    """Return what ±, bold and the dagger mean here."""
    measure, baseline = board.attrs["measure"], board.attrs["best_baseline"]
    seeds = len(evidence.seed_spread(evaluation)) > 0
    count = evaluation.cases.cells["window"].nunique()
    text = ""
    if seeds or count > 1:
        text = f"Mean ± standard deviation {_OVER[seeds]}. "
    if found.names:
        text += f"Bold: lowest {measure} of the names that may be the best ({len(found.names)}: {found.words}). "
    if baseline:
        text += f"†: clearly better than {baseline}, the best baseline (corrected p below {evidence.CLEAR:g}). "
    return text.strip()
