"""The protocols every model speaks: two for whole forecasts, two for corrections, one for tabular learners.

A recipe's stage (settings only, frozen) and its fitted form are different types, so "not fitted yet" cannot happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure

Weights = Mapping[str, np.ndarray]


class Fitted(Protocol):
    """A fitted model; it never changes again."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """JSON-ready facts for the report: chosen orders, parameter counts, steps."""

    @property
    def failures(self) -> Mapping[str, str]:
        """Series id -> why this series could not be fitted (its forecasts are NaN). Usually empty."""

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[len(origins), horizon]; sees nothing after an origin, and answers each origin as if it were alone."""


class Forecaster(Protocol):
    """A stage that makes a forecast of its own: statistical model, network, learner on lags."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Learn from everything the panel shows.

        Raises:
            NotApplicable: the model has no meaning on this data.
            StageFailure: no series could be fitted.
        """


@runtime_checkable
class Reusing(Protocol):
    """A forecaster that can take expensive decisions (orders) from an earlier fit instead of searching again."""

    def reuse(self, notes: Mapping[str, Any]) -> Forecaster:
        """The forecaster with the decisions in an earlier fit's notes taken over."""


@runtime_checkable
class Warm(Protocol):
    """A forecaster that can start from the weights of an earlier fit on earlier data."""

    def fit_from(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Like `fit`, with fewer steps; where the weights do not suit this panel, exactly `fit`."""


@runtime_checkable
class Explaining(Protocol):
    """A fitted model that may answer NaN for a series it was fitted on, and then says why.

    Every reason names the series, what was found and what to do.
    """

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Series id -> why its answer is not finite at these origins (where it is not); without a series whose NaN
        the model has no reason for: that is its fault, not the data's."""

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Those reasons that are values of known-future columns which the caller can give."""


@runtime_checkable
class PerSeries(Protocol):
    """A forecaster that fits each series alone: fits of parts of a panel, joined, are the fit of the panel.

    Its fitted models are `Joining`; where it can fit no series at all, it raises `NothingFitted`.
    """

    per_series: ClassVar[bool]


@runtime_checkable
class Joining(Protocol):
    """A fitted model of some series that can be joined with the fits of other series by the same forecaster."""

    def joined(self, others: Sequence[Any]) -> Fitted:
        """This fit and those of later series as one, exactly as if all had been fitted together.

        Raises:
            NothingFitted: none of them holds a fitted series.
        """


@runtime_checkable
class NotedBySeries(Protocol):
    """A fitted model that keeps what it found series by series apart, so that a run on other series can take it over.

    Attributes:
        found: note -> series id -> what the fit of this series found; part of its notes.
    """

    found: Mapping[str, Mapping[str, Any]]


class NothingFitted(StageFailure):
    """No series could be fitted; `fitted` says what was tried, for where these are only some of the series."""

    def __init__(self, message: str, fitted: Fitted) -> None:
        super().__init__(message)
        self.fitted = fitted

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.fitted)


@runtime_checkable
class Quantiled(Protocol):
    """A fitted model that answers quantiles beside its forecast."""

    @property
    def levels(self) -> tuple[float, ...]:
        """Q levels in rising order; empty where none were asked for."""

    def quantiles(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H, Q], rising along the last axis."""


@runtime_checkable
class Weighted(Protocol):
    """A fitted model that can hand its weights to the fit at the next cutoff."""

    def weights(self) -> Weights:
        """Every array by name."""


@dataclass(frozen=True, eq=False)
class Hindcasts:
    """Forecasts so far at many origins, with what came true, as rows that corrections learn from.

    Attributes:
        origins: [M], ordered by series and position.
        fold: [M] index of the fold whose base made the row, oldest 0. -1: a row to be answered, not learned from.
        forecast: [M, H] the forecast so far.
        target: [M, H] the values that came true; NaN after the cutoff.
        scale: [M] MASE's scale at the origin.
    """

    origins: Origins
    fold: IntArray
    forecast: FloatArray
    target: FloatArray
    scale: FloatArray

    def __len__(self) -> int:
        return len(self.origins)

    def __getitem__(self, rows: Any) -> Hindcasts:
        return Hindcasts(self.origins[rows], self.fold[rows], self.forecast[rows], self.target[rows], self.scale[rows])


class FittedCorrection(Protocol):
    """A fitted correction; it never changes again."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """JSON-ready facts for the report."""

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """[M, H] what to add to rows.forecast, before any gate. Uses rows.forecast, never rows.target.

        Where `rows` hold earlier origins of the same series, the errors visible at an origin may be used.
        """


@runtime_checkable
class RowByRow(Protocol):
    """A fitted correction that answers each row from its own forecast and what the panel shows at its origin.

    It needs no earlier rows of the series, so that only those are shown to it that are asked for.

    Attributes:
        row_by_row: stands there to say so.
    """

    row_by_row: Literal[True]


class Corrector(Protocol):
    """A stage that models the errors of the stages before it."""

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedCorrection:
        """Learn from honest rows; a NaN target is a step that is not known yet."""


class Learner(Protocol):
    """A tabular regressor; any scikit-learn regressor is one."""

    def fit(self, X: FloatArray, y: FloatArray) -> Any:
        """Learn y [rows] from X [rows, features]."""

    def predict(self, X: FloatArray) -> FloatArray:
        """[rows]."""
