"""From prior weights to the start of a network with other inputs: new inputs start at weight zero.

A network on a user's data may read more than the simulated series showed (covariates, calendar features), another
window, or forecast quantiles. Its tensors then have other shapes. Every part that a prior weight belongs to is filled
with it, the rest of a known tensor is zero, and tensors without a counterpart keep their random start behind a last
layer of zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hybridts.models.neural.layers.dense import Flatten
from hybridts.models.neural.network import Blueprint, Network
from hybridts.models.neural.prior.pretraining import blueprint_of
from hybridts.models.neural.prior.request import PriorRequest
from hybridts.models.protocols import Weights

#: Largest difference between the outputs of the prior and of the network that starts from it, on equal input.
TOLERANCE = 1e-3


class Start(NamedTuple):
    """A network filled with a prior, and for each tensor which of its numbers the prior decides.

    Attributes:
        network: before any training on own data.
        inherited: name of a tensor -> True where the number comes from the prior; False for those of new inputs.
        season: seasonal period of the prior's series, 1 for none.
        has_covariates: the network reads covariates, which the prior knows nothing of.
    """

    network: Network
    inherited: dict[str, Tensor]
    season: int
    has_covariates: bool = False


class Unsuited(ValueError):
    """The prior does not fit the network; the message says why."""


def started(blueprint: Blueprint, request: PriorRequest, weights: Weights, covariates: int) -> Start:
    """Return the network of a blueprint, filled with prior weights.

    Args:
        blueprint: of the network on the user's data.
        request: of the prior.
        weights: of the prior.
        covariates: number of covariates in the context, its last columns.

    Raises:
        Unsuited: a tensor cannot be filled, or the network answers otherwise than the prior on equal input.
    """
    prior = blueprint_of(request).build()
    _load(prior, weights)
    net = blueprint.build()
    if _shapes(net) == _shapes(prior):
        net.load_state_dict(prior.state_dict())
        every = {name: torch.ones_like(t, dtype=torch.bool) for name, t in net.state_dict().items()}
        return Start(net.eval(), every, request.seasons[0])
    filled, inherited = _filled(net, prior, covariates)
    net.load_state_dict(filled)
    _check_equal(net.eval(), prior.eval())
    more_channels = blueprint.shape.channels > prior.blueprint.shape.channels
    return Start(net, inherited, request.seasons[0], bool(more_channels or covariates or blueprint.head.known_future))


def _load(net: Network, weights: Weights) -> None:
    tensors = {name: torch.from_numpy(_single(values)) for name, values in weights.items()}
    if {name: t.shape for name, t in tensors.items()} != _shapes(net):
        raise Unsuited("its tensors have other names or shapes")
    net.load_state_dict(tensors)


def _single(values: np.ndarray) -> np.ndarray:
    """Return fractions in single precision, and masks and positions of registered blocks as they are."""
    return np.asarray(values, np.float32) if values.dtype.kind == "f" else np.array(values)


def _shapes(net: nn.Module) -> dict[str, torch.Size]:
    return {name: t.shape for name, t in net.state_dict().items()}


def _filled(net: Network, prior: Network, covariates: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors of the network filled with the prior, and which numbers the prior decides."""
    theirs, mine = prior.state_dict(), net.state_dict()
    read, reads = _read_by_flatten(prior), _read_by_flatten(net)
    levels = net.blueprint.head.levels
    found, inherited = {}, {}
    for name, tensor in mine.items():
        if name not in theirs:
            if not name.startswith(("head.context", "head.ahead", "head.step")):
                raise Unsuited(f"it has no tensor {name}")
            found[name], inherited[name] = tensor, torch.zeros_like(tensor, dtype=torch.bool)
            continue
        source, known = theirs[name], torch.ones_like(theirs[name], dtype=torch.bool)
        if levels and name.startswith(("head.linear", "head.deep.2", "head.highway")):
            source, known = (_for_median(t, levels) for t in (source, known))
        if name == "head.highway.weight":
            pieces = (source.shape[1], 1), (tensor.shape[1], 1)
            found[name], inherited[name] = (_newest_rows(t, tensor.shape, *pieces) for t in (source, known))
        elif name in read:
            pieces = read[name], reads[name]
            found[name], inherited[name] = (_newest_rows(t, tensor.shape, *pieces) for t in (source, known))
        else:
            found[name], inherited[name] = (_padded(t, tensor.shape) for t in (source, known))
        if name in ("head.linear.weight", "head.deep.0.weight"):
            inherited[name][:, : tensor.shape[1] - covariates] = True  # calendar columns keep the prior's pace
    return found, inherited


