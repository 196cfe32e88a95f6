"""The error for a series that cannot be fitted, and the conversion of third-party errors into it.

A model raises `SeriesFailure` on purpose; `third_party` converts any error of a library call. Other errors are mistakes
of ours: they are not caught, so that the data are never blamed for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hybridts.errors import StageFailure


class SeriesFailure(StageFailure):
    """One series (or group) cannot be fitted; it becomes a row among the failures."""


@contextmanager
def third_party(what: str) -> Iterator[None]:
    """Convert any error of a library call into a SeriesFailure whose message starts with `what`.

    Libraries raise ValueError, LinAlgError, IndexError, ZeroDivisionError and bare Exception for data they cannot fit.

    Raises:
        SeriesFailure: the call raises any error.
    """
    try:
        yield
    except Exception as cause:  # only the library call is inside
        text = str(cause).strip() or "no message"
        raise SeriesFailure(f"{what}: {type(cause).__name__}: {text}") from cause
