"""Networks as stages: one global network over all series of a panel, as a base or as a correction of earlier stages.

Settings and wiring only: torch is imported when a network is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hybridts.data.content_order import content_order, in_content_order
from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.models.covariates.adjustment import Adjustment
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
        data = _Data.of(panel, adjustment, horizon, gap)
        prior = self.prior_for(panel.season, gap + horizon)
        if prior is None:
            fitted = self._fit_anew(weights, data, seed)
        else:
            fitted = self._fit_from_prior(prior, weights, data, seed)
        return replace(_with_notes(fitted, adjustment), failures=failures)

    def prior_for(self, season: int, ahead: int) -> NetworkPrior | None:
        """See `Pretrained`."""
        request = request_for(self.expression, self.training, season, ahead)
        return None if request is None else NetworkPrior(request)

    def with_prior(self, prior: Learned) -> NeuralForecaster:
        """See `Pretrained`."""
        return replace(self, prior=prior)

    def _fit_anew(self, weights: Weights, data: _Data, seed: int) -> FittedNetwork:
        from hybridts.models.neural.fitted_network import FitInput, fit_network

        window = self.training.window or window_in(weights) or window_for(data.panel, data.horizon)
        encoder = Encoder.fitted(data.panel, window, data.horizon, data.gap, self.training)
        encode = _Encode(data, encoder)
        return fit_network(self.expression, encoder, encode, FitInput(data.panel, data.origins, weights), seed)

    def _fit_from_prior(self, prior: NetworkPrior, weights: Weights, data: _Data, seed: int) -> FittedNetwork:
        """Fit a network that forecasts all steps of the prior, also those that are not asked for."""
        from hybridts.models.neural.fitted_network import FitInput, fit_network
        from hybridts.models.neural.prior.packing import unpacked
        from hybridts.models.neural.prior.start import PriorStart

        panel, request = data.panel, prior.request
        found = self.prior or prior.learned()
        window = self.training.window or window_in(weights) or request.window
        encoder = replace(
            Encoder.fitted(panel, window, data.horizon, data.gap, self.training), horizon=request.horizon, gap=0
        )
        encode = _Encode(data, encoder)
        start = PriorStart(request, unpacked(found.weights), encoder.covariates, self.training.has_length)
        steps = (data.gap, data.gap + data.horizon)
        given = FitInput(panel, data.origins, weights, start, steps, found.notices)
        return fit_network(self.expression, encoder, encode, given, seed)


class _Data(NamedTuple):
    """What a network is trained on.

    Attributes:
        panel: without what covariates explain.
        origins: [M] of the rows.
        target: [M, H]; None for the values of the panel.
        horizon, gap: as in `Forecaster.fit`.
    """

    panel: Panel
    origins: Origins
    target: FloatArray | None
    horizon: int
    gap: int

    @classmethod
    def of(cls, panel: Panel, adjustment: Adjustment | None, horizon: int, gap: int) -> _Data:
        """Return the data of a panel; raises as `training_origins`."""
        if adjustment is None:
            return cls(panel, training_origins(panel, horizon, gap), None, horizon, gap)
        adjusted = adjustment.panel(panel)
        origins = training_origins(adjusted, horizon, gap)
        return cls(adjusted, origins, adjustment.targets(panel, origins), horizon, gap)

    def targets(self, rows: np.ndarray) -> FloatArray:
        """Return the targets [B, H] of some rows."""
        if self.target is None:
            return self.panel.targets(self.origins[rows], self.horizon, self.gap)
        target: FloatArray = self.target[rows]
        return target


class _Encode:
    """Encodes rows of a panel and their targets; steps of the network that are not asked for have none."""

    def __init__(self, data: _Data, encoder: Encoder) -> None:
        self.data, self.encoder = data, encoder
        self.history = History.of(data.panel, data.origins)

    def __call__(self, rows: np.ndarray) -> tuple[Encoded, np.ndarray]:
        data = self.data
        encoded = self.encoder.encode(data.panel, data.origins[rows], history=self.history.take(rows))
        target = np.full((len(rows), self.encoder.horizon), np.nan)
        first = data.gap - self.encoder.gap
        target[:, first : first + data.horizon] = data.targets(rows)
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
            adjustment, panel, rows = adjustment.blended(panel, rows)
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
        return _with_notes(fitted, adjustment)


def _with_notes(fitted: FittedNetwork, adjustment: Adjustment | None) -> FittedNetwork:
    notes = {**fitted.notes, **(adjustment.notes if adjustment else {})}
    return replace(fitted, notes=notes, adjustment=adjustment)
