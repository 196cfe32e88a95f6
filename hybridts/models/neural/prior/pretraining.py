"""Training on simulated series: a request becomes weights, the same on every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from hybridts.data.panel import Origins
from hybridts.models.neural.blocks.shape import Shape
from hybridts.models.neural.encoder import Encoded, Encoder
from hybridts.models.neural.head import HeadSpec
from hybridts.models.neural.network import Blueprint
from hybridts.models.neural.prior.effort import BATCH, steps_of
from hybridts.models.neural.prior.mixture import Mixture
from hybridts.models.neural.prior.request import PriorRequest
from hybridts.models.neural.prior.simulator import simulate
from hybridts.models.neural.randomness import own_randomness
from hybridts.models.neural.staged_training import train_parts
from hybridts.models.neural.trainer import Batch, Rows
from hybridts.models.neural.training_settings import Training
from hybridts.models.protocols import Weights

#: Steps on one draw of series, rows simulated for it, and origins of each series.
STEPS_A_DRAW, ROWS_A_DRAW, ORIGINS = 160, 330_000, 6
#: Scaled targets are clipped here.
FARTHEST = 50.0


def pretrain(request: PriorRequest, mixture: Mixture | None = None, *, longer: float = 1.0) -> Weights:
    """Train one network on simulated series and return its weights.

    Args:
        request: what is learned.
        mixture: as in `simulate`.
        longer: factor on the steps.
    """
    rows = SimulatedRows.of(request, mixture, longer=longer)
    blueprint = blueprint_of(request)
    with own_randomness(0):
        net, _ = train_parts(blueprint, rows, rows.encoder.training, seed=0)
    return {name: values.numpy() for name, values in net.state_dict().items()}


def blueprint_of(request: PriorRequest) -> Blueprint:
    """Return the blueprint of a network with a prior: no covariates, no calendar."""
    encoder = encoder_of(request)
    panel = simulate(1, request.seasons, 2 * request.window, seed=0)
    read = encoder.encode(panel, panel.ends())
    head = HeadSpec(read.context.shape[1], 0, request.horizon, (), request.window if request.highway else 0)
    return Blueprint(request.expression, Shape(*read.window.shape[1:]), head)


def encoder_of(request: PriorRequest, *, longer: float = 1.0) -> Encoder:
    """Return the encoder of simulated series; `longer` is a factor on the steps of its training."""
    training = Training(
        window=request.window,
        steps=round(longer * steps_of(request)),
        batch=BATCH,
        anchor=request.anchor,
        scale=request.scale,
        highway=request.highway,
        device="cpu",
    )
    return Encoder(request.window, request.horizon, 0, training)


def length_of(seasons: tuple[int, ...]) -> int:
    """Return the median rows of a simulated series: 45 years, 70 quarters, 114 months, or three weeks of hours."""
    main = seasons[0]
    return max(45, min(30 + 10 * main, 60 + 9 * main // 2), 3 * max(seasons))


@dataclass(frozen=True, kw_only=True)
class SimulatedRows(Rows):
    """Rows of simulated series, new ones every `STEPS_A_DRAW` steps.

    Attributes:
        request: what is learned.
        encoder: of the rows.
        mixture: as in `simulate`.
    """

    request: PriorRequest
    encoder: Encoder
    mixture: Mixture | None = None

    @classmethod
    def of(cls, request: PriorRequest, mixture: Mixture | None = None, *, longer: float = 1.0) -> SimulatedRows:
        """Return the rows of a request, for `longer` times its steps."""
        encoder = encoder_of(request, longer=longer)
        count = ORIGINS * _series(request)

        def encode(picked: np.ndarray) -> tuple[Encoded, np.ndarray]:
            encoded, target = _drawn(request, encoder, mixture, 0)
            return encoded.take(picked % len(target)), target[picked % len(target)]

        return cls(count, 1, encode, request=request, encoder=encoder, mixture=mixture)

    def batches(self, picked: np.ndarray, device: torch.device) -> Iterator[Batch]:
        """Yield one batch per line of `picked`; every `STEPS_A_DRAW` lines share a draw of series."""
        for number, first in enumerate(range(0, len(picked), STEPS_A_DRAW)):
            encoded, target = _drawn(self.request, self.encoder, self.mixture, number)
            kept = Batch.of(encoded, target, device)
            for rows in picked[first : first + STEPS_A_DRAW] % len(target):
                yield kept.take(torch.from_numpy(rows))


def _series(request: PriorRequest) -> int:
    """Return the series of a draw: as many as `ROWS_A_DRAW` holds, fewer for a training of a few steps."""
    enough = min(steps_of(request), STEPS_A_DRAW) * BATCH // 3
    return max(min(ROWS_A_DRAW // length_of(request.seasons), enough), 1)


def _drawn(request: PriorRequest, encoder: Encoder, mixture: Mixture | None, number: int) -> tuple[Encoded, np.ndarray]:
    """Return the encoded rows of one draw and their scaled targets [B, H]; rows without a known target are left out."""
    count = _series(request)
    panel = simulate(count, request.seasons, length_of(request.seasons), number, mixture)
    series = np.repeat(np.arange(count), ORIGINS)
    latest = panel.lengths[series] - 2  # one target at least
    earliest = np.minimum(max(request.seasons[0], 2) - 1, latest)
    at = np.random.default_rng(number).random(len(series))
    origins = Origins(series, (earliest + at * (latest - earliest + 1)).astype(np.int64))
    encoded = encoder.encode(panel, origins)
    target = np.clip(encoded.scaled(panel.targets(origins, request.horizon, 0)), -FARTHEST, FARTHEST)
    known = np.flatnonzero(np.isfinite(target).any(axis=1))
    return encoded.take(known), target[known]
