"""Compute the symbolic shapes of the sequences between the blocks of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hybridts.names.explain.phrases import BLOCKS
from hybridts.names.recipe import Token

_HALVINGS = ("T", "T/2", "T/4", "T/8", "T/2^L")  # from long to short


@dataclass(frozen=True)
class SequenceShape:
    """The shape [B, length, channels] of a sequence, in symbols."""

    length: str = "T"
    channels: str = "C"
    frames: bool = False  # whether each row is a frame of a grid of series

    def __str__(self) -> str:
        return f"[B, {self.length}, {self.channels}]"


def block_variant(token: Token, shape: SequenceShape) -> str:
    """Return the variant of a block for its settings and input: the ending of its key in `BLOCKS`, or ""."""
    values = token.settings
    if token.name in ("CNN", "ConvLSTM") and shape.frames:
        return " grid"
    if token.name == "CNN" and values.get("subsequences") is not None:
        return " subsequences"
    return " dilated" if token.name == "CNN" and values.get("dilation", 1) > 1 else ""


def shape_after(token: Token, shape: SequenceShape, number: int, *, last: bool) -> SequenceShape:
    """Return the shape of a block's output.

    Args:
        token: the block.
        shape: shape of its input.
        number: position of the block in its network, from 1; it numbers the output channels.
        last: whether the head reads the output.
    """
    name, variant = token.name, block_variant(token, shape)
    if name == "Attention":
        return replace(shape, length="1") if last else shape
    length = shape.length
    if last and (name in ("MLP", "DNN") or name + variant in ("CNN grid", "CNN subsequences")):
        length = "1"
    elif name == "CNN" and variant == "":
        length = halved(length, "L" if last else "1")
    elif variant == " subsequences" or (name == "ConvLSTM" and not variant):
        length = "S"
    elif name not in BLOCKS:
        length = "T'"
    return SequenceShape(length, f"C{number}", frames=variant == " grid")


def halved(length: str, times: str = "1") -> str:
    """Return a symbolic length halved "1" or "L" times; lengths other than T and S do not change."""
    base, _, divisor = length.partition("/")
    if base not in ("T", "S"):
        return length
    if times != "1":
        return f"{length}/2^{times}"
    return f"{base}/{2 * int(divisor or 1)}" if divisor.isdigit() or not divisor else f"{length}/2"


def shortest(lengths: Sequence[str]) -> str:
    """Return the shortest of symbolic lengths; "min(...)" where it depends on numbers."""
    different = list(dict.fromkeys(lengths))
    if "1" in different:
        return "1"
    if all(length in _HALVINGS for length in different):
        return max(different, key=_HALVINGS.index)
    return different[0] if len(different) == 1 else f"min({', '.join(different)})"
