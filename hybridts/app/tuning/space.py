"""The settings that are tried, and their ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.models.neural.training_settings import Training
from hybridts.models.setting_aliases import aliases_of
from hybridts.models.settings import setting_names
from hybridts.names.recipe import CHAIN, NETWORK, Recipe
from hybridts.names.registry import Registry


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where both are whole. `log`: by their logarithm."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Return whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)


@dataclass(frozen=True)
class Choice:
    """Some values without an order."""

    values: tuple[Any, ...]


Space = Mapping[str, Mapping[str, Range | Choice]]

_ORDERS = ((1, 1, 1), (0, 1, 1), (2, 1, 1), (2, 1, 2), (0, 1, 2), (1, 0, 0), (2, 0, 1), (1, 1, 0))
_TRANSFORMS = Choice(("none", "boxcox"))
#: How a network is trained; its blocks keep their sizes, since its prior belongs to them.
_TRAINING = {
    "rate": Range(5e-4, 1e-2, log=True),
    "steps": Choice((None, 200, 400, 800)),
    "dropout": Choice((0.0, 0.1, 0.2)),
    "decay": Range(1e-4, 1e-1, log=True),
    "loss": Choice(("mae", "huber")),
}
_RECURRENT = {"hidden": Choice((16, 32, 64, 128)), "layers": Choice((1, 2))}
#: Sizes of blocks, for networks without a prior.
_SIZES: Space = {
    **dict.fromkeys(("RNN", "LSTM", "GRU", "BiLSTM", "BiGRU"), _RECURRENT),
    "CIFG-LSTM": {"hidden": Choice((16, 32, 64, 128))},
    "CNN": {"filters": Choice((16, 32, 64, 128)), "kernel": Choice((2, 3, 5))},
    "ConvLSTM": {"filters": Choice((8, 16, 32)), "kernel": Choice((2, 3, 5))},
    "MLP": {"hidden": Choice((32, 64, 128, 256)), "layers": Choice((1, 2))},
    "DNN": {"hidden": Choice((64, 128, 256)), "layers": Choice((4, 6)), "dropout": Choice((0.0, 0.1, 0.2))},
    "Attention": {"hidden": Choice((16, 32, 64))},
}
DEFAULTS: Space = {
    "ARIMA": {"order": Choice(_ORDERS), "transform": _TRANSFORMS},
    "SARIMA": {
        "order": Choice(_ORDERS),
        "seasonal_order": Choice(((0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (0, 1, 2), (2, 1, 1))),
        "transform": _TRANSFORMS,
    },
    "Auto-ARIMA": {"transform": _TRANSFORMS, "finalists": Choice((1, 3))},
    "Auto-SARIMA": {"transform": _TRANSFORMS, "finalists": Choice((1, 3))},
    "VAR": {"max_lag": Choice((2, 4, 8, 12))},
    "ETS": {"model": Choice(("ZZZ", "ZZA", "ZZN", "AZA", "MZM")), "damped": Choice((None, True, False))},
    "MSTL": {"rest": Choice(("ETS", "Theta"))},
    "SVM": {
        "C": Range(1e-2, 1e2, log=True),
        "epsilon": Range(1e-2, 1.0, log=True),
        "gamma": Range(1e-3, 1.0, log=True),
    },
    "RF": {"leaf": Range(1, 40, log=True), "features": Range(0.1, 1.0), "part": Range(0.1, 1.0)},
    "XGBoost": {
        "trees": Range(50, 600, log=True),
        "depth": Range(2, 8),
        "rate": Range(0.01, 0.3, log=True),
        "subsample": Range(0.5, 1.0),
        "columns": Range(0.3, 1.0),
        "min_child_weight": Range(1, 40, log=True),
        "reg_lambda": Range(0.1, 20.0, log=True),
    },
    "ANN": {"hidden": Range(2, 32, log=True), "decay": Range(1e-4, 1.0, log=True)},
}


def space_for(recipe: Recipe, registry: Registry, given: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return token -> setting -> range for the parts of a name: as given, or the defaults.

    Raises:
        UserError: the name has nothing to tune.
        BadSetting: a part or setting that the name does not have, or a range that cannot be read.
    """
    tokens = list(dict.fromkeys(token.name for stage in recipe.stages() for token in stage.tokens()))
    neural = [stage for stage in recipe.stages() if stage.kind == "neural"]
    if given is not None:
        return _read(given, [*tokens, *([NETWORK] if neural else []), CHAIN], registry)
    found: dict[str, dict[str, Any]] = {name: dict(DEFAULTS[name]) for name in tokens if name in DEFAULTS}
    if neural:
        found[NETWORK] = dict(_TRAINING)
        if any(stage.network.get("prior") == "none" for stage in neural):
            found |= {name: dict(_SIZES[name]) for name in tokens if name in _SIZES}
    if not found:
        example = "space={'TOKEN': {'setting': [1, 2, 3]}}"
        raise UserError(f"{recipe.name} has no settings with ranges to try: give them, as {example}.")
    return found


