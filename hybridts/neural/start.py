"""Where training starts: a saved network's leading blocks in the place of random numbers (the setting `init`)."""

from __future__ import annotations

import torch
from torch import nn

from hybridts.errors import BadSetting, DataError, StageFailure
from hybridts.neural.assembly import Expression, TwoStep, blocks_of
from hybridts.neural.weights import pair_of, read, read_facts


def check_start(path: str, expression: Expression) -> None:
    """Refuse weights that cannot start this network: before any data is at hand, by what the file says it holds.

    Raises:
        BadSetting: a missing or damaged file, or one whose blocks begin differently.
    """
    try:
        held = read_facts(path).get("blocks", [])
    except DataError as cause:
        raise BadSetting(f"init: {cause}", "init", path) from cause
    wanted = blocks_of(expression.parts[0] if isinstance(expression, TwoStep) else expression)
    if list(held[: len(wanted)]) != wanted:
        part = "first part" if isinstance(expression, TwoStep) else "network"
        raise BadSetting(
            f"init: {pair_of(path).tensors} holds {'-'.join(map(str, held))}; this {part} is {'-'.join(wanted)}, and "
            "starts only from a network that begins with the same blocks.",
            "init",
            path,
        )


def start_from(body: nn.Module, path: str, number: int) -> None:
    """Copy the leading tensors of a saved body into this one, in order.

    In order, not by name: what follows a block decides how deep the modules around it are, but not what it is made of.
    Where the file holds several networks (`seeds`), `number` picks one, counted around.

    Raises:
        StageFailure: naming the first tensor that does not fit.
        DataError: the files cannot be read.
    """
    saved = read(path)
    prefix = f"{number % int(saved.facts['networks'])}."
    theirs = [name for name in saved.facts["names"] if name.startswith(f"{prefix}body.")]
    with torch.no_grad():
        for i, (name, mine) in enumerate(body.state_dict().items()):
            found = saved.tensors[theirs[i]] if i < len(theirs) else None
            if found is None or found.shape != mine.shape or theirs[i].split(".")[-1] != name.split(".")[-1]:
                held = "ends before it" if found is None else f"has {theirs[i]} {list(found.shape)} in its place"
                raise StageFailure(
                    f"init: {pair_of(path).tensors} does not fit: the first tensor that differs is {name} "
                    f"{list(mine.shape)}, the file {held}. The saved network must have had the same settings and the "
                    "same channels (covariates), and a CNN, MLP or DNN that another block follows here must have "
                    "been followed by one there."
                )
            mine.copy_(found)
