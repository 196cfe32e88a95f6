"""How a network is trained and what it reads: settings that belong to the network, not to one block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hybridts.calendar import cycles_of
from hybridts.panel import Panel

Anchor = Literal["seasonal_naive", "last", "none"]
Scale = Literal["deviation", "mean_abs"]


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of one network fit.

    Attributes:
        window: rows of the past the network reads; None for the rule of `window_for`.
        steps: optimiser steps; None for the rule of `steps_for`.
        batch: windows per step; None for the rule of `batch_for`.
        rate: peak learning rate of the one-cycle schedule (AdamW).
        decay: weight decay.
        clip: largest gradient norm.
        anchor: what the output is a deviation from.
        scale: what a window is divided by: its mean absolute deviation from its last value, floored by the series'
            seasonal-difference error ("deviation"), or its mean absolute level ("mean_abs", unsafe near zero).
        seeds: networks averaged, each from its own seed.
    """

    window: int | None = None
    steps: int | None = None
    batch: int | None = None
    rate: float = 2e-3
    decay: float = 1e-3
    clip: float = 1.0
    anchor: Anchor = "seasonal_naive"
    scale: Scale = "deviation"
    seeds: int = 1

    def __post_init__(self) -> None:
        for name in ("window", "steps", "batch"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 1):
                raise ValueError(f"{name} must be a whole number of at least 1, found {value!r}")
        if self.seeds < 1:
            raise ValueError(f"seeds must be at least 1, found {self.seeds}")
        if self.anchor not in ("seasonal_naive", "last", "none"):
            raise ValueError(f"anchor must be seasonal_naive, last or none, found {self.anchor!r}")
        if self.scale not in ("deviation", "mean_abs"):
            raise ValueError(f"scale must be deviation or mean_abs, found {self.scale!r}")


def window_for(panel: Panel, horizon: int) -> int:
    """The default window: the longest natural cycle (a day and a week for hourly data), short cycles twice.

    Never more than half of the median series, so that enough origins with a full window remain.
    """
    cycle = max((panel.season, *cycles_of(panel.freq)))
    wanted = cycle if cycle >= 48 else max(2 * cycle, 8)
    median = int(sorted(panel.lengths)[len(panel) // 2]) if len(panel) else 0
    return max(min(max(wanted, min(horizon, 2 * wanted)), median // 2), 3)


def batch_for(window: int) -> int:
    """The default batch: fewer windows where each is long, so that a step of a recurrent network stays in cache."""
    return 128 if window <= 32 else 64 if window <= 64 else 32


def steps_for(windows: int, batch: int) -> int:
    """The default number of steps: about 30 passes over the data, at least 200 and at most 500 steps."""
    return int(min(max(30 * windows / batch, 200), 500))


def resolved(training: Training, window: int, windows: int) -> Training:
    """The settings with every rule applied: nothing is None but what a network does not need."""
    batch = training.batch or batch_for(window)
    return replace(training, window=window, batch=batch, steps=training.steps or steps_for(windows, batch))
