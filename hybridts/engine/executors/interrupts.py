"""Hold back Ctrl-C and SIGTERM while workers are stopped: a second one within a second must not leave one running."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interrupts_delayed() -> Iterator[None]:
    """Let interrupts take effect after the block; outside of the main thread, which alone gets them, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    handled = {number: handler for number, handler in before.items() if callable(handler)}
    for number in handled:
        signal.signal(number, lambda got, _: came.append(got))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
    for got in came[:1]:
        handled[signal.Signals(got)](got, None)
