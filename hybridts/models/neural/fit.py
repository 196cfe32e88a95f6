"""One fit: the number of steps, the initial weights, and one network per seed."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from hybridts.data.panel import IntArray, Origins
from hybridts.models.neural.early_stopping import split, steps_by_split
from hybridts.models.neural.expression import TwoStep, stepwise
from hybridts.models.neural.network import Blueprint, Network, parameters_of
from hybridts.models.neural.staged_training import train_parts
from hybridts.models.neural.trainer import Rows, train
from hybridts.models.neural.training_settings import Training, resolved
from hybridts.models.protocols import Weights

#: Share of the steps for a network that starts from the weights of the cutoff before.
WARM_STEPS = 0.25


class TrainingData(NamedTuple):
    """The data of a fit.

    Attributes:
        rows: encoded origins and their targets.
        origins: of the rows, ordered by series and position.
        reach: rows after an origin until its last target.
        weights: initial weights from a fit on earlier data; empty for random ones.
        clock: [M] time of each origin in rows, if all series share a calendar.
    """

    rows: Rows
    origins: Origins
    reach: int
    weights: Weights
    clock: IntArray | None = None


def fit_networks(
    blueprint: Blueprint, data: TrainingData, training: Training, seed: int
) -> tuple[tuple[Network, ...], dict[str, Any]]:
    """Return one trained network per seed, and the notes of the fit.

    Args:
        blueprint: of the networks.
        data: origins, targets and initial weights.
        training: settings, the window set.
        seed: of the first network; those of the others follow it.
    """
    rows = data.rows
    training = resolved(training, rows.count, stepwise(blueprint.expression))
    with own_randomness(seed):  # random numbers drawn here are overwritten by the weights
        starts = [_started(blueprint, data.weights, i) for i in range(training.seeds)]
    warm = not training.early_stopping and all(start is not None for start in starts)
    if warm:
        training = replace(training, steps=math.ceil(WARM_STEPS * (training.steps or 1)))
    elif training.early_stopping:
        training = replace(training, steps=_steps_by_split(blueprint, data, training, seed))
    networks, loss = [], 0.0
    for i, start in enumerate(starts):
        with own_randomness(seed + i):
            if warm and start is not None:
                net, loss = start, train(start, rows, training, seed + i)
            else:
                net, loss = train_parts(blueprint, rows, training, seed + i)
        networks.append(net)
    notes: dict[str, Any] = {
        "window": training.window,
        "steps": training.steps,
        "batch": training.batch,
        "rows": rows.count,
        "parameters": parameters_of(networks[0]),
        "loss": round(loss, 6),
    }
    if data.weights:
        notes["start"] = "warm" if warm else _why_cold(blueprint, training)
    return tuple(networks), notes


def _why_cold(blueprint: Blueprint, training: Training) -> str:
    if training.early_stopping:
        return "cold: early_stopping looks for the number of steps anew"
    if isinstance(blueprint.expression, TwoStep):
        return "cold: the parts of a two-step network are trained one after the other"
    return "cold: the weights of the cutoff before have other shapes"


def _started(blueprint: Blueprint, weights: Weights, number: int) -> Network | None:
    """Return network `number` of an earlier fit; None if its shapes differ, or if parts are trained in turn."""
    prefix = f"{number}."
    held = {name.removeprefix(prefix): values for name, values in weights.items() if name.startswith(prefix)}
    if not held or isinstance(blueprint.expression, TwoStep):
        return None
    net = blueprint.build()
    mine = net.state_dict()
    if {name: tuple(t.shape) for name, t in mine.items()} != {name: np.shape(a) for name, a in held.items()}:
        return None  # more data may have made the window longer
    net.load_state_dict({name: torch.from_numpy(np.array(values)) for name, values in held.items()})
    return net


def _steps_by_split(blueprint: Blueprint, data: TrainingData, training: Training, seed: int) -> int:
    """Return the steps chosen by an inner split; all of them if the past is too short for one."""
    parts = split(data.origins, data.reach, data.clock)
    if parts is None:
        return training.steps or 1
    with own_randomness(seed):
        return steps_by_split(blueprint.build, data.rows, parts, training, seed)


@contextlib.contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch's random generators inside the context and restore their states after it; deterministic cuDNN."""
    accelerators = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with torch.random.fork_rng(devices=accelerators), exact:
        torch.manual_seed(seed % 2**63)
        yield
