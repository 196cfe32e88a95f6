"""Local models: fit each series alone, record its failure, forecast origins series by series."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray, Origins, Panel
from hybridts.errors import DataError
from hybridts.models.protocols import Explaining, Joining, NotedBySeries, NothingFitted
from hybridts.models.statistical._backends import quiet
from hybridts.models.statistical._failure import SeriesFailure
from hybridts.models.statistical._per_series.inputs import SeriesQuery, domain_failure, with_columns
from hybridts.models.statistical._per_series.known_future import (
    ReadsColumns,
    first_gap,
    future_not_given,
    gap_message,
    known_future,
    no_columns_message,
)
from hybridts.models.statistical._per_series.plausible import Experience, reason
from hybridts.models.statistical._per_series.series_model import SeriesModel

_Value = TypeVar("_Value")


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """One fitted series: its model, and JSON-ready facts about it for the report."""

    model: SeriesModel
    notes: Mapping[str, Any]


class Safer(NamedTuple):
    """A calmer model of the same kind, for a series whose path the past does not support.

    Attributes:
        what: its difference, for the notes: "without a trend".
        fit_one: fits a series by its index.
    """

    what: str
    fit_one: Callable[[int], SeriesFit]


@dataclass(frozen=True, eq=False)
class LocalFitted(Explaining, Joining, NotedBySeries):
    """One frozen model per series.

    Attributes:
        models: by series id.
        begins: time of the first row each model was fitted on.
        blind: series whose known-future columns were not given beyond the fitted rows.
        horizon, gap: of every forecast, in rows.
        facts: notes of the fit as a whole, equal for any subset of the series; only those in COUNTS count series.
        found: note -> series id -> value, for notes of single series.
        failures: series id -> why it could not be fitted.
        experience: what the fitted rows of each series have shown; see `plausible`.
    """

    models: Mapping[str, SeriesModel]
    begins: Mapping[str, int]
    blind: frozenset[str]
    horizon: int
    gap: int
    facts: Mapping[str, Any]
    found: Mapping[str, Mapping[str, Any]]
    failures: Mapping[str, str]
    experience: Mapping[str, Experience]

    @property
    def notes(self) -> Mapping[str, Any]:
        """Notes of the whole fit, then those of single series."""
        return {**self.facts, **self.found}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]; NaN at an origin where a known-future value is missing at a step (see `lacks`), or
        where the path goes beyond everything that the past supports (see `plausible`).

        Raises:
            DataError: a series that was not fitted, or a panel without the known-future columns of the fit.
        """
        result = np.full((len(origins), self.horizon), np.nan)
        for query, rows in self._queries(panel, origins):
            forecast, beyond = self._answer(panel, query)
            result[rows] = np.where((query.missing | beyond)[:, None], np.nan, forecast)
        return result

    def _answer(self, panel: Panel, query: SeriesQuery) -> tuple[FloatArray, BoolArray]:
        """Return the forecasts [M, H] of a query, and [M] whether the past does not support them."""
        with quiet():
            forecast = query.model.forecast(query.y, query.position, self._steps)
        experience = self.experience[panel.ids[query.i]]
        return forecast, experience.excess(query.y, query.position, self._steps, forecast)

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Return series id -> the first known-future value that is missing at a step of these origins."""
        queries = (query for query, _ in self._queries(panel, origins))
        return {panel.ids[q.i]: gap_message(panel, q.i, *q.gap) for q in queries if q.gap is not None}

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Return series id -> why its forecast is not finite at these origins; see `Explaining`."""
        queries = [query for query, _ in self._queries(panel, origins)]
        reasons = ((panel.ids[q.i], domain_failure(panel, q) or self._beyond(panel, q)) for q in queries)
        return {**{name: text for name, text in reasons if text}, **self.lacks(panel, origins)}

    def _beyond(self, panel: Panel, query: SeriesQuery) -> str:
        """Return the reason of the first path that the past does not support; empty where there is none."""
        forecast, beyond = self._answer(panel, query)
        if not beyond.any():
            return ""
        first = int(beyond.argmax())
        model, name = query.model, panel.ids[query.i]
        cause = model.blamed(query.y, query.position[[first]], self._steps) if isinstance(model, ReadsColumns) else ""
        return reason(name, self.experience[name], forecast[first], cause)

    def joined(self, others: Sequence[LocalFitted]) -> LocalFitted:
        """Return this fit and those of later series by the same forecaster as one.

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
            _union(p.experience for p in parts),
        )
        return _refuse_nothing(whole)

    @property
    def _steps(self) -> IntArray:
        """Steps ahead [H], gap included."""
        return self.gap + np.arange(1, self.horizon + 1)

    def _queries(self, panel: Panel, origins: Origins) -> Iterator[tuple[SeriesQuery, IntArray]]:
        """Yield the query of each fitted series' model, and the rows of `origins` that belong to it.

        Raises:
            DataError: a series that was not fitted, or a panel without the known-future columns of the fit.
        """
        for i, rows in by_series(origins):
            name = panel.ids[i]
            if name in self.models:
                yield self._query(panel, i, origins.position[rows]), rows
            elif name not in self.failures:
                raise DataError(
                    f"Series {name!r} was not in the fitted data; a statistical model answers only series it was"
                    " fitted on. Fit again with this series."
                )

    def _query(self, panel: Panel, i: int, position: IntArray) -> SeriesQuery:
        """Build the query of series i at its origins [M]."""
        name = panel.ids[i]
        model = self.models[name]
        y, own = aligned_to_fit(panel, i, position, self.begins[name])
        whole = SeriesQuery(i, model, y, own, np.zeros(len(own), dtype=bool), None, int(own[0] - position[0]))
        if not isinstance(model, ReadsColumns):
            return whole
        if len(model.needed) and not panel.future.size:
            raise DataError(no_columns_message(name))
        if not panel.future.size:
            return whole
        return with_columns(whole, model, panel, own[:, None] + self._steps, spared=name in self.blind)


#: Facts that count series: those of the parts of a fit are added.
COUNTS = frozenset({"searched"})


def _union(parts: Iterable[Mapping[str, _Value]]) -> dict[str, _Value]:
    """Return the entries of all mappings."""
    return {name: value for part in parts for name, value in part.items()}


def _facts(parts: Sequence[LocalFitted]) -> dict[str, Any]:
    """Return the facts of the fit of all parts."""
    facts = dict(parts[0].facts)
    for key in facts:
        values = [part.facts[key] for part in parts]
        assert key in COUNTS or all(value == values[0] for value in values), f"{key} differs between parts of a fit"
        facts[key] = sum(values) if key in COUNTS else values[0]
    return facts


def _found(parts: Sequence[LocalFitted]) -> dict[str, dict[str, Any]]:
    """Return the notes of single series of all parts, in their order."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        for key, by_name in part.found.items():
            found.setdefault(key, {}).update(by_name)
    return found


