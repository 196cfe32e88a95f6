"""Random numbers of torch that depend on a seed alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch's random generators inside the context and restore their states after it; deterministic cuDNN."""
    accelerators = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with torch.random.fork_rng(devices=accelerators), exact:
        torch.manual_seed(seed % 2**63)
        yield
