"""Inside a worker process: jobs come through a pipe, answers go back, until the pipe or the run ends."""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection
from typing import Any

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import Job, one_thread, only_facts, packed, perform, stored
from hybridts.engine.stage_store import StageStore
from hybridts.engine.tasks import Done
from hybridts.errors import StageFailure

#: What a worker says before its answers: that it listens, and that it has loaded a job and begins.
READY, BEGUN = b"ready", b"begun"


def serve(pipe: Connection) -> None:
    """Answer jobs until there are no more."""
    try:
        pipe.send_bytes(READY)
        panel, store, keep = pickle.loads(pipe.recv_bytes())
        while True:
            pipe.send_bytes(_answer(pipe, panel, store, keep=keep))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(pipe: Connection, panel: Panel, store: StageStore, *, keep: bool) -> bytes:
    """A pickled `Done`; or the StageFailure of this job alone, or the exception that is to end the run."""
    blob = pipe.recv_bytes()
    try:
        job = pickle.loads(blob)
    except BaseException as cause:  # importing somebody else's module may raise anything
        return _pickled(_unloadable(cause))
    pipe.send_bytes(BEGUN)
    try:
        return _pickled(_done(job, panel, store, keep=keep))
    except Exception as cause:  # not the model's, whose own become records: such as a full disk
        return _pickled(cause)
    except BaseException as cause:
        return _pickled(StageFailure(f"{job.task.stage} left with {type(cause).__name__} {cause}".rstrip() + "."))


def _done(job: Job, panel: Panel, store: StageStore, *, keep: bool) -> Done:
    with one_thread(networks=job.task.kind == "neural"):
        done = perform(job, panel, store)
    return done if job.part else only_facts(stored(done, store), keep=keep)


def _pickled(answer: Any) -> bytes:
    try:
        return packed(answer)
    except Exception as cause:  # whatever pickling an object of somebody else's raises
        text = f"the fitted model cannot be sent back from a worker process ({type(cause).__name__}: {cause})."
        return packed(StageFailure(f"{text} Make it picklable, or run with jobs=1 and without limits."))


def _unloadable(cause: BaseException) -> StageFailure:
    text = f"the stage could not be loaded in a worker process ({type(cause).__name__}: {cause})."
    return StageFailure(f"{text} Set PYTHONPATH so that its module can be imported, or give its file by --plugins.")
