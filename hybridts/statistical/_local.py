"""What all local models share: fit each series alone, keep its failure to itself, answer origins series by series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hybridts.errors import DataError, StageFailure
from hybridts.panel import FloatArray, IntArray, Origins, Panel
from hybridts.statistical._backends import quiet
from hybridts.statistical._columns import ReadsColumns, complaint, known_future, lacking, rehearses, without_columns
from hybridts.statistical._failure import SeriesFailure


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
    blind: frozenset[str]  # series whose known-future columns were not given beyond the fitted rows
    horizon: int
    gap: int
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[len(origins), horizon].

        Raises:
            DataError: a series that the fit never saw, known-future columns that are not there, or a value
                of theirs that is missing at a step.
        """
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
            model = self.models[name]
            if isinstance(model, ReadsColumns) and len(model.needed) and not panel.future.size:
                raise DataError(without_columns(name))
            if isinstance(model, ReadsColumns) and panel.future.size:
                shift = int(position[0] - origins.position[rows[0]])
                spared = name in self.blind and rehearses(panel, i)
                model = _reading(model, panel, i, shift, position[:, None] + steps, spared=spared)
            with quiet():
                result[rows] = model.forecast(y, position, steps)
        return result


def _reading(model: ReadsColumns, panel: Panel, i: int, shift: int, target: IntArray, *, spared: bool) -> SeriesModel:
    """The model with its columns up to the last target row; rows beyond the panel's own are `spared` or refused."""
    columns = known_future(panel, i, shift, max(int(target.max()) + 1, 0))
    given = shift + int(panel.reach[i] - panel.starts[i])
    gap = lacking(model, columns, target[target < given] if spared else target)
    if gap is not None:
        raise DataError(complaint(panel, i, gap[0] - shift, gap[1]))
    reading: SeriesModel = model.given(columns)
    return reading


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
        except (SeriesFailure, np.linalg.LinAlgError) as cause:  # anything else is a mistake of ours
            failures[name] = f"Series {name!r}: {cause}"
            continue
        for key, value in found.items():
            notes.setdefault(key, {})[name] = value
    if not models:
        text = next(iter(failures.values()), "the panel has no series")
        raise StageFailure(f"No series could be fitted ({len(failures)} tried); the first: {text}")
    begins = {name: int(panel.times[panel.starts[panel.index[name]]]) for name in models}
    blind = frozenset(name for name in models if rehearses(panel, panel.index[name]))
    return LocalFitted(models, begins, blind, horizon, gap, {**facts, **notes}, failures)


def _checked(
    panel: Panel, i: int, fit_one: Callable[[int], SeriesFit], reach: int
) -> tuple[SeriesModel, Mapping[str, Any]]:
    y = panel.series(i)
    if not np.isfinite(y).any():
        raise SeriesFailure("it shows no value; leave it out or give it data")
    fit = fit_one(i)
    model = fit.model
    if isinstance(model, ReadsColumns) and panel.future.size:
        model = _reading_what_is_there(model, panel, i, len(y) + reach)
    answer = model.forecast(y, np.array([len(y) - 1]), np.arange(1, reach + 1))
    if not np.isfinite(answer).all():
        raise SeriesFailure("its fitted model forecasts values that are not finite; try a simpler model")
    return fit.model, fit.notes


def _reading_what_is_there(model: ReadsColumns, panel: Panel, i: int, rows: int) -> SeriesModel:
    """The model with the columns known so far; a gap among the rows that are given fails the series now."""
    columns = known_future(panel, i, 0, rows)
    given = np.arange(int(panel.lengths[i]), int(panel.reach[i] - panel.starts[i]))
    gap = lacking(model, columns, given)
    if gap is not None:
        raise SeriesFailure(complaint(panel, i, *gap).partition(": ")[2])
    reading: SeriesModel = model.given(columns)
    return reading
