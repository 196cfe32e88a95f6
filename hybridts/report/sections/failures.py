"""Stages that failed."""

from __future__ import annotations

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import table_of
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Section

SERIES = 5  # listed of those that share a failure


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return the failures of shown names, without tracebacks."""
    return Section(tr("Failures"), "failures", [table_of("failures", _failures(evaluation))], formats=ON_SCREEN)


def _failures(evaluation: Evaluation) -> pd.DataFrame:
    """Return a row per failure; the same failure of many series is one row."""
    table = evaluation.run.failures
    columns = ["model", "stage", "window", "error", "message"]
    table = table[table["model"].isin(evaluation.shown)].astype({c: object for c in columns if c != "window"})
    if table.empty:
        return pd.DataFrame(columns=["model", "stage", "window", "series", "error", "message"])
    table = table.assign(message=[words.without_paths(str(m)) for m in table["message"]])
    rows = []
    for key, group in table.groupby(columns, sort=False):
        ids = [str(u) for u in group["unique_id"] if u]
        series = ", ".join(ids[:SERIES]) + (f" and {len(ids) - SERIES} more" if len(ids) > SERIES else "")
        rows.append((*key[:3], series or "all", *key[3:]))
    return pd.DataFrame(rows, columns=["model", "stage", "window", "series", "error", "message"])
