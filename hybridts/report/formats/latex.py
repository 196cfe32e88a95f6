"""The report as LaTeX to be read into a paper: tables (booktabs) and text; titles, verdict and figures are comments."""

from __future__ import annotations

import re

from hybridts.report.section_parts import Block, Figure, Notice, Pairs, Paragraph, Report, Section, Table, Term, Verdict


def to_latex(report: Report) -> str:
    """Return the text of the file."""
    lines = [_comment(report.title), "% \\usepackage{booktabs}"]
    for section in report.only("tex").sections:
        lines += _section(section)
    return "\n".join(lines) + "\n"


def _section(section: Section) -> list[str]:
    lines = [_comment(section.title)] if section.title else []
    for item in section.items:
        lines += _section(item) if isinstance(item, Section) else _block(item)
    return lines


def _block(block: Block) -> list[str]:
    """Return the lines of a block; mypy refuses a kind of block that has no case."""
    match block:
        case Paragraph():
            parts = (f"\\emph{{{_escaped(p.text)}}}" if isinstance(p, Term) else _escaped(p) for p in block.parts)
            return ["".join(parts), ""]
        case Verdict():
            return [_comment(text) for text in block.texts]
        case Notice():
            return _itemized([_escaped(text) for text in block.texts])
        case Pairs():
            return _itemized([f"{_escaped(label)}: {_escaped(text)}" for label, text in block.items])
        case Table():
            return _tabular(block)
        case Figure():
            return [_comment(f"Figure, see report.html. {block.alternative} {block.caption}")]


def _itemized(items: list[str]) -> list[str]:
    return ["\\begin{itemize}", *(f"\\item {item}" for item in items), "\\end{itemize}"]


def _tabular(table: Table) -> list[str]:
    align = "".join("l" if column.words else "r" for column in table.columns)
    lines = [f"\\begin{{tabular}}{{{align}}}", "\\toprule", _row([column.heading for column in table.columns])]
    lines += ["\\midrule", *(_row([cell.text for cell in row.cells]) for row in table.rows)]
    return [*lines, "\\bottomrule", "\\end{tabular}"]


def _row(cells: list[str]) -> str:
    return " & ".join(_escaped(text) for text in cells) + " \\\\"


def _comment(text: str) -> str:
    return f"% {' '.join(text.split())}"


_ESCAPES = {
    **{c: "\\" + c for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "[": "{[}",
    "∞": r"$\infty$",
}


def _escaped(text: str) -> str:
    """Return text that stays text in LaTeX; a leading minus is a mathematical one."""
    escaped = "".join(_ESCAPES.get(c, c) for c in re.sub(r"\s+", " ", text))
    return f"$-${escaped[1:]}" if escaped[:1] == "-" and escaped[1:2].isdigit() else escaped
