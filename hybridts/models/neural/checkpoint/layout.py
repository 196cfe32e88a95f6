"""An expression as plain data: what a weights file says of its blocks, and what must agree where one starts another."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from hybridts.models.neural.expression import Expression, Parallel, Serial, TwoStep
from hybridts.models.settings import load_target

WIRING: dict[str, Any] = {"serial": Serial, "parallel": Parallel, "two_step": TwoStep}


class Layer(NamedTuple):
    """One block of a body, in the order data flows through them; branches side by side are one.

    Attributes:
        name: as users write it.
        settings: of the block; None where it lists none.
        last: whether the head reads what it answers: some blocks are built another way then.
        branches: the layers of each branch; () for a block.
    """

    name: str
    settings: Mapping[str, Any] | None
    last: bool
    branches: tuple[tuple[Layer, ...], ...] = ()


def plain_of(expression: Expression) -> dict[str, Any]:
    """The expression as JSON-ready data."""
    if isinstance(expression, (Serial, Parallel, TwoStep)):
        wiring = next(name for name, kind in WIRING.items() if isinstance(expression, kind))
        return {wiring: [plain_of(part) for part in expression.parts]}
    settings = dataclasses.asdict(cast(Any, expression)) if dataclasses.is_dataclass(expression) else None
    return {"block": type(expression).__name__, "settings": json.loads(json.dumps(settings))}


def layers_of(plain: Mapping[str, Any], *, last: bool) -> tuple[Layer, ...]:
    """The layers of a plain expression; `last` says whether the head reads the whole of it."""
    for wiring in ("serial", "two_step"):
        if wiring in plain:
            parts = plain[wiring]
            each = (layers_of(part, last=last and i == len(parts) - 1) for i, part in enumerate(parts))
            return tuple(layer for part in each for layer in part)
    if "parallel" in plain:
        branches = tuple(layers_of(part, last=last) for part in plain["parallel"])
        return (Layer("(" + "|".join(map(written, branches)) + ")", None, last, branches),)
    return (Layer(_token(plain["block"]), plain["settings"], last),)


def written(layers: Sequence[Layer]) -> str:
    """The layers as a user would write them."""
    return "-".join(layer.name for layer in layers)


def pairs(held: Sequence[Layer], wanted: Sequence[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Blocks in the same place of two bodies that are named alike, those of branches too."""
    for theirs, mine in zip(held, wanted, strict=False):
        if mine.branches:
            for one, other in zip(theirs.branches, mine.branches, strict=True):
                yield from pairs(one, other)
        else:
            yield theirs, mine


def _token(kind: str) -> str:
    """The token of a block's class; the class where it has none."""
    # By name: the catalogue lies above this room.
    for component in load_target("hybridts.names.plugins:registry")().components():
        target = component.target
        name = target.partition(":")[2] if isinstance(target, str) else getattr(target, "__name__", "")
        if name == kind and component.family == "neural":
            return str(component.name)
    return kind
