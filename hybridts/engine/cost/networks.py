"""Number of block calls and products in one forward pass of a network, from the expression of its blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


def _parts(expression: Any) -> tuple[Any, ...]:
    parts: tuple[Any, ...] = getattr(expression, "parts", ())
    return parts


def is_stepwise(expression: Any) -> bool:
    """Return whether some block of the network processes a window row by row."""
    return bool(getattr(expression, "stepwise", False)) or any(is_stepwise(part) for part in _parts(expression))


def trained(expression: Any) -> tuple[Any, ...]:
    """Return the parts of a network that are trained one after the other."""
    return _parts(expression) if type(expression).__name__ == "TwoStep" else (expression,)


def blocks(expression: Any, length: int, channels: int, *, last: bool = True) -> Iterator[tuple[str, float, float]]:
    """Yield for every block its kind, the calls in one pass, and the products per window.

    Args:
        expression: of the network or a part of it.
        length: rows of a window.
        channels: channels of a row.
        last: the part is the last before the head.
    """
    name = type(expression).__name__
    if name in ("Serial", "TwoStep"):
        parts = _parts(expression)
        for i, part in enumerate(parts):
            at_end = last and i + 1 == len(parts)
            yield from blocks(part, length, channels, last=at_end)
            channels = _width(part)
            length = (length + 1) // 2 if type(part).__name__ == "CNN" else length
    elif name == "Parallel":
        for part in _parts(expression):
            yield from blocks(part, length, channels, last=last)
    else:
        yield _block(expression, length, channels, last=last)


def _block(block: Any, length: int, channels: int, *, last: bool) -> tuple[str, float, float]:
    name, hidden, layers = type(block).__name__, _width(block), getattr(block, "layers", 1) or 1
    if name in GATES:
        like, calls, gates = GATES[name]
        return like, calls * length * layers, length * layers * gates * hidden * (channels + hidden)
    if name == "CNN":
        layers = getattr(block, "layers", None) or (max(2, math.ceil(math.log2(max(length, 2)))) if last else 2)
        # The last block halves the length at every layer, so its products hardly grow with the layers.
        return "CNN", layers, length * block.kernel * hidden * (channels + hidden)
    if name == "ConvLSTM":
        return "CNN", length, length * block.kernel * 4 * hidden * (channels + hidden)
    if name == "Attention":
        return "dense", 4, length * channels * (hidden + length)
    inside = hidden * hidden * (layers - 1) * (2 if name == "DNN" else 1)
    times, width = (1, length * channels) if last else (length, channels)
    return "dense", layers, times * (width * hidden + inside)


#: Recurrent block -> (block whose rates it has, calls per row, products per row relative to an RNN).
GATES = {
    "RNN": ("RNN", 1, 1),
    "GRU": ("GRU", 1, 3),
    "LSTM": ("LSTM", 1, 4),
    "BiGRU": ("GRU", 2, 6),
    "BiLSTM": ("LSTM", 2, 8),
    "CIFGLSTM": ("LSTM", 4, 3),  # processes rows one by one, outside the loop of the library
}


def _width(block: Any) -> int:
    if _parts(block):
        parts = _parts(block)
        return sum(map(_width, parts)) if type(block).__name__ == "Parallel" else _width(parts[-1])
    return int(getattr(block, "hidden", None) or getattr(block, "filters", None) or 32)
