"""Metrics of users: registered by a call or a plugin, computed once in a run, and stored with it.

A finished run is read without its plugins, so the values in its metrics.parquet are the only ones a board has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np

from hybridts.errors import NameTaken, UserError
from hybridts.evaluation.cases import Cases, FloatArray
from hybridts.evaluation.interval_metrics import COVERAGE_OF
from hybridts.evaluation.metrics import METRICS, OVER_ALL_CELLS, Metric
from hybridts.names.plugins import registry
from hybridts.names.registry import UserMetric

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
#: Columns of the board that are no metrics.
_TAKEN = ("rank", "model", "family", "part", "p", "cells", "missing", "undefined", "failures", "status", "reason")
_CALLED = (
    "It is called with two arrays, the actuals and the forecasts of one series in one window, and returns a number"
)


def register_metric(
    name: str, function: Callable[[FloatArray, FloatArray], float], *, larger_is_better: bool = False
) -> None:
    """Register a metric of your own, to be shown (`metrics`) and to rank by (`rank_by`).

    >>> import hybridts as ht
    >>> ht.register_metric("MedianError", lambda y, yhat: float(np.median(np.abs(yhat - y))))
    >>> options = {"metrics": ["MedianError"], "baselines": "none", "jobs": 1}
    >>> board = ht.backtest("dataset:airpassengers", "Naive", horizon=6, windows=2, **options)
    >>> float(board.table["MedianError"][0])
    57.75

    A cell where it raises or returns no number is undefined, and a notice of the run says so.

    Args:
        name: its name on the board: letters, digits, "_", "." and "-", a letter first.
        function: takes the actuals and the forecasts of one series in one window, two arrays [steps] without missing
            values, and returns a number.
        larger_is_better: a larger value ranks first; otherwise a smaller one does.

    Raises:
        NameTaken: a metric or column of hybridts has the name.
        UserError: the name is not allowed, or the function cannot be called so.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot be a metric's name: letters, digits, '_', '.' and '-' only, a letter first.")
    taken = {word.casefold() for word in (*METRICS, *_TAKEN, "MASE_median")}
    if name.casefold() in taken or name.casefold().startswith(COVERAGE_OF):
        raise NameTaken(f"{name!r} is a metric or a column of hybridts. Choose another name.")
    if not callable(function):
        raise UserError(f"the metric {name} is {function!r}, which cannot be called. {_CALLED}.")
    try:
        float(function(np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])))
    except Exception as cause:
        raise UserError(f"the metric {name} failed when it was tried: {_reason(cause)}. {_CALLED}.") from cause
    registry().metrics[name.casefold()] = UserMetric(name, function, larger_is_better)


def user_metrics() -> dict[str, UserMetric]:
    """Return the registered metrics by name."""
    return {metric.name: metric for metric in registry().metrics.values()}


def stored_metrics(wanted: Iterable[str]) -> dict[str, Metric]:
    """Return the metrics that a run stores for every cell: all of hybridts, and those wanted of users."""
    own = {name: metric for name, metric in METRICS.items() if name not in OVER_ALL_CELLS}
    users = user_metrics()
    return {**own, **{name: CalledPerCell(users[name]) for name in wanted if name in users}}


class CalledPerCell:
    """A user's metric as a metric of all cells.

    Attributes:
        failed: why the function failed the first time; "" where it never did.
    """

    def __init__(self, metric: UserMetric) -> None:
        self.metric = metric
        self.failed = ""

    def __call__(self, cases: Cases) -> FloatArray:
        """Return [models, cells]; NaN where the function fails."""
        found = np.full(cases.answered.size, np.nan)
        order = np.lexsort((cases.step, cases.code))
        code, starts = np.unique(cases.code[order], return_index=True)
        for cell, rows in zip(code, np.split(order, starts[1:]), strict=True):
            found[cell] = self._value(cases.y[rows], cases.yhat[rows])
        return np.where(cases.answered, found.reshape(cases.answered.shape), np.nan)

    def _value(self, y: FloatArray, yhat: FloatArray) -> float:
        try:
            return float(self.metric.function(y.copy(), yhat.copy()))
        except Exception as cause:
            self.failed = (
                self.failed or f"the metric {self.metric.name} is undefined where it failed: {_reason(cause)}."
            )
            return float("nan")


def _reason(cause: Exception) -> str:
    """Return an exception in words, cut to a length that a message can have."""
    text = str(cause).rstrip(".")[:300]
    return f"{type(cause).__name__}{': ' if text else ''}{text}"
