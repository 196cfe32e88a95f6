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
    table = data.rename(columns=lambda name: spreadsheet_cell(str(name)))
    for place in range(data.shape[1]):
        column = data.iloc[:, place]
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_datetime64_any_dtype(column):
            values = [spreadsheet_cell(v) if isinstance(v, str) else v for v in column]
            table = table.assign(**{str(table.columns[place]): pd.Series(values, index=data.index, dtype=object)})
    return table
