"""The training loop: AdamW, one-cycle rate, clipped gradients, absolute or quantile error in each window's scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hybridts.errors import StageFailure
from hybridts.models.neural.device import autocast, device_of
from hybridts.models.neural.encoder import Encoded
from hybridts.models.neural.training_settings import Training

#: Rows are encoded once and kept when they fit into this many numbers; otherwise some batches at a time.
KEPT = 8_000_000
#: Numbers encoded at a time when rows are not kept: few enough for the cache, many enough to spread a call's cost.
AT_ONCE = 500_000
#: Scaled values below this are no reason for a loss to explode; the rate is.
ORDINARY = 100.0
#: Steps between two looks at whether the loss is still a number.
LOOK = 25

Encode = Callable[[np.ndarray], tuple[Encoded, np.ndarray]]  # row numbers [B] -> encoded rows, scaled targets [B, H]


class Batch(NamedTuple):
    """What one step learns from: window [B, T, C], extra [B, E], ahead [B, H, F], target [B, H] with NaN if unknown."""

    window: Tensor
    extra: Tensor
    ahead: Tensor
    target: Tensor

    @classmethod
    def of(cls, encoded: Encoded, target: np.ndarray, device: torch.device) -> Batch:
        """Encoded rows and their targets as tensors."""
        parts = (encoded.window, encoded.extra, encoded.ahead, target.astype(np.float32))
        return cls(*(torch.from_numpy(np.ascontiguousarray(part)).to(device) for part in parts))

    def take(self, rows: Any) -> Batch:
        """These rows."""
        return Batch(*(part[rows] for part in self))


@dataclass(frozen=True)
class Rows:
    """What there is to learn from: how many rows, and how to encode some of them.

    Attributes:
        count: number of rows.
        numbers: how many numbers one encoded row holds, to decide whether all are kept.
        encode: row numbers -> encoded rows and their targets [B, H] in the windows' scale.
        owner: row number -> the name of its series, for messages.
    """

    count: int
    numbers: int
    encode: Encode
    owner: Callable[[int], str] = str

    def only(self, picked: np.ndarray) -> Rows:
        """The rows with these numbers."""
        return replace(
            self,
            count=len(picked),
            encode=lambda rows: self.encode(picked[rows]),
            owner=lambda row: self.owner(int(picked[row])),
        )

    def batches(self, picked: np.ndarray, device: torch.device) -> Iterator[Batch]:
        """One batch per line of `picked` [steps, batch]; beyond `KEPT` numbers nothing grows with data x window."""
        if self.count * self.numbers <= KEPT:
            kept = Batch.of(*self.encode(np.arange(self.count)), device)
            for rows in torch.from_numpy(picked).to(device):
                yield kept.take(rows)
            return
        steps, batch = picked.shape
        together = max(AT_ONCE // (batch * self.numbers), 1)
        for first in range(0, steps, together):
            chunk = picked[first : first + together]
            encoded = Batch.of(*self.encode(chunk.ravel()), device)
            for i in range(len(chunk)):
                yield encoded.take(slice(i * batch, (i + 1) * batch))


def one_cycle(step: int, steps: int, warm: float = 0.25) -> float:
    """Factor of the peak rate: up from 1/25 over the first quarter, then down to 0, both along a cosine.

    Source: Smith & Topin 2018.
    """
    at = (step + 0.5) / steps
    if at <= warm:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * at / warm))
    return 0.5 * (1 + math.cos(math.pi * (at - warm) / (1 - warm)))


def known_error(output: Tensor, target: Tensor, levels: tuple[float, ...] = ()) -> Tensor:
    """Mean error over the targets [B, H] that are known.

    The absolute error of [B, H], or the pinball loss of quantiles [B, H, Q] (Koenker & Bassett 1978), doubled so that
    the level 0.5 alone is the absolute error.
    """
    if levels:
        target = target[..., None].expand_as(output)
    known = torch.isfinite(target)
    if known.all():
        error = output - target
    else:
        error = torch.where(known, output - torch.where(known, target, 0.0), 0.0)
    if levels:
        level = output.new_tensor(levels)
        error = 2 * torch.maximum((1 - level) * error, -level * error)
    return error.abs().sum() / known.sum().clamp(min=1)


class Learning:
    """One network being trained: `step` after `step`, on batches that the caller brings."""

    def __init__(self, net: nn.Module, training: Training) -> None:
        self.net, self.training = net, training
        self.learned = _flattened([p for p in net.parameters() if p.requires_grad])
        self.optimiser = torch.optim.AdamW(self.learned, lr=training.rate, weight_decay=training.decay, fused=True)
        net.train()

    def loss(self, batch: Batch) -> Tensor:
        """The error of one batch."""
        with autocast(self.training):
            output = self.net(batch.window, batch.extra, batch.ahead)
        return known_error(output.float(), batch.target, self.training.quantiles)

    def step(self, batch: Batch, factor: float) -> Tensor:
        """Learn from one batch at `factor` of the peak rate; returns its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * factor
        loss = self.loss(batch)
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.learned, self.training.clip)
        self.optimiser.step()
        return loss.detach()


