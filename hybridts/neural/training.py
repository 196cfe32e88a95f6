"""The training loop: AdamW, one-cycle rate, clipped gradients, mean absolute error in each window's own scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hybridts.errors import StageFailure
from hybridts.neural.settings import Training
from hybridts.neural.windows import Encoded

Batch = tuple[Tensor, Tensor, Tensor]  # window [B, T, C], extra [B, E], target [B, H] with NaN where unknown
Sampler = Callable[[np.ndarray], Batch]  # row numbers [B] -> batch

#: Rows are encoded once and kept when they fit into this many numbers; otherwise batch by batch.
KEPT = 8_000_000


@dataclass(frozen=True)
class Rows:
    """What there is to learn from: how many rows, and how to encode some of them.

    Attributes:
        count: number of rows.
        numbers: how many numbers one encoded row holds, to decide whether all are kept.
        encode: row numbers -> encoded rows and their targets [B, H] in the windows' scale.
    """

    count: int
    numbers: int
    encode: Callable[[np.ndarray], tuple[Encoded, np.ndarray]]

    def sampler(self) -> Sampler:
        """Row numbers -> tensors; small data is encoded once, large data batch by batch."""
        if self.count * self.numbers > KEPT:
            return lambda rows: _tensors(*self.encode(rows))
        kept = _tensors(*self.encode(np.arange(self.count)))
        return lambda rows: (kept[0][rows], kept[1][rows], kept[2][rows])


def _tensors(encoded: Encoded, target: np.ndarray) -> Batch:
    return (
        torch.from_numpy(np.ascontiguousarray(encoded.window)),
        torch.from_numpy(np.ascontiguousarray(encoded.extra)),
        torch.from_numpy(target.astype(np.float32)),
    )


def one_cycle(step: int, steps: int, warm: float = 0.25) -> float:
    """Factor of the peak rate: up from 1/25 over the first quarter, then down to 0, both along a cosine.

    Source: Smith & Topin 2018.
    """
    at = (step + 1) / steps
    if at <= warm:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * at / warm))
    return 0.5 * (1 + math.cos(math.pi * (at - warm) / (1 - warm)))


def known_error(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error over the targets that are known."""
    known = torch.isfinite(target)
    error = torch.where(known, output - torch.where(known, target, 0.0), 0.0).abs()
    return error.sum() / known.sum().clamp(min=1)


def train(net: nn.Module, rows: Rows, training: Training, seed: int) -> float:
    """Train in place and return the mean loss of the last tenth of the steps.

    `training` is resolved: steps and batch are numbers.

    Raises:
        StageFailure: the loss is no longer a number.
    """
    steps, batch = training.steps or 1, training.batch or 1
    draw = np.random.default_rng(seed)
    sample = rows.sampler()
    optimiser = torch.optim.AdamW(
        [p for p in net.parameters() if p.requires_grad], lr=training.rate, weight_decay=training.decay
    )
    net.train()
    losses = []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = training.rate * one_cycle(step, steps)
        window, extra, target = sample(draw.integers(0, rows.count, batch))
        loss = known_error(net(window, extra), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), training.clip)
        optimiser.step()
        losses.append(loss.detach())
    net.eval()
    final = float(torch.stack(losses[-max(steps // 10, 1) :]).mean())
    if not math.isfinite(final):
        raise StageFailure(f"the training loss became {final} within {steps} steps; try a smaller `rate`.")
    return final
