"""Settings of the training and the input of a network, shared by all its blocks, and the default rules for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from hybridts.data.calendar import cycles_of
from hybridts.data.panel import Panel
from hybridts.models.checks import is_whole
from hybridts.models.protocols import Weights

Anchor = Literal["seasonal_naive", "last", "none"]
Scale = Literal["deviation", "mean_abs", "std", "seasonal_diff", "none"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "mixed"]
Prior = Literal["auto", "none"]
Loss = Literal["mae", "mse", "huber", "quantile"]
Optimiser = Literal["adamw", "adam", "sgd", "rmsprop"]
Schedule = Literal["one_cycle", "cosine", "linear", "step", "constant"]

#: Longest default window in rows: beyond it, longer steps cost more than they gain.
LONGEST = 512
#: Name of the window among the weights of a fit; they fit no other window, and the default one grows with the data.
WINDOW = "window"


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of one network fit.

    Attributes:
        window: rows of the past in the input; None: `window_for`.
        steps: optimiser steps; None: by `epochs`, else `steps_for`.
        epochs: passes over the windows, in place of `steps`.
        batch: windows per step; None: `batch_for`.
        rate: peak learning rate.
        schedule: of the rate over the steps: "one_cycle" (up over the first quarter, then down to 0), "cosine" and
            "linear" (down to 0), "step" (a tenth after half, a hundredth after three quarters), or "constant".
        optimiser: "adamw", "adam", "sgd" (momentum 0.9) or "rmsprop".
        decay: weight decay.
        dropout: share of numbers set to zero between blocks and before the head while training.
        loss: on scaled errors: "mae" (absolute), "mse" (squared), "huber" (squared up to 1, then absolute), or
            "quantile" (pinball, of `quantiles`, which bring it along).
        clip: largest gradient norm.
        anchor: forecast from which the network learns the deviation.
        scale: divisor of a window: its mean absolute deviation from its last value ("deviation"), its standard
            deviation ("std"), the series' mean absolute seasonal difference so far ("seasonal_diff", also the floor of
            the first two), its mean absolute level ("mean_abs", unsafe near zero), or nothing ("none").
        highway: whether a linear autoregression on the scaled window is added to the network (never on a grid).
        calendar: whether hour, weekday or month at the origin are in the input, where timestamps have them.
        log: whether the network works on the logarithm of the data; a series with a value of 0 or less then fails.
        quantiles: levels between 0 and 1 to forecast too; the forecast is then the median; none by default.
        early_stopping: whether `steps` is a maximum, and the number is chosen on the newest origins of the past.
        seeds: number of networks to average, each with its own seed.
        device: cpu, cuda, mps, or auto for the first available of cuda, mps, cpu.
        precision: "float32", or "mixed" for bfloat16 products on CUDA.
        grid: whether the series are the cells of a grid, with row and column in their ids: each time step is then one
            frame of the input. Only for the first stage of a name.
        init: weights file (made by `save_weights`; relative paths count from the current directory) with the initial
            weights of the first part of a two-step name, or of the whole body of another network.
        freeze: whether each part of a two-step name stays fixed while the next one learns; False: it learns on with
            the parts after it.
        prior: auto: a network that comes first in a name starts from weights that were learned on simulated series;
            none: from random ones.
    """

    window: int | None = None
    steps: int | None = None
    epochs: float | None = None
    batch: int | None = None
    rate: float = 3e-3
    schedule: Schedule = "one_cycle"
    optimiser: Optimiser = "adamw"
    decay: float = 1e-3
    dropout: float = 0.0
    loss: Loss = "mae"
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
    prior: Prior = "auto"
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "lr": "rate",
        "learning_rate": "rate",
        "max_lr": "rate",
        "batch_size": "batch",
        "weight_decay": "decay",
        "max_steps": "steps",
        "n_epochs": "epochs",
        "max_epochs": "epochs",
        "optimizer": "optimiser",
        "lr_schedule": "schedule",
        "scheduler": "schedule",
        "criterion": "loss",
        "input_size": "window",
        "lookback": "window",
        "gradient_clip": "clip",
    }

    def __post_init__(self) -> None:
        for name, rule in _RULES.items():
            value = getattr(self, name)
            if not rule.fits(value):
                raise ValueError(f"{name} must be {rule.words}, found {value!r}")
        object.__setattr__(self, "quantiles", _levels(self.quantiles))
        if self.steps is not None and self.epochs is not None:
            raise ValueError(f"steps and epochs are both given ({self.steps}, {self.epochs}); give one of them")
        if self.quantiles and self.loss in ("mse", "huber"):
            raise ValueError(f"loss {self.loss} learns no quantiles; leave out loss or quantiles")
        if self.loss == "quantile" and not self.quantiles:
            raise ValueError("loss quantile needs quantiles, such as [0.1, 0.9]")

    @property
    def has_length(self) -> bool:
        """Return whether the user said how long to train."""
        return self.steps is not None or self.epochs is not None

    def steps_of(self, windows: int, batch: int) -> int | None:
        """Return the steps that were asked for, None if a rule decides."""
        return self.steps if self.epochs is None else max(math.ceil(self.epochs * windows / batch), 1)


