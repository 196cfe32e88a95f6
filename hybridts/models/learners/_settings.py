"""Checks of settings that the learners share: each error names the setting, its value and the values allowed.

Without them a wrong value would raise the library's own error, and only while a model is fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole
from hybridts.models.setting_aliases import with_aliases


def whole(settings: object, *keys: str, least: int = 1) -> None:
    """Check that settings are whole numbers of at least `least`; raise BadSetting otherwise, for booleans too."""
    _check(settings, keys, f"a whole number, {least} or more", lambda v: is_whole(v, least))


def above_zero(settings: object, *keys: str) -> None:
    """Check that settings are finite numbers above 0; raise BadSetting otherwise."""
    _check(settings, keys, "a number above 0", lambda v: 0 < _number(v) < math.inf)


def zero_or_more(settings: object, *keys: str) -> None:
    """Check that settings are finite numbers of at least 0; raise BadSetting otherwise."""
    _check(settings, keys, "a number, 0 or more", lambda v: 0 <= _number(v) < math.inf)


def share(settings: object, *keys: str) -> None:
    """Check that settings are numbers above 0 and at most 1; raise BadSetting otherwise."""
    _check(settings, keys, "a number above 0, 1 at most", lambda v: 0 < _number(v) <= 1)


def number(settings: object, *keys: str) -> None:
    """Check that settings are finite numbers; raise BadSetting otherwise."""
    _check(settings, keys, "a number", lambda v: math.isfinite(_number(v)))


def unset_or(check: Callable[..., None], settings: object, *keys: str, **options: int) -> None:
    """Check those of the settings that are not None, which leaves the choice to the library."""
    check(settings, *(key for key in keys if getattr(settings, key) is not None), **options)


def one_of(settings: object, key: str, *values: str) -> None:
    """Check that a setting is one of some words; raise BadSetting otherwise."""
    _check(settings, (key,), f"one of {', '.join(values)}", lambda v: v in values)


def share_or(settings: object, key: str, *words: str) -> None:
    """Check that a setting is a number above 0 and at most 1, or one of some words; raise BadSetting otherwise."""
    allowed = f"a number above 0, 1 at most, or {' or '.join(words)}"
    _check(settings, (key,), allowed, lambda v: v in words or 0 < _number(v) <= 1)


def above_zero_or(settings: object, key: str, *words: str) -> None:
    """Check that a setting is a finite number above 0, or one of some words; raise BadSetting otherwise."""
    allowed = f"a number above 0, or {' or '.join(words)}"
    _check(settings, (key,), allowed, lambda v: v in words or 0 < _number(v) < math.inf)


def yes_or_no(settings: object, *keys: str) -> None:
    """Check that settings are true or false; raise BadSetting otherwise."""
    for key in keys:
        value = getattr(settings, key)
        if not isinstance(value, bool):
            raise BadSetting(f"{key} is {value!r}; it must be true or false.", key, value, "true or false")


def _number(value: object) -> float:
    """Return a value as a float: NaN, which passes no check, for no number; infinity where it is too large for one."""
    try:
        return float(value) if isinstance(value, Real) else math.nan
    except OverflowError:
        return math.inf


def _check(settings: object, keys: tuple[str, ...], allowed: str, fits: Callable[[object], bool]) -> None:
    for key in keys:
        value = getattr(settings, key)
        if isinstance(value, bool) or not fits(value):
            name = with_aliases(type(settings), [key])[0]
            raise BadSetting(f"{name} is {value!r}; it must be {allowed}.", key, value, allowed)
