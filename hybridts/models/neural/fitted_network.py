"""A fitted network: one trained network per seed and the encoder of its input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.models.covariates.adjustment import Adjustment, correction_with, forecast_with
from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.checkpoint.init_check import time_notes
from hybridts.models.neural.encoder import Encoded, Encoder
from hybridts.models.neural.expression import Expression
from hybridts.models.neural.fit import TrainingData, fit_networks
from hybridts.models.neural.head import HeadSpec
from hybridts.models.neural.log_transform import logarithm
from hybridts.models.neural.network import Blueprint, Network
from hybridts.models.neural.prior.start import PriorStart
from hybridts.models.neural.trainer import Encode, Rows
from hybridts.models.neural.training_settings import WINDOW
from hybridts.models.protocols import Hindcasts, Quantiled, Weighted, Weights

#: Origins answered in one pass through a network.
ANSWERED_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class FittedNetwork(Quantiled, Weighted):
    """Trained networks, one per seed, and the encoder of their input.

    Attributes:
        networks: one per seed.
        encoder: of their input.
        notes, failures: as in `Fitted`.
        steps: first and one past the last of the network's steps that are forecast; None for all. A prior forecasts
            more steps than are asked for, and has no gap.
        adjustment: what covariates explain, which the networks do not see; None for nothing.
    """

    networks: tuple[Network, ...]
    encoder: Encoder
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[int, int] | None = None
    adjustment: Adjustment | None = None

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the forecasts [M, H], anchor + scale x output; the median if quantiles are learned."""
        answer = self._in_units(panel, origins)
        levels = self.encoder.training.quantiles
        return answer[..., levels.index(0.5) if levels else 0]

    @property
    def levels(self) -> tuple[float, ...]:
        """Return the quantile levels, rising; empty without the setting `quantiles`."""
        return self.encoder.training.quantiles

    def weights(self) -> Weights:
        """Return all arrays of all networks, and their window, for the fit at the next cutoff."""
        return {WINDOW: np.array(self.encoder.window)} | {
            f"{i}.{name}": tensor.numpy()
            for i, net in enumerate(self.networks)
            for name, tensor in net.state_dict().items()
        }

    def quantiles(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the quantiles [M, H, Q], rising along Q; Q = 0 without the setting `quantiles`."""
        answer = self._in_units(panel, origins)
        return answer if self.encoder.training.quantiles else answer[..., :0]

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return the corrections [M, H], scale x output, to add to the forecast so far."""
        return correction_with(
            self.adjustment, panel, rows, lambda seen, some: self._answer(seen, some.origins, some.forecast)[..., 0]
        )

    def _in_units(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the outputs [M, H, Q] in the units of the data."""
        if not self.encoder.training.log:
            return self._with_effect(panel, origins)
        with np.errstate(over="ignore"):
            answer = np.exp(self._with_effect(logarithm(panel), origins))
        failed = [panel.index[name] for name in self.failures if name in panel.index]
        answer[np.isin(origins.series, failed)] = np.nan
        return answer

    def _with_effect(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the outputs [M, H, Q] with what covariates explain."""
        return forecast_with(
            self.adjustment, panel, origins, lambda seen, rows: self._answer(seen, origins[rows], None)
        )

    def _answer(self, panel: Panel, origins: Origins, so_far: FloatArray | None) -> FloatArray:
        answer = np.empty((len(origins), self.encoder.horizon, max(len(self.encoder.training.quantiles), 1)))
        for start in range(0, len(origins), ANSWERED_AT_ONCE):
            rows = np.arange(start, min(start + ANSWERED_AT_ONCE, len(origins)))
            encoded = self.encoder.encode(panel, origins[rows], None if so_far is None else so_far[rows])
            output = self._output(encoded).reshape(answer[rows].shape)
            answer[rows] = encoded.anchor[..., None] + encoded.scale[:, None, None] * output
        return answer if self.steps is None else answer[:, slice(*self.steps)]

    def _output(self, encoded: Encoded) -> FloatArray:
        read = [torch.from_numpy(part) for part in (encoded.window, encoded.context, encoded.known_future)]
        with torch.inference_mode():
            outputs = [net(*read) for net in self.networks]
        one = outputs[0] if len(outputs) == 1 else torch.stack(outputs).mean(dim=0)
        return np.asarray(one.numpy(), dtype=np.float64)


class FitInput(NamedTuple):
    """The data of a fit, and what it starts from.

    Attributes:
        panel: the visible data.
        origins: of each row.
        weights: of an earlier fit; empty for none.
        prior: to start from; None for random numbers.
        steps: as in `FittedNetwork`.
        notices: sentences for the notes.
    """

    panel: Panel
    origins: Origins
    weights: Weights = MappingProxyType({})
    prior: PriorStart | None = None
    steps: tuple[int, int] | None = None
    notices: tuple[str, ...] = ()


def fit_network(expression: Expression, encoder: Encoder, encode: Encode, data: FitInput, seed: int) -> FittedNetwork:
    """Build and train one network per seed.

    Args:
        expression: the blocks.
        encoder: of the input.
        encode: row numbers -> encoded rows and scaled targets.
        data: the panel, the origin of each row, and what to start from.
        seed: of the first network.

    Raises:
        StageFailure: there is no row, or the loss is not finite.
    """
    panel, origins = data.panel, data.origins
    if not len(origins):
        raise StageFailure("there is no row with a known target to train the network on.")
    probe = encode(np.zeros(1, dtype=np.int64))[0]
    size = probe.window.size + probe.context.size + probe.known_future.size + encoder.horizon
    training = encoder.training
    sizes = (probe.context.shape[1], probe.known_future.shape[2], encoder.horizon)
    head = HeadSpec(*sizes, training.quantiles, encoder.window if training.highway else 0)
    blueprint = Blueprint(expression, Shape(*probe.window.shape[1:]), head, training.dropout)
    rows = Rows(len(origins), size, encode, lambda row: panel.ids[origins.series[row]])
    reach = data.steps[1] if data.steps else encoder.gap + encoder.horizon
    training_data = TrainingData(rows, origins, reach, data.weights, _clock(panel, origins), data.prior)
    networks, notes = fit_networks(blueprint, training_data, replace(training, window=encoder.window), seed)
    notes |= time_notes(training, panel)
    if data.notices:
        notes["notices"] = [*notes.get("notices", ()), *data.notices]
    return FittedNetwork(networks, encoder, notes, steps=data.steps)


def _clock(panel: Panel, origins: Origins) -> IntArray | None:
    """Return the time of each origin [M], counted back from the common end of all series; None if there is none."""
    return origins.position - panel.lengths[origins.series] if panel.aligned else None
