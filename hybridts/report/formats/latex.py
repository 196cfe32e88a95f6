"""The report as LaTeX to be read into a paper: tables (booktabs) and text; titles, verdict and figures are comments.

The file is a fragment for \\input; it needs \\usepackage{booktabs}, and \\usepackage{longtable} for long tables. It
compiles with every LaTeX: letters that pdfLaTeX does not know are their numbers there, and themselves in XeLaTeX and
LuaLaTeX.
"""

from __future__ import annotations

import re

from hybridts.report.section_parts import (
    Block,
    Cell,
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

#: Shows a letter where the compiler reads Unicode, and else its number.
_CHARACTER = r"\providecommand{\unicodechar}[2]{\ifdefined\Umathchar #2\else[U+#1]\fi}"
LONG = 45  # rows from which a table runs over several pages


def to_latex(report: Report) -> str:
    """Return the text of the file."""
    lines = [_comment(report.title), "% \\usepackage{booktabs}", "% \\usepackage{longtable}", _CHARACTER]
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
            return ["", "".join(parts), ""]
        case Verdict():
            return [_comment(text) for text in block.texts]
        case Notice():
            return _itemized([_escaped(text) for text in block.texts])
        case Pairs():
            return _itemized([f"{_escaped(label)}: {_escaped(text)}" for label, text in block.items])
        case Table():
            return _tabular(block)
        case Figure():
            return [_comment(f"Figure, see figures/{block.name}.pdf. {block.alternative} {block.caption}")]
        case Chart():
            return []


def _itemized(items: list[str]) -> list[str]:
    return ["\\begin{itemize}", *(f"\\item {item}" for item in items), "\\end{itemize}"]


def _tabular(table: Table) -> list[str]:
    align = "".join("l" if column.words else "r" for column in table.columns)
    kind = "longtable" if len(table.rows) >= LONG else "tabular"
    head = " & ".join(_escaped(column.heading) for column in table.columns) + " \\\\"
    lines = [f"\\begin{{{kind}}}{{{align}}}", "\\toprule", head, "\\midrule"]
    lines += ["\\endhead"] if kind == "longtable" else []
    lines += [" & ".join(map(_cell, row.cells)) + " \\\\" for row in table.rows]
    return [*lines, "\\bottomrule", f"\\end{{{kind}}}"]


def _cell(cell: Cell) -> str:
    text = _escaped(cell.text)
    return f"\\textbf{{{text}}}" if cell.key == "bold" and text else text


def _comment(text: str) -> str:
    return f"% {visible(' '.join(text.split()))}"


_ESCAPES = {
    **{c: "\\" + c for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "[": "{[}",
    "]": "{]}",
    '"': r"{\char34}",
    "∞": r"$\infty$",
    "±": r"$\pm$",
    "†": r"$^\dagger$",
    "×": r"$\times$",
    "…": r"\ldots{}",
    "–": r"\textendash{}",
}


def _escaped(text: str) -> str:
    """Return text that stays text in LaTeX; a leading minus is a mathematical one."""
    plain = visible(re.sub(r"\s+", " ", text))
    if re.fullmatch(r"[+-][\d.]+", plain):
        return f"${plain[0]}${plain[1:]}"
    escaped = "".join(_ESCAPES.get(c) or _letter(c) for c in plain)
    return re.sub(r"([-'`,?!])(?=[-'`?!])", r"\1{}", escaped)  # such pairs are ligatures: --, '', ?`


def _letter(c: str) -> str:
    """Return a character, in `_CHARACTER` where not every LaTeX knows it."""
    known = c.isascii() or ("À" <= c <= "ÿ" and c not in "ÐðÞþ×÷")
    return c if known else f"\\unicodechar{{{ord(c):04X}}}{{{c}}}"
