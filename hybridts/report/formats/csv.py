"""The leaderboard as CSV: a file holds one table, so the rest of the report is left out."""

from __future__ import annotations

from hybridts.report.section_parts import Report, Table


def to_csv(report: Report) -> str:
    """Return all columns with full precision."""
    (board,) = (b for b in report.blocks() if isinstance(b, Table) and b.name == "leaderboard")
    return str(board.data.to_csv(index=False, lineterminator="\n"))
