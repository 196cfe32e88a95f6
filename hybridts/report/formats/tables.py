"""The leaderboard as CSV, GitHub Markdown, LaTeX (booktabs) and JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.metrics import METRICS
from hybridts.report.sections.content import Content
from hybridts.report.sections.fitted_orders import Chosen

HEADINGS = {
    "rank": "#",
    "MASE_median": "MASE median",
    "gain_over_part": "gain over part %",
    "part": "best part",
    "p_part": "p (part)",
    "vs_best_baseline": "vs baseline %",
    "p_raw": "p alone",
    "seconds_alone": "s alone",
    "seconds_added": "s added",
}
_HIDDEN = ("undefined", "status", "reason")  # in CSV and JSON; elsewhere the words say it


def cell(column: str, value: Any) -> str:
    """One value of the leaderboard as a reader sees it."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if column in METRICS or column == "MASE_median":
        return words.number(float(value))
    if column in ("gain_over_part", "vs_best_baseline"):
        return words.percent(float(value))
    if column in ("p", "p_part", "p_raw"):
        return words.p_value(float(value))
    if column.startswith("seconds"):
        return words.seconds(float(value))
    return str(value)


def columns_shown(board: pd.DataFrame) -> list[str]:
    """The columns for human eyes; counts that are zero everywhere are left out."""
    empty = [c for c in ("missing", "failures") if not board[c].any()]
    return [c for c in board.columns if c not in _HIDDEN and c not in empty]


def shown(board: pd.DataFrame) -> list[list[str]]:
    """The rows for human eyes."""
    columns = columns_shown(board)
    return [[cell(c, v) for c, v in zip(columns, row, strict=True)] for row in board[columns].itertuples(index=False)]


def to_csv(content: Content) -> str:
    """All columns, full precision."""
    return str(content.board.to_csv(index=False, lineterminator="\n"))


def to_markdown(content: Content) -> str:
    """A GitHub page: verdict, leaderboard, names without a rank, what the models chose."""
    board = content.board
    columns = columns_shown(board)
    right = [c not in ("model", "family", "part") for c in columns]
    lines = [f"# Leaderboard: {_markdown(content.title)}", "", *(f"- {_markdown(s)}" for s in content.verdict), ""]
    lines.append("| " + " | ".join(HEADINGS.get(c, c) for c in columns) + " |")
    lines.append("| " + " | ".join("---:" if r else "---" for r in right) + " |")
    lines += ["| " + " | ".join(_markdown(v) for v in row) + " |" for row in shown(board)]
    lines += ["", *(f"- {label}: {_markdown(text)}" for label, text in content.setup)]
    unranked = board[(board["status"] != "complete") & (board["reason"] != "")]
    if len(unranked):
        lines += ["", "## Without a rank", ""]
        for name, status, reason in zip(unranked["model"], unranked["status"], unranked["reason"], strict=True):
            lines.append(f"- {_markdown(name)}: {status.replace('_', ' ')}, {_markdown(reason)}")
    lines += _gate_lines(content)
    lines += _chosen_lines(content)
    lines += ["", "## Notes", "", *(f"- {_markdown(n)}" for n in content.notices)] if content.notices else []
    return "\n".join(lines) + "\n"


def _gate_lines(content: Content) -> list[str]:
    """How much of each correction is used and why, one item per correction; the reason is its newest window's."""
    if content.gates.empty:
        return []
    lines = ["", "## Gates", "", "How much of each correction is used (mean over steps and windows), and why.", ""]
    for stage, rows in content.gates.groupby("stage", sort=False):
        newest = rows.sort_values("window").iloc[-1]
        opened = sum(any(gate) for gate in rows["gate"])
        windows = f", open in {opened} of {len(rows)} windows; the newest" if len(rows) > 1 else ""
        text = f"{words.share(rows['gate'])}{windows}: {newest['reason']}"
        lines.append(f"- {_markdown(str(stage))}: {_markdown(text)}")
    return lines


