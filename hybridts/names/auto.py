"""`Auto`: the ensemble to start from, its members chosen by what is known of the data before anything is fitted.

The members were chosen on inner cutoffs of M1, M3, M4 hourly and ETTh1 (experiments/auto). Only facts of the rows up to
the first cutoff count: season, length, number of series, columns known ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hybridts.data.panel import Panel
from hybridts.names.recipe import Chain, Ensemble, Node, Recipe, Stage

#: Rows of all series, as many times as the season has years of months, that a seasonal model of each series may read:
#: SARIMA then takes some minutes on one core for a fit of all.
AFFORDABLE = 1_000_000
#: Rows of all series from which a learner on its own is worth having.
LEARNABLE = 1_000
#: Season from which a year of months is no longer what the short-season models were made for: hours, weeks.
LONG = 24


@dataclass(frozen=True)
class DataShape:
    """What decides which members suit.

    Attributes:
        season: seasonal period in rows, 1 for none.
        rows: median number of rows of a series.
        series: number of series.
        known_ahead: whether there are columns known ahead.
    """

    season: int
    rows: int
    series: int
    known_ahead: bool

    @staticmethod
    def of(seen: Panel) -> DataShape:
        """Return the shape of a panel that is cut at its cutoff."""
        lengths = seen.lengths[seen.lengths > 0]
        rows = int(np.median(lengths)) if len(lengths) else 0
        return DataShape(seen.season, rows, len(lengths), bool(seen.future.size))

    @property
    def seasonal_cost(self) -> float:
        """Return the rows of all series, more for a season longer than 12: the work of a seasonal model of each."""
        return self.rows * self.series * max(self.season / 12, 1)


def _seasonal(shape: DataShape) -> bool:
    return shape.season > 1 and shape.seasonal_cost <= AFFORDABLE


def _nothing_ahead(shape: DataShape) -> bool:
    """Return whether nothing is lost by models that cannot use columns known ahead."""
    return not shape.known_ahead


#: Candidate -> whether it suits data of a shape; those without a rule suit all.
SUITS: Mapping[str, Callable[[DataShape], bool]] = {
    "ARIMA": lambda shape: shape.season == 1,
    "SARIMA": _seasonal,
    "Theta": lambda shape: _nothing_ahead(shape) and shape.season < LONG,
    "ETS": lambda shape: _nothing_ahead(shape) and shape.season < LONG,
    "MSTL": lambda shape: _nothing_ahead(shape) and shape.season >= LONG and not _seasonal(shape),
    "CNN": lambda shape: shape.season >= LONG or shape.known_ahead,
    "RNN": lambda shape: shape.season < LONG,
    "XGBoost": lambda shape: shape.rows * shape.series >= LEARNABLE,
    "RF": lambda shape: shape.rows * shape.series >= LEARNABLE and (shape.season >= LONG or shape.known_ahead),
    "SARIMA-XGBoost": lambda shape: _seasonal(shape) and shape.season < LONG,
}


def settled(recipe: Recipe, seen: Panel) -> Recipe:
    """Return a recipe with the members of `Auto` that suit the data; other recipes as they are.

    Args:
        recipe: of any name.
        seen: the panel at the first cutoff.
    """
    root = _settled(recipe.root, DataShape.of(seen))
    return recipe if root is recipe.root else replace(recipe, root=root)


def _settled(node: Node, shape: DataShape) -> Node:
    if isinstance(node, Chain):
        base = node.stages[0]
        if isinstance(base, Stage):
            return node
        found = _settled(base, shape)
        assert isinstance(found, Ensemble)
        return node if found is base else replace(node, stages=(found, *node.stages[1:]))
    members = tuple(_settled(member, shape) for member in node.members)
    if node.candidates:
        suits = tuple(m for m in members if str(m) not in SUITS or SUITS[str(m)](shape))
        return replace(node, members=suits, candidates=False)
    same = all(new is old for new, old in zip(members, node.members, strict=True))
    return node if same else replace(node, members=members)
