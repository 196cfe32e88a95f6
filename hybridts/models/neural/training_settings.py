"""How a network is trained and what it reads: settings that belong to the network, not to one block."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from hybridts.data.calendar import cycles_of
from hybridts.data.panel import Panel
from hybridts.models.checks import is_whole
from hybridts.models.protocols import Weights

Anchor = Literal["seasonal_naive", "last", "none"]
Scale = Literal["deviation", "mean_abs", "std", "seasonal_diff", "none"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "mixed"]

#: Rows of the longest cycle that is a default window: beyond it a step costs more than what it reads is worth.
LONGEST = 512
#: Name of the window among the weights of a fit; they fit no other window, and the default one grows with the data.
WINDOW = "window"


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
        scale: what a window is divided by: its mean absolute deviation from its last value ("deviation"), its standard
            deviation ("std"), the series' mean absolute seasonal difference so far ("seasonal_diff", also the floor of
            the first two), its mean absolute level ("mean_abs", unsafe near zero), or nothing ("none").
        highway: whether the scaled window also reaches the forecast by a linear autoregression beside the network
            (never on a grid).
        calendar: whether the network reads hour, weekday or month at the origin, where timestamps have them.
        log: whether the network works on the logarithm of the data; a series with a value of 0 or less then fails.
        quantiles: levels between 0 and 1 to answer beside the forecast, which is then the median; none by default.
        early_stopping: whether `steps` is a limit, and the count is found on the newest origins of the past.
        seeds: networks averaged, each from its own seed.
        device: cpu, cuda, mps, or auto for the first of cuda, mps, cpu that is there.
        precision: "float32", or "mixed" for bfloat16 products on CUDA.
        grid: whether the series are the cells of a grid, their ids carrying row and column: every time step is then one
            frame that the network reads whole. Only for the first stage of a name.
        init: a weights file (made by `save_weights`; relative paths count from the current directory) that the first
            part of a two-step name, or the whole body of another network, starts from.
        freeze: whether each part of a two-step name stays as it was trained or loaded while the next one learns;
            False: it is only where training starts, and goes on learning with the parts after it.
    """

    window: int | None = None
    steps: int | None = None
    batch: int | None = None
    rate: float = 3e-3
    decay: float = 1e-3
    clip: float = 1.0
    anchor: Anchor = "seasonal_naive"
    scale: Scale = "deviation"
    highway: bool = True
    calendar: bool = True
    log: bool = False
    quantiles: tuple[float, ...] = ()
    early_stopping: bool = False
    seeds: int = 1
    device: Device = "auto"
    precision: Precision = "float32"
    grid: bool = False
    init: str | None = None
    freeze: bool = True

    def __post_init__(self) -> None:
        for name, rule in _RULES.items():
            value = getattr(self, name)
            if not rule.fits(value):
                raise ValueError(f"{name} must be {rule.words}, found {value!r}")
        object.__setattr__(self, "quantiles", _levels(self.quantiles))


class _Rule(NamedTuple):
    """What a setting must be, in words and as a check."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


def _one_of(kind: Any) -> _Rule:
    allowed = get_args(kind)
    return _Rule(f"{', '.join(allowed[:-1])} or {allowed[-1]}", lambda value: value in allowed)


_WHOLE = _Rule("a whole number of at least 1", lambda value: is_whole(value, 1))
_WHOLE_OR_RULE = _WHOLE._replace(fits=lambda value: value is None or is_whole(value, 1))
_ABOVE_ZERO = _Rule("a number above 0", lambda value: _is_number(value) and value > 0)
_TRUE_OR_FALSE = _Rule("true or false", lambda value: isinstance(value, bool))

#: By setting; only `quantiles` is checked elsewhere, because it is also brought into order.
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(("window", "steps", "batch"), _WHOLE_OR_RULE),
    "seeds": _WHOLE,
    **dict.fromkeys(("rate", "clip"), _ABOVE_ZERO),
    "decay": _Rule("a number of at least 0", lambda value: _is_number(value) and value >= 0),
    **dict.fromkeys(("highway", "calendar", "log", "early_stopping", "grid", "freeze"), _TRUE_OR_FALSE),
    "anchor": _one_of(Anchor),
    "scale": _one_of(Scale),
    "device": _one_of(Device),
    "precision": _one_of(Precision),
    "init": _Rule(
        "the path of a weights file", lambda value: value is None or (isinstance(value, str) and value.strip() != "")
    ),
}


def _levels(given: Any) -> tuple[float, ...]:
    """Quantile levels in rising order, the median among them; () for none."""
    try:
        levels = {float(level) for level in given}
    except (TypeError, ValueError):
        levels = {math.nan}
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"quantiles must be a list of levels between 0 and 1, such as [0.1, 0.9], found {given!r}")
    return tuple(sorted(levels | {0.5})) if levels else ()


def window_for(panel: Panel, horizon: int) -> int:
    """The default window.

    The longest natural cycle of at most `LONGEST` rows (a week of hours, a day of 5 minutes, an hour of minutes), or
    `LONGEST` rows where every cycle is longer; a cycle below 48 rows twice, and no fewer than 8 rows. A longer horizon
    makes it as long as itself, but no more than double. Integer time says nothing about weeks; a season of 24 or a
    multiple of it is then taken for a day. Never more than half of the median series, so that enough origins with a
    full window remain, and never less than 6 rows.
    """
    cycles = [panel.season, *cycles_of(panel.freq)]
    if panel.freq is None and panel.season % 24 == 0:
        cycles.append(7 * panel.season)
    cycle = max((rows for rows in cycles if rows <= LONGEST), default=LONGEST)
    wanted = cycle if cycle >= 48 else max(2 * cycle, 8)
    median = int(sorted(panel.lengths)[len(panel) // 2]) if len(panel) else 0
    return max(min(max(wanted, min(horizon, 2 * wanted)), median // 2), 6)


def window_in(weights: Weights) -> int | None:
    """Return the window that weights of an earlier fit belong to; None without weights."""
    return int(weights[WINDOW]) if WINDOW in weights else None


def batch_for(window: int, stepwise: bool) -> int:
    """The default batch: 128, and fewer long windows where a network walks through them step by step.

    Otherwise the states of all steps leave the processor's cache, and a window costs twice as much.
    """
    if not stepwise:
        return 128
    return 128 if window <= 32 else 64 if window <= 64 else 32


def steps_for(windows: int, batch: int) -> int:
    """The default number of steps: about 30 passes over the data, at least 200, at most 500 or what large data needs.

    From 50 000 windows on the limit is one step for every hundred of them, up to 3000.
    """
    limit = max(500, min(windows // 100, 3000))
    return int(min(max(30 * windows / batch, 200), limit))


def resolved(training: Training, windows: int, stepwise: bool) -> Training:
    """The settings with every rule for a number of windows applied: batch and steps are numbers."""
    batch = training.batch or batch_for(training.window or 1, stepwise)
    return replace(training, batch=batch, steps=training.steps or steps_for(windows, batch))
