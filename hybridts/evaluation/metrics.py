"""Metrics: pure functions from scored forecasts to one number per model and cell; means over cells come later.

A *cell* is one series in one backtest window. In the formulas below, y_h is the actual and f_h the forecast at step h
of the horizon, e_h = f_h - y_h, and "mean" runs over the steps of a cell whose actual is known. Every metric
returns [models, cells]: NaN where the model lacks a forecast for a known actual, and where the metric is undefined
(a zero or unknown scale). Callers must count undefined cells and not drop them silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts.errors import BadSetting, StoreError, did_you_mean

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cases:
    """Forecasts with a known actual, one row per model, cell and step.

    Attributes:
        models: names, in order of first appearance.
        cells: a row per cell: window, unique_id, cutoff, mase_scale, rmsse_scale.
        code: [rows] model * number of cells + cell, which says whose forecast each row is.
        step: [rows] step of the horizon, 1 .. H.
        y: [rows] actual, in the units of the data; never NaN.
        yhat: [rows] forecast, in the units of the data; never NaN, may be infinite.
        answered: [models, cells] True where the model has a forecast for every known actual of the cell.
    """

    models: tuple[str, ...]
    cells: pd.DataFrame
    code: IntArray
    step: IntArray
    y: FloatArray
    yhat: FloatArray
    answered: BoolArray

    @property
    def error(self) -> FloatArray:
        """[rows] forecast minus actual, in the units of the data: positive is too high."""
        with np.errstate(invalid="ignore"):
            return self.yhat - self.y

    def total(self, values: FloatArray) -> FloatArray:
        """Return the sum of `values` [rows] in each cell, [models, cells]; NaN where the cell is not answered."""
        size = self.answered.size
        total = np.bincount(self.code, weights=values, minlength=size).reshape(self.answered.shape)
        return np.where(self.answered, total, np.nan)

    def mean(self, values: FloatArray) -> FloatArray:
        """Return the mean of `values` [rows] in each cell, [models, cells]; NaN where the cell is not answered."""
        count = np.bincount(self.code, minlength=self.answered.size).reshape(self.answered.shape)
        return self.total(values) / np.maximum(count, 1)

    def scale(self, column: str) -> FloatArray:
        """Return a scale from a column of `cells`, [cells]; NaN where it is zero, negative or unknown."""
        scale = self.cells[column].to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(scale) & (scale > 0), scale, np.nan)


Metric = Callable[[Cases], FloatArray]


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
    "sMAPE": smape,
    "WAPE": wape,
    "bias": bias,
}
DEFAULT_METRICS = ("MASE", "RMSSE", "sMAPE", "MAE", "RMSE")


def metric_names(wanted: Iterable[str]) -> list[str]:
    """Return the canonical names of metrics given in any case, each once.

    >>> metric_names(["smape", "MASE", "sMAPE"])
    ['sMAPE', 'MASE']

    Raises:
        BadSetting: a name is not that of a metric.
    """
    known = {name.casefold(): name for name in METRICS}
    names: list[str] = []
    for word in wanted:
        name = known.get(word.strip().casefold())
        if name is None:
            expected = ", ".join(METRICS)
            hint = did_you_mean(word, METRICS)
            raise BadSetting(f"{word!r} is not a metric; there are {expected}.{hint}", "metrics", word, expected)
        names.append(name)
    return list(dict.fromkeys(names))


def cases_of(forecasts: pd.DataFrame, cells: pd.DataFrame) -> Cases:
    """Index forecasts by model and cell, without the rows that have no actual.

    Args:
        forecasts: columns model, window, unique_id, step, y, yhat.
        cells: a row per cell: window, unique_id, cutoff, mase_scale, rmsse_scale.

    Raises:
        StoreError: a forecast belongs to no row of `cells`.
    """
    model, models = pd.factorize(forecasts["model"])
    code = model * len(cells) + _cell_of(forecasts, cells)
    y = forecasts["y"].to_numpy(dtype=float)
    yhat = forecasts["yhat"].to_numpy(dtype=float)
    known, blank = ~np.isnan(y), np.isnan(yhat)
    shape = (len(models), len(cells))
    rows = np.bincount(code[known], minlength=shape[0] * shape[1]).reshape(shape)
    blanks = np.bincount(code[known & blank], minlength=shape[0] * shape[1]).reshape(shape)
    needed = rows.max(axis=0, initial=0)
    answered = (rows == needed) & (needed > 0) & (blanks == 0)
    both = known & ~blank
    keep = slice(None) if both.all() else both  # no second copy of millions of rows
    step = forecasts["step"].to_numpy(dtype=np.int64)
    return Cases(
        models=tuple(str(name) for name in models),
        cells=cells.reset_index(drop=True),
        code=code[keep],
        step=step[keep],
        y=y[keep],
        yhat=yhat[keep],
        answered=answered,
    )


def score(forecasts: pd.DataFrame, cells: pd.DataFrame, metrics: Iterable[str] = DEFAULT_METRICS) -> pd.DataFrame:
    """Return the metrics of every answered cell: a row per model and cell.

    >>> two_steps = {"model": "Naive", "window": 0, "unique_id": "s1", "step": [1, 2], "y": [10, 12], "yhat": [11, 9]}
    >>> cells = pd.DataFrame({"window": [0], "unique_id": ["s1"], "mase_scale": [2.0], "rmsse_scale": [5.0]})
    >>> row = score(pd.DataFrame(two_steps), cells, METRICS).iloc[0]
    >>> {name: round(float(row[name]), 2) for name in METRICS}
    {'MASE': 1.0, 'RMSSE': 1.0, 'MAE': 2.0, 'RMSE': 2.24, 'sMAPE': 19.05, 'WAPE': 18.18, 'bias': -1.0}

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


def _cell_of(forecasts: pd.DataFrame, cells: pd.DataFrame) -> IntArray:
    """Return the row of `cells` that each forecast belongs to, [rows of `forecasts`]."""
    window, windows = pd.factorize(forecasts["window"])
    series, ids = pd.factorize(forecasts["unique_id"])
    row = pd.Index(windows).get_indexer(pd.Index(cells["window"]))
    column = pd.Index(ids.astype(object)).get_indexer(pd.Index(cells["unique_id"].astype(object)))
    used = (row >= 0) & (column >= 0)
    table = np.full((len(windows), len(ids)), -1, dtype=np.int64)
    table[row[used], column[used]] = np.flatnonzero(used)
    cell: IntArray = table[window, series]
    if (cell < 0).any():
        first = forecasts.iloc[int(np.flatnonzero(cell < 0)[0])]
        raise StoreError(
            f"A forecast of {first['model']} (window {first['window']}, series {first['unique_id']!r}) belongs to "
            "no row of cells: the run is damaged. Run the backtest again; finished stages are kept."
        )
    return cell
