"""Standard streams that may be closed, full, dead or in an encoding of ASCII: none of these may cost a result."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TextIO


def claim_streams() -> None:
    """Open what is closed of stdin, stdout and stderr on nothing, and let the others speak UTF-8.

    A closed stream leaves its number to the next file that is opened, which would then receive what is printed.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def silence(stream: TextIO) -> None:
    """Send what is written to a stream from now on to nothing, with what waits in its buffer."""
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
    with contextlib.suppress(OSError, ValueError):
        stream.flush()


def flushed(stream: TextIO) -> OSError | None:
    """Flush a stream; return the error that lost its content, None for none or where the reader went away."""
    try:
        stream.flush()
    except OSError as cause:
        silence(stream)
        return None if cause.errno == errno.EPIPE else cause
    except ValueError:  # closed by a plugin
        return None
    return None
