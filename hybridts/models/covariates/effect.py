"""The linear effect of covariates on each series: terms that count, and a weight of each in every series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.content_order import content_order
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel, take_where
from hybridts.data.seasonal import last_value, seasonal_error
from hybridts.models.covariates import gls
from hybridts.models.covariates.projection import expected, projections
from hybridts.models.covariates.pruning import Explains, older, pruned
from hybridts.models.covariates.selection import MOST_SERIES, MOST_VALUES, Sample, lags_for, selected
from hybridts.models.covariates.terms import Term, candidates, read


@dataclass(frozen=True, eq=False)
class LinearEffect:
    """A fitted effect.

    Attributes:
        terms: K of them; names: as a reader knows them.
        weight: series id -> [K], in units of the series; of a series that was not fitted: `typical` x its unit.
        centre: series id -> [K] value of each term at which the effect is 0.
        typical, middle: [K] the same for series that were not fitted, the weight in units of a series.
        ahead: past column -> its `projections`, where it has a term that is not known at every step.
    """

    terms: tuple[Term, ...]
    names: tuple[str, ...]
    weight: Mapping[str, FloatArray]
    centre: Mapping[str, FloatArray]
    typical: FloatArray
    middle: FloatArray
    ahead: Mapping[int, FloatArray] = field(default_factory=dict)

    @classmethod
    def fitted(cls, panel: Panel, horizon: int, gap: int = 0) -> LinearEffect | None:
        """Estimate the effect on a panel, which is all that may be learned from; None where no term counts."""
        reach = gap + horizon
        tried = candidates(panel, reach)
        if not tried or not len(panel):
            return None
        panel = panel.take(content_order(panel))  # ids must not decide which series are read first
        unit = units(panel, Origins(np.arange(len(panel)), panel.lengths - 1))
        lags = lags_for(panel)
        order = np.flatnonzero((unit > 0) & (panel.lengths >= 8))
        if not len(order):
            return None
        sample = _sample(panel, unit, order, lags, len(tried))
        terms = selected(sample, tried)
        terms = _pruned(panel.take(sample.series), terms, np.arange(gap + 1, reach + 1), lags) if terms else []
        return _estimated(panel, unit, order, lags, terms)._with_projections(panel, reach) if terms else None

    def at(self, panel: Panel, series: IntArray, position: IntArray, unit: FloatArray | None = None) -> FloatArray:
        """Return the effect at positions of series (arrays of one shape), in units of the series; 0 where not known.

        Args:
            panel: the data.
            series: indices.
            position: rows from the start of each series, also after its end.
            unit: [N] of series that were not fitted; without it their effect is 0.
        """
        answer = np.zeros(position.shape)
        weight, centre = self._of(panel, unit)
        for k, term in enumerate(self.terms):
            z = read(panel, term, series, position)
            answer += np.nan_to_num(z - centre[series, k]) * weight[series, k]
        return answer

    def at_targets(self, panel: Panel, origins: Origins, ahead: IntArray, unit: FloatArray | None = None) -> FloatArray:
        """Return the effect [M, H] `ahead` [H] rows after origins, from what is known there.

        Values of past columns after an origin are not read; their expected values are.
        """
        position = origins.position[:, None] + ahead
        series = np.broadcast_to(origins.series[:, None], position.shape)
        weight, centre = self._of(panel, unit)
        answer = np.zeros(position.shape)
        for k, term in enumerate(self.terms):
            z = np.nan_to_num(read(panel, term, series, position) - centre[series, k])
            if term.column in self.ahead and term.kind == "past":
                unknown = np.broadcast_to(ahead - term.lag, position.shape)
                at = (origins, unknown)
                guess = expected(panel, term.column, centre[origins.series, k], self.ahead[term.column], at)
                z = np.where(unknown > 0, guess, z)
            answer += z * weight[series, k]
        return answer

    def _with_projections(self, panel: Panel, reach: int) -> LinearEffect:
        found = {}
        for k, term in enumerate(self.terms):
            if term.kind == "past" and term.lag < reach and term.column not in found:
                centre = np.array([self.centre[name][k] for name in panel.ids])
                found[term.column] = projections(panel, term.column, centre, reach)
        return replace(self, ahead=found)

    def knows(self, panel: Panel) -> np.ndarray:
        """Return [N] whether the weights of a series were fitted on it."""
        return np.array([name in self.weight for name in panel.ids], dtype=bool)

    def to_plain(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        each = {name: [self.weight[name].tolist(), self.centre[name].tolist()] for name in self.weight}
        typical = [self.typical.tolist(), self.middle.tolist()]
        ahead = {str(column): weights.tolist() for column, weights in self.ahead.items()}
        terms = [list(t) for t in self.terms]
        return {"terms": terms, "names": list(self.names), "series": each, "typical": typical, "ahead": ahead}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> LinearEffect:
        """Return the effect that `to_plain` described."""
        weight = {name: np.array(pair[0], float) for name, pair in plain["series"].items()}
        centre = {name: np.array(pair[1], float) for name, pair in plain["series"].items()}
        terms = tuple(Term(*term) for term in plain["terms"])
        typical, middle = (np.array(values, float) for values in plain["typical"])
        ahead = {int(column): np.array(weights, float) for column, weights in plain["ahead"].items()}
        return cls(terms, tuple(plain["names"]), weight, centre, typical, middle, ahead)

    def _of(self, panel: Panel, unit: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        other = np.zeros(len(panel)) if unit is None else unit
        weight = [self.weight.get(name, self.typical * u) for name, u in zip(panel.ids, other, strict=True)]
        centre = [self.centre.get(name, self.middle) for name in panel.ids]
        size = len(self.terms)
        return np.reshape(weight, (len(panel), size)), np.reshape(centre, (len(panel), size))


def _pruned(panel: Panel, terms: list[Term], ahead: IntArray, lags: tuple[int, ...]) -> list[Term]:
    """Return the terms that forecasts of some series gain by; see `pruned`."""
    seen = panel.cut(older(panel))
    unit = units(seen, Origins(np.arange(len(panel)), seen.lengths - 1))
    order = np.flatnonzero((unit > 0) & (seen.lengths >= 8))

    def estimate(some: list[Term]) -> Explains:
        effect = _estimated(seen, unit, order, lags, some)._with_projections(seen, int(ahead.max()))
        return Explains(lambda i, at: effect.at(panel, i, at), lambda o, k: effect.at_targets(panel, o, k))

    return pruned(panel, terms, ahead, lags, estimate) if len(order) else []


def units(panel: Panel, origins: Origins) -> FloatArray:
    """Return [M] MASE's scale at origins; before it is known, the size of the last value; 0 where there is none."""
    scale = seasonal_error(panel, origins, panel.season)
    scale = np.where(np.isfinite(scale), scale, np.abs(last_value(panel, origins)))
    return np.where(np.isfinite(scale), scale, 0.0)


