"""What all local models share: fit each series alone, keep its failure to itself, answer origins series by series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import DataError
from hybridts.models.protocols import Explaining, Joining, NotedBySeries, NothingFitted
from hybridts.models.statistical._backends import quiet
from hybridts.models.statistical._per_series.failure import SeriesFailure
from hybridts.models.statistical._per_series.inputs import Asked, SeriesModel, outside, reading
from hybridts.models.statistical._per_series.known_future import (
    ReadsColumns,
    complaint,
    known_future,
    lacking,
    rehearses,
    without_columns,
)

_Value = TypeVar("_Value")


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One fitted series: its model and what the report should know about it."""

    model: SeriesModel
    notes: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LocalFitted(Explaining, Joining, NotedBySeries):
    """One frozen model per series.

    Attributes:
        models: by series id.
        begins: time of the first row each model was fitted on.
        blind: series whose known-future columns were not given beyond the fitted rows.
        horizon, gap: of every forecast.
        facts: of the fit as a whole, the same whichever series it holds; only those in COUNTS count series.
        found: note -> series id -> what the fit of this series found.
        failures: series id -> why it could not be fitted.
    """

    models: Mapping[str, SeriesModel]
    begins: Mapping[str, int]
    blind: frozenset[str]
    horizon: int
    gap: int
    facts: Mapping[str, Any]
    found: Mapping[str, Mapping[str, Any]]
    failures: Mapping[str, str]

    @property
    def notes(self) -> Mapping[str, Any]:
        """Facts of the whole fit, then what was found series by series."""
        return {**self.facts, **self.found}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[len(origins), horizon]; NaN at an origin whose known-future values are missing at a step (see `lacks`).

        Raises:
            DataError: a series that the fit never saw, or known-future columns that are not there at all.
        """
        result = np.full((len(origins), self.horizon), np.nan)
        for asked, rows in self._asked(panel, origins):
            with quiet():
                answer = asked.model.forecast(asked.y, asked.position, self._steps)
            result[rows] = np.where(asked.lacking[:, None], np.nan, answer)
        return result

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Series id -> the first known-future value that is missing at a step of these origins."""
        asked = (asked for asked, _ in self._asked(panel, origins))
        return {panel.ids[a.i]: complaint(panel, a.i, *a.gap) for a in asked if a.gap is not None}

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Series id -> why it is not answered at these origins; see `Explaining`."""
        asked = ((panel.ids[a.i], outside(panel, a)) for a, _ in self._asked(panel, origins))
        return {**{name: text for name, text in asked if text}, **self.lacks(panel, origins)}

    def joined(self, others: Sequence[LocalFitted]) -> LocalFitted:
        """This fit and those of later series by the same forecaster as one.

        Raises:
            NothingFitted: none of them holds a fitted series.
        """
        parts = (self, *others)
        whole = LocalFitted(
            _union(p.models for p in parts),
            _union(p.begins for p in parts),
            frozenset().union(*(p.blind for p in parts)),
            self.horizon,
            self.gap,
            _facts(parts),
            _found(parts),
            _union(p.failures for p in parts),
        )
        return _refuse_nothing(whole)

    @property
    def _steps(self) -> IntArray:
        return self.gap + np.arange(1, self.horizon + 1)

    def _asked(self, panel: Panel, origins: Origins) -> Iterator[tuple[Asked, IntArray]]:
        """What each fitted series' model reads, and the rows of `origins` that belong to it."""
        for i, rows in by_series(origins):
            name = panel.ids[i]
            if name in self.models:
                yield self._seen_by(panel, i, origins.position[rows]), rows
            elif name not in self.failures:
                raise DataError(
                    f"Series {name!r} was not in the fitted data; a statistical model answers only series it was"
                    " fitted on. Fit again with this series."
                )

    def _seen_by(self, panel: Panel, i: int, position: IntArray) -> Asked:
        name = panel.ids[i]
        model = self.models[name]
        y, own = aligned(panel, i, position, self.begins[name])
        whole = Asked(i, model, y, own, np.zeros(len(own), dtype=bool), None, int(own[0] - position[0]))
        if not isinstance(model, ReadsColumns):
            return whole
        if len(model.needed) and not panel.future.size:
            raise DataError(without_columns(name))
        if not panel.future.size:
            return whole
        return reading(whole, model, panel, own[:, None] + self._steps, spared=name in self.blind)


#: Facts that count the series of a fit, so that those of its parts add up.
COUNTS = frozenset({"searched"})


def _union(parts: Iterable[Mapping[str, _Value]]) -> dict[str, _Value]:
    return {name: value for part in parts for name, value in part.items()}


def _facts(parts: Sequence[LocalFitted]) -> dict[str, Any]:
    """The facts of a fit of all these series."""
    facts = dict(parts[0].facts)
    for key in facts:
        values = [part.facts[key] for part in parts]
        assert key in COUNTS or all(value == values[0] for value in values), f"{key} differs between parts of a fit"
        facts[key] = sum(values) if key in COUNTS else values[0]
    return facts


def _found(parts: Sequence[LocalFitted]) -> dict[str, dict[str, Any]]:
    """What was found in all these series, in their order."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        for key, by_name in part.found.items():
            found.setdefault(key, {}).update(by_name)
    return found


def _refuse_nothing(fitted: LocalFitted) -> LocalFitted:
    """The fit, unless it holds no series."""
    if fitted.models:
        return fitted
    text = next(iter(fitted.failures.values()), "the panel has no series")
    raise NothingFitted(f"No series could be fitted ({len(fitted.failures)} tried); the first: {text}", fitted)


def by_series(origins: Origins) -> Iterator[tuple[int, IntArray]]:
    """Each series among the origins with the rows that belong to it."""
    if not len(origins):
        return
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
        NothingFitted: no series could be fitted.
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
    begins = {name: int(panel.times[panel.starts[panel.index[name]]]) for name in models}
    blind = frozenset(name for name in models if rehearses(panel, panel.index[name]))
    return _refuse_nothing(LocalFitted(models, begins, blind, horizon, gap, facts, notes, failures))


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
