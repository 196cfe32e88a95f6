"""What all local models share: fit each series alone, keep its failure to itself, answer origins series by series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hybridts.errors import DataError, StageFailure, UserError
from hybridts.panel import FloatArray, IntArray, Origins, Panel
from hybridts.statistical._backends import quiet


class SeriesModel(Protocol):
    """A model of one series with frozen parameters."""

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """[len(position), len(steps)] forecasts of position + step from y[: position + 1].

        Args:
            y: [T] values from where the fitted data started; T > max(position), NaN where missing.
            position: [M] last visible position of each origin; negative is "nothing visible yet".
            steps: [H] steps ahead, gap included.
        """


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One fitted series: its model and what the report should know about it."""

    model: SeriesModel
    notes: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LocalFitted:
    """One frozen model per series."""

    models: Mapping[str, SeriesModel]
    begins: Mapping[str, int]  # time of the first row each model was fitted on
    horizon: int
    gap: int
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[len(origins), horizon]; raises DataError for a series that the fit never saw."""
        result = np.full((len(origins), self.horizon), np.nan)
        steps = self.gap + np.arange(1, self.horizon + 1)
        for i, rows in by_series(origins):
            name = panel.ids[i]
            if name in self.failures:
                continue
            if name not in self.models:
                raise DataError(
                    f"Series {name!r} was not in the fitted data; a statistical model answers only series it was"
                    " fitted on. Fit again with this series."
                )
            y, position = aligned(panel, i, origins.position[rows], self.begins[name])
            with quiet():
                result[rows] = self.models[name].forecast(y, position, steps)
        return result


def by_series(origins: Origins) -> Iterator[tuple[int, IntArray]]:
    """Each series among the origins with the rows that belong to it."""
    order = np.argsort(origins.series, kind="stable")
    names, first = np.unique(origins.series[order], return_index=True)
    for i, rows in zip(names, np.split(order, first[1:]), strict=True):
        yield int(i), rows


def aligned(panel: Panel, i: int, position: IntArray, begin: int) -> tuple[FloatArray, IntArray]:
    """(y, position) of series i counted from the row whose time is `begin`, cut after the last origin.

    A panel trimmed differently from the one at fit starts at another row; clocks (drift, seasonal phase)
    must not.
    """
    shift = 0
    if panel.starts[i] < len(panel.times) and panel.times[panel.starts[i]] != begin:
        shift = _rows_after(panel, i, begin)
    seen = panel.series(i)[: max(int(position.max()) + 1, 0)]
    y = np.full(max(int(position.max()) + 1 + shift, 0), np.nan)
    source = seen[max(-shift, 0) :]
    start = max(shift, 0)
    y[start : start + len(source)] = source
    return y, position + shift


def _rows_after(panel: Panel, i: int, begin: int) -> int:
    """How many rows the panel's first row of series i lies after `begin` (negative: before)."""
    first = int(panel.times[panel.starts[i]])
    if first < begin:
        return -int(np.searchsorted(panel.times_of(i), begin))
    # Rows that `trim` took away still lie just before in the flat array; another series' times would not
    # descend.
    row = int(panel.starts[i])
    while row > 0 and begin <= panel.times[row - 1] < panel.times[row]:
        row -= 1
    return int(panel.starts[i]) - row if panel.times[row] == begin else 0


def fit_each(
    panel: Panel, horizon: int, gap: int, fit_one: Callable[[int], SeriesFit], facts: dict[str, Any]
) -> LocalFitted:
    """Fits every series by `fit_one(index)`; a series that cannot be fitted is a failure of its own.

    Raises:
        StageFailure: no series could be fitted.
    """
    models: dict[str, SeriesModel] = {}
    failures: dict[str, str] = {}
    notes: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(panel.ids):
        try:
            with quiet():
                models[name], found = _checked(panel, i, fit_one, horizon + gap)
        except UserError:
            raise
        except Exception as cause:  # any error of a third-party fit belongs to this series alone
            failures[name] = f"Series {name!r}: {_reason(cause)}"
            continue
        for key, value in found.items():
            notes.setdefault(key, {})[name] = value
    if not models:
        text = next(iter(failures.values()), "the panel has no series")
        raise StageFailure(f"No series could be fitted ({len(failures)} tried); the first: {text}")
    begins = {name: int(panel.times[panel.starts[panel.index[name]]]) for name in models}
    return LocalFitted(models, begins, horizon, gap, {**facts, **notes}, failures)


def _checked(
    panel: Panel, i: int, fit_one: Callable[[int], SeriesFit], reach: int
) -> tuple[SeriesModel, Mapping[str, Any]]:
    y = panel.series(i)
    if not np.isfinite(y).any():
        raise ValueError("it shows no value; leave it out or give it data")
    fit = fit_one(i)
    answer = fit.model.forecast(y, np.array([len(y) - 1]), np.arange(1, reach + 1))
    if not np.isfinite(answer).all():
        raise ValueError("its fitted model forecasts values that are not finite; try a simpler model")
    return fit.model, fit.notes


def _reason(cause: Exception) -> str:
    text = str(cause).strip() or "no message"
    return text if isinstance(cause, ValueError) else f"{type(cause).__name__}: {text}"
