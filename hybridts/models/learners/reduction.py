"""Reduction of forecasting to regression: a tabular learner as the first stage of a chain, or as a correction.

As a first stage it forecasts from lags; after other stages it predicts their out-of-fold errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from hybridts.data.content_order import in_content_order
from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.data.seasonal import seasonal_naive
from hybridts.errors import StageFailure
from hybridts.models.covariates.adjustment import Adjustment, correction_with, forecast_with
from hybridts.models.findings import Importances
from hybridts.models.learners.covariate_features import Classes, classes_of, nominal_columns
from hybridts.models.learners.design_matrix import Pairs, design, unit_at
from hybridts.models.learners.own_regressor import TakesNames
from hybridts.models.protocols import Hindcasts, Learner, RowByRow

#: Largest error a learner is fitted to, in units of MASE's scale: a squared loss must not follow outliers.
WINSOR = 10.0
#: Rows predicted at once: bounds memory, changes no number.
AT_ONCE = 200_000


# -- settings of learners -----------------------------------------------------------------------------------------
class LearnerSettings(Protocol):
    """Settings of a learner: how to build it, and its row cap."""

    @property
    def max_rows(self) -> int:
        """Largest number of rows it is fitted to."""

    def build(self, seed: int, rows: int) -> Learner:
        """Return a new learner, to be fitted to `rows` rows."""


# -- a learner as a forecaster ------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class DirectRegressionForecaster:
    """A learner alone: one global model of the deviation from the seasonal-naive forecast, all steps directly."""

    learner: LearnerSettings

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedDirectRegression:
        """Fit to every origin that shows a full season, at most `learner.max_rows` rows.

        Raises:
            StageFailure: fewer than two rows have a known target.
        """
        adjustment, given = Adjustment.fitted(panel, horizon, gap), panel
        panel = panel if adjustment is None else adjustment.panel(panel)
        first = np.minimum(np.maximum(panel.season, 2) - 1, np.maximum(panel.lengths - gap - 2, 0))
        origins = Origins.between(first, panel.lengths - gap - 2)
        so_far = seasonal_naive(panel, origins, horizon, gap)
        target = adjustment.targets(given, origins) if adjustment else panel.targets(origins, horizon, gap)
        fitted = _fit(self.learner, panel, (origins, so_far, target), (gap, seed))
        return FittedDirectRegression(fitted, horizon, gap, adjustment)


@dataclass(frozen=True, eq=False)
class FittedDirectRegression:
    """Seasonal-naive forecast plus the predicted deviation from it."""

    regression: FittedRegression
    horizon: int
    gap: int
    adjustment: Adjustment | None = None
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> Mapping[str, Any]:
        """Rows, features, importances, and what covariates explain."""
        return {**self.regression.notes, **(self.adjustment.notes if self.adjustment else {})}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]."""

        def adjusted(panel: Panel, rows: IntArray) -> FloatArray:
            so_far = seasonal_naive(panel, origins[rows], self.horizon, self.gap)
            return so_far + self.regression.predict(panel, origins[rows], so_far)

        return forecast_with(self.adjustment, panel, origins, adjusted)


# -- a learner as a correction ------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class RegressionCorrection:
    """A learner after other stages: predicts their out-of-fold errors at all steps from features at the origin."""

    learner: LearnerSettings

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedRegressionCorrection:
        """Fit to all rows with a known target, at most `learner.max_rows` of them.

        Raises:
            StageFailure: fewer than two rows have a known target.
        """
        adjustment = Adjustment.fitted(panel, horizon, gap)
        if adjustment is not None:
            adjustment, panel, rows = adjustment.blended(panel, rows)
        data = (rows.origins, rows.forecast, rows.target)
        return FittedRegressionCorrection(_fit(self.learner, panel, data, (gap, seed)), adjustment)


@dataclass(frozen=True, eq=False)
class FittedRegressionCorrection(RowByRow):
    """The fitted correction: each row from the features of its own origin."""

    regression: FittedRegression
    adjustment: Adjustment | None = None

    @property
    def notes(self) -> Mapping[str, Any]:
        """Rows, features, importances, and what covariates explain."""
        return {**self.regression.notes, **(self.adjustment.notes if self.adjustment else {})}

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """Return corrections [M, H]."""
        return correction_with(
            self.adjustment, panel, rows, lambda seen, some: self.regression.predict(seen, some.origins, some.forecast)
        )