def _chosen_lines(content: Content) -> list[str]:
    """What the models chose, one item per stage."""
    if not content.chosen:
        return []
    lines = ["", "## What the models chose", "", _markdown(content.chosen_words), ""]
    for c in content.chosen:
        parts = ["; ".join(c.lines()), f"Models tried: {c.search()}" if c.search() else "", *map(str, c.remarks)]
        lines.append(f"- {_markdown(c.stage)}: {_markdown('. '.join(p for p in parts if p))}")
    return lines


def _markdown(text: str) -> str:
    """Text that stays text in a Markdown table."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    for mark in ("\\", "|", "*", "_", "`", "["):
        text = text.replace(mark, "\\" + mark)
    return text


def to_latex(content: Content) -> str:
    """A tabular for a paper; needs the booktabs package."""
    board = content.board
    drop = ("family", "p_raw", "seconds_added", "cells", "failures", "missing")
    table = board.drop(columns=[c for c in drop if c in board])
    columns = columns_shown(board.drop(columns=[c for c in drop if c not in ("failures", "missing")]))
    columns = [c for c in columns if c in table]
    align = "".join("l" if c in ("model", "part") else "r" for c in columns)
    lines = [f"% {' '.join(content.title.split())}: {' '.join(content.verdict[0].split())}" if content.verdict else ""]
    lines += ["% \\usepackage{booktabs}", f"\\begin{{tabular}}{{{align}}}", "\\toprule"]
    lines.append(" & ".join(_latex(HEADINGS.get(c, c)) for c in columns) + " \\\\")
    lines.append("\\midrule")
    for row in table[columns].itertuples(index=False):
        lines.append(" & ".join(_latex(cell(c, v)) for c, v in zip(columns, row, strict=True)) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


_LATEX = {
    **{c: "\\" + c for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "∞": r"$\infty$",
}


def _latex(text: str) -> str:
    """Text that stays text in LaTeX; a leading minus is a mathematical one."""
    escaped = "".join(_LATEX.get(c, c) for c in " ".join(text.split()))
    return f"$-${escaped[1:]}" if escaped[:1] == "-" and escaped[1:2].isdigit() else escaped


def to_json(content: Content) -> str:
    """Everything the report says, for scripts; an unknown number is null, an infinite one a string."""
    value = {
        "run": content.title,
        "verdict": content.verdict,
        "measure": content.board.attrs["measure"],
        "best_baseline": content.board.attrs["best_baseline"] or None,
        "test": content.board.attrs["test"],
        "leaderboard": _records(content.board),
        "evaluation": dict(content.setup),
        "windows": _records(content.windows),
        "left_out": _records(content.left_out),
        "choices": [_choice(c) for c in content.chosen],
        "gates": _records(content.gates),
        "failures": _records(content.failures),
        "not_applicable": _records(content.not_applicable),
        "sharing": _records(content.sharing),
        "notices": content.notices,
        "configuration": dict(content.config),
    }
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _choice(chosen: Chosen) -> dict[str, Any]:
    """One stage's choices as plain values, every series named."""
    return {
        "stage": chosen.stage,
        "window": chosen.window,
        "cutoff": chosen.cutoff,
        "unit": chosen.unit,
        "count": len(chosen.made),
        "choices": [{"choice": t, "count": len(names), "names": names} for t, names in chosen.choices],
        "models_tried_median": _plain(chosen.tried),
        "searches_stopped": chosen.stopped,
        "remarks": [
            {"note": r.note, "words": r.words, "names": list(r.names), "first": r.text} for r in chosen.remarks
        ],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [
        {c: _plain(v) for c, v in zip(table.columns, row, strict=True)}
        for row in table.astype(object).itertuples(index=False)
    ]


def _plain(value: Any) -> Any:
    """A value that JSON knows."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    return value.item() if hasattr(value, "item") else value
