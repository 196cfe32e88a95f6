"""What counts as a whole number, wherever a user gives one."""

from __future__ import annotations

from numbers import Integral


def is_whole(value: object, least: int | None = None) -> bool:
    """Whether it is a whole number, of at least `least` if that is given: numpy's are, true and false are none."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        return False
    return least is None or int(value) >= least
