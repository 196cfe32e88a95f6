"""A fit that starts from a prior: the start, and the way from there towards weights trained on own data."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hybridts.models.neural.network import Blueprint, Network
from hybridts.models.neural.prior.request import PriorRequest
from hybridts.models.neural.prior.transfer import Start, started
from hybridts.models.neural.staged_training import tune
from hybridts.models.neural.trainer import Batch, Rows, TrainingLoss
from hybridts.models.neural.training_settings import Training
from hybridts.models.protocols import Weights

#: Name -> tensor.
Tensors = Mapping[str, Tensor]
#: Windows on which the distances of quantiles are measured at most, and the smallest distance.
SPREAD_ROWS, SMALLEST = 2048, 1e-3
#: Largest distance between two quantiles at the start, in units of the scale.
LARGEST = 50.0


@dataclass(frozen=True)
class PriorStart:
    """What a fit starts from.

    Attributes:
        request: of the prior.
        weights: of the prior.
        covariates: number of covariates in the context, its last columns.
        steps_are_given: the user set the number of steps.
    """

    request: PriorRequest
    weights: Weights
    covariates: int
    steps_are_given: bool

    def network(self, blueprint: Blueprint) -> Start:
        """Return the network of a blueprint, filled with the prior.

        Raises:
            Unsuited: the prior does not fit the network.
        """
        return started(blueprint, self.request, self.weights, self.covariates)


class Way(NamedTuple):
    """How a network leaves its prior.

    Attributes:
        share: of the way from the prior to the weights trained on own windows that is gone.
        kept: part of the prior in the weights that training starts from; the rest are random numbers.
    """

    share: float
    kept: float = 1.0


def moved(start: Start, way: Way, rows: Rows, training: Training, seed: int) -> tuple[Network, TrainingLoss]:
    """Return the network after its way from the prior to the weights trained on `rows`, and the losses.

    Weights of covariates, which the prior knows nothing of, go the whole way.
    """
    net = copy.deepcopy(start.network)
    if training.quantiles:
        _spread_quantiles(net, rows, training.quantiles)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    if way.kept < 1:
        new = net.blueprint.build().state_dict()
        net.load_state_dict(_between(before, new, 1 - way.kept, start.inherited, before))
    net, loss = tune(net, rows, training, seed)
    after = net.state_dict()
    net.load_state_dict(_between(before, after, way.share, start.inherited, after))
    return net, loss


def _between(old: Tensors, new: Tensors, share: float, inherited: Tensors, others: Tensors) -> Tensors:
    """Return weights a share of the way from old to new where they are the prior's, and those of `others` elsewhere."""
    found = dict(others)
    for name, tensor in old.items():
        if tensor.is_floating_point():
            on_the_way = tensor + share * (new[name] - tensor)
            found[name] = torch.where(inherited[name], on_the_way, others[name])
    return found


def _spread_quantiles(net: Network, rows: Rows, levels: tuple[float, ...]) -> None:
    """Set the distances between quantiles to those of the errors that the prior makes on own windows.

    The prior never saw these windows, so its errors on them are honest.
    """
    picked = np.linspace(0, rows.count - 1, min(rows.count, SPREAD_ROWS)).astype(np.int64)
    batch = Batch.of(*rows.encode(picked), torch.device("cpu"))
    middle = levels.index(0.5)
    with torch.no_grad():
        median = net(batch.window, batch.context, batch.known_future)[..., middle]
    error = (batch.target - median).numpy().astype(float)  # [M, H]
    known = np.isfinite(error).any(axis=0)
    spread = np.tile(np.nanquantile(error, levels), (error.shape[1], 1))  # [H, Q], of all steps together
    spread[known] = np.nanquantile(error[:, known], levels, axis=0).T
    distance = np.diff(spread, axis=1)
    distance = np.insert(np.maximum(distance, SMALLEST), middle, 1.0, axis=1)  # the median has no distance
    bias = np.log(np.expm1(np.minimum(distance, LARGEST)))  # softplus of it is the distance
    with torch.no_grad():
        mine = net.get_parameter("head.linear.bias").view(-1, len(levels))
        others = torch.arange(len(levels)) != middle
        mine[:, others] = torch.from_numpy(bias).float()[:, others]
