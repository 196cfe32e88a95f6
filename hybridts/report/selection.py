"""Selection of the names that a report shows, and the kind of each."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.equal_names import EqualNames, equal_names

Kind = Literal["baseline", "hybrid", "single"]


def kind_of(evaluation: Evaluation, name: str) -> Kind:
    """Return "baseline", "hybrid" (more than one stage) or "single"."""
    entry = evaluation.entries[name]
    if entry.get("baseline"):
        return "baseline"
    return "hybrid" if len(entry.get("stages", ())) > 1 else "single"


def groups_of(evaluation: Evaluation, board: pd.DataFrame) -> list[EqualNames]:
    """Return the names that made the same forecasts, in the order of the board."""
    return list(_groups(evaluation, tuple(board["model"])))


@lru_cache(maxsize=2)
def _groups(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[EqualNames, ...]:
    return tuple(equal_names(evaluation, names))


def contenders(evaluation: Evaluation, board: pd.DataFrame, count: int) -> list[str]:
    """Return the best `count` names that differ in their forecasts and are no baselines, then the best baseline."""
    loss = dict(zip(board["model"], board[board.attrs["measure"]], strict=True))
    leads = [group.lead for group in groups_of(evaluation, board)]
    scored = [n for n in leads if not evaluation.entries[n].get("baseline") and not math.isnan(loss[n])]
    baseline = evaluation.best_baseline
    return [*scored[:count], baseline] if baseline else scored[:count]


def with_cells(board: pd.DataFrame) -> list[str]:
    """Return the names that answered some cell, in the order of the leaderboard."""
    return [str(name) for name in board["model"][board["cells"] > 0]]
