"""A run on a pool of workers: tasks, and parts of tasks over many series, until nothing of it is left."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from hybridts.data.panel import Panel
from hybridts.engine.executors import executor_of
from hybridts.engine.executors.base import Job, Pool, WorkerLost, failed, only_facts, stored
from hybridts.engine.graph import FitTask, Task
from hybridts.engine.progress_state import RunState
from hybridts.engine.resources import Workers
from hybridts.engine.series_cache import Known, pieces, together
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.errors import StageFailure

_AGAIN = "It had been run before, and its worker died then too; the second time no other stage ran beside it."


def run_workers(run: RunState, panel: Panel, workers: Workers) -> None:
    """Run all that waits."""
    pool = executor_of(workers).start(workers, panel, run.store, run.keep)
    try:
        _Drain(run, panel, pool).go()
    finally:
        pool.close()


class _Piece(NamedTuple):
    """What is given to one worker: a task, or its part with this number; `again` after its first worker died."""

    task: Task
    part: int | None = None
    again: bool = False


class _Out(NamedTuple):
    """A piece that a worker has, and since when."""

    piece: _Piece
    since: float


class _Parts:
    """A task that is out in parts, what earlier runs hold of it, and what has come back."""

    def __init__(self, parts: list[FitTask], known: Known | None = None) -> None:
        self.parts = parts
        self.known = known
        self.done: dict[int, Done] = {}

    def whole(self, task: FitTask, panel: Panel, store: StageStore) -> Done | None:
        """The task's result; None while parts are out."""
        if len(self.done) < len(self.parts):
            return None
        return together(task, self.parts, [self.done[i] for i in range(len(self.parts))], self.known, panel, store)


class _Drain:
    """The pieces of a run that wait for a worker, that are out, and that wait for others of their task."""

    def __init__(self, run: RunState, panel: Panel, pool: Pool) -> None:
        self.run = run
        self.panel = panel
        self.pool = pool
        self.queue: deque[_Piece] = deque()
        self.lost: deque[_Piece] = deque()
        self.out: dict[Future[Done], _Out] = {}
        self.parts: dict[str, _Parts] = {}

    def go(self) -> None:
        """Until nothing is left."""
        while self.run.waiting or self.queue or self.out or self.lost:
            self._hand_out(self.pool.room)
            self.pool.wait(self.out)
            for future in [future for future in self.out if future.done()]:
                self._take_back(future, self.out.pop(future))

    def _hand_out(self, room: int) -> None:
        # A few pieces ahead keep the workers busy; the rest wait here, where a failure can still cancel them.
        ready = deque(self.run.ready() if len(self.queue) < room - len(self.out) else ())
        while len(self.out) < room and (self.queue or ready):
            if not self.queue:
                self._queue(ready.popleft())
            else:
                self._submit(self.queue.popleft())
        if self.lost and not self.out:  # when all else is finished: others may have taken the memory it needed
            self._submit(self.lost.popleft())

    def _queue(self, task: Task) -> None:
        del self.run.waiting[task.key]
        known = self.run.memory.of(task, self.panel)
        parts = pieces(task, known, self.panel)
        if not parts and known is None:
            self.queue.append(_Piece(task))
            return
        if not parts:
            assert known is not None and isinstance(task, FitTask)
            done = stored(known.merged(task, self.panel, self.run.store, None), self.run.store)
            self.run.finish(task, done.result.record, None)
            return
        self.parts[task.key] = _Parts(parts, known)
        self.queue.extend(_Piece(task, i) for i in range(len(parts)))

    def _submit(self, piece: _Piece) -> None:
        task = piece.task if piece.part is None else self.parts[piece.task.key].parts[piece.part]
        self.out[self.pool.submit(Job(task, piece.part is not None))] = _Out(piece, time.monotonic())

    def _take_back(self, future: Future[Done], out: _Out) -> None:
        piece = out.piece
        try:
            done = future.result()
        except WorkerLost as cause:
            if not piece.again:
                (self.lost if self.pool.alone else self.queue).append(piece._replace(again=True))
                return
            self._give_up(out, WorkerLost(f"{cause} {_AGAIN}" if self.pool.alone else f"{cause} So did another."))
        except StageFailure as cause:
            self._give_up(out, cause)
        else:
            self._accept(piece, done)

    def _accept(self, piece: _Piece, done: Done) -> None:
        if piece.part is not None:
            whole = self._put_together(piece, done)
            if whole is None:
                return
            done = whole
        self.run.finish(piece.task, done.result.record, done.fitted)

    def _put_together(self, piece: _Piece, done: Done) -> Done | None:
        """The task's result, stored, when its last part has come back; None too where it was given up."""
        task = piece.task
        assert isinstance(task, FitTask) and piece.part is not None
        parts = self.parts.get(task.key)
        if parts is None:
            return None
        parts.done[piece.part] = done
        whole = parts.whole(task, self.panel, self.run.store)
        if whole is None:
            return None
        del self.parts[task.key]
        return only_facts(stored(whole, self.run.store), keep=self.run.keep)

    def _give_up(self, out: _Out, cause: StageFailure) -> None:
        """The task failed as a whole; what else is to come of it is not waited for."""
        task = out.piece.task
        if out.piece.part is not None and self.parts.pop(task.key, None) is None:
            return
        for waiting in (self.queue, self.lost):
            rest = [piece for piece in waiting if piece.task is not task]
            waiting.clear()
            waiting.extend(rest)
        record = failed(task, cause, time.monotonic() - out.since).result.record
        self.run.finish(task, record, None)
