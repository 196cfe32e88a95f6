"""Write the events of a run to a file for other programs: one JSON object per line, appended as it happens.

    {"event": "start", "time": ..., "total": 427, "done": 12, "cost_total": 879.7, "cost_done": 0.0}
    {"event": "stage", "key": ..., "stage": "LSTM", "kind": "neural", "status": "done", "seconds": 3.2,
     "done": 13, "total": 427, "failed": 0, "elapsed": 3.9}
    {"event": "end", "status": "done", "done": 427, "total": 427, "failed": 0, "elapsed": 512.0}

`start` comes first: the number of distinct stages, of those already finished in the run directory, and the estimated
seconds of work (`cost_total`, of it done: `cost_done`). `stage` is written after every finished stage, with its kind
(neural, statistical, learner, baseline, ensemble) and status: done, failed, or not_applicable. `end` comes last, with
status done, stopped (interrupted), or error and a `message`. `elapsed` is in seconds from the start. Every line is
written in one call, so a reader never sees half of it; an existing file is appended to, and a resumed run adds another
`start`.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from hybridts.engine.progress_state import Event
from hybridts.errors import UserError
from hybridts.files import reason


class EventFile:
    """A watcher that writes every event; entering it opens the file, leaving it writes `end`.

    Attributes:
        path: the file.
        start: clock at the start, in seconds.
        last: the last event, None before the first.

        lost: why no more lines are written, such as a full disk; None while they are.

    Raises:
        UserError: on entering, the file cannot be opened. Once it is open, a line that cannot be written ends the
            events, never the run.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.start = time.monotonic()
        self.last: Event | None = None
        self.lost: OSError | None = None
        self._file = -1

    def __enter__(self) -> EventFile:
        try:
            # a pipe without a reader must not hold up the run, neither here nor later
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666)
        except OSError as cause:
            raise UserError(f"events cannot be written to {self.path}: {reason(cause)}. Give another file.") from cause
        except ValueError as cause:
            raise UserError(f"events cannot be written to {str(self.path)!r}: {cause}. Give another file.") from cause
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = "done" if kind is None else "error" if issubclass(kind, Exception) else "stopped"
        message = {"message": str(value)} if status == "error" else {}
        self._write({"event": "end", "status": status, **message, **self._counts()})
        with contextlib.suppress(OSError):
            os.close(self._file)

    def __call__(self, event: Event) -> None:
        """Write one event."""
        self.last = event
        if event.record is None:
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            work = {"cost_total": round(event.cost_total, 1), "cost_done": round(event.cost_done, 1)}
            self._write({"event": "start", "time": now, "total": event.total, "done": event.done, **work})
            return
        stage = {name: event.record[name] for name in ("key", "stage", "kind", "status", "seconds")}
        self._write({"event": "stage", **stage, **self._counts()})

    def _counts(self) -> dict[str, Any]:
        event = self.last
        known = {} if event is None else {"done": event.done, "total": event.total, "failed": event.failed}
        return {**known, "elapsed": round(time.monotonic() - self.start, 3)}

    def _write(self, line: dict[str, Any]) -> None:
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        if self.lost is not None:
            return
        try:
            written = os.write(self._file, data)
        except BlockingIOError:  # a pipe whose reader is slow: this line is dropped
            return
        except OSError as cause:
            self.lost = cause
            return
        if written < len(data):  # the disk is full: take the half line back
            self.lost = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, os.fstat(self._file).st_size - written)
