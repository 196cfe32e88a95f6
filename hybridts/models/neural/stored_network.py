"""A trained network as a blueprint and arrays by name, for a stored model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from hybridts.errors import DataError
from hybridts.models.neural.network import Blueprint, Network


def arrays_of(net: Network) -> dict[str, np.ndarray]:
    """Return the arrays of a network by name."""
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in net.state_dict().items()}


def network_of(blueprint: Blueprint, arrays: Mapping[str, np.ndarray]) -> Network:
    """Build a network and fill it.

    Raises:
        DataError: the arrays are not those of the blueprint.
    """
    with torch.device("meta"):  # sizes first, so that a wrong blueprint takes no memory
        wanted = {name: tuple(tensor.shape) for name, tensor in blueprint.build().state_dict().items()}
    found = {name: tuple(array.shape) for name, array in arrays.items()}
    if wanted != found:
        odd = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise DataError(f"its network needs {odd[0]!r} as {wanted.get(odd[0])}, and the file has {found.get(odd[0])}")
    with torch.random.fork_rng(devices=[]):
        net = blueprint.build()
    net.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})
    net.eval()
    return net
