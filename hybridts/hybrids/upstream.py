"""Upstream of a stage: a base with its fits on folds, an earlier stage, or the average of several.

Each kind reads its own forecasts and out-of-fold forecasts from the finished stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.hybrids.folds import Fold
from hybridts.hybrids.hindcast_rows import (
    ForecastSpec,
    average,
    average_rows,
    empty_rows,
    out_of_fold_rows,
    rows_at,
)
from hybridts.hybrids.settings import CombineMethod
from hybridts.models.forecast import Forecast
from hybridts.models.protocols import Hindcasts

#: Prefixes of the arrays in which a stage stores its out-of-fold forecasts, and a correction those that judged it.
_OUT_OF_FOLD, _HELD_OUT = "honest_", "held_out_"
_ROWS = ("series", "position", "fold", "forecast")


class StoredStage(Protocol):
    """A finished stage: its arrays by name."""

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """Return origins, forecasts and out-of-fold forecasts."""


class FinishedStages(Protocol):
    """Finished stages by key."""

    def has(self, key: str) -> bool:
        """Return whether the stage has finished."""

    def load(self, key: str) -> StoredStage:
        """Return a finished stage."""


@dataclass(frozen=True)
class BaseFit:
    """A base: one fit on all rows up to the cutoff, and one fit per fold for out-of-fold forecasts.

    Attributes:
        final: key of the fit on all rows.
        keys: keys of the fits on folds.
        folds: the folds, in the same order.
        spare: keys of fits for intervals alone, where there is no fold; spare_folds: their folds.
    """

    final: str
    keys: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = field(default=(), repr=False, compare=False)
    spare: tuple[str, ...] = ()
    spare_folds: tuple[Fold, ...] = field(default=(), repr=False, compare=False)

    def needs(self) -> Iterator[str]:
        """Yield the keys of all stages it reads."""
        yield self.final
        yield from self.keys
        yield from self.spare

    def required(self) -> Iterator[str]:
        """Yield the keys of the stages that a forecast needs; without a fold there are only fewer rows."""
        yield self.final

    def forecast(self, origins: Origins, stages: FinishedStages) -> Forecast:
        """Return the forecast [M, H] from these origins."""
        return Forecast.of_arrays(stages.load(self.final).arrays).at(origins)

    def out_of_fold(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the forecasts of every finished fold, with their targets; `seen` is the panel at the cutoff."""
        return self._rows(self.keys, self.folds, seen, stages, spec)

    def hindcasts(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the rows whose errors are like those to come; none where the folds are those of the final fit."""
        if self.final in self.keys:
            return empty_rows(spec.horizon)
        keys, folds = (self.keys, self.folds) if self.keys else (self.spare, self.spare_folds)
        return self._rows(keys, folds, seen, stages, spec)

    def hindcast_quantiles(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> dict[float, FloatArray]:
        """Return probability -> [M, H] the base's own quantiles of the rows of `hindcasts`; empty where it has none."""
        finished = [(k, fold) for k, fold in zip(self.keys, self.folds, strict=True) if stages.has(k)]
        found = [Forecast.of_arrays(stages.load(k).arrays).at(fold.origins).quantiles for k, fold in finished]
        levels = set.intersection(*(set(each) for each in found)) if found and self.final not in self.keys else set()
        folds = [fold for _, fold in finished]
        return {p: out_of_fold_rows(seen, folds, [each[p] for each in found], spec).forecast for p in sorted(levels)}

    @staticmethod
    def _rows(
        keys: Sequence[str], folds: Sequence[Fold], seen: Panel, stages: FinishedStages, spec: ForecastSpec
    ) -> Hindcasts:
        finished = [(k, fold) for k, fold in zip(keys, folds, strict=True) if stages.has(k)]
        forecasts = [Forecast.of_arrays(stages.load(k).arrays).at(fold.origins).mean for k, fold in finished]
        return out_of_fold_rows(seen, [fold for _, fold in finished], forecasts, spec)


@dataclass(frozen=True)
class StageOutput:
    """The output of a correction, which includes all stages before it, or of an ensemble stage.

    Attributes:
        key: of the stage.
    """

    key: str

    def needs(self) -> Iterator[str]:
        """Yield the keys of all stages it reads."""
        yield self.key

    def required(self) -> Iterator[str]:
        """Yield the keys of the stages that a forecast needs."""
        yield self.key

    def forecast(self, origins: Origins, stages: FinishedStages) -> Forecast:
        """Return the forecast [M, H] from these origins."""
        return Forecast.of_arrays(stages.load(self.key).arrays).at(origins)

    def out_of_fold(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the out-of-fold forecasts that the stage stored, with their targets."""
        return self._stored(_OUT_OF_FOLD, seen, stages, spec)

    def hindcasts(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the rows whose errors are like those to come: of a correction the ones that judged it."""
        held = f"{_HELD_OUT}series" in stages.load(self.key).arrays
        return self._stored(_HELD_OUT if held else _OUT_OF_FOLD, seen, stages, spec)

    def _stored(self, prefix: str, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        arrays = stages.load(self.key).arrays
        if f"{prefix}series" not in arrays or not len(arrays[f"{prefix}series"]):
            return empty_rows(spec.horizon)
        series, position, fold, forecast = (arrays[f"{prefix}{name}"] for name in _ROWS)
        return rows_at(seen, Origins(series, position), forecast, fold, spec)


@dataclass(frozen=True)
class MemberAverage:
    """The mean or median of members, without learned weights."""

    members: tuple[Upstream, ...]
    how: CombineMethod = "mean"

    def needs(self) -> Iterator[str]:
        """Yield the keys of all stages it reads."""
        for member in self.members:
            yield from member.needs()

    def required(self) -> Iterator[str]:
        """Yield the keys of the stages that a forecast needs."""
        for member in self.members:
            yield from member.required()

    def forecast(self, origins: Origins, stages: FinishedStages) -> Forecast:
        """Return the forecast [M, H] from these origins; NaN where a member has none."""
        members = [member.forecast(origins, stages).mean for member in self.members]
        return Forecast(origins, average(members, self.how))

    def out_of_fold(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the average of the members' out-of-fold forecasts, at the origins that all of them have."""
        return average_rows([member.out_of_fold(seen, stages, spec) for member in self.members], self.how)

    def hindcasts(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the average of the members' hindcasts, at the origins that all of them have."""
        return average_rows([member.hindcasts(seen, stages, spec) for member in self.members], self.how)


Upstream = BaseFit | StageOutput | MemberAverage


def out_of_fold_arrays(rows: Hindcasts) -> dict[str, np.ndarray]:
    """Return out-of-fold forecasts as named arrays to store; `StageOutput.out_of_fold` reads them."""
    return _arrays(_OUT_OF_FOLD, rows)


def held_out_arrays(rows: Hindcasts) -> dict[str, np.ndarray]:
    """Return the rows that judged a correction as named arrays to store; `StageOutput.hindcasts` reads them."""
    return _arrays(_HELD_OUT, rows)


def _arrays(prefix: str, rows: Hindcasts) -> dict[str, np.ndarray]:
    parts = (rows.origins.series, rows.origins.position, rows.fold, rows.forecast)
    return {f"{prefix}{name}": values for name, values in zip(_ROWS, parts, strict=True)}


def with_forecast(rows: Hindcasts) -> Hindcasts:
    """Return the rows whose forecast is finite: nothing is learned from series that the base failed on."""
    return rows[np.isfinite(rows.forecast).all(axis=1)]
