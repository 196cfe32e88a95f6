"""The formats of a report, a file each.

To add one: write a file here with a function from `Report` to text, list it in `WRITERS`, and name it in
`blocks.Format`.
"""

from __future__ import annotations

from collections.abc import Callable

from hybridts.report.formats.csv import to_csv
from hybridts.report.formats.html import to_html
from hybridts.report.formats.json import to_json
from hybridts.report.formats.latex import to_latex
from hybridts.report.formats.markdown import to_markdown
from hybridts.report.section_parts import Report

#: Format -> name of its file, and its writer.
WRITERS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "html": ("report.html", to_html),
    "md": ("leaderboard.md", to_markdown),
    "csv": ("leaderboard.csv", to_csv),
    "tex": ("leaderboard.tex", to_latex),
    "json": ("leaderboard.json", to_json),
}
