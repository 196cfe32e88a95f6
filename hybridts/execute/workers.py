"""Worker processes: tasks, and parts of tasks over many series, until nothing of a run is left."""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hybridts.execute.parts import join, run_part, split
from hybridts.execute.tasks import Done, run_task
from hybridts.graph import FitTask, Task
from hybridts.panel import Panel
from hybridts.store import StageResult, StageStore

if TYPE_CHECKING:
    from hybridts.execute.local import Running

THREADS = 1


def work(task: Task, panel: Panel, store: StageStore, *, keep: bool) -> Done:
    """Run one task and store it if it finished; back come its facts, and the model if it is to be kept."""
    done = stored(run_task(task, panel, store), store)
    return Done(StageResult({}, done.result.record), done.fitted if keep else None)


def stored(done: Done, store: StageStore) -> Done:
    """The same, in the store if it finished."""
    record = done.result.record
    if record["status"] == "done":
        store.save(record["key"], done.result)
    return done


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Every numerical library on the fixed number of threads, as it was afterwards."""
    import sys

    from threadpoolctl import threadpool_limits

    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch is not None else 0
    if torch is not None:
        torch.set_num_threads(THREADS)
    try:
        with threadpool_limits(THREADS):
            yield
    finally:
        if torch is not None:
            torch.set_num_threads(before)


def run_workers(run: Running, panel: Panel, jobs: int) -> None:
    """Run all that waits on this many processes."""
    file = run.store.path / f"panel-{os.getpid()}-{time.time_ns()}.pickle"
    file.write_bytes(pickle.dumps(panel, protocol=pickle.HIGHEST_PROTOCOL))
    pool = _pool(jobs)
    try:
        _Drain(run, panel, pool, str(file)).go(2 * jobs)
    except BaseException:
        pool.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]
        raise
    finally:
        file.unlink(missing_ok=True)


def _pool(jobs: int) -> Executor:
    from loky import get_reusable_executor

    threads = {name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    pool: Executor = get_reusable_executor(max_workers=jobs, timeout=60, env=threads, reuse="auto")
    return pool


class _Piece(NamedTuple):
    """What one worker is given at a time: a task, or its part with this number."""

    task: Task
    part: int | None = None


class _Parts:
    """A task that is out in parts, and what has come back."""

    def __init__(self, parts: list[FitTask]) -> None:
        self.parts = parts
        self.done: dict[int, Done] = {}

    def whole(self, task: FitTask, panel: Panel) -> Done | None:
        """The task's result; None while parts are out."""
        if len(self.done) < len(self.parts):
            return None
        return join(task, self.parts, [self.done[i] for i in range(len(self.parts))], panel)


class _Drain:
    """The pieces of a run that wait for a worker, that are out, and that wait for others of their task."""

    def __init__(self, run: Running, panel: Panel, pool: Executor, file: str) -> None:
        self.run = run
        self.panel = panel
        self.pool = pool
        self.file = file
        self.queue: deque[_Piece] = deque()
        self.out: dict[Future[Done], _Piece] = {}
        self.parts: dict[str, _Parts] = {}

    def go(self, room: int) -> None:
        """Until nothing is left, with at most `room` pieces out."""
        while self.run.waiting or self.queue or self.out:
            self._hand_out(room)
            finished, _ = wait(self.out, return_when=FIRST_COMPLETED)
            for future in finished:
                self._take_back(self.out.pop(future), future.result())

    def _hand_out(self, room: int) -> None:
        # A few pieces ahead keep the workers busy; the rest wait here, where a failure can still cancel them.
        ready = deque(self.run.ready() if len(self.queue) < room - len(self.out) else ())
        while len(self.out) < room and (self.queue or ready):
            if not self.queue:
                self._queue(ready.popleft())
            piece = self.queue.popleft()
            self.out[self._submit(piece)] = piece

    def _queue(self, task: Task) -> None:
        del self.run.waiting[task.key]
        parts = split(task, self.panel)
        if not parts:
            self.queue.append(_Piece(task))
            return
        self.parts[task.key] = _Parts(parts)
        self.queue.extend(_Piece(task, i) for i in range(len(parts)))

    def _submit(self, piece: _Piece) -> Future[Done]:
        if piece.part is None:
            return self.pool.submit(_whole_remotely, piece.task, self.file, self.run.store, self.run.keep)
        part = self.parts[piece.task.key].parts[piece.part]
        return self.pool.submit(_part_remotely, part, self.file, self.run.store)

    def _take_back(self, piece: _Piece, done: Done) -> None:
        if piece.part is not None:
            whole = self._put_together(piece, done)
            if whole is None:
                return
            done = whole
        self.run.finish(piece.task, done.result.record, done.fitted)

    def _put_together(self, piece: _Piece, done: Done) -> Done | None:
        """The task's result, stored, when its last part has come back."""
        task = piece.task
        assert isinstance(task, FitTask) and piece.part is not None
        parts = self.parts[task.key]
        parts.done[piece.part] = done
        whole = parts.whole(task, self.panel)
        if whole is None:
            return None
        del self.parts[task.key]
        return stored(whole, self.run.store)


# -- in a worker --------------------------------------------------------------------------------------------------
_PANELS: dict[str, Panel] = {}  # the run's panel, read once


def _panel(file: str) -> Panel:
    if file not in _PANELS:
        _PANELS.clear()
        _PANELS[file] = pickle.loads(Path(file).read_bytes())
    return _PANELS[file]


def _whole_remotely(task: Task, panel: str, store: StageStore, keep: bool) -> Done:
    with one_thread():
        return work(task, _panel(panel), store, keep=keep)


def _part_remotely(part: FitTask, panel: str, store: StageStore) -> Done:
    with one_thread():
        return run_part(part, _panel(panel), store)
