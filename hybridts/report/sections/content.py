"""What a report says, as words and tables, before any format writes it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.breakdown import group_table
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.sections import selection as choose
from hybridts.report.sections.fitted_orders import Chosen, choices
from hybridts.report.sections.verdict import verdict

SMALL = 20  # rows or columns that a side table shows at most


@dataclass(frozen=True, eq=False)
class Content:
    """One report.

    Attributes:
        title: the run's name, never its path.
        verdict: sentences, the most important first.
        setup: how it was evaluated, as (label, text).
        board: the leaderboard.
        notices: what a reader must know.
        failures: model, stage, window, unique_id, error, message; equal failures of several series in one
            row.
        not_applicable: model, reason.
        left_out: series that were too short, per window.
        windows: index, cutoff, series, left out, overlap.
        chosen: what each statistical stage chose at its newest fit.
        chosen_words: where, and how to read it, in sentences; empty where nothing was chosen.
        gates: one row per correction and window: stage, window, gate (a list), reason, gain.
        by_window: the measure of the best names in each window.
        by_series: the same for the first series.
        sharing: stages and who uses them.
        sharing_words: what sharing saved, in a sentence.
        config: (label, text) of the run's settings and versions.
    """

    title: str
    verdict: list[str]
    setup: list[tuple[str, str]]
    board: pd.DataFrame
    notices: list[str]
    failures: pd.DataFrame
    not_applicable: pd.DataFrame
    left_out: pd.DataFrame
    windows: pd.DataFrame
    chosen: list[Chosen]
    chosen_words: str
    gates: pd.DataFrame
    by_window: pd.DataFrame
    by_series: pd.DataFrame
    sharing: pd.DataFrame
    sharing_words: str
    config: list[tuple[str, str]]


def gather(evaluation: Evaluation, board: pd.DataFrame) -> Content:
    """All words and tables of a report."""
    manifest = evaluation.run.manifest
    best = [*board["model"][board["cells"] > 0][:SMALL]]
    sharing = choose.sharing(evaluation)
    chosen = choices(evaluation)
    clean = board.assign(reason=[words.without_paths(str(r)) for r in board["reason"]])
    clean.attrs = board.attrs
    missing = clean[clean["status"] == "not_applicable"]
    return Content(
        title=evaluation.run.path.name or "run",
        verdict=verdict(evaluation, clean),
        setup=_setup(evaluation),
        board=clean,
        notices=[words.without_paths(n) for n in (*board.attrs["notices"], *manifest.get("notices", ()))],
        failures=_failures(evaluation),
        not_applicable=missing[["model", "reason"]].reset_index(drop=True),
        left_out=_left_out(manifest),
        windows=_windows(manifest),
        chosen=chosen,
        chosen_words=_chosen_words(chosen),
        gates=choose.gates(evaluation),
        by_window=_pivot(evaluation, best, "window"),
        by_series=_pivot(evaluation, best[:8], "unique_id"),
        sharing=sharing,
        sharing_words=_sharing_words(sharing),
        config=_config(manifest),
    )


def _setup(evaluation: Evaluation) -> list[tuple[str, str]]:
    """How it was evaluated."""
    m = evaluation.run.manifest
    windows = m["windows"]
    apart = f", {words.plural(int(m['step']), 'step')} apart" if len(windows) > 1 else ""
    note = "; neighbouring windows share targets" if apart and int(m["step"]) < int(m["horizon"]) else ""
    gap = f" after a gap of {m['gap']}" if m.get("gap") else ""
    data = f"{words.plural(int(m['data']['series']), 'series')}, {words.plural(int(m['data']['rows']), 'row')}"
    mase = f"MASE compares with the change over {words.plural(int(m.get('metric_season') or 1), 'step')}"
    return [
        ("Data", data),
        ("Windows", f"{len(windows)} ({_span([str(w['cutoff']) for w in windows])}){apart}{note}"),
        ("Horizon", words.plural(int(m["horizon"]), "step") + gap),
        ("Training data", f"{m.get('scheme', '')}, {_refit(m.get('refit'))}"),
        ("Alignment", _align(m)),
        ("Season", f"{m.get('season')}; {mase}; frequency {m.get('freq')}"),
        ("Cells", f"{int(evaluation.expected.sum()):,} (series x window), each scored first, then averaged"),
        ("Test", f"{evaluation.test.words}; two-sided, Holm-corrected over all names"),
        *_settings(m),
    ]


def _settings(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """What differs from the defaults: for all names, and in combos, which have settings of their own."""
    shared = words.settings(manifest.get("settings") or {})
    rows = [("Settings", f"for every name that has the part: {shared}")] if shared else []
    combos = [
        m for m in manifest["models"] if m["shown"] and m["name"] != m["expression"] and m["family"] != "ensemble"
    ]
    for entry in combos:
        own = words.settings(entry.get("settings") or {})
        rows.append((entry["name"], entry["expression"] + (f" with {own}" if own else "")))
    return rows


def _span(cutoffs: list[str]) -> str:
    """From the first window's cutoff to the last one's."""
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
    rows = [
        (w["index"], _cutoff(w), w["series"], len(w.get("left_out") or ()), w.get("overlap") or 0)
        for w in manifest["windows"]
    ]
    return pd.DataFrame(rows, columns=["window", "cutoff", "series", "left out", "overlap"])


def _left_out(manifest: dict[str, Any]) -> pd.DataFrame:
    """Series without enough history, one row each."""
    rows: dict[str, list[Any]] = {}
    for window in manifest["windows"]:
        for item in window.get("left_out") or ():
            row = rows.setdefault(str(item["id"]), [0, item.get("found"), item.get("needed")])
            row[0] += 1
    table = [(uid, *row) for uid, row in rows.items()]
    return pd.DataFrame(table, columns=["series", "windows", "values found", "values needed"])


def _failures(evaluation: Evaluation) -> pd.DataFrame:
    """Failures of shown names, without tracebacks; the same failure over many series is one row."""
    table = evaluation.run.failures
    columns = ["model", "stage", "window", "error", "message"]
    table = table[table["model"].isin(evaluation.shown)].astype({c: object for c in columns if c != "window"})
    if table.empty:
        return pd.DataFrame(columns=["model", "stage", "window", "series", "error", "message"])
    table = table.assign(message=[words.without_paths(str(m)) for m in table["message"]])
    rows = []
    for key, group in table.groupby(columns, sort=False):
        ids = [str(u) for u in group["unique_id"] if u]
        series = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        rows.append((*key[:3], series or "all", *key[3:]))
    return pd.DataFrame(rows, columns=["model", "stage", "window", "series", "error", "message"])


def _pivot(evaluation: Evaluation, names: list[str], column: str) -> pd.DataFrame:
    """The measure of some names: a row per name for windows, a row per series for series."""
    table = group_table(evaluation, column)
    table = table[table["model"].isin(names)]
    if table.empty:
        return pd.DataFrame()
    keys = list(dict.fromkeys(table[column]))[:SMALL]
    wide = table.pivot(index="model", columns=column, values=evaluation.measure)
    wide = wide.reindex(index=names, columns=keys)
    return wide if column == "window" else wide.T


def _chosen_words(chosen: list[Chosen]) -> str:
    """At which cutoff the choices were made, and what their marks mean."""
    if not chosen:
        return ""
    newest = max(chosen, key=lambda c: c.window)
    own = "at the cutoff of each series, " if words.is_range(newest.cutoff) else ""
    said = [f"What every stage chose when it was last fitted, {own}{words.when(newest.cutoff)}."]
    texts = " ".join(text for c in chosen for text, _ in c.choices)
    if re.search(r"\(\d+,", texts):
        said.append("(p,d,q)(P,D,Q)[season] are orders of an ARIMA.")
    if re.search(r"\([AM],", texts):
        said.append("Three letters are error, trend and season: A additive, M multiplicative, N none, d damped.")
    if any(c.counted for c in chosen):
        said.append("5 × stands for five series (or groups) with the same choice.")
    if any(not math.isnan(c.tried) for c in chosen):
        said.append("Models tried is the median over the series.")
    return " ".join(said)


def _sharing_words(table: pd.DataFrame) -> str:
    """What sharing stages saved."""
    if table.empty:
        return ""
    done, saved, reused = int(table["fits"].sum()), int(table["saved"].sum()), int(table["reused"].sum())
    each = np.where(table["fits"] > 0, table["seconds"] / table["fits"].clip(lower=1), 0.0)
    time = float((each * table["saved"]).sum())
    text = f"{words.plural(done, 'stage fit')} did the work of {done + saved:,}"
    text += f": {words.duration(time)} saved by sharing." if saved else ": nothing could be shared."
    return text + (f" {words.plural(reused, 'fit')} came from an earlier run." if reused else "")


def _config(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Settings and versions, scalars only."""
    source = str(manifest["data"].get("source") or "")
    rows = [
        ("created", str(manifest.get("created", ""))),
        ("source", source.replace("\\", "/").rstrip("/").split("/")[-1]),
        ("fingerprint", str(manifest["data"].get("fingerprint", ""))),
    ]
    for key in _SETTINGS:
        rows.append((key.replace("_", " "), str(manifest.get(key))))
    wall = float(manifest.get("wall_seconds") or math.nan)
    rows.append(("wall time", "" if math.isnan(wall) else words.duration(wall)))
    rows.append(("metrics", ", ".join(manifest.get("metrics") or ())))
    return rows + [(f"version of {k}", str(v)) for k, v in manifest.get("versions", {}).items()]


_SETTINGS = (
    *("seed", "jobs", "horizon", "gap", "step", "scheme", "refit", "align", "freq", "season", "metric_season"),
)
