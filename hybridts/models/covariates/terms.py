"""Terms of a linear effect: a covariate column at a lag, or an indicator of one of its values."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel

#: Columns with at most this many distinct values, all whole numbers, may be categories: each value is a term too.
MOST_VALUES = 12


class Term(NamedTuple):
    """One regressor of row t: column[t - lag], or whether it equals `value`.

    Attributes:
        kind: of the column.
        column: its index among the columns of its kind.
        lag: rows; 0 for the row itself.
        value: of the indicator; None for the column itself.
    """

    kind: Literal["past", "future"]
    column: int
    lag: int = 0
    value: float | None = None

    def name(self, panel: Panel) -> str:
        """Return the term as a reader knows it, such as `promo`, `price(t-6)` or `kind=2`."""
        names = panel.columns.get(self.kind, ())
        column = names[self.column] if self.column < len(names) else f"{self.kind} column {self.column + 1}"
        at = f"(t-{self.lag})" if self.lag else ""
        return f"{column}{at}" + ("" if self.value is None else f"={self.value:g}")


def read(panel: Panel, term: Term, series: IntArray, position: IntArray) -> FloatArray:
    """Return the values of a term at positions of series (arrays of one shape); NaN where not known."""
    table = panel.future if term.kind == "future" else panel.past
    stop = panel.reach if term.kind == "future" else panel.stops
    at = position - term.lag
    row = panel.starts[series] + at
    seen = (at >= 0) & (row < stop[series])
    found = np.where(seen, table[np.where(seen, row, 0), term.column], np.nan)
    if term.value is None:
        return found
    return np.where(np.isfinite(found), found == term.value, np.nan)


def candidates(panel: Panel, reach: int) -> list[Term]:
    """Return the terms that may count: known-future columns now and some rows ago, past columns some rows ago.

    Past columns are tried at short lags, around a season, and from `reach` rows on, where they are known at all steps.
    """
    span = max(12, min(2 * panel.season, 24))
    found: list[Term] = []
    for column in range(panel.future.shape[1] if panel.future.size else 0):
        found += [Term("future", column, lag) for lag in range(8)]
        found += [Term("future", column, 0, value) for value in _values(panel, panel.future[:, column])]
    lags = {*range(1, 13), *range(max(panel.season - 1, 1), panel.season + 2), *range(reach, reach + span + 1)}
    for column in range(panel.past.shape[1] if panel.past.size else 0):
        found += [Term("past", column, lag) for lag in sorted(lags)]
    return found


def _values(panel: Panel, column: FloatArray) -> list[float]:
    """Return the values of a column that may be one of categories: three to twelve whole numbers."""
    seen = panel.rows(Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1))
    values = np.unique(column[seen])
    values = values[np.isfinite(values)]
    few = 2 < len(values) <= MOST_VALUES and bool((values == np.round(values)).all())
    return values.tolist() if few else []
