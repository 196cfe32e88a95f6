"""`hybridts report`: write the leaderboard report of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridts.app.cli.console import result, split
from hybridts.errors import HybridtsError, UserError


def report(
    run: Annotated[str, typer.Argument(help="A run directory or URL.")],
    format: Annotated[str, typer.Option(help="Any of html,md,csv,tex,json.")] = "html,md,csv,tex,json",
    out: Annotated[Path | None, typer.Option(help="Folder to write into; default RUN/report.")] = None,
) -> None:
    """Write the leaderboard report of a finished run."""
    from hybridts.app.api import load_board

    try:
        board = load_board(run)
    except HybridtsError as error:
        raise UserError(str(error)) from error
    if out is None and not isinstance(board.path, Path):
        raise UserError(f"{run} is a URL: give a local folder for the report by --out.")
    for path in board.report(out or Path(run) / "report", split(format)):
        result(str(path))
