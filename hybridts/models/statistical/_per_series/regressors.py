"""Known-future columns of one series as regressors: numbers, and a dummy for each category but the commonest.

A category whose effect the fit could not learn (never seen beside a known value, or too rare for the rows there are)
counts as average: its dummies have their means, so that its effect is that of the mean day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.text import listed

#: Rows with a known value that each regressor needs, so that rare categories do not use up the data.
ROWS_EACH = 4


@dataclass(frozen=True, eq=False)
class Regressors:
    """How F known-future columns become K regressors.

    Attributes:
        sources: [K] index of the column of each regressor.
        codes: [K] the category of which it is the dummy; NaN for a number.
        learned: column of categories -> the categories whose effect the fit can learn.
        usual: [K] mean of each regressor in the fitted rows.
        names: [K] of the regressors.
    """

    sources: IntArray
    codes: FloatArray
    learned: Mapping[int, FloatArray]
    usual: FloatArray
    names: tuple[str, ...]

    @staticmethod
    def of(
        raw: FloatArray, known: BoolArray, names: tuple[str, ...], nominal: Mapping[int, tuple[str, ...]]
    ) -> Regressors:
        """Choose the regressors of fitted rows.

        Args:
            raw: [T, F] known-future columns, NaN where not known.
            known: [T] whether the row counts: its value is known.
            names: of the columns.
            nominal: the columns that are categories, with the names of these.
        """
        room = int(known.sum()) // ROWS_EACH - (raw.shape[1] - len(nominal))
        sources: list[int] = []
        codes: list[float] = []
        learned: dict[int, FloatArray] = {}
        for k in range(raw.shape[1]):
            if k not in nominal:
                sources.append(k)
                codes.append(np.nan)
                continue
            seen, count = np.unique(raw[known & np.isfinite(raw[:, k]), k], return_counts=True)
            ranked = seen[np.argsort(-count, kind="stable")]
            own = np.sort(ranked[1 : 1 + max(room, 0)])  # the commonest is what the others are compared with
            room -= len(own)
            learned[k] = np.concatenate([ranked[:1], own])
            sources += [k] * len(own)
            codes += own.tolist()
        texts = tuple(_name(names[k], code, nominal.get(k, ())) for k, code in zip(sources, codes, strict=True))
        chosen = Regressors(np.array(sources, dtype=np.int64), np.array(codes), learned, np.zeros(len(sources)), texts)
        values = chosen.expand(raw)
        finite = np.isfinite(values)
        usual = np.where(finite, values, 0.0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
        return Regressors(chosen.sources, chosen.codes, learned, usual, texts)

    def without(self, k: int) -> Regressors:
        """Return all regressors but the k-th."""
        keep = np.arange(len(self.sources)) != k
        names = tuple(name for j, name in enumerate(self.names) if j != k)
        return Regressors(self.sources[keep], self.codes[keep], self.learned, self.usual[keep], names)

    def expand(self, raw: FloatArray) -> FloatArray:
        """Return the regressors [R, K] of columns [R, F]; NaN where not known, or where a category was not learned."""
        values = raw[:, self.sources]
        for k, (source, code) in enumerate(zip(self.sources.tolist(), self.codes.tolist(), strict=True)):
            if source in self.learned:
                one = values[:, k]
                values[:, k] = np.where(np.isin(one, self.learned[source]), one == code, np.nan)
        return np.asarray(values, dtype=np.float64)

    def filled(self, raw: FloatArray) -> FloatArray:
        """Return the regressors [R, K] of columns [R, F] without gaps.

        A gap in a column takes the newest earlier value; before the first one, and for a category that was not learned,
        the regressors have their usual values.
        """
        known = np.isfinite(raw)
        row = np.where(known, np.arange(len(raw))[:, None], -1)
        newest = np.maximum.accumulate(row, axis=0) if len(row) else row
        carried = np.where(newest >= 0, np.take_along_axis(raw, np.maximum(newest, 0), axis=0), np.nan)
        values = self.expand(carried)
        return np.where(np.isfinite(values), values, self.usual)

    def not_learned(self, raw: FloatArray, names: tuple[str, ...], nominal: Mapping[int, tuple[str, ...]]) -> str:
        """Return which categories in rows [R, F] count as average, for a note; empty where none does."""
        found = []
        for k, learned in self.learned.items():
            other = np.setdiff1d(raw[np.isfinite(raw[:, k]), k], learned)
            if len(other):
                shown = [_category(code, nominal.get(k, ())) for code in other.tolist()]
                found.append(f"{names[k]}: {listed(shown)}")
        return "; ".join(found)


def _name(column: str, code: float, categories: tuple[str, ...]) -> str:
    """Return the name of a regressor."""
    return column if np.isnan(code) else f"{column}={_category(code, categories)}"


def _category(code: float, categories: tuple[str, ...]) -> str:
    """Return the name of a category."""
    return categories[int(code)] if 0 <= code < len(categories) else f"category {code:g}"
