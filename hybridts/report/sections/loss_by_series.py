"""The loss of the best names on the first series."""

from __future__ import annotations

import pandas as pd

from hybridts.evaluation.breakdown import losses_by
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import losses_of
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Section
from hybridts.report.selection import with_cells

NAMES, SERIES = 8, 20  # shown at most


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return a row per series and a column per name."""
    losses = losses_by(evaluation, "unique_id", with_cells(board)[:NAMES]).iloc[:, :SERIES]
    losses = losses.T
    losses.insert(0, "series", losses.index, allow_duplicates=True)  # a name may be "series", too
    title = tr("{measure} by series", measure=board.attrs["measure"])
    return Section(title, "loss-by-series", [losses_of("by_series", losses)], folded=True, formats=ON_SCREEN)
