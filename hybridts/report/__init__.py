"""Reports: pure functions of a run that write it as html, md, csv, tex and json; no forecast is ever recomputed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.evaluation.leaderboard import Evaluation, Missing, board
from hybridts.evaluation.run import Run
from hybridts.files import whole_file
from hybridts.report.formats import tables
from hybridts.report.formats.html import to_html
from hybridts.report.sections.content import gather

FILES = {
    "html": "report.html",
    "md": "leaderboard.md",
    "csv": "leaderboard.csv",
    "tex": "leaderboard.tex",
    "json": "leaderboard.json",
}
FORMATS = tuple(FILES)


def write_report(
    run: Run, out: Path | str, formats: str | Sequence[str] = FORMATS, missing: Missing = "flag"
) -> list[Path]:
    """Write a run's report into a directory, which is made if needed; the same run gives the same bytes.

    Args:
        run: a finished backtest.
        out: the directory.
        formats: any of html, md, csv, tex, json; one, several with commas, or a list.
        missing: what to do with names that miss cells: "flag", "drop" or "error".

    Returns the written files, in the order of `formats`.

    Raises:
        BadSetting: an unknown format or policy.
        UserError: cells are missing and the policy is "error", or the directory is a file or cannot be written.
    """
    wanted = _wanted(formats)
    if os.path.exists(out) and not os.path.isdir(out):  # said before the report is drawn, which takes a while
        raise UserError(f"{out} is a file: give a folder for the report, which is made if needed.")
    evaluation = Evaluation(run)
    content = gather(evaluation, board(evaluation, missing=missing))
    writers = {"md": tables.to_markdown, "csv": tables.to_csv, "tex": tables.to_latex, "json": tables.to_json}
    texts = {name: to_html(evaluation, content) if name == "html" else writers[name](content) for name in wanted}
    return [_write(Path(out) / FILES[name], text) for name, text in texts.items()]


def _wanted(formats: str | Sequence[str]) -> list[str]:
    """The formats asked for, each once."""
    listed = [name.strip() for name in formats.split(",")] if isinstance(formats, str) else formats
    for name in listed:
        if name not in FILES:
            allowed = ", ".join(FILES)
            hint = did_you_mean(name, FILES)
            raise BadSetting(f"{name!r} is not a report format; there are {allowed}.{hint}", "format", name, allowed)
    return list(dict.fromkeys(listed))


def _write(path: Path, text: str) -> Path:
    """The path, once the text is there."""
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise UserError(f"{path} cannot be written: {reason}. Give a folder that can be made and written.") from cause
    return path
