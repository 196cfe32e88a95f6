"""Loop of a worker process: receive jobs through a pipe and send back results until the pipe closes."""

from __future__ import annotations

import pickle
from multiprocessing.connection import Connection

from hybridts.data.panel import Panel
from hybridts.engine.executors.base import WorkerJob, one_thread, packed, perform, stored, without_arrays
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure

#: Messages of a worker before a result: it waits for jobs; it has loaded a job and begins.
READY, BEGUN = b"ready", b"begun"


def serve(pipe: Connection) -> None:
    """Run jobs until the pipe closes."""
    try:
        pipe.send_bytes(READY)
        panel, store, keep = pickle.loads(pipe.recv_bytes())
        while True:
            pipe.send_bytes(_run_next(pipe, panel, store, keep=keep))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _run_next(pipe: Connection, panel: Panel, store: StageStore, *, keep: bool) -> bytes:
    """Run the next job; return a pickled `Done`, a StageFailure of this job, or an exception that ends the run."""
    blob = pipe.recv_bytes()
    try:
        job = pickle.loads(blob)
    except BaseException as cause:  # importing a user's module may raise anything
        return _pickled(_unloadable(cause))
    pipe.send_bytes(BEGUN)
    try:
        return _pickled(_run(job, panel, store, keep=keep))
    except Exception as cause:  # not of the model, whose exceptions become records; for example a full disk
        return _pickled(cause)
    except BaseException as cause:
        return _pickled(StageFailure(f"{job.task.stage} left with {type(cause).__name__} {cause}".rstrip() + "."))


def _run(job: WorkerJob, panel: Panel, store: StageStore, *, keep: bool) -> Done:
    with one_thread(networks=job.task.kind == "neural"):
        done = perform(job, panel, store)
    return done if job.part else without_arrays(stored(done, store), keep=keep)


def _pickled(result: object) -> bytes:
    try:
        return packed(result)
    except Exception as cause:  # pickling a user's object may raise anything
        text = f"the fitted model cannot be sent back from a worker process ({type(cause).__name__}: {cause})."
        return packed(StageFailure(f"{text} Make it picklable, or run with jobs=1 and without limits."))


def _unloadable(cause: BaseException) -> StageFailure:
    text = f"the stage could not be loaded in a worker process ({type(cause).__name__}: {cause})."
    return StageFailure(f"{text} Set PYTHONPATH so that its module can be imported, or give its file by --plugins.")