class _Rule(NamedTuple):
    """The allowed values of a setting, in words and as a check."""

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

#: By setting; `quantiles` is checked by `_levels`, which also sorts it.
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(("window", "steps", "batch"), _WHOLE_OR_RULE),
    "seeds": _WHOLE,
    **dict.fromkeys(("rate", "clip"), _ABOVE_ZERO),
    "epochs": _ABOVE_ZERO._replace(fits=lambda value: value is None or _ABOVE_ZERO.fits(value)),
    "dropout": _Rule("at least 0 and below 1", lambda value: _is_number(value) and 0 <= value < 1),
    "decay": _Rule("a number of at least 0", lambda value: _is_number(value) and value >= 0),
    **dict.fromkeys(("highway", "calendar", "log", "early_stopping", "grid", "freeze"), _TRUE_OR_FALSE),
    "anchor": _one_of(Anchor),
    "scale": _one_of(Scale),
    "device": _one_of(Device),
    "precision": _one_of(Precision),
    "prior": _one_of(Prior),
    "loss": _one_of(Loss),
    "optimiser": _one_of(Optimiser),
    "schedule": _one_of(Schedule),
    "init": _Rule(
        "the path of a weights file", lambda value: value is None or (isinstance(value, str) and value.strip() != "")
    ),
}


def _levels(given: Any) -> tuple[float, ...]:
    """Return the quantile levels in rising order, the median among them; () for none."""
    try:
        levels = {float(level) for level in given}
    except (TypeError, ValueError):
        levels = {math.nan}
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"quantiles must be a list of levels between 0 and 1, such as [0.1, 0.9], found {given!r}")
    return tuple(sorted(levels | {0.5})) if levels else ()


def window_for(panel: Panel, horizon: int) -> int:
    """Return the default window in rows.

    The longest natural cycle of at most `LONGEST` rows (a week of hours, a day of 5 minutes, an hour of minutes), or
    `LONGEST` rows if all cycles are longer; a cycle below 48 rows twice, and no fewer than 8 rows. A longer horizon
    extends it to its own length, but at most doubles it. Integer time has no weeks; a season of 24 or a multiple of it
    is then taken for a day. At most half of the median series, so that enough origins with a full window remain, and at
    least 6 rows.
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
    """Return the default batch: 128 windows, and fewer long ones for a network that processes them step by step.

    Beyond that the states of all steps no longer fit into the CPU cache, and a window costs twice as much.
    """
    if not stepwise:
        return 128
    return 128 if window <= 32 else 64 if window <= 64 else 32


def steps_for(windows: int, batch: int) -> int:
    """Return the default number of steps: about 30 passes over the data, at least 200 and at most 500.

    From 50 000 windows on the maximum is one step per hundred windows, up to 3000.
    """
    limit = max(500, min(windows // 100, 3000))
    return int(min(max(30 * windows / batch, 200), limit))


def resolved(training: Training, windows: int, stepwise: bool) -> Training:
    """Return the settings with batch and steps as numbers, by the default rules for this number of windows."""
    batch = training.batch or batch_for(training.window or 1, stepwise)
    steps = training.steps_of(windows, batch) or steps_for(windows, batch)
    return replace(training, batch=batch, steps=steps, epochs=None)
