"""Notices: facts to know before relying on the numbers."""

from __future__ import annotations

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.section_parts import ON_SCREEN, Notice, Section


def section(evaluation: Evaluation, board: pd.DataFrame) -> Section:
    """Return the notices of the leaderboard, then those of the run."""
    texts = [*board.attrs["notices"], *evaluation.run.manifest.get("notices", ())]
    return Section("", "notices", [Notice("notices", [words.without_paths(t) for t in texts])], formats=ON_SCREEN)
