"""Forecasters of users as the engine sees them: those that speak its protocol, and plain fit(y), predict(h)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.models.custom.signatures import label_of
from hybridts.models.protocols import Explaining, Fitted, Joining, PerSeries, Quantiled, Reusing, Warm, Weighted
from hybridts.models.settings import setting_names

#: In the reason of a series without a forecast: a user's class stumbled there.
RAISED = "raised"


class UserKind:
    """A user's class as a component: calling it with settings makes the wrapped forecaster."""

    def __init__(self, kind: Any, wrap: Callable[[Any, Mapping[str, Any]], Any]) -> None:
        self.wrap = wrap
        self.__wrapped__ = kind  # where `inspect` looks for the source that a stage's key hashes
        self.__name__ = label_of(kind)
        names = setting_names(kind)
        if names is not None:
            self.setting_names = names

    def __call__(self, **settings: Any) -> Any:
        try:
            self.__wrapped__(**settings)  # wrong settings are refused now
        except (TypeError, ValueError):
            raise
        except Exception as cause:
            raise ValueError(f"{type(cause).__name__}: {cause}") from cause
        return self.wrap(self.__wrapped__, settings)


@dataclass(frozen=True)
class Speaking:
    """A class that speaks the protocol; what its fit answers is looked at before anybody relies on it."""

    model: Any

    @classmethod
    def of(cls, kind: Any, settings: Mapping[str, Any]) -> Any:
        """The class with settings; one that speaks an optional protocol as well knows what it does."""
        model = kind(**settings)
        return model if isinstance(model, (Reusing, Warm, PerSeries)) else cls(model)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> Fitted:
        """The class's own fit.

        Raises:
            StageFailure: it answers nothing that forecasts.
        """
        fitted: Any = self.model.fit(panel, horizon, gap, seed)
        if not callable(getattr(fitted, "forecast", None)):
            raise StageFailure(
                f"{type(self.model).__name__}.fit answered {type(fitted).__name__}, which has no forecast(panel, "
                "origins). Return an object that has it, such as self."
            )
        full = isinstance(fitted, (Explaining, Joining, Quantiled, Weighted))
        return fitted if full else Spoken(fitted, getattr(fitted, "notes", {}), getattr(fitted, "failures", {}))


@dataclass(frozen=True, eq=False)
class Spoken:
    """What a user's fit answered, with empty notes and failures where it has none."""

    fitted: Any
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H], if the class keeps to it."""
        return _numbers(self.fitted.forecast(panel, origins), f"{type(self.fitted).__name__}.forecast")


def _numbers(answer: Any, who: str) -> FloatArray:
    try:
        return np.asarray(answer, dtype=float)
    except (TypeError, ValueError) as cause:
        raise StageFailure(f"{who} answered {type(answer).__name__}, which is no array of numbers: {cause}.") from cause


@dataclass(frozen=True)
class PerOrigin:
    """A class with fit(y) and predict(h), refitted at every origin: honest, and as slow as that sounds."""

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedPerOrigin:
        """Nothing is learned before an origin is known."""
        del panel, seed
        notes = {"refit": "at every origin, because the class only knows fit(y) and predict(h)"}
        return FittedPerOrigin(self.kind, self.settings, (horizon, gap), notes)


@dataclass(frozen=True, eq=False)
class FittedPerOrigin:
    """Answers each origin by a fresh fit on the values up to it."""

    kind: Any
    settings: Mapping[str, Any]
    ahead: tuple[int, int]
    notes: Mapping[str, Any]
    failures: Mapping[str, str] = field(default_factory=dict)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]; NaN where the class has no answer, for reasons that `why` tells.

        Raises:
            StageFailure: it has none at any origin: it raised, or answered something else than one number a step.
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
        """See `Explaining`: it reads no columns."""
        del panel, origins
        return {}

    def _at(self, panel: Panel, origins: Origins, row: int) -> FloatArray:
        """[H] at one origin.

        Raises:
            StageFailure: the class raised, or broke its contract; says on which series.
        """
        series = int(origins.series[row])
        past = panel.series(series)[: origins.position[row] + 1].copy()
        where = f"series {panel.ids[series]!r}, {len(past)} values"
        try:
            return self._one(past)
        except HybridtsError as cause:
            raise StageFailure(f"{cause} {where[0].upper()}{where[1:]}.") from cause
        except Exception as cause:  # whatever a class of somebody else's raises
            text = f"{label_of(self.kind)} {RAISED} {type(cause).__name__} on {where}: {cause}"
            raise StageFailure(text) from cause

    def _one(self, past: FloatArray) -> FloatArray:
        """[H] after these values."""
        horizon, gap = self.ahead
        model = self.kind(**self.settings)
        fitted = model.fit(past)
        answering = fitted if callable(getattr(fitted, "predict", None)) else model
        call = f"{label_of(self.kind)}.predict({gap + horizon})"
        values = _numbers(answering.predict(gap + horizon), call).ravel()
        if len(values) != gap + horizon:
            raise StageFailure(f"{call} answered {len(values)} values, expected {gap + horizon}.")
        if not np.isfinite(values).all():
            raise StageFailure(f"{call} answered {int((~np.isfinite(values)).sum())} values that are not finite.")
        return values[gap:]