def _read(given: Mapping[str, Any], parts: Sequence[str], registry: Registry) -> dict[str, dict[str, Any]]:
    if not isinstance(given, Mapping) or not given:
        raise BadSetting(f"space must be a mapping such as {{XGBoost: {{depth: [2, 4]}}}}, found {given!r}.", "space")
    found: dict[str, dict[str, Any]] = {}
    for key, ranges in given.items():
        component = registry.component(str(key))
        name = component.name if component is not None else str(key)
        if name not in parts:
            near = did_you_mean(name, parts)
            raise BadSetting(f"space: there is no part {key!r}.{near} The name has {', '.join(parts)}.", "space", key)
        if not isinstance(ranges, Mapping) or not ranges:
            raise BadSetting(f"space: {key} must be a mapping from setting to its range, found {ranges!r}.", "space")
        kind = component.load() if component is not None else Training if name == NETWORK else None
        found[name] = {}
        for setting, values in ranges.items():
            own = aliases_of(kind).get(setting, setting)
            allowed = None if kind is None else setting_names(kind)
            if allowed is not None and own not in allowed:
                near = did_you_mean(setting, allowed)
                raise BadSetting(f"space: {name} has no setting {setting!r}.{near}", "space", setting)
            found[name][own] = range_of(f"{name}.{setting}", values)
    return found


def range_of(where: str, given: Any) -> Range | Choice:
    """Return a range: a list of values, a tuple (low, high) or (low, high, "log"), or {low, high, log}.

    >>> range_of("XGBoost.depth", (2, 8))
    Range(low=2, high=8, log=False)
    >>> range_of("Network.loss", ["mae", "mse"])
    Choice(values=('mae', 'mse'))

    Raises:
        BadSetting: it is none of these.
    """
    if isinstance(given, (Range, Choice)):
        return given
    if isinstance(given, list) and given:
        return Choice(tuple(tuple(v) if isinstance(v, list) else v for v in given))
    log = False
    if isinstance(given, tuple) and len(given) in (2, 3):
        low, high = given[:2]
        log = len(given) == 3 and given[2] == "log"
        good = len(given) == 2 or log
    elif isinstance(given, Mapping) and {"low", "high"} <= set(given) <= {"low", "high", "log"}:
        low, high, log = given["low"], given["high"], bool(given.get("log", False))
        good = True
    else:
        low, high, good = math.nan, math.nan, False
    if not good or not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (low, high)):
        forms = 'a list of values, (low, high), (low, high, "log"), or {low: ..., high: ..., log: true}'
        raise BadSetting(f"space: {where} must be {forms}, found {given!r}.", "space", given)
    if not low < high < math.inf or (log and low <= 0):
        why = "low must be below high" if not low < high else "both must be above 0 for log"
        raise BadSetting(f"space: {where}: {why}, found {given!r}.", "space", given)
    return Range(low, high, log)
