"""What a backtest in Python shows: progress as a live line in terminals and notebooks, notices by `logging`."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from hybridts.text import shortened

if TYPE_CHECKING:
    from hybridts.engine.progress_state import Event, Watcher

#: Where notices go: shown on stderr unless the caller configures logging otherwise.
LOGGER = logging.getLogger("hybridts")


def in_notebook() -> bool:
    """Return whether this process runs cells of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


class NotebookLine:
    """A watcher that rewrites one line in the output of a cell."""

    def __init__(self) -> None:
        self.shown_at = 0.0
        self.width = 0

    def __call__(self, event: Event) -> None:
        """Show stages done, failed, and the last one; at most five times a second."""
        now = time.monotonic()
        if now - self.shown_at < 0.2 and event.done < event.total:
            return
        self.shown_at = now
        failed = f", {event.failed} failed" if event.failed else ""
        last = f", last: {shortened(event.record['stage'])}" if event.record is not None else ""
        text = f"{event.done}/{event.total} stages{failed}{last}"
        end = "\n" if event.done == event.total else ""
        sys.stderr.write(f"\r{text:<{self.width}}{end}")
        sys.stderr.flush()
        self.width = len(text)


@contextlib.contextmanager
def shown(verbose: bool | None, watch: Watcher | None) -> Iterator[Watcher | None]:
    """Yield a watcher that shows progress and calls `watch`.

    Args:
        verbose: True: always; False: never; None: where stderr is a terminal or a notebook.
        watch: called after every stage; None for nothing.
    """
    live = verbose if verbose is not None else (in_notebook() or bool(sys.stderr and sys.stderr.isatty()))
    if not live:
        yield watch
        return
    with contextlib.ExitStack() as stack:
        if in_notebook():
            line: Callable[[Event], None] = NotebookLine()
        else:
            from hybridts.app.progress import Progress

            line = stack.enter_context(Progress())
        yield line if watch is None else _both(line, watch)


def _both(first: Callable[[Event], None], second: Callable[[Event], None]) -> Callable[[Event], None]:
    def watch(event: Event) -> None:
        first(event)
        second(event)

    return watch


def say(notices: Iterable[str], verbose: bool | None) -> None:
    """Log notices, unless `verbose` is False."""
    for text in notices if verbose is not False else ():
        LOGGER.warning(text)
