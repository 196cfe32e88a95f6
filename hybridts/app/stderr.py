"""The console on stderr."""

from __future__ import annotations

from rich.console import Console


class StderrConsole(Console):
    """A console on stderr that raises BrokenPipeError where its reader has gone; rich would end the process."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(stderr=True, soft_wrap=True, highlight=False, quiet=quiet)

    def on_broken_pipe(self) -> None:
        """Raise the error again; called while it is handled."""
        raise BrokenPipeError
