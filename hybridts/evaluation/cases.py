"""Forecasts with a known actual, indexed by model and cell; a cell is one series in one backtest window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from hybridts.errors import StoreError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Name of a column of quantiles, such as q0.1.
QUANTILE_COLUMN = re.compile(r"q0\.\d+")


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
        quantiles: level between 0 and 1 -> [rows] quantile forecast, NaN where the model has none.
    """

    models: tuple[str, ...]
    cells: pd.DataFrame
    code: IntArray
    step: IntArray
    y: FloatArray
    yhat: FloatArray
    answered: BoolArray
    quantiles: Mapping[float, FloatArray] = field(default_factory=dict)

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


def cases_of(forecasts: pd.DataFrame, cells: pd.DataFrame) -> Cases:
    """Index forecasts by model and cell, without the rows that have no actual.

    Args:
        forecasts: columns model, window, unique_id, step, y, yhat, and q0.1, q0.9 ... where there are quantiles.
        cells: a row per cell: window, unique_id, cutoff, mase_scale, rmsse_scale; last, naive2_smape and naive2_mase
            for the metrics that need them.

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
        quantiles={q: forecasts[name].to_numpy(dtype=float)[keep] for name, q in quantile_columns(forecasts).items()},
    )


def quantile_columns(forecasts: pd.DataFrame) -> dict[str, float]:
    """Return the columns of quantiles and their levels, rising.

    >>> quantile_columns(pd.DataFrame(columns=["y", "q0.9", "q0.1"]))
    {'q0.1': 0.1, 'q0.9': 0.9}
    """
    found = {name: float(name[1:]) for name in map(str, forecasts.columns) if QUANTILE_COLUMN.fullmatch(name)}
    return dict(sorted(found.items(), key=lambda item: item[1]))


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
