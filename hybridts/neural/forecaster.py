"""The forecaster: one global network over all series of a panel, as a base or as a correction of earlier stages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from hybridts.errors import StageFailure
from hybridts.neural.assembly import Expression, Frozen, Network, TwoStep, build, parameters_of
from hybridts.neural.blocks import Shape
from hybridts.neural.settings import Training, resolved, window_for
from hybridts.neural.training import Rows, train
from hybridts.neural.windows import Encoded, Encoder
from hybridts.panel import FloatArray, Origins, Panel
from hybridts.protocols import Hindcasts

#: Origins answered in one pass through a network.
ANSWERED_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class NeuralForecaster:
    """A network that forecasts: it learns the deviation from its anchor, for all steps directly."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on every origin of the panel whose targets it shows."""
        encoder = Encoder(self.training.window or window_for(panel, horizon), horizon, gap, self.training)
        origins = training_origins(panel, horizon, gap)

        def encode(rows: np.ndarray) -> tuple[Encoded, np.ndarray]:
            encoded = encoder.encode(panel, origins[rows])
            target = panel.targets(origins[rows], horizon, gap)
            return encoded, (target - encoded.anchor) / encoded.scale[:, None]

        return _fit(self.expression, encoder, encode, len(origins), seed)


@dataclass(frozen=True, kw_only=True)
class NeuralCorrection:
    """A network that corrects: it reads the window and the forecast so far, and learns honest errors."""

    expression: Expression
    training: Training = field(default_factory=Training)

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedNetwork:
        """Train on the rows whose first target is known."""
        usable = rows[np.isfinite(rows.target).any(axis=1) & np.isfinite(rows.forecast).all(axis=1)]
        encoder = Encoder(self.training.window or window_for(panel, horizon), horizon, gap, self.training)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            some = usable[picked]
            encoded = encoder.encode(panel, some.origins, some.forecast)
            return encoded, (some.target - some.forecast) / encoded.scale[:, None]

        return _fit(self.expression, encoder, encode, len(usable), seed)


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """Trained networks (one per seed) and the encoder they read through."""

    networks: tuple[nn.Module, ...]
    encoder: Encoder
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H] anchor + scale x output."""
        return self._answer(panel, origins, None)

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """[M, H] scale x output."""
        return self._answer(panel, rows.origins, rows.forecast)

    def _answer(self, panel: Panel, origins: Origins, so_far: FloatArray | None) -> FloatArray:
        answer = np.empty((len(origins), self.encoder.horizon))
        for start in range(0, len(origins), ANSWERED_AT_ONCE):
            rows = np.arange(start, min(start + ANSWERED_AT_ONCE, len(origins)))
            encoded = self.encoder.encode(panel, origins[rows], None if so_far is None else so_far[rows])
            answer[rows] = encoded.anchor + encoded.scale[:, None] * self._output(encoded)
        return answer

    def _output(self, encoded: Encoded) -> FloatArray:
        window, extra = torch.from_numpy(encoded.window), torch.from_numpy(encoded.extra)
        with torch.inference_mode():
            outputs = [net(window, extra) for net in self.networks]
        mean: FloatArray = torch.stack(outputs).mean(dim=0).double().numpy()
        return mean


def training_origins(panel: Panel, horizon: int, gap: int) -> Origins:
    """Every origin that shows a season and whose targets are all visible; shorter ones where nothing is.

    Raises:
        StageFailure: no series has even one origin with one target.
    """
    first = np.full(len(panel), max(panel.season, 2) - 1)
    for ahead, start in (
        (gap + horizon, first),
        (gap + 1, np.minimum(first, 1)),
        (gap + 1, np.zeros_like(first)),
    ):
        origins = Origins.between(start, panel.lengths - 1 - ahead)
        known = _any_known(panel, origins, horizon, gap)
        if known.any():
            return origins[known]
    raise StageFailure(
        f"no series shows a value {gap + 1} rows after another one: the longest has "
        f"{max(panel.lengths, default=0)} rows."
    )


def _any_known(panel: Panel, origins: Origins, horizon: int, gap: int) -> np.ndarray:
    """[M] whether any target of an origin is known, from one running count over the flat values."""
    count = np.concatenate([[0], np.cumsum(np.isfinite(panel.values))])
    last = panel.stops[origins.series]
    start = np.minimum(panel.rows(origins, gap + 1), last)
    stop = np.minimum(panel.rows(origins, gap + 1 + horizon), last)
    known: np.ndarray = count[stop] > count[start]
    return known


def _fit(expression: Expression, encoder: Encoder, encode: Any, count: int, seed: int) -> FittedNetwork:
    """Build and train one network per seed on `count` rows."""
    if count == 0:
        raise StageFailure("there is no row with a known target to train the network on.")
    training = resolved(encoder.training, encoder.window, count)
    probe = encode(np.zeros(1, dtype=np.int64))[0]
    shape = Shape(*probe.window.shape[1:])
    size = probe.window.size + probe.extra.size + encoder.horizon
    rows = Rows(count, size, encode)
    networks, loss = [], 0.0
    for i in range(training.seeds):
        with own_randomness(seed + i):
            net, loss = _train_parts(
                expression, shape, probe.extra.shape[1], encoder.horizon, (rows, training, seed + i)
            )
        networks.append(net)
    notes = {
        "window": encoder.window,
        "steps": training.steps,
        "batch": training.batch,
        "rows": count,
        "parameters": parameters_of(networks[0]),
        "loss": round(loss, 6),
    }
    return FittedNetwork(tuple(networks), encoder, notes)


def _train_parts(
    expression: Expression, shape: Shape, extra: int, horizon: int, plan: tuple[Rows, Training, int]
) -> tuple[nn.Module, float]:
    """One network; of a two-step expression each part in turn, the trained ones frozen."""
    rows, training, seed = plan
    parts = expression.parts if isinstance(expression, TwoStep) else (expression,)
    trained: list[nn.Module] = []
    for i, part in enumerate(parts):
        # Features, not a forecast, are handed on: only the last part reads its input as the last block does.
        body, after = build(part, shape, last=i == len(parts) - 1)
        net = Network(nn.Sequential(*trained, body) if trained else body, after.channels, extra, horizon)
        loss = train(net, rows, training, seed)
        trained.append(Frozen(body))
        shape = after
    return net, loss


@contextlib.contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Run with torch's own generator seeded, and give it back as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        yield
