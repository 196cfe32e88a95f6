"""How a worker process begins: bound to the process of its run before it imports anything that takes time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import psutil

#: Seconds between two looks for the run's own process.
WATCH = 0.5


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """A process started inside begins deaf to interrupts, until `start` says what to do about them."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start(pipe: Connection, parent: int) -> None:
    """Serve the run of the process `parent`, and end with it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all: the run's process alone decides
    if os.name == "posix":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _ask_kernel()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    from hybridts.engine.executors.worker import serve

    serve(pipe)


def _ask_kernel() -> None:
    """Linux ends it at once, even inside native code that lets no thread run."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _watch(parent: int) -> None:
    while (os.getppid() == parent) if os.name == "posix" else psutil.pid_exists(parent):
        time.sleep(WATCH)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
