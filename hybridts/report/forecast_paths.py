"""The forecasts that the page can show: every distinct name, as many series and windows as a page of its size holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray
from hybridts.report.chart_values import evenly, packed, rounded, texts_of
from hybridts.report.language import tr
from hybridts.report.selection import groups_of

VALUES = 1_400_000  # forecasts on a page at most; each takes 2.7 bytes of it
#: Columns of the forecasts that are quantiles, such as q0.1 and q0.9.
_QUANTILE = re.compile(r"q(0?\.\d+)")


@dataclass(frozen=True)
class Paths:
    """The choice of forecasts for the page.

    Attributes:
        names: distinct forecasts, the best first.
        series: ids, from easy to hard for the best name.
        windows: numbers of the windows.
        rule: what was left out and by which rule; empty where all is shown.
    """

    names: list[str]
    series: list[str]
    windows: list[int]
    rule: str


def chosen_paths(evaluation: Evaluation, board: pd.DataFrame) -> Paths:
    """Choose by the size of the run alone: series are thinned first, evenly from easy to hard, then old windows go."""
    names = [group.lead for group in groups_of(evaluation, board)]
    ids = _easy_to_hard(evaluation, names[0])
    windows = sorted(int(w) for w in set(evaluation.cases.cells["window"]))
    horizon = int(evaluation.run.manifest["horizon"])
    per_series = max(len(names) * len(windows) * horizon, 1)
    series = [ids[i] for i in evenly(len(ids), max(VALUES // per_series, 1))]
    newest = max(VALUES // max(len(names) * len(series) * horizon, 1), 1)
    rule = ""
    if len(series) < len(ids) or newest < len(windows):
        rule = tr(
            "To keep this page small it holds {series} of {all_series} series, evenly spaced from easy to hard for "
            "{best}, and {windows} of {all_windows} windows, the newest.",
            series=len(series),
            all_series=len(ids),
            best=names[0],
            windows=min(newest, len(windows)),
            all_windows=len(windows),
        )
    return Paths(names, series, windows[-newest:], rule)


def _easy_to_hard(evaluation: Evaluation, name: str) -> list[str]:
    """Return the ids of all series, those with the lowest loss of a name first."""
    table = pd.DataFrame({"id": evaluation.cases.cells["unique_id"].astype(str), "loss": evaluation.losses(name)})
    means = table.groupby("id", sort=True)["loss"].mean()
    return [str(uid) for uid in means.sort_values(kind="stable").index]


def paths_chart(evaluation: Evaluation, paths: Paths, first: list[str]) -> dict[str, object]:
    """Return the values of the chart: times, actuals and packed forecasts, indexed [name][series][window][step]."""
    horizon = int(evaluation.run.manifest["horizon"])
    shape = (len(paths.series), len(paths.windows), horizon)
    rows = _rows(evaluation, paths)
    where = (rows["series"].to_numpy(), rows["window_at"].to_numpy(), rows["step"].to_numpy() - 1)
    actual, times = np.full(shape, np.nan), np.full(shape, -1)
    actual[where] = rows["y"].to_numpy(float)
    every = pd.Index(rows["ds"].unique()).sort_values()
    times[where] = every.get_indexer(pd.Index(rows["ds"]))
    return {
        "names": paths.names,
        "first": [name for name in first if name in paths.names],
        "series": [words.visible(uid) for uid in paths.series],
        "windows": paths.windows,
        "horizon": horizon,
        "times": texts_of(pd.Series(every)),
        "dates": bool(pd.api.types.is_datetime64_any_dtype(rows["ds"])),
        "at": times.tolist() if (times != times[:1]).any() else times[:1].tolist(),
        "actual": rounded(actual, 6),
        "forecast": packed(_cube(rows, paths, shape, "yhat")),
        "intervals": _intervals(rows, paths, shape),
    }


def _rows(evaluation: Evaluation, paths: Paths) -> pd.DataFrame:
    """Return the rows of the forecasts on the page, with their place among names, series and windows."""
    table = evaluation.run.forecasts
    table = table[table["model"].isin(paths.names) & table["window"].isin(paths.windows)]
    place = {uid: i for i, uid in enumerate(paths.series)}
    series = table["unique_id"].astype(object).map(lambda uid: place.get(str(uid), -1)).to_numpy()
    table, series = table[series >= 0], series[series >= 0]
    name = {model: i for i, model in enumerate(paths.names)}
    return table.assign(
        series=series.astype(int),
        name_at=table["model"].astype(object).map(name).to_numpy(),
        window_at=np.searchsorted(paths.windows, table["window"].to_numpy()),
    )


def _cube(rows: pd.DataFrame, paths: Paths, shape: tuple[int, int, int], column: str) -> FloatArray:
    """Return a column as [names * series, windows * steps]."""
    cube = np.full((len(paths.names), *shape), np.nan)
    where = tuple(rows[c].to_numpy() for c in ("name_at", "series", "window_at"))
    cube[(*where, rows["step"].to_numpy() - 1)] = rows[column].to_numpy(float)
    return cube.reshape(len(paths.names) * shape[0], -1)


def _intervals(rows: pd.DataFrame, paths: Paths, shape: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Return the packed edges of every interval that the run holds, widest first, with the names that have it."""
    found: list[dict[str, Any]] = []
    for low, high, level in interval_columns([str(c) for c in rows.columns]):
        known = rows[rows[low].notna() & rows[high].notna()]
        have = sorted(set(known["name_at"]))
        if have:
            some = known.assign(name_at=np.searchsorted(have, known["name_at"]))
            kept = Paths([paths.names[i] for i in have], paths.series, paths.windows, "")
            edges = {side: packed(_cube(some, kept, shape, column)) for side, column in (("lo", low), ("hi", high))}
            found.append({"level": level, "names": kept.names, **edges})
    return found


def interval_columns(columns: Sequence[str]) -> list[tuple[str, str, float]]:
    """Return (column of the lower edge, of the upper edge, level in percent) of central intervals, widest first.

    >>> interval_columns(["y", "q0.1", "q0.5", "q0.9"])
    [('q0.1', 'q0.9', 80.0)]
    """
    levels = {round(float(found[1]), 9): c for c in columns if (found := _QUANTILE.fullmatch(c))}
    pairs = [(q, round(1 - q, 9)) for q in sorted(levels) if q < 0.5]
    return [(levels[q], levels[p], round(100 * (p - q), 6)) for q, p in pairs if p in levels]
