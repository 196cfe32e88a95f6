"""Reports: pure functions of a run that write it as html, md, csv, tex and json; no forecast is ever recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hybridts.errors import BadSetting, did_you_mean
from hybridts.leaderboard import Evaluation, Missing, board
from hybridts.report import tables
from hybridts.report.content import gather
from hybridts.report.html import to_html
from hybridts.store import Run, whole_file

FILES = {
    "html": "report.html",
    "md": "leaderboard.md",
    "csv": "leaderboard.csv",
    "tex": "leaderboard.tex",
    "json": "leaderboard.json",
}
FORMATS = tuple(FILES)


def write_report(run: Run, out: Path | str, formats: Sequence[str] = FORMATS, missing: Missing = "flag") -> list[Path]:
    """Write a run's report into a directory, which is made if needed; the same run gives the same bytes.

    Args:
        run: a finished backtest.
        out: the directory.
        formats: any of html, md, csv, tex, json.
        missing: what to do with names that miss cells: "flag", "drop" or "error".

    Returns the written files, in the order of `formats`.

    Raises:
        BadSetting: an unknown format or policy.
        UserError: cells are missing and the policy is "error".
    """
    wanted = list(dict.fromkeys([formats] if isinstance(formats, str) else formats))
    for name in wanted:
        if name not in FILES:
            allowed = ", ".join(FILES)
            hint = did_you_mean(name, FILES)
            raise BadSetting(f"{name!r} is not a report format; there are {allowed}.{hint}", "format", name, allowed)
    evaluation = Evaluation(run)
    content = gather(evaluation, board(evaluation, missing=missing))
    writers = {"md": tables.to_markdown, "csv": tables.to_csv, "tex": tables.to_latex, "json": tables.to_json}
    paths = []
    for name in wanted:
        text = to_html(evaluation, content) if name == "html" else writers[name](content)
        path = Path(out) / FILES[name]
        with whole_file(path) as file:
            file.write(text.encode())
        paths.append(path)
    return paths
