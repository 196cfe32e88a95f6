"""What the evaluation says of how sure a board is, as far as it says it: the report shows what there is.

`hybridts.evaluation` names these attributes of an `Evaluation` in its docstring. A run of another version may have
fewer of them, and a run of one window has no test at all: then the functions return None or an empty value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.significance import holm
from hybridts.report.equal_names import EqualNames

CLEAR = 0.05


@dataclass(frozen=True)
class Duel:
    """Two names compared.

    Attributes:
        gain: how much lower the mean loss of the first is, in percent; low, high: its 95 % interval, NaN without one.
        p: of "no difference", for this pair alone; NaN without a test.
        wins: share of the cells in which the first is better, ties half.
    """

    gain: float
    low: float
    high: float
    p: float
    wins: float


def duel(evaluation: Evaluation, name: str, other: str) -> Duel:
    """Compare two names on the cells that both have."""
    wins = _wins(evaluation, name, other)
    given = getattr(evaluation, "head_to_head", None)
    if given is not None:
        found = given(name, other)
        return Duel(float(found.gain), float(found.low), float(found.high), float(found.p), wins)
    gain, p = evaluation.compare(name, other)
    return Duel(gain, math.nan, math.nan, p, wins)


def _wins(evaluation: Evaluation, name: str, other: str) -> float:
    a, b = evaluation.losses(name), evaluation.losses(other)
    both = ~np.isnan(a) & ~np.isnan(b)
    if not both.any():
        return math.nan
    return float(((a[both] < b[both]) + 0.5 * (a[both] == b[both])).mean())


@dataclass(frozen=True)
class BestSet:
    """The names that may be the best: the data cannot tell them from the best one.

    Attributes:
        names: the best first; empty where nothing can be tested.
        words: how it was made.
        p: name -> its p in the set; empty where it has none.
    """

    names: tuple[str, ...]
    words: str
    p: dict[str, float]


def best_set(evaluation: Evaluation, groups: list[EqualNames]) -> BestSet:
    """Return the model confidence set, or without one the names that a paired test cannot tell from the best."""
    given = getattr(evaluation, "confidence_set", None)
    if given is not None:
        p = {str(name): float(value) for name, value in dict(given.p).items()}
        return BestSet(tuple(given.names), str(given.words), p)
    leads = [g.lead for g in groups if evaluation.complete(g.lead)]
    if len(leads) < 2 or evaluation.test.kind == "none":
        return BestSet((), evaluation.test.words, {})
    best = min(leads, key=lambda name: float(np.nanmean(evaluation.losses(name))))
    others = [name for name in leads if name != best]
    raw = [evaluation.compare(best, name)[1] for name in others]
    corrected = dict(zip(others, holm(np.array(raw)), strict=True))
    kept = [name for name in leads if name == best or not corrected[name] < CLEAR]
    words = f"{evaluation.test.words}, each name against the best one, Holm-corrected at {CLEAR:.0%}"
    return BestSet(tuple(kept), words, {name: float(p) for name, p in corrected.items()})


def clearly_worse(evaluation: Evaluation, board: pd.DataFrame) -> list[str]:
    """Return the names of the board that are clearly worse than the best baseline."""
    return _with_verdict(evaluation, board, "clearly worse", -1)


def clearly_better(evaluation: Evaluation, board: pd.DataFrame) -> list[str]:
    """Return the names of the board that are clearly better than the best baseline."""
    return _with_verdict(evaluation, board, "clearly better", 1)


def _with_verdict(evaluation: Evaluation, board: pd.DataFrame, verdict: str, sign: int) -> list[str]:
    given = getattr(evaluation, "verdicts", None)
    if given is not None:
        return [str(n) for n in board["model"] if n in given.index and given.loc[n, "baseline"] == verdict]
    clear = (board["p"] < CLEAR) & (sign * board["vs_best_baseline"] > 0)
    return [str(name) for name in board["model"][clear]]


def critical_difference(evaluation: Evaluation) -> Any:
    """Return the `CriticalDifference` of the evaluation; None where it has none to show."""
    found = getattr(evaluation, "critical_difference", None)
    return found if found is not None and len(found.names) > 1 else None


def intervals(evaluation: Evaluation) -> pd.DataFrame:
    """Return the intervals of loss, skill and rank, index model; empty without them."""
    found = getattr(evaluation, "intervals", None)
    return pd.DataFrame() if found is None else found


def seed_spread(evaluation: Evaluation) -> pd.DataFrame:
    """Return the spread of the mean loss over seeds, index model; empty where the study has one seed."""
    found = getattr(evaluation, "seed_spread", None)
    return pd.DataFrame() if found is None else found


def clark_west(evaluation: Evaluation) -> pd.DataFrame:
    """Return the tests of hybrids against the bases they nest, index model: part, p, p_holm; without untested ones."""
    found = getattr(evaluation, "clark_west", None)
    return pd.DataFrame() if found is None or not len(found) else found[found["p"].notna()]


def cheap_winner(evaluation: Evaluation) -> str:
    """Return the baseline nobody asked for that leads all names; "" where there is none."""
    return str(getattr(evaluation, "cheap_winner", None) or "")


def test_words(evaluation: Evaluation) -> str:
    """Return the test in words."""
    return str(evaluation.test.words)
