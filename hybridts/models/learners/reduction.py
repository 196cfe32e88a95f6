"""A tabular learner as a stage: alone it forecasts from lags, after other stages it predicts their honest errors."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.data.seasonal import seasonal_naive
from hybridts.errors import StageFailure
from hybridts.models.learners.design_matrix import Pairs, design, unit_at
from hybridts.models.protocols import Hindcasts, Learner, RowByRow

#: Errors beyond this many times MASE's scale are outliers that a squared loss must not chase.
WINSOR = 10.0
#: Rows predicted in one piece: bounds memory, changes nothing.
AT_ONCE = 200_000


class LearnerSettings(Protocol):
    """Settings of a learner: how to build it, and how many rows it is given at most."""

    @property
    def max_rows(self) -> int:
        """Row cap (semantics: a rule per learner)."""

    def build(self, seed: int, rows: int) -> Learner:
        """A fresh learner for that many rows."""


@dataclass(frozen=True)
class Plain:
    """Any scikit-learn regressor as settings: a fresh copy per fit, one thread, seeded where it takes a seed."""

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_rows: int = 200_000

    def build(self, seed: int, rows: int) -> Learner:
        """A new instance with the settings, `random_state` and `n_jobs` filled in where they exist.

        A regressor that does not read missing values (lags before a series starts) gets medians instead.
        """
        del rows
        known = inspect.signature(self.kind).parameters
        own = {"random_state": seed % 2**31, "n_jobs": 1}
        filled = {k: v for k, v in own.items() if k in known}
        if "boosting_type" in known:  # LightGBM, which talks unless told otherwise, takes this among its **kwargs
            filled["verbosity"] = -1
        learner: Learner = self.kind(**{**filled, **self.settings})
        return learner if _reads_missing(learner) else WithMedians(learner)


def _reads_missing(learner: Learner) -> bool:
    """Whether a regressor says that it takes NaN; one that says nothing is given none."""
    from sklearn.utils import get_tags

    try:
        return bool(get_tags(learner).input_tags.allow_nan)
    except (AttributeError, TypeError):
        return False


class WithMedians:
    """A regressor behind an imputer: medians of the rows it was fitted on stand where a value is missing."""

    def __init__(self, learner: Learner) -> None:
        from sklearn.impute import SimpleImputer

        self.learner = learner
        self.imputer = SimpleImputer(strategy="median", keep_empty_features=True)

    def fit(self, X: FloatArray, y: FloatArray) -> WithMedians:
        """Medians first, then the regressor; it may answer `fit` with itself or with nothing."""
        self.learner.fit(self.imputer.fit_transform(X), y)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """[rows]."""
        return self.learner.predict(self.imputer.transform(X))

    @property
    def feature_importances_(self) -> Any:
        """The regressor's own; AttributeError where it has none."""
        learner: Any = self.learner
        return learner.feature_importances_


@dataclass(frozen=True, kw_only=True)
class LagForecaster:
    """A learner alone: one global model of the deviation from the seasonal-naive forecast, all steps directly."""

    learner: LearnerSettings

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedLags:
        """Learn from every origin that shows a season, capped by the learner's rule.

        Raises:
            StageFailure: no origin has a known target.
        """
        first = np.minimum(np.maximum(panel.season, 2) - 1, np.maximum(panel.lengths - gap - 2, 0))
        origins = Origins.between(first, panel.lengths - gap - 2)
        so_far = seasonal_naive(panel, origins, horizon, gap)
        target = panel.targets(origins, horizon, gap)
        fitted = _fit(self.learner, panel, (origins, so_far, target), (gap, seed))
        return FittedLags(fitted, horizon, gap)


@dataclass(frozen=True, eq=False)
class FittedLags:
    """Seasonal-naive forecast plus the learner's deviation."""

    regression: Regression
    horizon: int
    gap: int
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> Mapping[str, Any]:
        """Rows, features, importances."""
        return self.regression.notes

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        so_far = seasonal_naive(panel, origins, self.horizon, self.gap)
        return so_far + self.regression.predict(panel, origins, so_far)