def _refuse_nothing(fitted: LocalFitted) -> LocalFitted:
    """Return the fit.

    Raises:
        NothingFitted: it holds no series.
    """
    if fitted.models:
        return fitted
    text = next(iter(fitted.failures.values()), "the panel has no series")
    raise NothingFitted(f"No series could be fitted ({len(fitted.failures)} tried); the first: {text}", fitted)


def by_series(origins: Origins) -> Iterator[tuple[int, IntArray]]:
    """Yield each series index among the origins [M], with the rows [m] that belong to it."""
    if not len(origins):
        return
    order = np.argsort(origins.series, kind="stable")
    names, first = np.unique(origins.series[order], return_index=True)
    for i, rows in zip(names, np.split(order, first[1:]), strict=True):
        yield int(i), rows


def aligned_to_fit(panel: Panel, i: int, position: IntArray, begin: int) -> tuple[FloatArray, IntArray]:
    """Return values [T] and origins [M] of series i, counted from the row whose time is `begin`.

    Values end at the last origin. A panel trimmed differently from the one at fit starts at another row, but drift and
    seasonal phase must be counted from the same one.
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
    """Return how many rows the panel's first row of series i is after `begin` (negative: before)."""
    first = int(panel.times[panel.starts[i]])
    if first < begin:
        return -int(np.searchsorted(panel.times_of(i), begin))
    # Rows that `trim` removed are still before the first one in the flat array; times of another series would not
    # descend.
    row = int(panel.starts[i])
    while row > 0 and begin <= panel.times[row - 1] < panel.times[row]:
        row -= 1
    return int(panel.starts[i]) - row if panel.times[row] == begin else 0


