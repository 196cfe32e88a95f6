"""Reports: a run written as html, md, csv, tex and json; nothing is fitted or forecast again.

``sections/`` makes the content, ``section_parts.py`` are its values, ``formats/`` writes them, ``page/`` holds the
template, style and scripts of the html page. What sections need: ``evidence.py`` (how sure the board is),
``equal_names.py`` and ``selection.py`` (which names to show), ``forecast_paths.py``, ``error_views.py``,
``residuals.py`` and ``window_spans.py`` (values of the charts), ``stages.py`` and ``choices.py`` (what stages found),
``drawing.py`` and ``medium.py`` (figures as files), ``language.py``, ``recognised.py``, ``chinese.py`` and
``chinese_found.py`` (texts in two languages). ``merge.py`` makes one run of several, ``notebook.py`` is what a board
shows of itself.

A run directory is data, whoever made it: its tables and its manifest are read as Parquet and JSON, its config.yaml and
its stages are not read at all, no plugin is loaded and nothing of it is executed. Its texts are shown as texts in every
format: escaped, and with characters that cannot be seen as escapes.
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
from hybridts.report.drawing import DRAWINGS
from hybridts.report.formats import WRITERS
from hybridts.report.language import LANGUAGES, Language
from hybridts.report.medium import Medium, missing_font
from hybridts.report.section_parts import Figure, Report
from hybridts.report.sections import sections_of

#: Written unless others are asked for.
FORMATS = tuple(WRITERS)


def write_report(
    run: Run,
    out: Path | str,
    formats: str | Sequence[str] = FORMATS,
    missing: Missing = "flag",
    lang: str = "en",
) -> list[Path]:
    """Write a run's report into a directory, which is made if needed; the same run gives the same bytes.

    Args:
        run: a finished backtest.
        out: the directory.
        formats: any of html, md, csv, tex, json, and svg, pdf, png for every figure as a file in ``figures/``; one,
            several with commas, or a list.
        missing: what to do with names that miss cells: "flag", "drop" or "error".
        lang: "en" or "zh": the language of md, of figures (see `medium`) and of the page's first view; the other
            formats are English.

    Returns the written files, in the order of `formats`.

    Raises:
        BadSetting: an unknown format or policy.
        UserError: cells are missing and the policy is "error", or the directory is a file or cannot be written.
    """
    wanted = _wanted(formats)
    if os.path.exists(out) and not os.path.isdir(out):  # before the report is drawn, which takes a while
        raise UserError(f"{out} is a file: give a folder for the report, which is made if needed.")
    report = report_of(run, missing, _language(lang))
    written: dict[str, bytes] = {}
    for name in wanted:
        if name in WRITERS:
            file, writer = WRITERS[name]
            written[file] = writer(report).encode(errors="backslashreplace")
        else:
            medium = Medium(name, report.language)
            written |= {f"figures/{figure.name}.{name}": figure.draw(medium) for figure in figures_of(report)}
    return [_write(Path(out) / file, content) for file, content in written.items()]


def notice_of(run: Run, formats: str | Sequence[str], lang: str) -> str:
    """Return what a reader of the report's figures must know; empty where there is nothing."""
    ids = run.forecasts["unique_id"].unique()
    texts = (*map(str, ids), *(str(model["name"]) for model in run.manifest["models"]))
    return missing_font([name for name in _wanted(formats) if name in DRAWINGS], _language(lang), texts)


def report_of(run: Run, missing: Missing = "flag", lang: Language = "en") -> Report:
    """Return a run's report before any format writes it; its texts hold no path of this machine.

    Raises:
        BadSetting: an unknown policy.
        UserError: cells are missing and the policy is "error".
    """
    evaluation = Evaluation(run)
    table = board(evaluation, missing=missing)
    clean = table.assign(reason=[words.without_paths(str(reason)) for reason in table["reason"]])
    clean.attrs = table.attrs
    return Report(run.path.name or "run", sections_of(evaluation, clean), lang)


def figures_of(report: Report) -> list[Figure]:
    """Return the figures of a report, in its order."""
    return [block for block in report.blocks() if isinstance(block, Figure)]


def _language(lang: str) -> Language:
    for known in LANGUAGES:
        if lang == known:
            return known
    allowed = ", ".join(LANGUAGES)
    raise BadSetting(f"{lang!r} is not a language of reports; there are {allowed}.", "lang", lang, allowed)


def _wanted(formats: str | Sequence[str]) -> list[str]:
    """Return the formats asked for, each once."""
    listed = [name.strip() for name in formats.split(",")] if isinstance(formats, str) else formats
    for name in listed:
        if name not in (*WRITERS, *DRAWINGS):
            allowed = ", ".join((*WRITERS, *DRAWINGS))
            hint = did_you_mean(name, (*WRITERS, *DRAWINGS))
            raise BadSetting(f"{name!r} is not a report format; there are {allowed}.{hint}", "format", name, allowed)
    return list(dict.fromkeys(listed))


def _write(path: Path, content: bytes) -> Path:
    """Write a file and return its path."""
    try:
        with whole_file(path) as file:
            file.write(content)
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise UserError(f"{path} cannot be written: {reason}. Give a folder that can be made and written.") from cause
    return path
