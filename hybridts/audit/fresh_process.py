"""Run a function in a process in which no model has run yet, so that nothing kept by earlier fits can help.

On Linux one helper process loads the libraries once and forks a child for every call; elsewhere every call starts a
process. The helper never loads or runs code of a user.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from multiprocessing.connection import Connection, Pipe
from typing import Any, NamedTuple, TypeVar

import numpy as np

from hybridts.engine.executors.base import THREADS, one_thread, packed
from hybridts.errors import StageFailure
from hybridts.models.neural.prior.request import EFFORT

Result = TypeVar("Result")
FORKS = sys.platform == "linux"
#: A prior that does not come with the package is learned in a few steps: the code that runs is the same.
SHORT = "0.002"
_THREADS = {name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class CannotSend(StageFailure):
    """The function or its arguments cannot be pickled."""


class _Request(NamedTuple):
    """A call: modules to load before a fork, the surroundings of the caller, and the pickled function."""

    modules: tuple[str, ...]
    path: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    number: int
    call: bytes


class Surroundings(NamedTuple):
    """What a fresh process starts with.

    Attributes:
        modules: libraries that it needs, loaded once for all calls; no code of a user.
        temporary: folder for its temporary files, so that none of earlier checks are there.
    """

    modules: tuple[str, ...]
    temporary: str


def in_fresh_process(around: Surroundings, function: Callable[..., Result], *arguments: Any) -> Result:
    """Return function(*arguments), computed in a process of its own.

    Args:
        around: what it starts with.
        function: importable function.
        arguments: arguments that can be pickled, classes of the user's script included.

    Raises:
        CannotSend: the arguments cannot be pickled.
        StageFailure: the process died.
        Exception: what the function raises.
    """
    try:
        call = packed((function, arguments))
    except Exception as cause:  # pickling a user's object may raise anything
        raise CannotSend(f"it cannot be sent to a process of its own ({type(cause).__name__}: {cause})") from cause
    helper = _helper()
    helper.count += 1
    environment = {EFFORT: SHORT, **os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), around.temporary)}
    request = _Request(around.modules, tuple(sys.path), environment, os.getcwd(), helper.count, call)
    try:
        answer = helper.answer(request)
    except BaseException as cause:  # an interrupt leaves an answer in the pipe that belongs to no later call
        _helper.cache_clear()
        helper.close()
        if isinstance(cause, (EOFError, OSError)):
            raise StageFailure("the process that ran it died. Look for code that ends the process.") from cause
        raise
    if not FORKS:
        _helper.cache_clear()
        helper.close()
    good, value = pickle.loads(answer)
    if not good:
        raise value
    found: Result = value
    return found


class _Helper:
    """The process that answers calls, and the pipe to it."""

    def __init__(self) -> None:
        from loky.backend.context import get_context

        self.count = 0
        self.pipe, other_end = Pipe()
        # This context starts a new interpreter without running the user's script again.
        process: Any = get_context("loky").Process(target=_serve, args=(other_end,), env=_THREADS, daemon=True)
        process.start()
        self.process = process
        other_end.close()

    def answer(self, request: _Request) -> bytes:
        """Return the pickled answer of one call."""
        self.pipe.send_bytes(pickle.dumps(request))
        return self.pipe.recv_bytes()

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


@lru_cache(maxsize=1)
def _helper() -> _Helper:
    return _Helper()


# -- in the helper and in its children ----------------------------------------------------------------------------
def _serve(pipe: Connection) -> None:
    """Answer calls until the pipe closes, each in a child of this process where it can fork."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):
        while True:
            request: _Request = pickle.loads(pipe.recv_bytes())
            for module in request.modules:
                importlib.import_module(module)
            if not FORKS:
                pipe.send_bytes(_answer(request))
                return
            child = os.fork()
            if child == 0:
                _end_with(pipe, request)
            _, status = os.waitpid(child, 0)
            if status:
                text = f"the process that ran it ended with exit code {os.waitstatus_to_exitcode(status)}."
                pipe.send_bytes(pickle.dumps((False, StageFailure(text))))


def _end_with(pipe: Connection, request: _Request) -> None:
    """Answer one call and end this process at once, without the exit handlers of the process it was forked from."""
    from hybridts.engine.executors.worker_start import die_with_parent

    die_with_parent()
    os.dup2(2, 1)  # what models print is no result
    code = 1
    try:
        pipe.send_bytes(_answer(request))
        code = 0
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)


def _answer(request: _Request) -> bytes:
    """Return the pickled answer: whether the call returned, and its result or exception."""
    sys.path[:] = request.path
    os.environ.clear()
    os.environ.update(request.environment)
    tempfile.tempdir = None  # look it up again
    os.chdir(request.folder)
    _shuffle(request.number)
    try:
        function, arguments = pickle.loads(request.call)
        with one_thread(networks="torch" in sys.modules):
            answer = (True, function(*arguments))
        return packed(answer)
    except Exception as cause:
        try:
            return packed((False, cause))
        except Exception:
            return packed((False, StageFailure(f"it raised {type(cause).__name__}: {cause}")))


def _shuffle(seed: int) -> None:
    """Give every process another global random state, as processes that are not forked have."""
    random.seed(seed)
    np.random.seed(seed)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)
