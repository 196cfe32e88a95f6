"""Names that have no meaning on the data."""

from __future__ import annotations

import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import table_of
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Paragraph, Section


def section(_evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return these names and why."""
    rows = board[board["status"] == "not_applicable"][["model", "reason"]].reset_index(drop=True)
    subject = "This name has" if len(rows) == 1 else "These names have"
    explained = Paragraph(f"{subject} no meaning on this data. That is no failure.")
    return Section(
        tr("Not applicable"), "not-applicable", [explained, table_of("not_applicable", rows)], formats=ON_SCREEN
    )
