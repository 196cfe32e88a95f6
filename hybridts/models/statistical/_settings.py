"""Checks of settings that all statistical models share: each refusal names the setting, what was found and what may be.

Text from a file ("12", "no") would otherwise be taken for a number or for true.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole


def whole(model: object, key: str, least: int, *, none: bool = False) -> None:
    """Refuses a setting that is not a whole number of at least `least`; with `none`, None is one."""
    value = getattr(model, key)
    if none and value is None:
        return
    if not is_whole(value, least):
        allowed = f"a whole number, {least} or more"
        raise BadSetting(f"{key} is {value!r}; it must be {allowed}{_or_nothing(none)}.", key, value, allowed)


def number(value: Any, key: str, least: float, most: float) -> None:
    """Refuses a value outside these limits, or that is no number at all."""
    good = isinstance(value, Real) and not isinstance(value, bool)
    if not good or not least <= float(value) <= most:
        allowed = f"a number from {least:g} to {most:g}"
        raise BadSetting(f"{key} is {value!r}; it must be {allowed}.", key, value, allowed)


def flag(model: object, key: str, *, none: bool = False) -> None:
    """Refuses a setting that is neither true nor false; with `none`, None is allowed too."""
    value = getattr(model, key)
    if not isinstance(value, bool | np.bool_) and not (none and value is None):
        raise BadSetting(f"{key} is {value!r}; it must be true or false{_or_nothing(none)}.", key, value, "true, false")


def _or_nothing(none: bool) -> str:
    return ", or left out" if none else ""
