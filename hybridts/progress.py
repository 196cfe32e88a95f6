"""Progress on stderr: one live line in a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from hybridts.execute.local import Event

EVERY = 10.0


class Progress:
    """A watcher of an execution: stages done, total, time left, failures so far."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.start = time.monotonic()
        self.told = self.start
        self.begun = 0.0  # work that the store already held when the run began
        self.bar: Bar | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            columns = (TextColumn("stages"), BarColumn(), TextColumn("{task.description}"))
            self.bar = Bar(*columns, console=self.console, transient=True)
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, event: Event) -> None:
        """Tell about one more finished stage."""
        now = time.monotonic()
        if event.record is None:
            self.start, self.begun = now, event.cost_done
            self.console.print(event.note, highlight=False, soft_wrap=True)
        text = self._text(event, now)
        if self.bar is not None:
            if self.task is None:
                self.task = self.bar.add_task("", total=event.total)
            self.bar.update(self.task, completed=event.done, total=event.total, description=text)
        elif now - self.told >= EVERY or event.done == event.total or event.record is None:
            self.told = now
            self.console.print(text, highlight=False, soft_wrap=True)

    def _text(self, event: Event, now: float) -> str:
        worked = event.cost_done - self.begun
        left = (now - self.start) / worked * (event.cost_total - event.cost_done) if worked > 0 else None
        parts = [f"{event.done}/{event.total} stages"]
        if event.done < event.total:
            parts.append("time left unknown yet" if left is None else f"about {left:.0f} s left")
        if event.failed:
            parts.append(f"{event.failed} failed")
        if event.record is not None:
            parts.append(f"last: {event.record['stage']} ({event.record['seconds']:.1f} s)")
        return ", ".join(parts)