def _for_median(tensor: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Return a tensor of one output a step [H, ...] as that of Q levels [H x Q, ...]; all but the median are zero."""
    whole = tensor.new_zeros(len(tensor), len(levels), *tensor.shape[1:])
    whole[:, levels.index(0.5)] = tensor
    return whole.reshape(-1, *tensor.shape[1:])


def _padded(tensor: Tensor, wanted: torch.Size) -> Tensor:
    """Return the tensor with zeros behind its second dimension, where inputs are."""
    if tensor.shape == wanted:
        return tensor.clone()
    same = tensor.dim() > 1 and tensor.shape[0] == wanted[0] and tensor.shape[2:] == wanted[2:]
    if not same or tensor.shape[1] > wanted[1]:
        raise Unsuited(f"a tensor is {list(tensor.shape)}, the network needs {list(wanted)}")
    whole = tensor.new_zeros(wanted)
    whole[:, : tensor.shape[1]] = tensor
    return whole


def _newest_rows(tensor: Tensor, wanted: torch.Size, read: tuple[int, int], reads: tuple[int, int]) -> Tensor:
    """Return weights over a flattened window [units, T x C] for other rows and channels; the newest rows align."""
    if tensor.shape == wanted:
        return tensor.clone()
    (rows, channels), (more_rows, more_channels) = read, reads
    if tensor.shape[0] != wanted[0] or channels > more_channels:
        raise Unsuited(f"a tensor is {list(tensor.shape)}, the network needs {list(wanted)}")
    source = tensor.reshape(len(tensor), rows, channels)
    whole = tensor.new_zeros(len(tensor), more_rows, more_channels)
    both = min(rows, more_rows)
    whole[:, more_rows - both :, :channels] = source[:, rows - both :]
    return whole.reshape(wanted)


def _read_by_flatten(net: Network) -> dict[str, tuple[int, int]]:
    """Return the tensor behind each `Flatten` -> rows and channels of what it flattens."""
    read: dict[str, tuple[int, int]] = {}
    behind = {}
    for path, module in net.named_modules():
        if isinstance(module, nn.Sequential):
            for (first, one), (second, _) in pairwise(module.named_children()):
                if isinstance(one, Flatten):
                    behind[f"{path}.{first}"] = f"{path}.{second}.weight"

    def note(path: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            read[behind[path]] = (given[0].shape[1], given[0].shape[2])

        return hook

    hooks = [module.register_forward_pre_hook(note(path)) for path, module in net.named_modules() if path in behind]
    with torch.no_grad():
        net.body(torch.zeros(1, *net.blueprint.shape[:2]))
    for hook in hooks:
        hook.remove()
    return read


def _check_equal(net: Network, prior: Network) -> None:
    """Refuse unless both networks answer alike where they read the same."""
    rows, channels = prior.blueprint.shape[:2]
    more_rows, more_channels = net.blueprint.shape[:2]
    both = min(rows, more_rows)
    draw = torch.Generator().manual_seed(0)
    window = torch.zeros(4, more_rows, more_channels)
    window[:, more_rows - both :, :channels] = torch.randn(4, both, channels, generator=draw)
    given = torch.zeros(4, rows, channels)
    given[:, rows - both :] = window[:, more_rows - both :, :channels]
    spec, theirs = net.blueprint.head, prior.blueprint.head
    context = torch.zeros(4, spec.context)
    context[:, : theirs.context] = torch.randn(4, theirs.context, generator=draw)
    future = torch.zeros(4, theirs.horizon, spec.known_future)
    with torch.no_grad():
        mine = net(window, context, future)
        expected = prior(given, context[:, : theirs.context], future[..., :0])
    mine = mine[..., spec.levels.index(0.5)] if spec.levels else mine
    if rows == more_rows and float((mine - expected).abs().max()) > TOLERANCE:
        raise Unsuited("with new inputs it would answer otherwise")