def _flattened(parameters: list[nn.Parameter]) -> list[nn.Parameter]:
    """The same numbers as one long parameter, of which each given one becomes a view, its gradient too.

    Clipping and the optimiser then handle one tensor instead of a dozen small ones: on a processor a step of a small
    network is mostly the calls. An accelerator's recurrent kernels lay out their weights themselves and are left alone.
    """
    if not parameters or parameters[0].device.type != "cpu":
        return parameters
    whole = nn.Parameter(torch.cat([p.detach().reshape(-1) for p in parameters]))
    whole.grad = torch.zeros_like(whole)
    first = 0
    for p in parameters:
        part = slice(first, first + p.numel())
        p.data = whole.data[part].view_as(p)
        p.grad = whole.grad[part].view_as(p)
        first += p.numel()
    return [whole]


def train(net: nn.Module, rows: Rows, training: Training, seed: int) -> float:
    """Train in place and return the mean loss of the last tenth of the steps.

    `training` is resolved: steps and batch are numbers. The network comes back on the CPU, ready to answer.

    Raises:
        StageFailure: the loss is no longer a number.
    """
    steps, batch = training.steps or 1, training.batch or 1
    device = device_of(training.device)
    picked = np.random.default_rng(seed).integers(0, rows.count, (steps, batch))
    learning = Learning(net.to(device), training)
    losses = []
    for i, now in enumerate(rows.batches(picked, device)):
        losses.append(learning.step(now, one_cycle(i, steps)))
        if (i + 1) % LOOK == 0 or i + 1 == steps:
            first = max(i + 1 - LOOK, 0)
            _refuse_nonsense(losses[first:], rows, picked[first : i + 1], training, first)
    net.to("cpu").eval()
    for p in net.parameters():  # its own tensor again: a view would carry the whole wherever it goes
        p.data, p.grad = p.data.clone(), None
    return float(torch.stack(losses[-max(steps // 10, 1) :]).mean())


def _refuse_nonsense(losses: list[Tensor], rows: Rows, picked: np.ndarray, training: Training, first: int) -> None:
    """Raise when a loss is not a number, and name the series with the largest scaled values of that batch."""
    bad = next((i for i, loss in enumerate(losses) if not math.isfinite(float(loss))), None)
    if bad is None:
        return
    encoded, target = rows.encode(picked[bad])
    size = np.fmax(np.abs(np.nan_to_num(encoded.window)).max((1, 2)), np.abs(np.nan_to_num(target)).max(1))
    worst = int(np.argmax(size))
    owner = rows.owner(int(picked[bad][worst]))
    advice = [
        f"look at series {owner!r}, which has the largest scaled value of that batch ({size[worst]:.3g})",
        f"try a smaller `rate` (it was {training.rate:g}) or another `scale` (it was {training.scale})",
    ]
    if size[worst] < ORDINARY:
        advice.reverse()
    raise StageFailure(
        f"the training loss became {float(losses[bad])} at step {first + bad + 1} of {training.steps}: "
        f"{'; or '.join(advice)}."
    )
