"""Setup of the evaluation: data, windows, horizon, test, settings, and series that were too short."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.cells import table_of
from hybridts.report.chart_values import texts_of
from hybridts.report.language import counted, tr
from hybridts.report.section_parts import ON_SCREEN, Figure, Pairs, Section
from hybridts.report.window_spans import draw_spans, window_spans

_TWO_SIDED = "; two-sided, corrected for all names"
_CUTOFFS = "Grey: data that a window is fitted on, for the longest series; blue: what it forecasts."


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return the setup, with folded tables of its windows and of the series left out."""
    manifest = evaluation.run.manifest
    windows, left_out = _windows(manifest), _left_out(manifest)
    return Section(
        tr("How it was evaluated"),
        "evaluation",
        [
            Pairs("evaluation", _setup(evaluation)),
            *_cutoffs(evaluation),
            Section(tr("Windows"), "windows", [table_of("windows", windows)], folded=True),
            Section(
                tr("Series left out: too short ({count})", count=len(left_out)),
                "left-out",
                [table_of("left_out", left_out)],
                folded=True,
            ),
        ],
        formats=ON_SCREEN,
    )


def _cutoffs(evaluation: Evaluation) -> list[Figure]:
    """Return the figure of training part and forecasts of every window, on the longest series."""
    spans = window_spans(evaluation)
    if not spans:
        return []
    alternative = tr("A row for each of {count}: training data, then forecasts.", count=counted(len(spans), "window"))
    chart = {
        "windows": [span.window for span in spans],
        "dates": not isinstance(spans[0].cutoff, int),
        **{key: texts_of(getattr(span, key) for span in spans) for key in ("first", "cutoff", "start", "end")},
    }
    return [Figure("cutoffs", partial(draw_spans, spans), alternative, tr(_CUTOFFS), lambda: chart)]


def _setup(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the setup as (label, text)."""
    m = evaluation.run.manifest
    windows = m["windows"]
    apart = f", {words.plural(int(m['step']), 'step')} apart" if len(windows) > 1 else ""
    note = "; neighbouring windows share targets" if apart and int(m["step"]) < int(m["horizon"]) else ""
    gap = f" after a gap of {m['gap']}" if m.get("gap") else ""
    data = f"{words.plural(int(m['data']['series']), 'series')}, {words.plural(int(m['data']['rows']), 'row')}"
    mase = f"MASE compares with the change over {words.plural(int(m.get('metric_season') or 1), 'step')}"
    rows: list[tuple[str, str]] = [
        (tr("Data"), data),
        (tr("Windows"), f"{len(windows)} ({_span([str(w['cutoff']) for w in windows])}){apart}{note}"),
        (tr("Horizon"), words.plural(int(m["horizon"]), "step") + gap),
        (tr("Training data"), f"{m.get('scheme', '')}, {_refit(m.get('refit'))}"),
        (tr("Alignment"), _align(m)),
        (tr("Season"), f"{m.get('season')}; {mase}; frequency {m.get('freq')}"),
        (tr("Cells"), f"{int(evaluation.expected.sum()):,} (series x window), each scored first, then averaged"),
        (tr("Test"), evaluation.test.words + ("" if evaluation.test.kind == "none" else _TWO_SIDED)),
    ]
    return rows + _settings(m)


def _settings(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what differs from the defaults: for all names, and in combos, which have settings of their own."""
    shared = words.settings(manifest.get("settings") or {})
    rows: list[tuple[str, str]] = [(tr("Settings"), f"for every name that has the part: {shared}")] if shared else []
    combos = [
        m for m in manifest["models"] if m["shown"] and m["name"] != m["expression"] and m["family"] != "ensemble"
    ]
    for entry in combos:
        own = words.settings(entry.get("settings") or {})
        rows.append((entry["name"], entry["expression"] + (f" with {own}" if own else "")))
    return rows


def _span(cutoffs: list[str]) -> str:
    """Return the cutoffs of the first and the last window in words."""
    if not any(words.is_range(c) for c in cutoffs):
        return " to ".join(dict.fromkeys(words.cutoff_ends(*cutoffs[:1], *cutoffs[-1:])))
    own = "each series has its own cutoff"
    if len(cutoffs) == 1:
        return f"{own}, {words.when(cutoffs[0])}"
    return f"{own}: {words.when(cutoffs[0])} in the first window, {words.when(cutoffs[-1])} in the last"


def _refit(refit: object) -> str:
    if refit == 1:  # True, or every single window
        return "fitted again at every cutoff"
    if refit == "warm":
        return "fitted again at every cutoff, networks from the weights of the cutoff before"
    return "fitted once, at the first cutoff" if not refit else f"fitted again every {refit} windows"


def _align(manifest: dict[str, Any]) -> str:
    if manifest.get("align") == "calendar":
        return "one cutoff for all series"
    overlap = sum(int(w.get("overlap") or 0) for w in manifest["windows"])
    return (
        f"cutoffs counted from each series' end; {words.plural(overlap, 'time')} a series reaches past "
        "another's cutoff in calendar time"
    )


def _cutoff(window: dict[str, Any]) -> str:
    return " to ".join(words.cutoff_ends(str(window["cutoff"])))


def _windows(manifest: dict[str, Any]) -> pd.DataFrame:
    """Return one row per window."""
    rows = [
        (w["index"], _cutoff(w), w["series"], len(w.get("left_out") or ()), w.get("overlap") or 0)
        for w in manifest["windows"]
    ]
    return pd.DataFrame(rows, columns=["window", "cutoff", "series", "left out", "overlap"])


def _left_out(manifest: dict[str, Any]) -> pd.DataFrame:
    """Return the series without enough history, one row each."""
    rows: dict[str, list[Any]] = {}
    for window in manifest["windows"]:
        for item in window.get("left_out") or ():
            row = rows.setdefault(str(item["id"]), [0, item.get("found"), item.get("needed")])
            row[0] += 1
    table = [(uid, *row) for uid, row in rows.items()]
    return pd.DataFrame(table, columns=["series", "windows", "values found", "values needed"])
