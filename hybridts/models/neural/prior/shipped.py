"""Prior weights that come with the package: one file a season, made by experiments/prior/make.py."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from hybridts.models.neural.prior.request import PriorRequest
from hybridts.models.protocols import Weights

FOLDER = Path(__file__).parent / "weights"


def file_of(season: int) -> Path:
    """Return the file with the priors of a season."""
    return FOLDER / f"season_{season}.safetensors"


def has(request: PriorRequest) -> bool:
    """Return whether the weights of a request are shipped."""
    return _name(request) is not None


def load(request: PriorRequest) -> Weights | None:
    """Return the shipped weights of a request, packed; None if there are none."""
    from safetensors import safe_open

    network = _name(request)
    if network is None:
        return None
    prefix = f"{network}/"
    with safe_open(file_of(request.seasons[0]), framework="numpy") as file:
        return {key.removeprefix(prefix): file.get_tensor(key) for key in file.keys() if key.startswith(prefix)}


def _name(request: PriorRequest) -> str | None:
    """Return the name of a network in the file of its season; None if it is not there."""
    return _networks(request.seasons[0]).get(replace(request, effort=1.0).identity())


@cache
def content(season: int) -> str:
    """Return a hash of the file of a season; "" without one."""
    file = file_of(season)
    return hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest() if file.is_file() else ""


@cache
def _networks(season: int) -> dict[str, str]:
    """Return identity -> name of the network, for the file of a season."""
    from safetensors import safe_open

    if not file_of(season).is_file():
        return {}
    with safe_open(file_of(season), framework="numpy") as file:
        found: dict[str, str] = json.loads((file.metadata() or {}).get("networks", "{}"))
    return found
