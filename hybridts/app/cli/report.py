"""`hybridts report`: write the leaderboard report of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridts.app.cli.console import given_path, result, split
from hybridts.errors import HybridtsError, UserError
from hybridts.text import visible

_FORMATS = "Any of html,md,csv,tex,json; and svg,pdf,png for each figure as a file in figures/."


def report(
    runs: Annotated[list[str], typer.Argument(help="Run directories or URLs; several on equal data are one board.")],
    format: Annotated[str, typer.Option(help=_FORMATS)] = "html,md,csv,tex,json",
    out: Annotated[
        Path | None, typer.Option(parser=given_path, metavar="PATH", help="Folder to write into; default RUN/report.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of html (at first) and md: en or zh.")] = "en",
) -> None:
    """Write the leaderboard report of a finished run, or of several on equal data and windows."""
    from hybridts.app.api import merged_board

    try:
        board = merged_board(runs)
    except HybridtsError as error:
        raise UserError(str(error)) from error
    if out is None and len(runs) > 1:
        raise UserError("a report of several runs belongs to none of them: give a folder for it by --out.")
    if out is None and not isinstance(board.path, Path):
        raise UserError(f"{runs[0]} is a URL: give a local folder for the report by --out.")
    for path in board.report(out or Path(runs[0]) / "report", split(format), lang):
        result(visible(str(path)))
