"""Zeros that a known-future column explains: a closed day, a machine that is off.

Where a column has had a value at which the target was always 0, the target is 0 where the column has that value again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybridts.data.panel import BoolArray, IntArray, Origins, Panel
from hybridts.models.covariates.terms import MOST_VALUES, Term, read

#: Rows of the panel at which the value has been seen with a known target, at least.
LEAST_ROWS = 5
#: Share of zeros among them, at least; and among the rows with other values, at most.
ALWAYS, OTHERWISE = 0.98, 0.5


@dataclass(frozen=True, eq=False)
class ExplainedZeros:
    """Values of known-future columns at which the target is 0.

    Attributes:
        terms: indicators.
        names: as a reader knows them; rows: number of rows of evidence for each.
        apart: series id -> [K] True where the series itself has had another target at that value.
    """

    terms: tuple[Term, ...]
    names: tuple[str, ...]
    rows: tuple[int, ...]
    apart: Mapping[str, BoolArray]

    @classmethod
    def of(cls, panel: Panel) -> ExplainedZeros | None:
        """Find them in a panel; None without any."""
        if not panel.future.size:
            return None
        rows = Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1)
        y = panel.values[panel.rows(rows)]
        known = np.isfinite(y)
        if not (y == 0).any():
            return None
        terms, counts, apart = [], [], []
        for column in range(panel.future.shape[1]):
            x = read(panel, Term("future", column), rows.series, rows.position)
            if len(np.unique(x[np.isfinite(x)])) > MOST_VALUES:
                continue
            for value in np.unique(x[(y == 0) & np.isfinite(x)]):
                at, other = known & (x == value), known & np.isfinite(x) & (x != value)
                if at.sum() < LEAST_ROWS or (y[at] == 0).mean() < ALWAYS:
                    continue
                if not other.any() or (y[other] == 0).mean() > OTHERWISE:
                    continue
                terms.append(Term("future", column, 0, float(value)))
                counts.append(int(at.sum()))
                seen = np.bincount(rows.series[at], minlength=len(panel))
                zero = np.bincount(rows.series[at & (y == 0)], minlength=len(panel))
                apart.append((seen > 0) & (zero < ALWAYS * seen))
        if not terms:
            return None
        exceptions = dict(zip(panel.ids, np.stack(apart, axis=1), strict=True))
        return cls(tuple(terms), tuple(t.name(panel) for t in terms), tuple(counts), exceptions)

    @property
    def notices(self) -> list[str]:
        """Return a sentence for the reader of a run about each."""
        return [
            f"The target has been 0 where {name} ({rows} rows): forecasts there are 0."
            for name, rows in zip(self.names, self.rows, strict=True)
        ]

    def at(self, panel: Panel, series: IntArray, position: IntArray) -> BoolArray:
        """Return whether the target is 0 at positions of series (arrays of one shape)."""
        answer = np.zeros(position.shape, dtype=bool)
        none = np.zeros(len(self.terms), dtype=bool)
        apart = np.reshape([self.apart.get(name, none) for name in panel.ids], (len(panel), len(self.terms)))
        for k, term in enumerate(self.terms):
            answer |= (read(panel, term, series, position) == 1.0) & ~apart[series, k]
        return answer

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        apart = {name: flags.tolist() for name, flags in self.apart.items() if flags.any()}
        return {"terms": [list(t) for t in self.terms], "names": list(self.names), "rows": self.rows, "apart": apart}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> ExplainedZeros:
        """Return the zeros that `to_plain` described."""
        apart = {name: np.array(flags, bool) for name, flags in plain["apart"].items()}
        return cls(tuple(Term(*t) for t in plain["terms"]), tuple(plain["names"]), tuple(plain["rows"]), apart)
