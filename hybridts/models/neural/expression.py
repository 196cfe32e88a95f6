"""The blocks of a network and how they are connected, before anything is built."""

from __future__ import annotations

from dataclasses import dataclass

from hybridts.models.neural.blocks.own import OwnBlock
from hybridts.models.neural.blocks.shape import Block


@dataclass(frozen=True)
class Serial:
    """Parts in sequence, trained end to end."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Parallel:
    """Branches on the same input, their features concatenated."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class TwoStep:
    """Each part is trained on the features of the parts before it, which stay fixed unless `freeze` is off."""

    parts: tuple[Expression, ...]


Expression = Block | Serial | Parallel | TwoStep


def blocks_of(expression: Expression) -> list[str]:
    """Return the class names of the blocks in the order data flows through them; parallel branches are one entry.

    A registered block has its token.
    """
    if isinstance(expression, Parallel):
        return ["(" + "|".join("-".join(blocks_of(part)) for part in expression.parts) + ")"]
    if isinstance(expression, (Serial, TwoStep)):
        return [name for part in expression.parts for name in blocks_of(part)]
    return [expression.name if isinstance(expression, OwnBlock) else type(expression).__name__]


def identified(expression: Expression) -> bool:
    """Return whether the code of every block is known, so that what it learned can be kept for later runs."""
    if isinstance(expression, (Serial, Parallel, TwoStep)):
        return all(identified(part) for part in expression.parts)
    return not isinstance(expression, OwnBlock) or expression.code != ""


def stepwise(expression: Expression) -> bool:
    """Return whether a block of the expression processes its input step by step."""
    if isinstance(expression, (Serial, Parallel, TwoStep)):
        return any(stepwise(part) for part in expression.parts)
    return bool(getattr(expression, "stepwise", False))