@dataclass(frozen=True, kw_only=True)
class LearnerCorrection:
    """A learner after other stages: predicts their honest errors at all steps from features at the origin."""

    learner: LearnerSettings

    def fit(self, panel: Panel, rows: Hindcasts, horizon: int, gap: int, seed: int) -> FittedLearner:
        """Learn from all honest rows with a known target, capped by the learner's rule."""
        del horizon
        return FittedLearner(_fit(self.learner, panel, (rows.origins, rows.forecast, rows.target), (gap, seed)))


@dataclass(frozen=True, eq=False)
class FittedLearner(RowByRow):
    """The fitted correction: each row from features of its own origin."""

    regression: Regression

    @property
    def notes(self) -> Mapping[str, Any]:
        """Rows, features, importances."""
        return self.regression.notes

    def correct(self, panel: Panel, rows: Hindcasts) -> FloatArray:
        """[M, H]."""
        return self.regression.predict(panel, rows.origins, rows.forecast)


class Still:
    """Stands for a learner that nothing could be taught."""

    def predict(self, X: FloatArray) -> FloatArray:
        """[rows] of zeros."""
        return np.zeros(len(X))


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted learner and how its rows are built."""

    learner: Any
    gap: int
    notes: Mapping[str, Any]

    def predict(self, panel: Panel, origins: Origins, so_far: FloatArray) -> FloatArray:
        """[M, H] predicted error of `so_far`, in the series' units."""
        horizon = so_far.shape[1]
        answer = np.empty(so_far.size)
        piece = max(AT_ONCE // horizon, 1)
        for start in range(0, len(origins), piece):
            some = slice(start, min(start + piece, len(origins)))
            part = Origins(origins.series[some], origins.position[some])
            X, _ = design(panel, part, so_far[some], Pairs.all(len(part), horizon), self.gap)
            answer[start * horizon : start * horizon + len(X)] = _checked(self.learner, X)
        return answer.reshape(so_far.shape) * unit_at(panel, origins)[:, None]


def _checked(learner: Any, X: FloatArray) -> FloatArray:
    """The learner's answer, refused where it breaks the contract."""
    answer = np.asarray(learner.predict(X), dtype=float)
    name = type(getattr(learner, "learner", learner)).__name__
    if answer.shape != (len(X),):
        raise StageFailure(f"{name}.predict answered shape {answer.shape} for {len(X)} rows.")
    if not np.isfinite(answer).all():
        raise StageFailure(f"{name}.predict answered {(~np.isfinite(answer)).sum()} values that are not finite.")
    return answer


def _fit(
    settings: LearnerSettings,
    panel: Panel,
    data: tuple[Origins, FloatArray, FloatArray],
    how: tuple[int, int],
) -> Regression:
    """Build the rows of all known pairs and fit."""
    origins, so_far, target = data
    gap, seed = how
    unit = unit_at(panel, origins)[:, None]
    error = np.divide(target - so_far, unit, out=np.full_like(target, np.nan), where=unit > 0)
    pairs = Pairs.where(np.isfinite(error)).capped(settings.max_rows, seed)
    if len(pairs) < 2:
        known = int(np.isfinite(target - so_far).sum())
        if known < 2:
            raise StageFailure(f"only {known} rows with a known target: too few to learn from.")
        return Regression(Still(), gap, {"rows": 0, "still": "no series has moved yet: nothing to learn"})
    X, names = design(panel, origins, so_far, pairs, gap)
    y = np.clip(error[pairs.origin, pairs.step], -WINSOR, WINSOR)
    learner = settings.build(seed, len(pairs))
    learner.fit(X, y)
    return Regression(learner, gap, {"rows": len(pairs), "features": names, **_importances(learner, names)})


def _importances(learner: Any, names: list[str]) -> dict[str, Any]:
    """Feature importances, largest first, where the learner has them."""
    values = getattr(learner, "feature_importances_", None)
    if values is None:
        return {}
    order = np.argsort(-np.asarray(values), kind="stable")[:20]
    return {"importances": {names[i]: round(float(values[i]), 5) for i in order}}
