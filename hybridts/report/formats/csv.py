"""The leaderboard as CSV: a file holds one table, so the rest of the report is left out."""

from __future__ import annotations

import pandas as pd

from hybridts.report.section_parts import Report, Table
from hybridts.text import spreadsheet_cell


def to_csv(report: Report) -> str:
    """Return all columns with full precision; a text that a spreadsheet would take for a formula begins with '."""
    (board,) = (b for b in report.blocks() if isinstance(b, Table) and b.name == "leaderboard")
    return str(guarded(board.data).to_csv(index=False, lineterminator="\n"))


def guarded(data: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts, headings too, no spreadsheet takes for formulas; numbers stay numbers."""
    columns = [_guarded(data.iloc[:, place]) for place in range(data.shape[1])]
    table = pd.concat(columns, axis=1) if columns else data.copy()
    table.columns = pd.Index([spreadsheet_cell(str(name)) for name in data.columns])
    return table


def _guarded(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    values = [spreadsheet_cell(v) if isinstance(v, str) else v for v in column]
    return pd.Series(values, index=column.index, dtype=object)
