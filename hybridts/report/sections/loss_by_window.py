"""The loss of the best names in each window."""

from __future__ import annotations

import pandas as pd

from hybridts.evaluation.breakdown import losses_by
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import losses_of
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Section
from hybridts.report.selection import with_cells

NAMES = WINDOWS = 20  # shown at most


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return a row per name and a column per window."""
    losses = losses_by(evaluation, "window", with_cells(board)[:NAMES]).iloc[:, :WINDOWS]
    losses = losses.rename(columns="window {}".format).rename_axis("model").reset_index()
    title = tr("{measure} by window", measure=board.attrs["measure"])
    return Section(title, "loss-by-window", [losses_of("by_window", losses)], folded=True, formats=ON_SCREEN)
