"""Reports: a run written as html, md, csv, tex and json; nothing is fitted or forecast again.

``sections/`` makes the content, ``section_parts.py`` are its values, ``formats/`` writes them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hybridts import text as words
from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.evaluation.leaderboard import Evaluation, Missing, board
from hybridts.evaluation.run import Run
from hybridts.files import whole_file
from hybridts.report.formats import WRITERS
from hybridts.report.section_parts import Report
from hybridts.report.sections import sections_of

FORMATS = tuple(WRITERS)


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
    if os.path.exists(out) and not os.path.isdir(out):  # before the report is drawn, which takes a while
        raise UserError(f"{out} is a file: give a folder for the report, which is made if needed.")
    report = report_of(run, missing)
    texts = {file: writer(report) for file, writer in (WRITERS[name] for name in wanted)}
    return [_write(Path(out) / file, text) for file, text in texts.items()]


def report_of(run: Run, missing: Missing = "flag") -> Report:
    """Return a run's report before any format writes it; its texts hold no path of this machine.

    Raises:
        BadSetting: an unknown policy.
        UserError: cells are missing and the policy is "error".
    """
    evaluation = Evaluation(run)
    table = board(evaluation, missing=missing)
    clean = table.assign(reason=[words.without_paths(str(reason)) for reason in table["reason"]])
    clean.attrs = table.attrs
    return Report(run.path.name or "run", sections_of(evaluation, clean))


def _wanted(formats: str | Sequence[str]) -> list[str]:
    """Return the formats asked for, each once."""
    listed = [name.strip() for name in formats.split(",")] if isinstance(formats, str) else formats
    for name in listed:
        if name not in WRITERS:
            allowed = ", ".join(WRITERS)
            hint = did_you_mean(name, WRITERS)
            raise BadSetting(f"{name!r} is not a report format; there are {allowed}.{hint}", "format", name, allowed)
    return list(dict.fromkeys(listed))


def _write(path: Path, text: str) -> Path:
    """Write a text and return its path."""
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise UserError(f"{path} cannot be written: {reason}. Give a folder that can be made and written.") from cause
    return path
