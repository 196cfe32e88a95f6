"""Adapters: classes of users as forecasters of the engine.

A class with fit(panel, horizon, gap, seed) is a `Forecaster` already; one with fit(y) and predict(h) is refitted at
every origin. Optional capabilities count only where a class inherits them from `hybridts.models.protocols`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.models.custom.signatures import label_of
from hybridts.models.protocols import (
    Explaining,
    Fitted,
    Forecaster,
    ForResiduals,
    Joining,
    NotedBySeries,
    PerSeries,
    Quantiled,
    Reusing,
    Warm,
    Weighted,
)
from hybridts.models.settings import setting_names

#: Part of the reason of a series without a forecast where a user's class raised an error.
RAISED = "raised"


class ObjectKind:
    """A forecaster that a user registered as an object: each call makes a copy of it, as it was then.

    Args:
        model: with fit(y) and predict(h), not fitted.
    """

    setting_names: tuple[str, ...] = ()

    def __init__(self, model: Any) -> None:
        self.model = copy.deepcopy(model)
        self.__name__ = type(model).__name__

    def __call__(self) -> Any:
        return copy.deepcopy(self.model)


class UserKind:
    """A user's class as a component: calling it with settings makes the wrapped forecaster."""

    def __init__(self, kind: Any, wrap: Callable[[Any, Mapping[str, Any]], Forecaster]) -> None:
        self.wrap = wrap
        self.__wrapped__ = kind  # where `inspect` looks for the source that a stage's key hashes
        self.__name__ = label_of(kind)
        names = setting_names(kind)
        if names is not None:
            self.setting_names = names

    def __call__(self, **settings: Any) -> Forecaster:
        try:
            self.__wrapped__(**settings)  # refuses wrong settings now
        except (TypeError, ValueError):
            raise
        except Exception as cause:
            raise ValueError(f"{type(cause).__name__}: {cause}") from cause
        return self.wrap(self.__wrapped__, settings)


@dataclass(frozen=True)
class Speaking:
    """A user's class with the methods of `Forecaster`; its fitted object is checked before anything uses it."""

    model: Forecaster

    @classmethod
    def of(cls, kind: Any, settings: Mapping[str, Any]) -> Forecaster:
        """Make the forecaster with settings; a class that inherits a capability is used without the wrapper."""
        model: Forecaster = kind(**settings)
        return model if isinstance(model, (Reusing, Warm, PerSeries, ForResiduals)) else cls(model)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """Fit the user's class.

        Raises:
            StageFailure: its fit returns an object without `forecast`, or with notes or failures of a wrong type.
        """
        fitted: Any = self.model.fit(panel, horizon, gap, seed)
        if not callable(getattr(fitted, "forecast", None)):
            raise StageFailure(
                f"{type(self.model).__name__}.fit answered {type(fitted).__name__}, which has no forecast(panel, "
                "origins). Return an object that has it, such as self."
            )
        notes, failures = (_mapping(fitted, name) for name in ("notes", "failures"))
        capable = isinstance(fitted, (Explaining, Joining, NotedBySeries, Quantiled, Weighted))
        return fitted if capable else CompletedFit(fitted, notes, failures)


