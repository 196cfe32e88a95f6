"""Training in stages: one part for most names, several in turn for a two-step name."""

from __future__ import annotations

import torch
from torch import nn

from hybridts.models.neural.expression import TwoStep
from hybridts.models.neural.initial_weights import Part, start_from
from hybridts.models.neural.network import Blueprint, Frozen, Joined, Network, ReverseBackward, build, unwrapped
from hybridts.models.neural.trainer import Rows, TrainingLoss, train
from hybridts.models.neural.training_settings import Training


def train_parts(blueprint: Blueprint, rows: Rows, training: Training, seed: int) -> tuple[Network, TrainingLoss]:
    """Return one trained network and its losses; the parts of a two-step expression are trained in turn.

    Each part gets a head of its own. While it learns, the parts before it stay fixed (`freeze`) or learn with it. A
    first part that was loaded (`init`) is not trained alone.
    """
    expression, after = blueprint.expression, blueprint.shape
    parts = expression.parts if isinstance(expression, TwoStep) else (expression,)
    bodies: list[nn.Module] = []
    for i, part in enumerate(parts):
        end = i == len(parts) - 1
        # Earlier parts pass on features, so only the last one is built as in last position.
        body, after = build(part, after, last=end)
        if i == 0 and training.init is not None:
            start_from(body, training.init, seed, Part(part, blueprint.shape, end))
        bodies.append(body)
        if end or i > 0 or training.init is None:
            net = blueprint.headed(_joined(bodies, freeze=training.freeze), after)
            loss = train(net, rows, training, seed)
    unwrapped(net)
    net.blueprint = blueprint
    return net, loss


def tune(net: Network, rows: Rows, training: Training, seed: int) -> tuple[Network, TrainingLoss]:
    """Train a network that has weights already, and return it and its losses.

    With `freeze`, the earlier parts of a two-step network stay as they are.
    """
    expression = net.blueprint.expression
    if not (isinstance(expression, TwoStep) and training.freeze):
        return net, train(net, rows, training, seed)
    frozen = _with_frozen_parts(net)
    loss = train(frozen, rows, training, seed)
    unwrapped(frozen)
    frozen.blueprint = net.blueprint
    return frozen, loss


def _with_frozen_parts(net: Network) -> Network:
    """Return a two-step network whose parts are those of `net`, all but the last one frozen."""
    blueprint = net.blueprint
    with torch.device("meta"):  # for the shape alone
        _, after = build(blueprint.expression, blueprint.shape)
    body = net.body.layer if isinstance(net.body, ReverseBackward) else net.body
    frozen = blueprint.headed(_joined(list(body.children()), freeze=True), after)
    frozen.head.load_state_dict(net.head.state_dict())
    return frozen


def _joined(bodies: list[nn.Module], *, freeze: bool) -> nn.Module:
    """Join all parts so far into one body; with `freeze`, those before the newest are frozen."""
    *earlier, newest = bodies
    return Joined(*(Frozen(b) if freeze else b for b in earlier), newest) if earlier else newest
