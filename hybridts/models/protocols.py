"""The interfaces of models: forecasters, corrections, tabular learners, and the capabilities that a model may declare.

`Forecaster`, `Fitted`, `Corrector`, `FittedCorrection` and `Learner` are protocols: a class with these methods is one.
The optional capabilities (`Reusing`, `Warm`, `Pretrained`, `PerSeries`, `ForResiduals`, `Joining`, `NotedBySeries`,
`Explaining`, `Quantiled`, `Weighted`, `RowByRow`) are base classes: a class has only those it inherits, whatever its
attributes.

The settings of a model (frozen) and its fitted form are different types, so that a model that is not fitted cannot be
asked for a forecast.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.errors import StageFailure

Weights = Mapping[str, np.ndarray]


# -- forecasters --------------------------------------------------------------------------------------------------
class Fitted(Protocol):
    """A fitted model; it never changes again."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """JSON-ready facts for the report: chosen orders, parameter counts, steps."""

    @property
    def failures(self) -> Mapping[str, str]:
        """Series id -> why this series could not be fitted (its forecasts are NaN). Usually empty."""

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]; read nothing after an origin, and forecast each origin as if it were alone."""


class Forecaster(Protocol):
    """A stage that makes a forecast of its own: statistical model, network, learner on lags."""

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Fit to all rows that the panel shows.

        Raises:
            NotApplicable: the model has no meaning on this data.
            StageFailure: no series could be fitted.
        """


# -- optional capabilities of forecasters -------------------------------------------------------------------------
class Reusing(ABC):
    """A forecaster that can take expensive decisions (orders) from an earlier fit instead of searching again."""

    @abstractmethod
    def reuse(self, notes: Mapping[str, Any]) -> Forecaster:
        """Return the forecaster with the decisions in an earlier fit's notes taken over."""


class Warm(ABC):
    """A forecaster that can start from the weights of an earlier fit on earlier data."""

    @abstractmethod
    def fit_from(self, weights: Weights, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Fit as `fit` does, with fewer steps; where the weights do not suit this panel, exactly as `fit`."""


class Learned(NamedTuple):
    """Prior weights as they are stored, and sentences on what did not work on the way."""

    weights: Weights
    notices: tuple[str, ...] = ()


class TrainingAmount(NamedTuple):
    """Rows of a window, optimiser steps, and windows per step."""

    window: int
    steps: int
    batch: int


class PriorWeights(ABC):
    """Weights that a model learned before it saw any data of the user's."""

    @property
    @abstractmethod
    def at_hand(self) -> bool:
        """Return whether reading them takes no training."""

    @abstractmethod
    def identity(self) -> str:
        """Return a hash of everything that decides them."""

    @abstractmethod
    def amount(self) -> TrainingAmount:
        """Return how much training they take, for estimates of seconds."""

    @abstractmethod
    def learned(self) -> Learned:
        """Return them, trained now if they are not stored."""


class Pretrained(ABC):
    """A forecaster that can start from weights that were learned before it sees the data."""

    @abstractmethod
    def prior_for(self, season: int, ahead: int) -> PriorWeights | None:
        """Return what a fit starts from; None for nothing.

        Args:
            season: seasonal period of the panel.
            ahead: gap + horizon.
        """

    @abstractmethod
    def with_prior(self, prior: Learned) -> Forecaster:
        """Return the forecaster with its prior at hand, so that a fit does not look it up."""


class PerSeries:
    """A forecaster that fits each series alone: fits of parts of a panel, joined, equal the fit of the panel.

    Its fitted models are `Joining`; where it can fit no series at all, it raises `NothingFitted`.

    Attributes:
        per_series: False in a subclass that does not fit each series alone after all.
    """

    per_series: ClassVar[bool] = True


class ForResiduals(ABC):
    """A forecaster with a variant of itself that suits errors around zero."""

    @abstractmethod
    def for_residuals(self) -> Forecaster:
        """Return the variant for the errors of an earlier stage."""


# -- optional capabilities of fitted models -----------------------------------------------------------------------
class Explaining(ABC):
    """A fitted model that may return NaN for a series it was fitted on, and gives the reason.

    Every reason names the series, what was found and what to do.
    """

    @abstractmethod
    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Return series id -> why its forecast is not finite at these origins.

        A series whose NaN has no known reason is left out: that is a fault of the model, not of the data.
        """

    @abstractmethod
    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """Return those reasons that are missing values of known-future columns, which the caller can give."""


class Joining(ABC):
    """A fitted model of some series that can be joined with the fits of other series by the same forecaster."""

    @abstractmethod
    def joined(self, others: Sequence[Any]) -> Fitted:
        """Return this fit and those of later series as one, exactly as if all had been fitted together.

        Raises:
            NothingFitted: none of them holds a fitted series.
        """


class NotedBySeries:
    """A fitted model that keeps its notes series by series, so that a run on other series can take them over.

    Attributes:
        found: note -> series id -> value; part of its notes.
    """

    found: Mapping[str, Mapping[str, Any]]


class Quantiled(ABC):
    """A fitted model that forecasts quantiles beside its point forecast."""

    @property
    @abstractmethod
    def levels(self) -> tuple[float, ...]:
        """Q quantile levels in rising order; empty where none were asked for."""

    @abstractmethod
    def quantiles(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return quantile forecasts [M, H, Q], rising along the last axis."""


class Weighted(ABC):
    """A fitted model whose weights the fit at the next cutoff can start from."""

    @abstractmethod
    def weights(self) -> Weights:
        """Return every array by name."""


class NothingFitted(StageFailure):
    """No series could be fitted; `fitted` holds the failures, for a caller that fitted only some of the series."""

    def __init__(self, message: str, fitted: Fitted) -> None:
        super().__init__(message)
        self.fitted = fitted

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.fitted)


# -- corrections --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Hindcasts:
    """Out-of-fold forecasts at many origins with their targets, as rows that corrections learn from.

    Attributes:
        origins: [M], ordered by series and position.
        fold: [M] index of the fold whose base made the row, oldest 0. -1: a row to be forecast, not learned from.
        forecast: [M, H] the forecast so far.
        target: [M, H] the values that came true; NaN after the cutoff.
        scale: [M] scale of MASE at the origin, in units of the series.
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
        """Return [M, H] what to add to rows.forecast, before any gate. Reads rows.forecast, never rows.target.

        Where `rows` hold earlier origins of the same series, the errors visible at an origin may be used.
        """


class RowByRow:
    """A fitted correction that computes each row from its own forecast and what the panel shows at its origin.

    It needs no earlier rows of the series, so it is given only the rows whose correction is wanted.
    """


class Corrector(Protocol):
    """A stage that models the errors of the stages before it."""

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedCorrection:
        """Fit to out-of-fold rows; a NaN target is a step that is not known yet."""


# -- tabular learners ---------------------------------------------------------------------------------------------
class Learner(Protocol):
    """A tabular regressor; any scikit-learn regressor is one."""

    def fit(self, X: FloatArray, y: FloatArray) -> Any:
        """Fit to y [R] from X [R, F]."""

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
