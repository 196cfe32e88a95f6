"""Early stopping: how many steps to train, found on the newest rows and then used on all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from hybridts.data.panel import IntArray, Origins
from hybridts.models.neural.device import device_of
from hybridts.models.neural.trainer import Batch, Learning, Rows
from hybridts.models.neural.training_settings import Training

#: Share of each series' origins that the count is chosen on.
NEWEST = 0.2
#: Looks at the newest rows, and how many of them may pass without a better one.
LOOKS, PATIENCE = 20, 5
#: Newest rows looked at, at most.
LOOKED_AT = 4096


@dataclass(frozen=True)
class Split:
    """Row numbers of an inner split: what the count is tried on, and what it is chosen by."""

    older: np.ndarray
    newest: np.ndarray


def split(origins: Origins, reach: int, clock: IntArray | None = None) -> Split | None:
    """The newest fifth of the origins, and the rows whose targets end before the first of them.

    Args:
        origins: of all rows, ordered by series and position.
        reach: gap + horizon, how far a row's targets reach.
        clock: [M] time of each origin in rows, where all series share a calendar; then the fifth is one of times.
            Otherwise it is one of each series' own origins.

    Returns:
        None where no row is left on one of the sides.
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
    """The number of steps after which a fresh network was best on the newest rows.

    The rate stays at half of its peak, its mean over a cycle, after a short warm-up: a falling rate would fix the count
    beforehand.
    """
    steps, batch = training.steps or 1, training.batch or 1
    device, draw = device_of(training.device), np.random.default_rng(seed)
    some = np.sort(draw.permutation(parts.newest)[:LOOKED_AT])
    judge = Batch.of(*rows.encode(some), device)
    older = rows.only(parts.older)
    learning = Learning(make().to(device), replace(training, rate=training.rate / 2))
    every, best, count, waited = max(steps // LOOKS, 1), math.inf, steps, 0
    picked = draw.integers(0, older.count, (steps, batch))
    for i, now in enumerate(older.batches(picked, device)):
        learning.step(now, min((i + 1) / (2 * every), 1.0))
        if (i + 1) % every:
            continue
        learning.net.eval()
        with torch.no_grad():
            error = float(learning.loss(judge))
        learning.net.train()
        best, count, waited = (error, i + 1, 0) if error < best else (best, count, waited + 1)
        if waited >= PATIENCE:
            break
    return count
