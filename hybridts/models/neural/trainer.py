"""The training loop: optimiser, schedule of the learning rate, clipped gradients, loss on scaled targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hybridts.errors import StageFailure
from hybridts.models.neural.device import autocast, device_of
from hybridts.models.neural.encoder import Encoded
from hybridts.models.neural.training_settings import Loss, Schedule, Training

#: Rows are encoded once and kept if they fit into this many numbers; otherwise a few batches at a time.
KEPT = 8_000_000
#: Numbers encoded at a time if rows are not kept: few enough for the cache, enough to amortise a call.
AT_ONCE = 500_000
#: Below this scaled value, a loss that is not finite is blamed on the learning rate first.
ORDINARY = 100.0
#: Steps between two checks that the loss is finite.
LOOK = 25

#: Row numbers [B] -> encoded rows and scaled targets [B, H].
Encode = Callable[[np.ndarray], tuple[Encoded, np.ndarray]]


class Batch(NamedTuple):
    """The data of one step: window [B, T, C], context [B, E], known future [B, H, F], target [B, H], NaN if unknown."""

    window: Tensor
    context: Tensor
    known_future: Tensor
    target: Tensor

    @classmethod
    def of(cls, encoded: Encoded, target: np.ndarray, device: torch.device) -> Batch:
        """Turn encoded rows and their targets into tensors on a device."""
        parts = (encoded.window, encoded.context, encoded.known_future, target.astype(np.float32))
        return cls(*(torch.from_numpy(np.ascontiguousarray(part)).to(device) for part in parts))

    def take(self, rows: Any) -> Batch:
        """Return these rows."""
        return Batch(*(part[rows] for part in self))


@dataclass(frozen=True)
class Rows:
    """The rows to learn from, encoded on demand.

    Attributes:
        count: number of rows.
        numbers: count of numbers of one encoded row, to decide whether all rows are kept.
        encode: row numbers -> encoded rows and their scaled targets [B, H].
        owner: row number -> id of its series, for messages.
    """

    count: int
    numbers: int
    encode: Encode
    owner: Callable[[int], str] = str

    def only(self, picked: np.ndarray) -> Rows:
        """Return the rows with these numbers."""
        return replace(
            self,
            count=len(picked),
            encode=lambda rows: self.encode(picked[rows]),
            owner=lambda row: self.owner(int(picked[row])),
        )

    def batches(self, picked: np.ndarray, device: torch.device) -> Iterator[Batch]:
        """Yield one batch per line of `picked` [steps, batch]; memory is bounded by about `KEPT` numbers."""
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
    """Return the factor of the peak rate: up from 1/25 over the first quarter, then down to 0, both along a cosine.

    Source: Smith & Topin 2018.
    """
    at = (step + 0.5) / steps
    if at <= warm:
        return 0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * at / warm))
    return 0.5 * (1 + math.cos(math.pi * (at - warm) / (1 - warm)))


def _tenths(at: float) -> float:
    return 1.0 if at < 0.5 else 0.1 if at < 0.75 else 0.01


#: Share of the steps that is gone -> factor of the peak rate.
_FALLING: Mapping[Schedule, Callable[[float], float]] = {
    "cosine": lambda at: 0.5 * (1 + math.cos(math.pi * at)),
    "linear": lambda at: 1 - at,
    "step": _tenths,
}


def rate_factor(schedule: Schedule, step: int, steps: int) -> float:
    """Return the factor of the peak rate at a step, counted from 0."""
    if schedule == "one_cycle":
        return one_cycle(step, steps)
    return 1.0 if schedule == "constant" else _FALLING[schedule]((step + 0.5) / steps)


def optimiser_of(parameters: list[nn.Parameter], training: Training) -> torch.optim.Optimizer:
    """Return the optimiser of the settings."""
    rate, decay = training.rate, training.decay
    if training.optimiser == "adam":
        return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
    if training.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=0.9, weight_decay=decay)
    if training.optimiser == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
    return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)


def known_error(output: Tensor, target: Tensor, levels: tuple[float, ...] = (), loss: Loss = "mae") -> Tensor:
    """Return the mean loss over the known targets [B, H], a scalar.

    The absolute, squared or Huber error of output [B, H], or the pinball loss of quantiles [B, H, Q] (Koenker & Bassett
    1978), doubled so that the level 0.5 alone gives the absolute error.
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
    each = error.abs()
    if loss == "mse":
        each = error.square()
    elif loss == "huber":
        each = torch.where(each <= 1, error.square() / 2, each - 0.5)
    return each.sum() / known.sum().clamp(min=1)


