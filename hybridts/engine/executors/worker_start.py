"""Start of a worker process: tie its life to that of the run's process before any slow import."""

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

#: Seconds between two checks that the run's process is alive.
WATCH = 0.5


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Block interrupts in a process that is started inside the block, until it calls `start`."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start(pipe: Connection, parent: int) -> None:
    """Serve the run of process `parent`, and end when it ends, even if it is killed."""
    # A terminal interrupts all processes; only the process of the run handles it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    die_with_parent()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    from hybridts.engine.executors.worker import serve

    serve(pipe)


def die_with_parent() -> None:
    """On Linux, let the kernel end this process with its parent, even inside native code."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _watch(parent: int) -> None:
    while (os.getppid() == parent) if os.name == "posix" else psutil.pid_exists(parent):
        time.sleep(WATCH)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
