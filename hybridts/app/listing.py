"""What the command line lists: names with family and stages, and a leaderboard as plain text."""

from __future__ import annotations

import fnmatch
import textwrap
from typing import TYPE_CHECKING, Any

from hybridts.names.explain import describe
from hybridts.names.grammar import parse
from hybridts.names.registry import Registry

if TYPE_CHECKING:
    import pandas as pd

#: Letters of a reason in the leaderboard; the report has all of it.
REASON = 100
FAMILIES = ("statistical", "neural", "learner", "baseline", "hybrid", "ensemble")


def list_models(table: Registry, pattern: str = "", family: str | None = None) -> list[dict[str, Any]]:
    """Return every registered name that matches, as JSON-ready rows, published names first."""
    rows = []
    for name in table.names():
        if not _matches(name, pattern):
            continue
        row = describe(parse(name, table), table)
        if family is None or row["family"] == family:
            rows.append(row)
    return rows


def _matches(name: str, pattern: str) -> bool:
    low, wanted = name.casefold(), pattern.casefold()
    return fnmatch.fnmatchcase(low, wanted) if any(c in wanted for c in "*?[") else wanted in low


def board_text(table: pd.DataFrame) -> str:
    """The leaderboard's main columns, aligned."""
    wanted = ["rank", "model", "MASE", "gain_over_part", "vs_best_baseline", "p", "seconds_alone", "status", "reason"]
    extra = [c for c in table.columns if c.isupper() or c == "sMAPE"]
    columns = [c for c in dict.fromkeys([*wanted[:2], *extra, *wanted[2:]]) if c in table.columns]
    shown = table[columns].copy()
    if "reason" in shown:
        shown["reason"] = [textwrap.shorten(text, REASON, placeholder=" ...") for text in shown["reason"]]
    text: str = shown.to_string(index=False, na_rep="-", float_format=lambda v: f"{v:.4g}")
    return text