def fit_each(
    panel: Panel,
    ahead: tuple[int, int],
    fit_one: Callable[[int], SeriesFit],
    facts: dict[str, Any],
    safer: Sequence[Safer] = (),
) -> LocalFitted:
    """Fit every series by `fit_one(index)`; a series that cannot be fitted is recorded as a failure.

    So is one whose path the past does not support (see `plausible`), unless one of the `safer` models has a path that
    it does; that model is then kept and the notes say so ("refitted"). `ahead` is horizon and gap.

    Raises:
        NothingFitted: no series could be fitted.
    """
    horizon, gap = ahead
    models: dict[str, SeriesModel] = {}
    failures: dict[str, str] = {}
    experience: dict[str, Experience] = {}
    notes: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(panel.ids):
        try:
            with quiet():
                models[name], found = _supported(panel, i, fit_one, safer, horizon + gap)
        except (SeriesFailure, np.linalg.LinAlgError) as cause:  # other errors are mistakes of ours
            failures[name] = f"Series {name!r}: {cause}"
            continue
        experience[name] = _experience(panel.series(i), models[name])
        for key, value in found.items():
            notes.setdefault(key, {})[name] = value
    begins = {name: int(panel.times[panel.starts[panel.index[name]]]) for name in models}
    blind = frozenset(name for name in models if future_not_given(panel, panel.index[name]))
    return _refuse_nothing(LocalFitted(models, begins, blind, horizon, gap, facts, notes, failures, experience))


def _supported(
    panel: Panel, i: int, fit_one: Callable[[int], SeriesFit], safer: Sequence[Safer], ahead: int
) -> tuple[SeriesModel, Mapping[str, Any]]:
    """Fit series i by the first model whose path the past supports.

    Raises:
        SeriesFailure: see `_checked`; or the past supports no path.
    """
    model, notes, why = _checked(panel, i, fit_one, ahead)
    if not why:
        return model, notes
    for calmer in safer:
        model, notes, still = _checked(panel, i, calmer.fit_one, ahead)
        if not still:
            return model, {**notes, "refitted": f"{calmer.what}: as asked for, {why}"}
    raise SeriesFailure(f"{why} Give it more data or a simpler model")


def _checked(
    panel: Panel, i: int, fit_one: Callable[[int], SeriesFit], ahead: int
) -> tuple[SeriesModel, Mapping[str, Any], str]:
    """Fit series i, and check that its forecasts of `ahead` steps are finite.

    Returns:
        The model, its notes, and why the past does not support the forecasts; empty where it does.

    Raises:
        SeriesFailure: no value, no fit, a gap in a known-future column, or forecasts that are not finite.
    """
    y = panel.series(i)
    if not np.isfinite(y).any():
        raise SeriesFailure("it shows no value; leave it out or give it data")
    fit = fit_one(i)
    model = fit.model
    if isinstance(model, ReadsColumns) and panel.future.size:
        model = _with_known_columns(model, panel, i, len(y) + ahead)
    here, steps = np.array([len(y) - 1]), np.arange(1, ahead + 1)
    answer = model.forecast(y, here, steps)
    if not np.isfinite(answer).all():
        raise SeriesFailure("its fitted model forecasts values that are not finite; try a simpler model")
    experience = _experience(y, model)
    beyond = experience.excess(y, here, steps, answer)[0]
    why = reason(panel.ids[i], experience, answer[0]).partition(": ")[2] if beyond else ""
    return fit.model, fit.notes, why


def _experience(y: FloatArray, model: SeriesModel) -> Experience:
    """Return what the fitted rows y [T] have shown to a model."""
    return Experience.of(y, zero=isinstance(model, ReadsColumns) and model.returns_to_zero)


def _with_known_columns(model: ReadsColumns, panel: Panel, i: int, rows: int) -> SeriesModel:
    """Return the model with the columns [rows, F] known so far.

    Raises:
        SeriesFailure: a value is missing among the rows that are given.
    """
    columns = known_future(panel, i, 0, rows)
    given = np.arange(int(panel.lengths[i]), int(panel.reach[i] - panel.starts[i]))
    gap = first_gap(model, columns, given)
    if gap is not None:
        raise SeriesFailure(gap_message(panel, i, *gap).partition(": ")[2])
    return model.given(columns)
