"""Torch modules of users: made for the shape of their input, and checked by a small forward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from hybridts.errors import StageFailure

#: Rows and channels of the examples on which a module is checked; one of them is enough.
EXAMPLES = ((24, 7), (48, 7), (16, 7), (96, 7))
NEEDS = "A block maps a batch of windows [B, T, C] to [B, T', C'], batch first"
#: Largest difference between the answer for a window alone and in a batch, relative to the answer's size.
ALONE = 1e-3

#: Rows and channels of the input -> the module.
Make = Callable[[int, int], nn.Module]


def made(name: str, kind: Any, arguments: Mapping[str, Any]) -> nn.Module:
    """Return the module of a block, in single precision.

    Raises:
        StageFailure: its constructor raises, or makes something else.
    """
    try:
        module = kind(**arguments)
    except Exception as cause:  # a user's constructor may raise anything
        text = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        raise StageFailure(f"{name}({text}) raised {type(cause).__name__}: {cause}") from cause
    if not isinstance(module, nn.Module):
        raise StageFailure(f"{name}: {type(module).__name__} is no torch.nn.Module. {NEEDS}.")
    return module.float()


def output_of(name: str, module: nn.Module, length: int, channels: int) -> tuple[int, int]:
    """Return rows and channels of a module's output, from one pass of zeros, which also makes lazy parameters.

    Raises:
        StageFailure: it raises, or answers something else than [B, T', C'].
    """
    _, rows, width = _passed(name, module, torch.zeros(2, length, channels)).shape
    return rows, width


def _passed(name: str, module: nn.Module, given: Tensor) -> Tensor:
    """Return the answer of a module in evaluation mode, so that it neither drops units nor updates statistics."""
    was_training, size = module.training, list(given.shape)
    module.eval()
    try:
        with torch.no_grad():
            answer = module(given)
    except Exception as cause:  # a user's module may raise anything
        first = str(cause).strip().partition("\n")[0]
        raise StageFailure(f"{name}.forward on {size} raised {type(cause).__name__}: {first}. {NEEDS}.") from cause
    finally:
        module.train(was_training)
    if not isinstance(answer, Tensor):
        parts = "; return the sequence alone, without the state" if isinstance(answer, tuple) else ""
        raise StageFailure(f"{name}.forward answered {type(answer).__name__}, not a tensor{parts}. {NEEDS}.")
    if answer.dim() != 3 or len(answer) != len(given) or 0 in answer.shape or not answer.is_floating_point():
        advice = "; x[:, None] makes one row of it" if answer.dim() == 2 and len(answer) == len(given) else ""
        kind = str(answer.dtype).removeprefix("torch.")
        raise StageFailure(f"{name}.forward on {size} answered {list(answer.shape)} of {kind}{advice}. {NEEDS}.")
    return answer


def check_module(name: str, make: Make) -> None:
    """Check that a module keeps the contract of a block on one of the examples.

    Raises:
        StageFailure: on none; the message is that of the first.
    """

    def check(length: int, channels: int) -> None:
        module = make(length, channels)
        output_of(name, module, length, channels)
        _check_alone(name, module, torch.randn(3, length, channels))

    _on_some_example(check)


def check_constructor(make: Make) -> None:
    """Check that a module can be made for one of the examples.

    Raises:
        ValueError: for none; the message is what its constructor raised on the first.
    """
    try:
        _on_some_example(make)
    except StageFailure as failure:
        cause = failure.__cause__
        raise ValueError(str(failure) if cause is None else f"{type(cause).__name__}: {cause}") from failure


def _on_some_example(check: Callable[[int, int], Any]) -> None:
    first: StageFailure | None = None
    for length, channels in EXAMPLES:
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                check(length, channels)
            return
        except StageFailure as cause:
            first = first or cause
    assert first is not None
    raise first


def _check_alone(name: str, module: nn.Module, windows: Tensor) -> None:
    """Refuse a module whose answer for a window depends on the others of the batch, as without `batch_first`."""
    together, alone = _passed(name, module, windows), _passed(name, module, windows[:1])
    same = together.shape[1:] == alone.shape[1:]
    if not same or float((together[:1] - alone).abs().max()) > ALONE * max(float(alone.abs().max()), 1.0):
        raise StageFailure(
            f"{name}: the answer for one window changes with the other windows of its batch, so that forecasts would "
            f"depend on which series stand beside. {NEEDS}: torch's recurrent layers and attention need "
            "batch_first=True."
        )
