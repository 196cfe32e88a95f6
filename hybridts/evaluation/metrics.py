"""Metrics: pure functions from scored forecasts to one number per model and cell; means over cells come later.

A *cell* is one series in one backtest window. In the formulas below, y_h is the actual and f_h the forecast at step h
of the horizon, e_h = f_h - y_h, and "mean" runs over the steps of a cell whose actual is known. Every metric
returns [models, cells]: NaN where the model lacks a forecast for a known actual, and where the metric is undefined
(a zero or unknown scale). Callers must count undefined cells and not drop them silently. `interval_metrics` has those
of quantile forecasts; users add theirs with `hybridts.register_metric`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from hybridts.errors import BadSetting, did_you_mean
from hybridts.evaluation import interval_metrics
from hybridts.evaluation.cases import BoolArray as BoolArray
from hybridts.evaluation.cases import Cases as Cases
from hybridts.evaluation.cases import FloatArray as FloatArray
from hybridts.evaluation.cases import IntArray as IntArray
from hybridts.evaluation.cases import cases_of as cases_of

Metric = Callable[[Cases], FloatArray]
NEAR_ZERO = 0.01  # part of a cell's mean |y|: MAPE is refused where an actual is smaller


def mae(cases: Cases) -> FloatArray:
    """Return the mean absolute error, mean |e_h|.

    Shape [models, cells], in the units of the data, from 0 to infinity.
    """
    return cases.mean(np.abs(cases.error))


def rmse(cases: Cases) -> FloatArray:
    """Return the root mean squared error of each cell, sqrt(mean e_h^2).

    Shape [models, cells], in the units of the data, from 0 to infinity. The root is taken in each cell, before any
    mean over cells.
    """
    return np.sqrt(cases.mean(np.square(cases.error)))


def mse(cases: Cases) -> FloatArray:
    """Return the mean squared error, mean e_h^2.

    Shape [models, cells], in the squared units of the data, from 0 to infinity.
    """
    return cases.mean(np.square(cases.error))


def max_error(cases: Cases) -> FloatArray:
    """Return the largest absolute error of a cell, max |e_h|.

    Shape [models, cells], in the units of the data, from 0 to infinity.
    """
    largest = np.zeros(cases.answered.size)
    np.maximum.at(largest, cases.code, np.abs(cases.error))
    return np.where(cases.answered, largest.reshape(cases.answered.shape), np.nan)


def mape(cases: Cases) -> FloatArray:
    """Return the mean absolute percentage error, mean 100 |e_h| / |y_h|.

    Shape [models, cells], in percent, from 0 to infinity. NaN where an actual of the cell is zero or near it (below
    `NEAR_ZERO` of the cell's mean |y|): one such step would decide the mean.

    Source: Hyndman and Koehler (2006), also for what is wrong with it.
    """
    size = np.abs(cases.y)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = cases.mean(100.0 * np.abs(cases.error) / size)
    return np.where(near_zero(cases), np.nan, share)


def near_zero(cases: Cases) -> BoolArray:
    """Return [models, cells] whether an actual is zero, or below `NEAR_ZERO` of the mean size of the cell."""
    size = np.abs(cases.y)
    smallest = np.full(cases.answered.size, np.inf)
    np.minimum.at(smallest, cases.code, size)
    limit = NEAR_ZERO * np.nan_to_num(cases.mean(size))
    small = smallest.reshape(limit.shape)
    return np.asarray((small <= limit) | (small == 0.0), dtype=bool) & cases.answered


def smape(cases: Cases) -> FloatArray:
    """Return the symmetric mean absolute percentage error, mean 200 |e_h| / (|y_h| + |f_h|).

    Shape [models, cells], in percent, from 0 to 200. A step where actual and forecast are both zero counts 0; an
    infinite forecast counts 200.

    Source: Makridakis (1993), with the absolute values of the M4 competition (Makridakis, Spiliotis and
    Assimakopoulos 2020).
    """
    size = np.abs(cases.y) + np.abs(cases.yhat)
    with np.errstate(invalid="ignore"):
        share = np.where(np.isinf(size), 1.0, np.abs(cases.error) / np.where(size > 0, size, 1.0))
    return cases.mean(200.0 * share)


def mase(cases: Cases) -> FloatArray:
    """Return the mean absolute scaled error, mean |e_h| / mean |y_t - y_{t-m}|.

    Shape [models, cells], without unit, from 0 to infinity; 1 is the mean in-sample error of the seasonal-naive
    forecast. The scale (`mase_scale`) runs over all rows t up to the cutoff, m is the seasonal period in rows.
    NaN where the scale is zero or unknown.

    Source: Hyndman and Koehler (2006), with the seasonal difference in place of the first.
    """
    return mae(cases) / cases.scale("mase_scale")


def rmsse(cases: Cases) -> FloatArray:
    """Return the root mean squared scaled error, sqrt(mean e_h^2 / mean (y_t - y_{t-m})^2).

    Shape [models, cells], without unit, from 0 to infinity. The scale (`rmsse_scale`) runs over all rows t up to
    the cutoff, m is the seasonal period in rows. NaN where the scale is zero or unknown.

    Source: the M5 competition (Makridakis, Spiliotis and Assimakopoulos 2022), there with m = 1.
    """
    return np.sqrt(cases.mean(np.square(cases.error)) / cases.scale("rmsse_scale"))


def wape(cases: Cases) -> FloatArray:
    """Return the weighted absolute percentage error, 100 sum |e_h| / sum |y_h|.

    Shape [models, cells], in percent, from 0 to infinity. NaN where every actual of the cell is zero.

    Source: Kolassa and Schuetz (2007), as the MAD/MEAN ratio.
    """
    size = cases.total(np.abs(cases.y))
    return 100.0 * cases.total(np.abs(cases.error)) / np.where(size > 0, size, np.nan)


def owa(cases: Cases) -> FloatArray:
    """Return the overall weighted average of the M4 competition, relative to its Naive2.

    (sMAPE / mean sMAPE of Naive2 + MASE / mean MASE of Naive2) / 2, the means over all cells, so that the mean over
    cells is the OWA of M4. Shape [models, cells], without unit, from 0 to infinity; 1 is Naive2. NaN for a run whose
    metrics did not include OWA, because it has no forecasts of Naive2.

    Source: Makridakis, Spiliotis and Assimakopoulos (2020).
    """
    if not {"naive2_smape", "naive2_mase"} <= set(cases.cells.columns):
        return np.full(cases.answered.shape, np.nan)
    used = np.asarray(cases.answered.any(axis=0), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_smape, of_mase = (_reference(cases.cells[f"naive2_{name}"], used) for name in ("smape", "mase"))
        return 0.5 * (smape(cases) / of_smape + mase(cases) / of_mase)


def _reference(column: pd.Series[Any], used: BoolArray) -> float:
    """Return the mean of a column over the cells that are used; NaN without a value."""
    values = column.to_numpy(dtype=float)[used]
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")


def directional_accuracy(cases: Cases) -> FloatArray:
    """Return the share of steps whose forecast is on the same side of the last known value as the actual.

    Shape [models, cells], in percent, from 0 to 100; higher is better. A step counts as well where both equal the last
    known value (`last` of the cells). NaN where that is unknown.

    Source: Blaskowitz and Herwartz (2011), On economic evaluation of directional forecasts.
    """
    if "last" not in cases.cells.columns:
        return np.full(cases.answered.shape, np.nan)
    last = cases.cells["last"].to_numpy(dtype=float)
    now = last[cases.code % len(last)] if len(last) else np.empty(0)
    with np.errstate(invalid="ignore"):
        same = np.sign(cases.yhat - now) == np.sign(cases.y - now)
    return np.where(np.isnan(last), np.nan, cases.mean(100.0 * same))


def bias(cases: Cases) -> FloatArray:
    """Return the mean error, mean e_h: forecast minus actual, so positive is too high.

    Shape [models, cells], in the units of the data. Zero is best, so names are not ranked by it.
    """
    return cases.mean(cases.error)


METRICS: dict[str, Metric] = {
    "MASE": mase,
    "RMSSE": rmsse,
    "MAE": mae,
    "RMSE": rmse,
    "MSE": mse,
    "sMAPE": smape,
    "MAPE": mape,
    "WAPE": wape,
    "OWA": owa,
    "bias": bias,
    "MDA": directional_accuracy,
    "MaxError": max_error,
    **interval_metrics.INTERVAL_METRICS,
}
DEFAULT_METRICS = ("MASE", "RMSSE", "sMAPE", "MAE", "RMSE")
#: Metrics that are relative to all cells of a run, so that the cells of one window are not enough.
OVER_ALL_CELLS = ("OWA",)


# -- better and worse -----------------------------------------------------------------------------------------------
def as_loss(name: str, cases: Cases, values: FloatArray, *, larger_is_better: bool = False) -> FloatArray:
    """Return a metric as a loss, lower is better, to rank by.

    Args:
        name: name of the metric.
        cases: the forecasts.
        values: [models, cells] of the metric.
        larger_is_better: for a metric of the user.
    """
    if name == "bias":
        return np.abs(values)
    if name == "coverage":
        return np.abs(values - 100.0 * interval_metrics.widest_level(cases))
    if name == "MDA":
        return 100.0 - values
    return -values if larger_is_better else values


def metric_names(wanted: Iterable[str], more: Iterable[str] = ()) -> list[str]:
    """Return the canonical names of metrics given in any case, each once.

    >>> metric_names(["smape", "MASE", "sMAPE"])
    ['sMAPE', 'MASE']

    Args:
        wanted: names in any case.
        more: names of metrics of the user.

    Raises:
        BadSetting: a name is not that of a metric.
    """
    every = [*METRICS, *more]
    known = {name.casefold(): name for name in every}
    names: list[str] = []
    for word in wanted:
        name = known.get(word.strip().casefold())
        if name is None:
            expected = ", ".join(every)
            hint = did_you_mean(word, every)
            raise BadSetting(
                f"{word!r} is not a metric; there are {expected}.{hint} `hybridts.register_metric` adds one.",
                "metrics",
                word,
                expected,
            )
        names.append(name)
    return list(dict.fromkeys(names))


def score(forecasts: pd.DataFrame, cells: pd.DataFrame, metrics: Iterable[str] = DEFAULT_METRICS) -> pd.DataFrame:
    """Return the metrics of every answered cell: a row per model and cell.

    >>> two_steps = {"model": "Naive", "window": 0, "unique_id": "s1", "step": [1, 2], "y": [10, 12], "yhat": [11, 9]}
    >>> cells = pd.DataFrame({"window": [0], "unique_id": ["s1"], "mase_scale": [2.0], "rmsse_scale": [5.0]})
    >>> row = score(pd.DataFrame(two_steps), cells, ["MASE", "RMSSE", "sMAPE", "MAPE", "bias"]).iloc[0]
    >>> {name: round(float(row[name]), 2) for name in row.index[3:]}
    {'MASE': 1.0, 'RMSSE': 1.0, 'sMAPE': 19.05, 'MAPE': 17.5, 'bias': -1.0}

    Args:
        forecasts, cells: as in `cases_of`.
        metrics: names of metrics in any case.

    Returns:
        Columns model, window, unique_id and the metrics, in that order.

    Raises:
        BadSetting: a name is not that of a metric.
        StoreError: a forecast belongs to no row of `cells`.
    """
    names = metric_names(metrics)
    cases = cases_of(forecasts, cells)
    model, cell = np.nonzero(cases.answered)
    table = pd.DataFrame(
        {
            "model": np.array(cases.models, dtype=object)[model],
            "window": cases.cells["window"].to_numpy()[cell],
            "unique_id": cases.cells["unique_id"].to_numpy()[cell],
        }
    )
    for name in names:
        table[name] = METRICS[name](cases)[model, cell]
    return table