@dataclass(frozen=True, eq=False)
class CompletedFit:
    """A user's fitted object, with empty notes and failures where it has none."""

    fitted: Any
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts as floats; the engine checks their shape [M, H].

        Raises:
            StageFailure: the class returns something that is no array of numbers.
        """
        return numbers(self.fitted.forecast(panel, origins), f"{type(self.fitted).__name__}.forecast")


def _mapping(fitted: Any, name: str) -> Mapping[str, Any]:
    """Return the notes or failures of a user's fitted object; empty where it has none.

    Raises:
        StageFailure: they are no mapping.
    """
    found = getattr(fitted, name, {})
    if not isinstance(found, Mapping):
        keys = "series id -> reason" if name == "failures" else "name -> fact"
        raise StageFailure(
            f"{type(fitted).__name__}.{name} is {type(found).__name__}; it must be a mapping ({keys}), or not be there."
        )
    return found


#: Keys of a point forecast, where a class answers a mapping, as the models of statsforecast do.
POINTS = ("mean", "forecast", "yhat", "point")


def numbers(answer: Any, call: str) -> FloatArray:
    """Return the result of a user's class as an array of floats, in its own shape [...].

    Raises:
        StageFailure: it is no array of numbers, nor a mapping that holds one.
    """
    if isinstance(answer, Mapping):
        key = next((key for key in POINTS if key in answer), None)
        if key is None:
            keys = ", ".join(map(str, answer)) or "none"
            raise StageFailure(
                f"{call} answered a mapping with the keys {keys}; the forecast must be under {POINTS[0]}."
            )
        answer = answer[key]
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError) as cause:
        text = f"{call} answered {type(answer).__name__}, which is no array of numbers: {cause}."
        raise StageFailure(text) from cause


@dataclass(frozen=True)
class PerOrigin:
    """A class with fit(y) and predict(h), refitted at every origin: no leak is possible, and it is slow."""

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedPerOrigin:
        """Keep horizon and gap; the class is fitted once an origin is known."""
        del panel, seed
        notes = {"refit": "at every origin, because the class only knows fit(y) and predict(h)"}
        return FittedPerOrigin(self.kind, self.settings, (horizon, gap), notes)


@dataclass(frozen=True, eq=False)
class FittedPerOrigin(Explaining):
    """Forecasts each origin by a new fit to the values up to it.

    Attributes:
        kind: the user's class.
        settings: arguments of its constructor.
        ahead: horizon and gap.
        notes: see `Fitted`.
        failures: see `Fitted`.
    """

    kind: Any
    settings: Mapping[str, Any]
    ahead: tuple[int, int]
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return forecasts [M, H]; NaN where the class gives none, for the reasons in `why`.

        Raises:
            StageFailure: it gives none at any origin: it raises, or returns something else than one number a step.
        """
        answer = np.full((len(origins), self.ahead[0]), np.nan)
        first: StageFailure | None = None
        for row in range(len(origins)):
            try:
                answer[row] = self._at(panel, origins, row)
            except StageFailure as cause:
                first = first or cause
        if first is not None and np.isnan(answer).all():
            raise first
        return answer

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: the first reason of each series."""
        found: dict[str, str] = {}
        for row, series in enumerate(origins.series.tolist()):
            if panel.ids[series] not in found:
                try:
                    self._at(panel, origins, row)
                except StageFailure as cause:
                    found[panel.ids[series]] = str(cause)
        return found

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: empty, since the class reads no columns."""
        del panel, origins
        return {}

    def _at(self, panel: Panel, origins: Origins, row: int) -> FloatArray:
        """Return the forecast [H] at one origin.

        Raises:
            StageFailure: the class raises or breaks its contract; the message names the series.
        """
        series = int(origins.series[row])
        past = panel.series(series)[: origins.position[row] + 1].copy()
        where = f"series {panel.ids[series]!r}, {len(past)} values"
        try:
            return self._one(past)
        except HybridtsError as cause:
            raise StageFailure(f"{cause} {where[0].upper()}{where[1:]}.") from cause
        except Exception as cause:  # a user's class may raise anything
            text = f"{label_of(self.kind)} {RAISED} {type(cause).__name__} on {where}: {cause}"
            raise StageFailure(text) from cause

    def _one(self, past: FloatArray) -> FloatArray:
        """Return the forecast [H] after the values `past` [T].

        Raises:
            StageFailure: the class returns another number of values, or values that are not finite.
        """
        horizon, gap = self.ahead
        model = self.kind(**self.settings)
        fitted = model.fit(past)
        answering = fitted if callable(getattr(fitted, "predict", None)) else model
        call = f"{label_of(self.kind)}.predict({gap + horizon})"
        values = numbers(answering.predict(gap + horizon), call).ravel()
        if len(values) != gap + horizon:
            raise StageFailure(f"{call} answered {len(values)} values, expected {gap + horizon}.")
        if not np.isfinite(values).all():
            raise StageFailure(f"{call} answered {int((~np.isfinite(values)).sum())} values that are not finite.")
        return values[gap:]
