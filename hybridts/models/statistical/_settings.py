"""Checks of settings that the statistical models share: each error names the setting, its value and the values allowed.

Without them text from a file ("12", "no") could pass for a number or for true.
"""

from __future__ import annotations

from numbers import Real

import numpy as np

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole


def whole(model: object, key: str, least: int, *, none: bool = False) -> None:
    """Check that a setting is a whole number of at least `least`, or None with `none`; raise BadSetting otherwise."""
    value = getattr(model, key)
    if none and value is None:
        return
    if not is_whole(value, least):
        allowed = f"a whole number, {least} or more"
        raise BadSetting(f"{key} is {value!r}; it must be {allowed}{_or_nothing(none)}.", key, value, allowed)


def number(value: object, key: str, least: float, most: float) -> None:
    """Check that a value is a number from `least` to `most`; raise BadSetting otherwise."""
    if not isinstance(value, Real) or isinstance(value, bool) or not least <= float(value) <= most:
        allowed = f"a number from {least:g} to {most:g}"
        raise BadSetting(f"{key} is {value!r}; it must be {allowed}.", key, value, allowed)


def flag(model: object, key: str, *, none: bool = False) -> None:
    """Check that a setting is true or false, or None with `none`; raise BadSetting otherwise."""
    value = getattr(model, key)
    if not isinstance(value, bool | np.bool_) and not (none and value is None):
        raise BadSetting(f"{key} is {value!r}; it must be true or false{_or_nothing(none)}.", key, value, "true, false")


def _or_nothing(none: bool) -> str:
    return ", or left out" if none else ""
