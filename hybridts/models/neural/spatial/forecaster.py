"""A network over a grid of series as the first stage of a name: settings and wiring only, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybridts.data.panel import Panel
from hybridts.models.neural.expression import Expression
from hybridts.models.neural.training_settings import Training

if TYPE_CHECKING:
    from hybridts.models.neural.spatial.fitted_network import FittedSpatialNetwork


@dataclass(frozen=True, kw_only=True)
class SpatialForecaster:
    """Forecast all steps of all cells of a grid at once."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedSpatialNetwork:
        """Train on each time at which the target of a cell is known.

        Raises:
            DataError: an id carries no row and column, two ids are one cell, or the series share no calendar.
            StageFailure: no series shows a target, or the loss is not finite.
        """
        from hybridts.models.neural.spatial.fitted_network import fit_spatial

        return fit_spatial(self.expression, self.training, panel, horizon, gap, seed)