class Trainer:
    """Train one network step by step on batches of the caller."""

    def __init__(self, net: nn.Module, training: Training) -> None:
        self.net, self.training = net, training
        self.learned = _flattened([p for p in net.parameters() if p.requires_grad])
        self.optimiser = optimiser_of(self.learned, training)
        net.train()

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of one batch, a scalar."""
        with autocast(self.training):
            output = self.net(batch.window, batch.context, batch.known_future)
        return known_error(output.float(), batch.target, self.training.quantiles, self.training.loss)

    def step(self, batch: Batch, factor: float) -> Tensor:
        """Take one optimiser step at `factor` of the peak rate; return the loss before it."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * factor
        loss = self.loss(batch)
        self.optimiser.zero_grad(set_to_none=False)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.learned, self.training.clip)
        self.optimiser.step()
        return loss.detach()


def _flattened(parameters: list[nn.Parameter]) -> list[nn.Parameter]:
    """Join all parameters into one flat parameter; the given ones and their gradients become views of it.

    Clipping and the optimiser then handle one tensor instead of a dozen: on a CPU, the overhead of calls dominates a
    step of a small network. Parameters on an accelerator are returned as they are: its recurrent kernels arrange their
    weights themselves.
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


#: Parts of a training whose mean losses are kept.
CURVE = 20


class TrainingLoss(NamedTuple):
    """The losses of a training.

    Attributes:
        last: mean over the last tenth of the steps.
        curve: means over `CURVE` equal parts of the steps, one a step where there are fewer.
    """

    last: float
    curve: tuple[float, ...]

    @staticmethod
    def of(losses: Tensor) -> TrainingLoss:
        """Return them of the losses of every step, [steps]."""
        steps = len(losses)
        edges = np.linspace(0, steps, min(CURVE, steps) + 1).astype(int)
        parts = [float(losses[a:b].mean()) for a, b in pairwise(edges.tolist())]
        return TrainingLoss(float(losses[-max(steps // 10, 1) :].mean()), tuple(parts))


def train(net: nn.Module, rows: Rows, training: Training, seed: int) -> TrainingLoss:
    """Train in place and return the losses.

    `training` is resolved: steps and batch are numbers. The network ends on the CPU in evaluation mode.

    Raises:
        StageFailure: the loss is not finite.
    """
    steps, batch = training.steps or 1, training.batch or 1
    device = device_of(training.device)
    picked = np.random.default_rng(seed).integers(0, rows.count, (steps, batch))
    trainer = Trainer(net.to(device), training)
    losses = []
    for i, now in enumerate(rows.batches(picked, device)):
        losses.append(trainer.step(now, rate_factor(training.schedule, i, steps)))
        if (i + 1) % LOOK == 0 or i + 1 == steps:
            first = max(i + 1 - LOOK, 0)
            _check_finite(losses[first:], rows, picked[first : i + 1], training, first)
    net.to("cpu").eval()
    for p in net.parameters():  # a tensor of its own again: a view would keep and pickle the flat one
        p.data, p.grad = p.data.clone(), None
    return TrainingLoss.of(torch.stack(losses).cpu())


def _check_finite(losses: list[Tensor], rows: Rows, picked: np.ndarray, training: Training, first: int) -> None:
    """Raise if a loss is not finite, naming the series with the largest scaled value of its batch."""
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
