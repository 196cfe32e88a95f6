"""Networks as stages: one global network over all series of a panel, as a base or as a correction of earlier stages.

Settings and wiring only: torch is imported when a network is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hybridts.data.panel import Panel
from hybridts.models.neural.encoder import Encoded, Encoder, training_origins
from hybridts.models.neural.expression import Expression
from hybridts.models.neural.log_transform import logarithm, unfit_for_logarithm
from hybridts.models.neural.series_features import History
from hybridts.models.neural.training_settings import Training, window_for, window_in
from hybridts.models.protocols import Hindcasts, Warm, Weights

if TYPE_CHECKING:
    from hybridts.models.neural.fitted_network import FittedNetwork


@dataclass(frozen=True, kw_only=True)
class NeuralForecaster(Warm):
    """Forecast by a network: it learns the deviation from the anchor, all steps at once."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on the origins that `training_origins` picks; raises as `fit_from`."""
        return self.fit_from({}, panel, horizon, gap, seed)

    def fit_from(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train from the weights of an earlier fit where their shapes match, with a quarter of the steps.

        Raises:
            StageFailure: no series shows a target, or the loss is not finite.
        """
        from hybridts.models.neural.fitted_network import fit_network

        failures = unfit_for_logarithm(panel) if self.training.log else {}
        panel = logarithm(panel) if self.training.log else panel
        window = self.training.window or window_in(weights) or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        origins = training_origins(panel, horizon, gap)
        history = History.of(panel, origins)

        def encode(rows: np.ndarray) -> tuple[Encoded, np.ndarray]:
            encoded = encoder.encode(panel, origins[rows], history=history.take(rows))
            target = panel.targets(origins[rows], horizon, gap)
            return encoded, encoded.scaled(target)

        fitted = fit_network(self.expression, encoder, encode, (panel, origins, weights), seed)
        return replace(fitted, failures=failures)


@dataclass(frozen=True, kw_only=True)
class NeuralCorrection:
    """Correct earlier stages by a network: it reads the window and the forecast so far, and learns their errors.

    Raises:
        ValueError: a setting that only the first stage of a name can have.
    """

    expression: Expression
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        for name in ("grid", "log", "quantiles"):
            if getattr(self.training, name):
                raise ValueError(
                    f"{name} is for a network that comes first in a name; this one corrects the stages before it."
                )

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on the hindcasts of which some target is known.

        Raises:
            StageFailure: there is none, or the loss is not finite.
        """
        from hybridts.models.neural.fitted_network import fit_network

        usable = rows[np.isfinite(rows.target).any(axis=1) & np.isfinite(rows.forecast).all(axis=1)]
        window = self.training.window or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        history = History.of(panel, usable.origins)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            some = usable[picked]
            encoded = encoder.encode(panel, some.origins, some.forecast, history.take(picked))
            return encoded, encoded.scaled(some.target - some.forecast)

        return fit_network(self.expression, encoder, encode, (panel, usable.origins, {}), seed)
