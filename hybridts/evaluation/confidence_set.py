"""The Model Confidence Set: the names that cannot be told from the best, with a given confidence.

All names start in the set. While the set can be told to be unequal, the worst name leaves it; what is left is the set.
The test of "all are equal" is the largest distance of a name from the mean of the set, over its deviation (T_max).
Its distribution comes from random rotations (`max_test`), which hold for few windows; with bootstrap means in their
place the p-values are those of the package `arch` (a test).

Source: Hansen, Lunde and Nason (2011), The Model Confidence Set, Econometrica 79(2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from hybridts.evaluation.independent_units import FloatArray, IntArray, PairedTest, t_of
from hybridts.evaluation.max_test import draws_of

LEVEL = 0.9
#: [k] members of the set -> their statistics [k] (large is bad) and draws of the largest of them.
Statistic = Callable[[IntArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class ConfidenceSet:
    """The names that cannot be told from the best.

    Attributes:
        level: confidence that the best name is among them.
        names: the names in the set, best first; empty where there is no test.
        words: how it was made, or why it was not.
        p: p-value of every name; those of at least 1 - level are in the set.
    """

    level: float
    names: tuple[str, ...]
    words: str
    p: dict[str, float] = field(default_factory=dict)


def confidence_set(names: Sequence[str], losses: FloatArray, test: PairedTest, level: float = LEVEL) -> ConfidenceSet:
    """Return the Model Confidence Set.

    Args:
        names: K names that have every cell, best first.
        losses: [K, cells]; lower is better.
        test: the units of this evaluation.
        level: confidence.
    """
    if test.kind == "none":
        return ConfidenceSet(level, (), test.words)
    if not names:
        return ConfidenceSet(level, (), "no name answered every cell with a finite loss")
    p = p_values(len(names), rotation_statistic(test.coefficients(losses)))
    kept = tuple(n for n, value in zip(names, p, strict=True) if value >= 1.0 - level - 1e-12)
    words = f"Model Confidence Set at {100 * level:g} % ({test.words})"
    return ConfidenceSet(level, kept, words, dict(zip(names, p.tolist(), strict=True)))


def p_values(count: int, statistic: Statistic) -> FloatArray:
    """Return the p-value of every name [count]; the last one left has 1.

    Args:
        count: number of names.
        statistic: see `Statistic`.
    """
    members, p, largest = np.arange(count), np.ones(count), 0.0
    while len(members) > 1:
        t, draws = statistic(members)
        worst = int(np.argmax(t))
        largest = max(largest, float((draws > t[worst]).mean()))
        p[members[worst]] = largest
        members = np.delete(members, worst)
    return p


def rotation_statistic(coefficients: FloatArray) -> Statistic:
    """Return T_max by rotations of the coefficients [1 + freedom, K] of the losses."""

    def statistic(members: IntArray) -> tuple[FloatArray, FloatArray]:
        own = coefficients[:, members]
        distance = own - own.mean(axis=1, keepdims=True)
        distance[:, np.abs(distance).max(axis=0) <= 1e-12 * np.abs(own).max()] = 0.0  # equal up to rounding
        largest = np.concatenate([draws.max(axis=1) for draws in draws_of(distance)])
        # a tie is not evidence: equal names have draws that equal their statistic
        return t_of(distance), np.where(largest >= t_of(distance).max() - 1e-12, np.inf, largest)

    return statistic
