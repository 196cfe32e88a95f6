"""Show progress on stderr: one live line in a terminal, elsewhere a plain line every ten seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from types import TracebackType

from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from hybridts.app.stderr import StderrConsole
from hybridts.engine.progress_state import Event
from hybridts.evaluation.plan_summary import duration
from hybridts.text import shortened, visible

#: Seconds between plain lines.
INTERVAL = 10.0


class Progress:
    """A watcher that shows stages done and total, rate, time left and failures so far.

    A stderr that is full, closed or without a reader ends the showing, never the run.

    Args:
        quiet: print nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = StderrConsole(quiet=quiet)
        self.quiet = quiet
        self.start = time.monotonic()
        self.printed_at = self.start
        self.cost_at_start = 0.0  # estimated seconds of work found finished in the store
        self.done_at_start = 0  # and the number of these stages
        self.bar: Bar | None = None
        self.task: TaskID | None = None
        self.lost = False  # nothing more can be shown

    def __enter__(self) -> Progress:
        with self._may_fail():
            self._start_bar()
        return self

    def _start_bar(self) -> None:
        """Start the live line where stderr is a terminal."""
        if sys.stderr.isatty() and not self.quiet:
            columns = (TextColumn("stages"), BarColumn(), TextColumn("{task.description}", markup=False))
            self.bar = Bar(*columns, console=self.console, transient=True)
            self.bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            with self._may_fail():
                self.bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one more finished stage; the first event has none."""
        if not self.lost:
            with self._may_fail():
                self._show(event)

    @contextlib.contextmanager
    def _may_fail(self) -> Iterator[None]:
        """Give up showing where stderr cannot be written."""
        try:
            yield
        except (OSError, ValueError, AttributeError):  # full or without a reader; closed; None
            self.lost = True

    def _show(self, event: Event) -> None:
        now = time.monotonic()
        if event.record is None:
            self.start, self.cost_at_start, self.done_at_start = now, event.cost_done, event.done
            self.console.print(Text("\n".join(map(visible, event.note.split("\n")))))
        text = self._text(event, now)
        if self.bar is not None:
            if self.task is None:
                self.task = self.bar.add_task("", total=event.total)
            self.bar.update(self.task, completed=event.done, total=event.total, description=text)
        elif now - self.printed_at >= INTERVAL or event.done == event.total or event.record is None:
            self.printed_at = now
            self.console.print(Text(text))

    def _text(self, event: Event, now: float) -> str:
        """Return the line of an event."""
        parts = [f"{event.done}/{event.total} stages"]
        rate = self._rate(event, now)
        if rate:
            parts.append(rate)
        if event.done < event.total:
            left = self._left(event, now)
            parts.append("time left unknown yet" if left is None else f"about {duration(left)} left")
        if event.failed:
            parts.append(f"{event.failed} failed")
        if event.record is not None:
            parts.append(f"last: {visible(shortened(event.record['stage']))} ({event.record['seconds']:.1f} s)")
        return ", ".join(parts)

    def _rate(self, event: Event, now: float) -> str:
        """Return finished stages per second or minute; empty in the first second."""
        run, seconds = event.done - self.done_at_start, now - self.start
        if run <= 0 or seconds < 1:
            return ""
        return f"{run / seconds:.1f} a second" if run > seconds else f"{60 * run / seconds:.1f} a minute"

    def _left(self, event: Event, now: float) -> float | None:
        """Return the seconds left: the remaining estimated work at the speed so far; None before any work is done."""
        worked = event.cost_done - self.cost_at_start
        return (now - self.start) / worked * (event.cost_total - event.cost_done) if worked > 0 else None
