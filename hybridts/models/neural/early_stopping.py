"""Early stopping: choose the number of steps on the newest rows, then train that long on all rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from hybridts.data.panel import IntArray, Origins
from hybridts.models.neural.device import device_of
from hybridts.models.neural.trainer import Batch, Rows, Trainer
from hybridts.models.neural.training_settings import Training

#: Share of the origins that validate the number of steps.
NEWEST = 0.2
#: Validations in a training, and how many may pass without improvement.
VALIDATIONS, PATIENCE = 20, 5
#: Validation rows at most.
MAX_ROWS = 4096


@dataclass(frozen=True)
class Split:
    """Row numbers of an inner split: `older` trains, `newest` validates."""

    older: np.ndarray
    newest: np.ndarray


def split(origins: Origins, reach: int, clock: IntArray | None = None) -> Split | None:
    """Split off the newest fifth of the origins; the older rows are those whose targets end before its first origin.

    Args:
        origins: of all rows, ordered by series and position.
        reach: gap + horizon, rows from an origin to its last target.
        clock: [M] time of each origin in rows, if all series share a calendar; the fifth is then one of times.
            Otherwise it is one of each series' own origins.

    Returns:
        None if a side is left without rows.
    """
    if clock is not None:
        times = np.unique(clock)
        at, edge = clock, np.full(len(clock), times[-_newest(len(times))])
    else:
        _, first, count = np.unique(origins.series, return_index=True, return_counts=True)
        begins = first + count - np.array([_newest(n) for n in count])
        at, edge = origins.position, np.repeat(origins.position[begins], count)
    older, newest = np.flatnonzero(at + reach <= edge), np.flatnonzero(at >= edge)
    return Split(older, newest) if len(older) and len(newest) else None


def _newest(count: int) -> int:
    return max(math.ceil(NEWEST * count), 1)


def steps_by_split(make: Callable[[], nn.Module], rows: Rows, parts: Split, training: Training, seed: int) -> int:
    """Return the number of steps after which a fresh network had the lowest loss on the newest rows.

    After a short warm-up the learning rate stays at half of its peak, its mean over a cycle: a falling rate would
    favour the last step.
    """
    steps, batch = training.steps or 1, training.batch or 1
    device, draw = device_of(training.device), np.random.default_rng(seed)
    some = np.sort(draw.permutation(parts.newest)[:MAX_ROWS])
    judge = Batch.of(*rows.encode(some), device)
    older = rows.only(parts.older)
    trainer = Trainer(make().to(device), replace(training, rate=training.rate / 2))
    every, best, count, waited = max(steps // VALIDATIONS, 1), math.inf, steps, 0
    picked = draw.integers(0, older.count, (steps, batch))
    for i, now in enumerate(older.batches(picked, device)):
        trainer.step(now, min((i + 1) / (2 * every), 1.0))
        if (i + 1) % every:
            continue
        trainer.net.eval()
        with torch.no_grad():
            error = float(trainer.loss(judge))
        trainer.net.train()
        best, count, waited = (error, i + 1, 0) if error < best else (best, count, waited + 1)
        if waited >= PATIENCE:
            break
    return count
