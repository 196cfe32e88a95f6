"""The test for a whole number, wherever a user gives one."""

from __future__ import annotations

from numbers import Integral


def is_whole(value: object, least: int | None = None) -> bool:
    """Return whether a value is a whole number, at least `least` if given; numpy integers count, booleans do not."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        return False
    return least is None or int(value) >= least