def _sample(panel: Panel, unit: FloatArray, order: IntArray, lags: tuple[int, ...], terms: int) -> Sample:
    """Return series spread evenly over the panel, as many as are read at once."""
    longest = max(int(panel.lengths[order].max()), 1)
    most = max(min(MOST_SERIES, MOST_VALUES * 8 // (longest * max(terms, 1))), 1)
    picked = order[np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).astype(np.int64))]
    return _padded(panel, unit, picked, lags)


def _padded(panel: Panel, unit: FloatArray, series: IntArray, lags: tuple[int, ...]) -> Sample:
    time = np.arange(int(panel.lengths[series].max()))
    row = panel.starts[series][:, None] + time
    y = take_where(time < panel.lengths[series][:, None], panel.values, row) / unit[series][:, None]
    return Sample(panel, series, y, lags)


def _batches(panel: Panel, order: IntArray, terms: int) -> Iterator[IntArray]:
    """Yield series of similar length, a bounded number of values at a time."""
    waiting = order[np.argsort(panel.lengths[order], kind="stable")]
    while len(waiting):
        most = max(MOST_VALUES // (int(panel.lengths[waiting].max()) * (terms + 1)), 1)
        yield waiting[:most]
        waiting = waiting[most:]


def _estimated(
    panel: Panel, unit: FloatArray, order: IntArray, lags: tuple[int, ...], terms: list[Term]
) -> LinearEffect:
    """Estimate the weights of each series, drawn towards those of all by their standard errors."""
    size = len(terms)
    weight, error = np.zeros((len(panel), size)), np.full((len(panel), size), np.inf)
    centre = np.zeros((len(panel), size))
    for some in _batches(panel, order, size):
        sample = _padded(panel, unit, some, lags)
        found = gls.estimate(sample.y, sample.columns(terms), lags)
        weight[some], error[some] = found.weight, found.error
    for k, term in enumerate(terms):
        centre[:, k] = _means(panel, term)
    weight, typical = _drawn_together(weight, error)
    each = dict(zip(panel.ids, weight * unit[:, None], strict=True))
    names = tuple(term.name(panel) for term in terms)
    centres = dict(zip(panel.ids, centre, strict=True))
    return LinearEffect(tuple(terms), names, each, centres, typical, centre.mean(axis=0))


def _means(panel: Panel, term: Term) -> FloatArray:
    """Return [N] the mean of a term over the visible rows of each series; 0 where none is known."""
    rows = Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1)
    z = read(panel, term, rows.series, rows.position)
    known = np.isfinite(z)
    total = np.bincount(rows.series[known], z[known], len(panel))
    return np.asarray(total / np.maximum(np.bincount(rows.series[known], minlength=len(panel)), 1))


def _drawn_together(weight: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return weights [N, K] drawn towards their mean over series, and that mean [K].

    Random effects by the method of moments (DerSimonian and Laird 1986): where series differ by more than their
    standard errors, they keep their own weight; one that says little takes that of the others.
    """
    answer, mean = weight.copy(), np.zeros(weight.shape[1])
    for k in range(weight.shape[1]):
        known = np.isfinite(error[:, k])
        if not known.any():
            continue
        b, v = weight[known, k], np.maximum(error[known, k] ** 2, 1e-12)
        w = 1 / v
        fixed = (w * b).sum() / w.sum()
        spread = w.sum() - (w**2).sum() / w.sum()
        excess = max(((w * (b - fixed) ** 2).sum() - (len(b) - 1)) / spread, 0.0) if spread > 0 else 0.0
        mean[k] = (b / (v + excess)).sum() / (1 / (v + excess)).sum()
        answer[known, k] = (b * excess + mean[k] * v) / (v + excess)
        answer[~known, k] = mean[k]
    return answer, mean
