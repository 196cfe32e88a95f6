"""Save a fitted network as a pair of weights files, and load it: its forecasts are the same bit for bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from hybridts.errors import DataError
from hybridts.models.covariates.adjustment import from_plain, to_plain
from hybridts.models.neural import blocks as library
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.checkpoint.files import Pair, Saved, pair_of, read, write
from hybridts.models.neural.checkpoint.layout import WIRING, plain_of
from hybridts.models.neural.covariate_scale import Size
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.expression import Expression, blocks_of
from hybridts.models.neural.fitted_network import FittedNetwork
from hybridts.models.neural.head import HeadSpec
from hybridts.models.neural.network import Blueprint, Network
from hybridts.models.neural.spatial.fitted_network import FittedSpatialNetwork
from hybridts.models.neural.spatial.lattice import Grid
from hybridts.models.neural.training_settings import Training


def save(fitted: FittedNetwork, path: Path | str, version: str = "") -> Pair:
    """Write a fitted network and return its pair of files.

    Args:
        fitted: the network.
        path: of the pair, or of one of its files.
        version: of hybridts, for the description.

    Raises:
        StoreError: the files cannot be written.
    """
    tensors = {f"{i}.{n}": t for i, net in enumerate(fitted.networks) for n, t in net.state_dict().items()}
    blueprint = fitted.networks[0].blueprint
    # `init` is a path on this machine, and the file holds all weights.
    encoder = dataclasses.replace(fitted.encoder, training=dataclasses.replace(fitted.encoder.training, init=None))
    facts = {
        "hybridts": version,
        "blocks": blocks_of(blueprint.expression),
        "expression": plain_of(blueprint.expression),
        "shape": list(blueprint.shape),
        "outside": _plain_head(blueprint.head),
        "encoder": dataclasses.asdict(encoder),
        "grid": dataclasses.asdict(fitted.grid) if isinstance(fitted, FittedSpatialNetwork) else None,
        "networks": len(fitted.networks),
        "notes": dict(fitted.notes),
        "failures": dict(fitted.failures),
        "names": list(tensors),
        "steps": fitted.steps,
        "adjustment": to_plain(fitted.adjustment),
    }
    return write(path, Saved(facts, tensors))


def load(path: Path | str, blocks: Iterable[type] = ()) -> FittedNetwork:
    """Read a fitted network.

    Args:
        path: of the pair, or of one of its files.
        blocks: settings classes of blocks that do not come with hybridts.

    Raises:
        DataError: a file is missing, damaged, of a newer format, or not as described; the message names it.
    """
    saved = read(path)
    own = (getattr(library, name) for name in library.__all__)
    known = {kind.__name__: kind for kind in (*own, *blocks) if hasattr(kind, "build")}
    facts, file = saved.facts, pair_of(path).facts
    try:
        expression = _expression(facts["expression"], known)
        length, channels, grid = facts["shape"]
        shape = Shape(length, channels, tuple(grid) if grid else None)
        head = _head(facts["outside"])
        encoder, count = _encoder(facts["encoder"]), int(facts["networks"])
        notes, failures, cells = facts["notes"], facts["failures"], facts["grid"]
        lattice = Grid(**_tuples(cells)) if cells else None
        steps, adjustment = facts.get("steps"), from_plain(facts.get("adjustment"))
        networks = tuple(_filled(Blueprint(expression, shape, head), saved, i, path) for i in range(count))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as cause:
        raise DataError(
            f"{file} does not describe a network that this hybridts can build ({cause!r}); it was written by hybridts "
            f"{facts.get('hybridts')}. Save it again."
        ) from cause
    if lattice is None:
        asked = None if steps is None else (steps[0], steps[1])
        return FittedNetwork(networks, encoder, notes, failures, asked, adjustment)
    return FittedSpatialNetwork(networks, encoder, notes, failures, grid=lattice)


def _expression(plain: Mapping[str, Any], known: Mapping[str, Any]) -> Expression:
    """Make an expression of `known` classes only: a file cannot name code to run."""
    for name, kind in WIRING.items():
        if name in plain:
            wired: Expression = kind(tuple(_expression(part, known) for part in plain[name]))
            return wired
    if plain["block"] not in known:
        raise DataError(
            f"the weights hold a block {plain['block']!r} that does not come with hybridts; pass its class: "
            "load(path, blocks=[...])."
        )
    block: Expression = known[plain["block"]](**_tuples(plain["settings"]))
    return block


def _plain_head(head: HeadSpec) -> dict[str, Any]:
    """Return the sizes of a head under the keys of the file format."""
    plain = head._asdict()
    return {"extra": plain.pop("context"), "ahead": plain.pop("known_future"), **plain}


def _head(plain: Mapping[str, Any]) -> HeadSpec:
    others = _tuples({name: value for name, value in plain.items() if name not in ("extra", "ahead")})
    return HeadSpec(plain["extra"], plain["ahead"], **others)


def _encoder(plain: Mapping[str, Any]) -> Encoder:
    sizes = {k: plain.get(k) and Size(*map(tuple, plain[k])) for k in ("past", "future", "static")}
    classes = tuple(map(tuple, plain.get("classes", ())))
    return Encoder(**{**plain, **sizes, "classes": classes, "training": Training(**_tuples(plain["training"]))})


def _tuples(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the lists of JSON into tuples, as settings have them."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}


def _filled(blueprint: Blueprint, saved: Saved, number: int, path: Path | str) -> Network:
    """Build one network and fill it with the tensors of the file."""
    with torch.random.fork_rng(devices=[]):
        net = blueprint.build()
    mine, prefix, file = net.state_dict(), f"{number}.", pair_of(path).tensors
    theirs = {n.removeprefix(prefix): t for n, t in saved.tensors.items() if n.startswith(prefix)}
    for name in [*mine, *theirs]:
        if name not in theirs or name not in mine:
            what = "lacks" if name in mine else "holds, beyond its network,"
            raise DataError(f"{file} {what} the tensor {prefix + name!r}; save the weights again.")
        if theirs[name].shape != mine[name].shape:
            raise DataError(
                f"{file}: the tensor {prefix + name!r} is {list(theirs[name].shape)}, its network needs "
                f"{list(mine[name].shape)}; save the weights again."
            )
    net.load_state_dict(theirs)
    net.eval()
    return net
