"""Upstream of a stage: a base with its fits on folds, an earlier stage, or the average of several.

Each kind reads its own forecasts and out-of-fold forecasts from the finished stages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hybridts.data.panel import Origins, Panel
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

#: Prefix of the arrays in which a stage stores its out-of-fold forecasts.
_OUT_OF_FOLD = "honest_"


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
    """

    final: str
    keys: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = field(default=(), repr=False, compare=False)

    def needs(self) -> Iterator[str]:
        """Yield the keys of all stages it reads."""
        yield self.final
        yield from self.keys

    def required(self) -> Iterator[str]:
        """Yield the keys of the stages that a forecast needs; without a fold there are only fewer rows."""
        yield self.final

    def forecast(self, origins: Origins, stages: FinishedStages) -> Forecast:
        """Return the forecast [M, H] from these origins."""
        return Forecast.of_arrays(stages.load(self.final).arrays).at(origins)

    def out_of_fold(self, seen: Panel, stages: FinishedStages, spec: ForecastSpec) -> Hindcasts:
        """Return the forecasts of every finished fold, with their targets; `seen` is the panel at the cutoff."""
        finished = [(k, fold) for k, fold in zip(self.keys, self.folds, strict=True) if stages.has(k)]
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
        arrays = stages.load(self.key).arrays
        series, position, fold, forecast = (
            arrays[f"{_OUT_OF_FOLD}{name}"] for name in ("series", "position", "fold", "forecast")
        )
        if not len(series):
            return empty_rows(spec.horizon)
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


Upstream = BaseFit | StageOutput | MemberAverage


def out_of_fold_arrays(rows: Hindcasts) -> dict[str, np.ndarray]:
    """Return out-of-fold forecasts as named arrays to store; `StageOutput.out_of_fold` reads them."""
    parts = {
        "series": rows.origins.series,
        "position": rows.origins.position,
        "fold": rows.fold,
        "forecast": rows.forecast,
    }
    return {f"{_OUT_OF_FOLD}{name}": values for name, values in parts.items()}


def with_forecast(rows: Hindcasts) -> Hindcasts:
    """Return the rows whose forecast is finite: nothing is learned from series that the base failed on."""
    return rows[np.isfinite(rows.forecast).all(axis=1)]
