"""The parts of a forecast as a waterfall picture: mean contributions over the steps, and a table step by step."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from hybridts.text import number

if TYPE_CHECKING:
    import pandas as pd

WIDTH, ROW = 720, 26
_LABEL, _RIGHT = 250, 90
STYLE = """
.rise{fill:#009e73}.fall{fill:#d55e00}.whole{fill:#2563a8}.link{stroke:#8a939c;stroke-dasharray:2 2}
details{margin:.2rem 0 1rem}table{border-collapse:collapse;font-size:.85rem}td,th{padding:.1rem .6rem;text-align:right}
"""
#: Parts drawn; the smaller ones are added up.
MOST = 12


def waterfall_of(parts: pd.DataFrame) -> str:
    """Return the picture and the table of one series.

    Args:
        parts: columns part, kind, factor, contribution and forecast, a row per step and part, steps in order.
    """
    names = list(dict.fromkeys(parts["part"]))
    steps = len(parts) // max(len(names), 1)
    if not np.isfinite(parts["contribution"].to_numpy(float)).all() or not steps:
        return ""
    by_part = parts["contribution"].to_numpy(float).reshape(steps, len(names))
    factor = parts["factor"].to_numpy(float).reshape(steps, len(names)).mean(axis=0)
    kinds = list(parts["kind"].iloc[: len(names)])
    words = {"correction": "gate", "member": "weight"}
    labels = [f"{n} ({words[k]} {f:.2f})" if k in words else n for n, k, f in zip(names, kinds, factor, strict=True)]
    forecast = parts["forecast"].to_numpy(float).reshape(steps, len(names))[:, 0]
    picture = _picture(*_largest(labels, by_part.mean(axis=0)), float(forecast.mean()))
    return picture + _table(labels, by_part, forecast)


def _largest(labels: list[str], values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the largest parts in their order, and the sum of the others at the end."""
    if len(labels) <= MOST:
        return labels, values
    keep = np.sort(np.argsort(-np.abs(values), kind="stable")[: MOST - 1])
    rest = np.setdiff1d(np.arange(len(values)), keep)
    return [*(labels[i] for i in keep), f"{len(rest)} smaller parts"], np.append(values[keep], values[rest].sum())


def _picture(labels: list[str], values: np.ndarray, total: float) -> str:
    """Return an SVG with a bar per part, each from where the one before ended, and one for the forecast."""
    ends = np.cumsum(values)
    starts = np.concatenate([[0.0], ends[:-1]])
    steps = [*zip(labels, starts, ends, strict=True), ("forecast", 0.0, total)]
    # The first bar and the last begin at zero, far below small changes: cut the axis to where the bars end.
    marks = np.append(ends, total)
    span = float(marks.max() - marks.min()) or abs(total) or 1.0
    low, high = float(marks.min()) - 0.4 * span, float(marks.max()) + 0.15 * span
    if low < 0 < low + 0.5 * (high - low):
        low = min(low, 0.0)
    shapes = []
    for i, (label, start, end) in enumerate(steps):
        whole = i in (0, len(steps) - 1)
        kind = "whole" if whole else "rise" if end >= start else "fall"
        left, right = sorted(_x(np.array([low if whole else start, end]), low, high))
        y, shown = i * ROW + 4, number(end if whole else end - start)
        shown = shown if whole or end < start else f"+{shown}"
        shapes.append(
            f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
            f'<rect class="{kind}" x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="{ROW - 8}"/>'
            f'<text x="{WIDTH - _RIGHT + 8}" y="{y + 13}">{escape(shown)}</text>'
        )
        if i + 1 < len(steps):
            at = _x(np.array([end]), low, high)[0]
            shapes.append(f'<line class="link" x1="{at:.1f}" x2="{at:.1f}" y1="{y + ROW - 8}" y2="{y + ROW}"/>')
    height = ROW * len(steps) + 4
    label = escape("Parts of the forecast, mean over its steps: " + "; ".join(labels), quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(shapes)}</svg>'


def _x(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return _LABEL + (values - low) / (high - low) * (WIDTH - _LABEL - _RIGHT)


def _table(labels: list[str], values: np.ndarray, forecast: np.ndarray) -> str:
    """Return the contributions of every step."""
    head = "".join(f"<th>{escape(text)}</th>" for text in ("step", *labels, "forecast"))
    rows = [
        f"<tr><td>{k + 1}</td>{''.join(f'<td>{number(v)}</td>' for v in (*line, total))}</tr>"
        for k, (line, total) in enumerate(zip(values, forecast, strict=True))
    ]
    return f"<details><summary>step by step</summary><table><tr>{head}</tr>{''.join(rows)}</table></details>"
