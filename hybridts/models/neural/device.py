"""Where a network is trained: the processor, or an accelerator where one is at hand."""

from __future__ import annotations

import contextlib

import torch

from hybridts.errors import StageFailure
from hybridts.models.neural.training_settings import Training


def device_of(name: str) -> torch.device:
    """The device of a setting; "auto" takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        StageFailure: this machine has no such device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, here in there.items() if here)
    if not there[name]:
        here = ", ".join(kind for kind, found in there.items() if found)
        raise StageFailure(
            f"device {name!r} was asked for, and torch finds none here (found: {here}). Use device: auto."
        )
    return torch.device(name)


def autocast(training: Training) -> contextlib.AbstractContextManager[object]:
    """Half precision (bfloat16) for the forward pass on CUDA where `precision: mixed` asks for it."""
    if training.precision == "mixed" and device_of(training.device).type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()
