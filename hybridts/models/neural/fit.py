"""One fit: the number of steps, the initial weights, and one network per seed."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from hybridts.data.panel import IntArray, Origins
from hybridts.models.findings import NetworkStart
from hybridts.models.neural.blocks import DNN, MLP
from hybridts.models.neural.early_stopping import split, steps_by_split
from hybridts.models.neural.expression import TwoStep, stepwise
from hybridts.models.neural.network import Blueprint, Network, parameters_of
from hybridts.models.neural.prior.own_share import kept_at_start, own_share
from hybridts.models.neural.prior.start import PriorStart, Way, moved
from hybridts.models.neural.prior.transfer import Start, Unsuited
from hybridts.models.neural.randomness import own_randomness
from hybridts.models.neural.staged_training import train_parts
from hybridts.models.neural.trainer import Rows, TrainingLoss, train
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
        prior: what the network starts from where `weights` do not fit; None for random numbers.
    """

    rows: Rows
    origins: Origins
    reach: int
    weights: Weights
    clock: IntArray | None = None
    prior: PriorStart | None = None


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
    training = resolved(training, data.rows.count, stepwise(blueprint.expression))
    with own_randomness(seed):  # random numbers drawn here are overwritten by the weights
        earlier = [_started(blueprint, data.weights, i) for i in range(training.seeds)]
        prior, unsuited = _prior_network(blueprint, data)
    if not training.early_stopping and all(start is not None for start in earlier):
        fits = _Fits("warm", replace(training, steps=math.ceil(WARM_STEPS * (training.steps or 1))), earlier)
    elif prior is not None:
        fits = _from_prior(prior, data, training, seed)
    else:
        steps = _steps_by_split(blueprint.build, data, training, seed) if training.early_stopping else training.steps
        why = f"cold: {unsuited}" if unsuited else _why_cold(blueprint, training) if data.weights else None
        fits = _Fits(why, replace(training, steps=steps), earlier)
    networks: list[Network] = []
    loss = TrainingLoss(0.0, ())
    for i in range(training.seeds):
        with own_randomness(seed + i):
            net, loss = fits.one(i, blueprint, data.rows, seed + i)
        networks.append(net)
    return tuple(networks), _notes(fits, data, networks[0], loss)


def _prior_network(blueprint: Blueprint, data: TrainingData) -> tuple[Start | None, str]:
    """Return the network that the prior fills; None with a reason if it does not fit, or "" if there is none."""
    if data.prior is None:
        return None, ""
    try:
        return data.prior.network(blueprint), ""
    except Unsuited as cause:
        return None, f"the prior does not fit: {cause}"


class _Fits(NamedTuple):
    """How the networks of a fit are trained: from what, and for how long.

    Attributes:
        start: where the weights come from, for the notes; None for random ones that need no reason.
        training: settings, with the number of steps.
        earlier: for each network its weights at the cutoff before, or None.
        prior: the prior network, or None.
        way: how it is left.
    """

    start: str | None
    training: Training
    earlier: list[Network | None]
    prior: Start | None = None
    way: Way = Way(1.0)

    def one(self, number: int, blueprint: Blueprint, rows: Rows, seed: int) -> tuple[Network, TrainingLoss]:
        """Return one trained network and its losses."""
        if self.prior is not None:
            return moved(self.prior, self.way, rows, self.training, seed)
        start = self.earlier[number] if self.start == "warm" else None
        if start is not None:
            return start, train(start, rows, self.training, seed)
        return train_parts(blueprint, rows, self.training, seed)


def _from_prior(prior: Start, data: TrainingData, training: Training, seed: int) -> _Fits:
    """Return fits from a prior: the share of its own windows decides steps and the part of the way."""
    series = len(np.unique(data.origins.series))
    share = own_share(data.rows.count, series, prior.season, covariates=prior.has_covariates)
    steps = training.steps or 1
    if training.early_stopping:
        steps = _steps_by_split(lambda: copy.deepcopy(prior.network), data, training, seed)
    elif data.prior is not None and not data.prior.steps_are_given and not prior.has_covariates:
        steps = max(round(share * steps), 1)
    dense = isinstance(prior.network.blueprint.expression, (MLP, DNN))
    way = Way(share, kept_at_start(data.rows.count, share, dense=dense))
    return _Fits("prior", replace(training, steps=steps), [], prior, way)


def _notes(fits: _Fits, data: TrainingData, net: Network, loss: TrainingLoss) -> dict[str, Any]:
    """Return the notes of a fit."""
    notes: dict[str, Any] = {
        "window": fits.training.window,
        "batch": fits.training.batch,
        "parameters": parameters_of(net),
        "loss": round(loss.last, 6),
        "curve": [round(value, 5) for value in loss.curve],
    }
    share, kept = (None, None) if fits.prior is None else fits.way
    start = NetworkStart(fits.start or "", fits.training.steps or 0, data.rows.count, share, kept)
    return notes | start.to_notes()


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


def _steps_by_split(make: Callable[[], Network], data: TrainingData, training: Training, seed: int) -> int:
    """Return the steps chosen by an inner split; all of them if the past is too short for one."""
    parts = split(data.origins, data.reach, data.clock)
    if parts is None:
        return training.steps or 1
    with own_randomness(seed):
        return steps_by_split(make, data.rows, parts, training, seed)
