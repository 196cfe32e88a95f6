"""A metric is a pure function from scored cases to one number per model and cell; cells first, means later.

A *cell* is one series in one backtest window. Every metric answers a table [M models, C cells] that is NaN
where the model has no complete forecast or where the metric is undefined there (a zero or unknown scale);
whoever averages counts the undefined cells and never drops them silently.
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
    """All forecasts that can be scored: R rows of M models in C cells.

    Attributes:
        models: the M names, in order of first appearance.
        cells: C rows: window, unique_id, cutoff, mase_scale, rmsse_scale.
        code: [R] model * C + cell.
        step: [R] 1 .. H.
        y: [R] what happened, never NaN.
        yhat: [R] what was forecast, never NaN (infinities stay).
        answered: [M, C] the model forecast every known value of that cell.
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
        """[R] forecast minus actual: positive is too high."""
        with np.errstate(invalid="ignore"):
            return self.yhat - self.y

    def total(self, values: FloatArray) -> FloatArray:
        """[M, C] sum of a value per row; NaN where the cell is not answered."""
        size = self.answered.size
        total = np.bincount(self.code, weights=values, minlength=size).reshape(self.answered.shape)
        return np.where(self.answered, total, np.nan)

    def mean(self, values: FloatArray) -> FloatArray:
        """[M, C] mean of a value per row; NaN where the cell is not answered."""
        count = np.bincount(self.code, minlength=self.answered.size).reshape(self.answered.shape)
        return self.total(values) / np.maximum(count, 1)

    def scale(self, column: str) -> FloatArray:
        """[C] a scale of the cells; NaN where it is zero, negative or unknown."""
        scale = self.cells[column].to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(scale) & (scale > 0), scale, np.nan)


Metric = Callable[[Cases], FloatArray]


def mae(cases: Cases) -> FloatArray:
    """Mean absolute error."""
    return cases.mean(np.abs(cases.error))


def rmse(cases: Cases) -> FloatArray:
    """Root of the mean squared error of each cell."""
    return np.sqrt(cases.mean(np.square(cases.error)))


def smape(cases: Cases) -> FloatArray:
    """Mean of 200 |e| / (|y| + |yhat|), from 0 to 200; a step where both are zero counts 0."""
    size = np.abs(cases.y) + np.abs(cases.yhat)
    with np.errstate(invalid="ignore"):
        share = np.where(np.isinf(size), 1.0, np.abs(cases.error) / np.where(size > 0, size, 1.0))
    return cases.mean(200.0 * share)


def mase(cases: Cases) -> FloatArray:
    """Mean absolute error over the mean absolute seasonal difference up to the cutoff (Hyndman, Koehler 2006)."""
    return mae(cases) / cases.scale("mase_scale")


def rmsse(cases: Cases) -> FloatArray:
    """Root of the mean squared error over the mean squared seasonal difference up to the cutoff."""
    return np.sqrt(cases.mean(np.square(cases.error)) / cases.scale("rmsse_scale"))


def wape(cases: Cases) -> FloatArray:
    """100 times the sum of |e| over the sum of |y|; NaN where every actual is zero."""
    size = cases.total(np.abs(cases.y))
    return 100.0 * cases.total(np.abs(cases.error)) / np.where(size > 0, size, np.nan)


def bias(cases: Cases) -> FloatArray:
    """Mean error, forecast minus actual: positive is too high. Zero is best: it is shown and never ranks."""
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
    """The canonical names of metrics, any case, each once.

    Raises:
        BadSetting: a name that is no metric.
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
    """Index the forecasts by model and cell; rows without an actual are left out.

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
    """One row per model and cell it answered: model, window, unique_id and the metrics, in that order.

    Raises:
        BadSetting: an unknown metric.
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
    """[R] the row of `cells` each forecast belongs to."""
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
