"""Networks as stages: one global network over all series of a panel, as a base or as a correction of earlier stages.

Settings and wiring only: torch is imported when a network is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hybridts.data.content_order import content_order, in_content_order
from hybridts.data.panel import Origins, Panel
from hybridts.models.covariates.adjustment import Adjustment, adjusted_rows
from hybridts.models.neural.encoder import Encoded, Encoder, training_origins
from hybridts.models.neural.expression import Expression
from hybridts.models.neural.log_transform import logarithm, unfit_for_logarithm
from hybridts.models.neural.prior.lookup import NetworkPrior
from hybridts.models.neural.prior.request import request_for
from hybridts.models.neural.series_features import History
from hybridts.models.neural.training_settings import Training, window_for, window_in
from hybridts.models.protocols import Hindcasts, Learned, Pretrained, Warm, Weights

if TYPE_CHECKING:
    from hybridts.models.neural.fitted_network import FittedNetwork


@dataclass(frozen=True, kw_only=True)
class NeuralForecaster(Warm, Pretrained):
    """Forecast by a network: it learns the deviation from the anchor, all steps at once.

    Attributes:
        expression: the blocks.
        training: settings.
        prior: its prior, where it was looked up before.
    """

    expression: Expression
    training: Training = field(default_factory=Training)
    prior: Learned | None = None

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on the origins that `training_origins` picks; raises as `fit_from`."""
        return self.fit_from({}, panel, horizon, gap, seed)

    def fit_from(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train from the weights of an earlier fit where their shapes match, with a quarter of the steps.

        Raises:
            StageFailure: no series shows a target, or the loss is not finite.
        """
        panel = panel.take(content_order(panel))  # ids must not decide which windows a network draws
        failures = unfit_for_logarithm(panel) if self.training.log else {}
        panel = logarithm(panel) if self.training.log else panel
        adjustment = Adjustment.fitted(panel, horizon, gap, zeros=not self.training.log)
        panel = panel if adjustment is None else adjustment.panel(panel)
        prior = self.prior_for(panel.season, gap + horizon)
        if prior is None:
            fitted = self._fit_anew(weights, panel, horizon, gap, seed)
        else:
            fitted = self._fit_from_prior(prior, weights, panel, (gap, gap + horizon), seed)
        return replace(fitted, failures=failures, adjustment=adjustment)

    def prior_for(self, season: int, ahead: int) -> NetworkPrior | None:
        """See `Pretrained`."""
        request = request_for(self.expression, self.training, season, ahead)
        return None if request is None else NetworkPrior(request)

    def with_prior(self, prior: Learned) -> NeuralForecaster:
        """See `Pretrained`."""
        return replace(self, prior=prior)

    def _fit_anew(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        from hybridts.models.neural.fitted_network import FitInput, fit_network

        window = self.training.window or window_in(weights) or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        origins = training_origins(panel, horizon, gap)
        encode = _Encode(panel, origins, encoder, horizon, gap)
        return fit_network(self.expression, encoder, encode, FitInput(panel, origins, weights), seed)

    def _fit_from_prior(
        self, prior: NetworkPrior, weights: Weights, panel: Panel, steps: tuple[int, int], seed: int
    ) -> FittedNetwork:
        """Fit a network that forecasts all steps of the prior; `steps` are those that are asked for."""
        from hybridts.models.neural.fitted_network import FitInput, fit_network
        from hybridts.models.neural.prior.packing import unpacked
        from hybridts.models.neural.prior.start import PriorStart

        gap, horizon, request = steps[0], steps[1] - steps[0], prior.request
        found = self.prior or prior.learned()
        window = self.training.window or window_in(weights) or request.window
        encoder = Encoder.fitted(panel, window, request.horizon, 0, self.training)
        origins = training_origins(panel, horizon, gap)
        encode = _Encode(panel, origins, encoder, horizon, gap)
        static = panel.static.shape[1] + sum(map(len, encoder.classes)) if panel.static.size else 0
        start = PriorStart(request, unpacked(found.weights), static, self.training.steps is not None)
        data = FitInput(panel, origins, weights, start, steps, found.notices)
        return fit_network(self.expression, encoder, encode, data, seed)


class _Encode:
    """Encodes rows of a panel and their targets; steps of the network that are not asked for have none."""

    def __init__(self, panel: Panel, origins: Origins, encoder: Encoder, horizon: int, gap: int) -> None:
        self.panel, self.origins, self.encoder = panel, origins, encoder
        self.horizon, self.gap = horizon, gap
        self.history = History.of(panel, origins)

    def __call__(self, rows: np.ndarray) -> tuple[Encoded, np.ndarray]:
        encoded = self.encoder.encode(self.panel, self.origins[rows], history=self.history.take(rows))
        target = np.full((len(rows), self.encoder.horizon), np.nan)
        first = self.gap - self.encoder.gap
        target[:, first : first + self.horizon] = self.panel.targets(self.origins[rows], self.horizon, self.gap)
        return encoded, encoded.scaled(target)


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
        from hybridts.models.neural.fitted_network import FitInput, fit_network

        adjustment = Adjustment.fitted(panel, horizon, gap)
        if adjustment is not None:
            panel, rows = adjusted_rows(adjustment, panel, rows)
        usable = rows[np.isfinite(rows.target).any(axis=1) & np.isfinite(rows.forecast).all(axis=1)]
        panel, origins, order = in_content_order(panel, usable.origins)
        usable = replace(usable[order], origins=origins)
        window = self.training.window or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        history = History.of(panel, usable.origins)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            some = usable[picked]
            encoded = encoder.encode(panel, some.origins, some.forecast, history.take(picked))
            return encoded, encoded.scaled(some.target - some.forecast)

        fitted = fit_network(self.expression, encoder, encode, FitInput(panel, usable.origins), seed)
        return replace(fitted, adjustment=adjustment)
