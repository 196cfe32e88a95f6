"""The report as GitHub Markdown; folded sections are <details>, figures are their alternative texts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from hybridts.report.language import in_language, tr
from hybridts.report.section_parts import (
    Block,
    Chart,
    Figure,
    Notice,
    Pairs,
    Paragraph,
    Report,
    Section,
    Table,
    Term,
    Verdict,
)
from hybridts.text import visible


def to_markdown(report: Report) -> str:
    """Return the text of the file."""
    report = report.only("md").spoken(report.language)
    where = in_language(tr("Figure, see report.html."), report.language)
    lines = [f"# {_escaped(in_language(report.title, report.language))}", ""]
    for section in report.sections:
        lines += _section(section, "##", where)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section, mark: str, where: str) -> Iterator[str]:
    """Yield the lines of a section; an empty line ends each block."""
    if section.folded:
        yield from [f"<details><summary>{html.escape(visible(section.title), quote=False)}</summary>", ""]
    elif section.title:
        yield from [f"{mark} {_escaped(section.title)}", ""]
    for item in section.items:
        if isinstance(item, Section):
            yield from _section(item, f"{mark}#", where)
        else:
            yield from [*_block(item, where), ""]
    if section.folded:
        yield from ["</details>", ""]


def _block(block: Block, where: str) -> list[str]:
    """Return the lines of a block; mypy refuses a kind of block that has no case. `where` stands for a figure."""
    match block:
        case Paragraph():
            return ["".join(f"*{_escaped(p.text)}*" if isinstance(p, Term) else _escaped(p) for p in block.parts)]
        case Verdict():
            return [f"- {_escaped(text)}" for text in block.texts]
        case Notice():
            return [f"> - {_escaped(text)}" for text in block.texts]
        case Pairs():
            return [f"- {_escaped(label)}: {_escaped(text)}" for label, text in block.items]
        case Table():
            marks = ["---" if column.words else "---:" for column in block.columns]
            head = [_row(_escaped(column.heading) for column in block.columns), _row(marks)]
            return [*head, *(_row(_escaped(cell.text) for cell in row.cells) for row in block.rows)]
        case Figure():
            return [f"*{_escaped(where)}* {_escaped(block.alternative)} {_escaped(block.caption)}"]
        case Chart():
            return []


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    """Return text that stays text in Markdown, also in a table and on one line."""
    text = visible(re.sub(r"[ \t\r\n]+", " ", text)).replace("&", "&amp;").replace("<", "&lt;")
    for mark in ("\\", "|", "*", "_", "`", "[", "~", "$"):
        text = text.replace(mark, "\\" + mark)
    text = re.sub(
        r"(?i)(https?|ftp)://|www\.", lambda found: found.group().replace(":", "&#58;").replace(".", "&#46;"), text
    )
    text = re.sub(r"^([#>+=]|-(?!\d)|\d+(?=[.)](\s|$)))", _escaped_start, text)  # of a heading, a quote, a list
    return text.replace("@", "&#64;")  # mentions and addresses would become links


def _escaped_start(found: re.Match[str]) -> str:
    """Return the begin of a text that is no mark of Markdown; of a number, the dot behind it would be one."""
    mark = found.group()
    return f"&#{ord(mark[0])};{mark[1:]}" if mark[0].isdigit() else f"\\{mark}"
