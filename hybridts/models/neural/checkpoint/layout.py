"""An expression as plain data, as weights files describe it, and the blocks of two such descriptions side by side."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from hybridts.models.neural.blocks.own import OwnBlock
from hybridts.models.neural.expression import Expression, Parallel, Serial, TwoStep

WIRING: dict[str, Any] = {"serial": Serial, "parallel": Parallel, "two_step": TwoStep}


class Layer(NamedTuple):
    """One block of a body, in the order data flows through them; parallel branches are one.

    Attributes:
        name: token, as users write it.
        settings: of the block; None if its class lists none.
        last: whether the head reads its output: some blocks are built differently then.
        branches: the layers of each branch; () for a block.
    """

    name: str
    settings: Mapping[str, Any] | None
    last: bool
    branches: tuple[tuple[Layer, ...], ...] = ()


def plain_of(expression: Expression) -> dict[str, Any]:
    """Return the expression as JSON-ready data."""
    if isinstance(expression, (Serial, Parallel, TwoStep)):
        wiring = next(name for name, kind in WIRING.items() if isinstance(expression, kind))
        return {wiring: [plain_of(part) for part in expression.parts]}
    if isinstance(expression, OwnBlock):
        return expression.plain()
    settings = dataclasses.asdict(cast(Any, expression)) if dataclasses.is_dataclass(expression) else None
    return {"block": type(expression).__name__, "settings": json.loads(json.dumps(settings))}


def layers_of(plain: Mapping[str, Any], tokens: Mapping[str, str], *, last: bool) -> tuple[Layer, ...]:
    """Return the layers of a plain expression.

    Args:
        plain: made by `plain_of`.
        tokens: class name of a block -> its token; a class that is not listed keeps its name.
        last: whether the head reads the output of the expression.
    """
    for wiring in ("serial", "two_step"):
        if wiring in plain:
            parts = plain[wiring]
            each = (layers_of(part, tokens, last=last and i == len(parts) - 1) for i, part in enumerate(parts))
            return tuple(layer for part in each for layer in part)
    if "parallel" in plain:
        branches = tuple(layers_of(part, tokens, last=last) for part in plain["parallel"])
        return (Layer("(" + "|".join(map(written, branches)) + ")", None, last, branches),)
    return (Layer(tokens.get(plain["block"], plain["block"]), plain["settings"], last),)


def written(layers: Sequence[Layer]) -> str:
    """Return the layers as a user writes them."""
    return "-".join(layer.name for layer in layers)


def pairs(held: Sequence[Layer], wanted: Sequence[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Yield the blocks at the same position of two bodies with equal names, those of branches too."""
    for theirs, mine in zip(held, wanted, strict=False):
        if mine.branches:
            for one, other in zip(theirs.branches, mine.branches, strict=True):
                yield from pairs(one, other)
        else:
            yield theirs, mine
