"""The mean error of every distinct forecast by step, window, series, hour, weekday and month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.evaluation.metrics import FloatArray, IntArray
from hybridts.report.chart_values import evenly, rounded
from hybridts.report.selection import groups_of

SERIES = 200  # drawn at most
#: Name of a calendar view -> attribute of a time, labels.
_CALENDAR = {
    "hour": ("hour", range(24)),
    "weekday": ("day_of_week", range(7)),
    "month": ("month", range(1, 13)),
}


def views_of(evaluation: Evaluation, board: pd.DataFrame, first: Sequence[str]) -> dict[str, object]:
    """Return the values of the chart: names, those drawn first, and every view that has more than one place.

    The views by step, window and series hold the measure that ranks; a view by calendar holds it at each time.
    """
    groups = groups_of(evaluation, board)
    names = [group.lead for group in groups]
    rows = _rows(evaluation, names)
    window, series = rows.cells["window"].to_numpy(), rows.cells["unique_id"].astype(str).to_numpy()
    cell_window, windows = pd.factorize(window)
    cell_series, ids = pd.factorize(series)
    every = [str(uid) for uid in ids]
    views = {"step": ([str(s) for s in range(1, rows.depth)], rows.mean(rows.step - 1, rows.depth - 1))}
    views["window"] = ([str(w) for w in windows], rows.mean(cell_window[rows.cell], len(windows)))
    views["series"] = _series_view(every, rows.mean(cell_series[rows.cell], len(every)))
    views |= _calendar_views(evaluation, rows)
    kept = {key: view for key, view in views.items() if len(view[0]) > 1 or key == "step"}
    return {
        "names": names,
        "first": [name for name in first if name in names],
        "views": {key: {"labels": labels, "rows": rounded(values)} for key, (labels, values) in kept.items()},
        "series": len(every),
    }


class _Rows:
    """Scaled absolute errors of the distinct forecasts: one value per name, cell and step.

    Attributes:
        cells: the cells of the evaluation; depth: largest step + 1.
        model, cell, step: [rows] of each value.
        error: [rows] absolute error, over the cell's scale where MASE ranks.
    """

    def __init__(self, evaluation: Evaluation, names: Sequence[str]) -> None:
        cases = evaluation.cases
        self.cells, self.names = cases.cells, len(names)
        place = np.full(len(cases.models), -1)
        place[[evaluation.row[name] for name in names]] = np.arange(len(names))
        model, cell = np.divmod(cases.code, len(cases.cells))
        error = np.abs(cases.error)
        if evaluation.measure == "MASE":
            error = error / cases.scale("mase_scale")[cell]
        self.used = (place[model] >= 0) & ~np.isnan(error) & cases.answered[model, cell]
        self.model, self.cell, self.step = place[model[self.used]], cell[self.used], cases.step[self.used]
        self.error = error[self.used]
        self.depth = int(self.step.max(initial=0)) + 1

    def mean(self, place: IntArray, count: int) -> FloatArray:
        """Return the mean error of every name at each of `count` places, [names, count]; NaN where it has none."""
        code, size = self.model * count + place, self.names * count
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(code, weights=self.error, minlength=size) / np.bincount(code, minlength=size)
        return np.asarray(mean, dtype=float).reshape(self.names, count)


def _rows(evaluation: Evaluation, names: Sequence[str]) -> _Rows:
    return _Rows(evaluation, names)


def _series_view(ids: Sequence[str], values: FloatArray) -> tuple[list[str], FloatArray]:
    """Return the series from easy to hard for the best name; of many, evenly spaced ones."""
    order = np.argsort(values[0], kind="stable") if len(values) else np.arange(len(ids))
    kept = order[evenly(len(ids), SERIES)]
    return [words.visible(str(ids[i])) for i in kept], values[:, kept]


def _calendar_views(evaluation: Evaluation, rows: _Rows) -> dict[str, tuple[list[str], FloatArray]]:
    """Return the views by hour, weekday and month that the times of the targets allow."""
    times = evaluation.run.forecasts["ds"]
    if not pd.api.types.is_datetime64_any_dtype(times):
        return {}
    at = _target_times(evaluation, rows)
    views = {}
    for name, (attribute, labels) in _CALENDAR.items():
        value = np.asarray(getattr(at, attribute))
        found = np.unique(value)
        if len(found) > 1 and not (name == "weekday" and _monthly(at)):
            place = np.searchsorted(found, value)
            views[name] = ([str(v) for v in found if v in labels], rows.mean(place, len(found)))
    return views


def _monthly(at: pd.DatetimeIndex) -> bool:
    """Return whether all times are first or last days of months, whose weekdays mean nothing."""
    return bool((at.is_month_start | at.is_month_end).all())


def _target_times(evaluation: Evaluation, rows: _Rows) -> pd.DatetimeIndex:
    """Return the time of the target of each row."""
    table = evaluation.run.forecasts[["window", "unique_id", "step", "ds"]]
    table = table.drop_duplicates(["window", "unique_id", "step"]).astype({"unique_id": object})
    keys = rows.cells[["window", "unique_id"]].astype({"unique_id": object})
    keys = keys.iloc[rows.cell].assign(step=rows.step)
    found = keys.merge(table, on=["window", "unique_id", "step"], how="left")["ds"]
    return pd.DatetimeIndex(found)
