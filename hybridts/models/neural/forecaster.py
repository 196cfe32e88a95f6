"""The forecaster: one global network over all series of a panel, as a base or as a correction of earlier stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.checkpoint.warm_start import time_notes
from hybridts.models.neural.encoder import Encoded, Encoder, training_origins
from hybridts.models.neural.fit import Material, fit_networks
from hybridts.models.neural.head import Outside
from hybridts.models.neural.log_transform import logarithm, unfit_for_logarithm
from hybridts.models.neural.network import Blueprint, Expression, Network
from hybridts.models.neural.series_features import History
from hybridts.models.neural.trainer import Encode, Rows
from hybridts.models.neural.training_settings import Training, window_for
from hybridts.models.protocols import Hindcasts, Quantiled, Warm, Weighted, Weights

#: Among the weights: the window that they belong to, which would otherwise grow with the data.
WINDOW = "window"
#: Origins answered in one pass through a network.
ANSWERED_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class NeuralForecaster(Warm):
    """A network that forecasts: it learns the deviation from its anchor, for all steps directly."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on the origins of the panel that `training_origins` picks."""
        return self.fit_from({}, panel, horizon, gap, seed)

    def fit_from(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Like `fit`, from the weights of a fit on earlier data where they suit: then with a quarter of the steps."""
        failures = unfit_for_logarithm(panel) if self.training.log else {}
        panel = logarithm(panel) if self.training.log else panel
        window = self.training.window or _window_of(weights) or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        origins = training_origins(panel, horizon, gap)
        history = History.of(panel, origins)

        def encode(rows: np.ndarray) -> tuple[Encoded, np.ndarray]:
            encoded = encoder.encode(panel, origins[rows], history=history.take(rows))
            target = panel.targets(origins[rows], horizon, gap)
            return encoded, encoded.scaled(target)

        fitted = _fit(self.expression, encoder, encode, (panel, origins, weights), seed)
        return replace(fitted, failures=failures)


@dataclass(frozen=True, kw_only=True)
class NeuralCorrection:
    """A network that corrects: it reads the window and the forecast so far, and learns honest errors.

    Raises:
        ValueError: settings that only a network which forecasts by itself can have.
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
        """Train on the rows of which some target is known."""
        usable = rows[np.isfinite(rows.target).any(axis=1) & np.isfinite(rows.forecast).all(axis=1)]
        window = self.training.window or window_for(panel, horizon)
        encoder = Encoder.fitted(panel, window, horizon, gap, self.training)
        history = History.of(panel, usable.origins)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            some = usable[picked]
            encoded = encoder.encode(panel, some.origins, some.forecast, history.take(picked))
            return encoded, encoded.scaled(some.target - some.forecast)

        return _fit(self.expression, encoder, encode, (panel, usable.origins, {}), seed)


@dataclass(frozen=True, eq=False)
class FittedNetwork(Quantiled, Weighted):
    """Trained networks (one per seed) and the encoder they read through."""

    networks: tuple[Network, ...]
    encoder: Encoder
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H] anchor + scale x output; the median where quantiles are learned."""
        answer = self._in_units(panel, origins)
        levels = self.encoder.training.quantiles
        return answer[..., levels.index(0.5) if levels else 0]

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels of the quantiles it answers; empty without the setting `quantiles`."""
        return self.encoder.training.quantiles

    def weights(self) -> Weights:
        """Every array of every network, and the window they read, for the fit at the next cutoff."""
        return {WINDOW: np.array(self.encoder.window)} | {
            f"{i}.{name}": tensor.numpy()
            for i, net in enumerate(self.networks)
            for name, tensor in net.state_dict().items()
        }

    def quantiles(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H, Q] forecasts at the levels of the setting `quantiles`, never crossing; Q = 0 without that setting."""
        answer = self._in_units(panel, origins)
        return answer if self.encoder.training.quantiles else answer[..., :0]

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """[M, H] scale x output, to be added to the forecast so far."""
        return self._answer(panel, rows.origins, rows.forecast)[..., 0]

    def _in_units(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H, Q] in the units of the data."""
        if not self.encoder.training.log:
            return self._answer(panel, origins, None)
        with np.errstate(over="ignore"):
            answer = np.exp(self._answer(logarithm(panel), origins, None))
        failed = [panel.index[name] for name in self.failures if name in panel.index]
        answer[np.isin(origins.series, failed)] = np.nan
        return answer

    def _answer(self, panel: Panel, origins: Origins, so_far: FloatArray | None) -> FloatArray:
        answer = np.empty((len(origins), self.encoder.horizon, max(len(self.encoder.training.quantiles), 1)))
        for start in range(0, len(origins), ANSWERED_AT_ONCE):
            rows = np.arange(start, min(start + ANSWERED_AT_ONCE, len(origins)))
            encoded = self.encoder.encode(panel, origins[rows], None if so_far is None else so_far[rows])
            output = self._output(encoded).reshape(answer[rows].shape)
            answer[rows] = encoded.anchor[..., None] + encoded.scale[:, None, None] * output
        return answer

    def _output(self, encoded: Encoded) -> FloatArray:
        read = [torch.from_numpy(part) for part in (encoded.window, encoded.extra, encoded.ahead)]
        with torch.inference_mode():
            outputs = [net(*read) for net in self.networks]
        one = outputs[0] if len(outputs) == 1 else torch.stack(outputs).mean(dim=0)
        return np.asarray(one.numpy(), dtype=np.float64)


def _window_of(weights: Weights) -> int | None:
    return int(weights[WINDOW]) if WINDOW in weights else None


def _fit(
    expression: Expression, encoder: Encoder, encode: Encode, data: tuple[Panel, Origins, Weights], seed: int
) -> FittedNetwork:
    """Build and train one network per seed on the rows at these origins, from these weights if there are any."""
    panel, origins, weights = data
    if not len(origins):
        raise StageFailure("there is no row with a known target to train the network on.")
    probe = encode(np.zeros(1, dtype=np.int64))[0]
    size = probe.window.size + probe.extra.size + probe.ahead.size + encoder.horizon
    training = encoder.training
    sizes = (probe.extra.shape[1], probe.ahead.shape[2], encoder.horizon)
    outside = Outside(*sizes, training.quantiles, encoder.window if training.highway else 0)
    blueprint = Blueprint(expression, Shape(*probe.window.shape[1:]), outside)
    rows = Rows(len(origins), size, encode, lambda row: panel.ids[origins.series[row]])
    material = Material(rows, origins, encoder.gap + encoder.horizon, weights, _clock(panel, origins))
    networks, notes = fit_networks(blueprint, material, replace(training, window=encoder.window), seed)
    return FittedNetwork(networks, encoder, notes | time_notes(training, panel))


def _clock(panel: Panel, origins: Origins) -> IntArray | None:
    """[M] position counted from the end that all series share (below 0); None where they share none."""
    return origins.position - panel.lengths[origins.series] if panel.aligned else None
