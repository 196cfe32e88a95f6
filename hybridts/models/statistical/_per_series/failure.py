"""What "this series cannot be fitted" looks like inside the family, and the wall around third-party fits.

A model raises `SeriesFailure` on purpose; whatever a third party raises becomes one at the wall. Any other error is
a mistake of ours and is not caught here, so that it is never taken for the data's fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hybridts.errors import StageFailure


class SeriesFailure(StageFailure):
    """One series (or group) cannot be fitted; it becomes a failure row of its own."""


@contextmanager
def third_party(what: str) -> Iterator[None]:
    """Turns any error of a library call into a SeriesFailure that names `what` was asked.

    Libraries raise ValueError, LinAlgError, IndexError, ZeroDivisionError and bare Exception for data they dislike.
    """
    try:
        yield
    except Exception as cause:  # the library's, not ours: only its call stands inside
        text = str(cause).strip() or "no message"
        raise SeriesFailure(f"{what}: {type(cause).__name__}: {text}") from cause
