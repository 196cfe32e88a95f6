"""Plain lists for the command line: names with family and stages, and a leaderboard as text."""

from __future__ import annotations

import fnmatch
import textwrap
from typing import TYPE_CHECKING, Any

from hybridts.names.explain import describe
from hybridts.names.grammar import parse
from hybridts.names.registry import Registry
from hybridts.text import visible

if TYPE_CHECKING:
    import pandas as pd

#: Longest reason shown in the leaderboard, in characters; the report has all of it.
REASON = 100
_BESIDE_METRICS = ("gain_over_part", "vs_best_baseline", "p", "verdict", "seconds_alone", "status", "reason")
FAMILIES = ("statistical", "neural", "learner", "baseline", "hybrid", "ensemble")


def list_models(table: Registry, pattern: str = "", family: str | None = None) -> list[dict[str, Any]]:
    """Return every registered name that matches, as JSON-ready rows, published names first.

    Args:
        table: the registry.
        pattern: part of a name, or a glob; any case.
        family: one of `FAMILIES`; None takes all.
    """
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
    """Return the leaderboard as aligned text: every metric it has, and the main columns besides."""
    columns = list(table.columns)
    metrics = columns[columns.index("family") + 1 : columns.index("gain_over_part")]
    metrics = [name for name in metrics if name != "MASE_median"]
    wanted = ["rank", "model", *metrics, *_BESIDE_METRICS]
    shown = table[[c for c in wanted if c in table.columns]].copy()
    for column in ("model", "reason"):
        if column in shown:
            shown[column] = [visible(str(text)) for text in shown[column]]
    if "reason" in shown:
        shown["reason"] = [textwrap.shorten(text, REASON, placeholder=" ...") for text in shown["reason"]]
    text: str = shown.to_string(index=False, na_rep="-", float_format=lambda v: f"{v:.4g}")
    return text
