"""Limits of one request."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """What one request may take.

    Attributes:
        body: largest body in bytes.
        seconds: for the body to arrive, and then for its forecast.
        waiting: forecasts that may wait for others; further ones are refused with 503.
    """

    body: int = 16_000_000
    seconds: float = 60.0
    waiting: int = 32


#: The limits unless others are given.
DEFAULT = Limits()
