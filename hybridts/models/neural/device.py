"""The device a network is trained on: CPU, CUDA or MPS."""

from __future__ import annotations

import contextlib

import torch

from hybridts.errors import StageFailure
from hybridts.models.neural.training_settings import Training


def device_of(name: str) -> torch.device:
    """Return the device of a setting; "auto" is the first available of CUDA, Apple's MPS and CPU.

    Raises:
        StageFailure: the device is not available.
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
    """Return the context of a forward pass: bfloat16 on CUDA with `precision: mixed`, else full precision."""
    if training.precision == "mixed" and device_of(training.device).type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()
