"""Selection of the names that a report shows, and the kind of each."""

from __future__ import annotations

import math
from typing import Literal

import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation

Kind = Literal["baseline", "hybrid", "single"]


def kind_of(evaluation: Evaluation, name: str) -> Kind:
    """Return "baseline", "hybrid" (more than one stage) or "single"."""
    entry = evaluation.entries[name]
    if entry.get("baseline"):
        return "baseline"
    return "hybrid" if len(entry.get("stages", ())) > 1 else "single"


def contenders(evaluation: Evaluation, board: pd.DataFrame, count: int) -> list[str]:
    """Return the best `count` names that differ in loss and are no baselines, then the best baseline."""
    chosen: list[str] = []
    seen: set[str] = set()
    level = board[board.attrs["measure"]]
    for name, loss in zip(board["model"], level, strict=True):
        key = f"{loss:.10g}"
        if evaluation.entries[name].get("baseline") or math.isnan(loss) or key in seen or len(chosen) == count:
            continue
        seen.add(key)
        chosen.append(name)
    baseline = evaluation.best_baseline
    return [*chosen, baseline] if baseline else chosen


def with_cells(board: pd.DataFrame) -> list[str]:
    """Return the names that answered some cell, in the order of the leaderboard."""
    return [str(name) for name in board["model"][board["cells"] > 0]]