# -- the regression behind both -----------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class FittedRegression:
    """A fitted learner and how its rows are built.

    Attributes:
        learner: None where no series has moved yet: then every prediction is zero.
        gap: steps between an origin and its first target.
        notes: JSON-ready facts for the report.
        classes: of the static columns.
    """

    learner: Learner | None
    gap: int
    notes: Mapping[str, Any]
    classes: Classes = ()

    def predict(self, panel: Panel, origins: Origins, so_far: FloatArray) -> FloatArray:
        """Return the predicted error [M, H] of the forecasts `so_far` [M, H], in units of the series.

        Raises:
            StageFailure: the learner returns another shape, or values that are not finite.
        """
        if self.learner is None:
            return np.zeros(so_far.shape)
        horizon = so_far.shape[1]
        answer = np.empty(so_far.size)
        block = max(AT_ONCE // horizon, 1)
        for start in range(0, len(origins), block):
            some = slice(start, min(start + block, len(origins)))
            part = Origins(origins.series[some], origins.position[some])
            X, _ = design(panel, part, so_far[some], Pairs.all(len(part), horizon), self.gap, self.classes)
            answer[start * horizon : start * horizon + len(X)] = _predicted(self.learner, X)
        return answer.reshape(so_far.shape) * unit_at(panel, origins)[:, None]


def _predicted(learner: Learner, X: FloatArray) -> FloatArray:
    """Return predictions [R] for X [R, F].

    Raises:
        StageFailure: the learner returns another shape, or values that are not finite.
    """
    answer = np.asarray(learner.predict(X), dtype=float)
    inner = learner
    while hasattr(inner, "learner"):
        inner = inner.learner
    name = type(inner).__name__
    if answer.shape != (len(X),):
        raise StageFailure(f"{name}.predict answered shape {answer.shape} for {len(X)} rows.")
    if not np.isfinite(answer).all():
        raise StageFailure(f"{name}.predict answered {(~np.isfinite(answer)).sum()} values that are not finite.")
    return answer


def _fit(
    settings: LearnerSettings,
    panel: Panel,
    data: tuple[Origins, FloatArray, FloatArray],
    gap_and_seed: tuple[int, int],
) -> FittedRegression:
    """Fit a learner to the errors of forecasts.

    Args:
        settings: of the learner.
        panel: the data.
        data: origins [M], forecasts [M, H] and targets [M, H], NaN where not known.
        gap_and_seed: as in `Forecaster.fit`.
    """
    gap, seed = gap_and_seed
    panel, origins, rows = in_content_order(panel, data[0])  # ids must not decide which rows a learner draws
    so_far, target = data[1][rows], data[2][rows]
    unit = unit_at(panel, origins)[:, None]
    error = np.divide(target - so_far, unit, out=np.full_like(target, np.nan), where=unit > 0)
    pairs = Pairs.where(np.isfinite(error)).capped(settings.max_rows, seed)
    if len(pairs) < 2:
        known = int(np.isfinite(target - so_far).sum())
        if known < 2:
            raise StageFailure(f"only {known} rows with a known target: too few to learn from.")
        return FittedRegression(None, gap, {"rows": 0, "still": "no series has moved yet: nothing to learn"})
    classes = classes_of(panel)
    X, names = design(panel, origins, so_far, pairs, gap, classes)
    y = np.clip(error[pairs.origin, pairs.step], -WINSOR, WINSOR)
    learner = settings.build(seed, len(pairs))
    if isinstance(learner, TakesNames):
        learner.take_names(names, nominal_columns(panel, names))
    learner.fit(X, y)
    notes = {"rows": len(pairs), "features": names, **_importances(learner, names)}
    return FittedRegression(learner, gap, notes, classes)


def _importances(learner: Learner, names: list[str]) -> dict[str, Any]:
    """Return the 20 largest feature importances, largest first; empty where the learner has none."""
    values = getattr(learner, "feature_importances_", None)
    if values is None:
        return {}
    order = np.argsort(-np.asarray(values), kind="stable")[:20]
    return Importances({names[i]: round(float(values[i]), 5) for i in order}).to_notes()
