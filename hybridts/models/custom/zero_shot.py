"""A zero-shot model of the user as a forecaster: it is trained already, so that nothing is fitted.

Its one method, predict(contexts, horizon), is given the values up to each origin. It sees nothing else, so that no leak
is possible, and it answers series that it never saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, Origins, Panel
from hybridts.errors import HybridtsError, StageFailure
from hybridts.models.custom.adapters import RAISED, numbers
from hybridts.models.custom.signatures import label_of
from hybridts.models.protocols import Explaining

#: Contexts of one call: fixed, so that results do not depend on how a run is cut into parts.
BATCH = 256


class SharedObject:
    """A zero-shot model that a user registered as an object: it is never fitted, so that every call answers it.

    Args:
        model: with predict(contexts, horizon).
    """

    setting_names: tuple[str, ...] = ()

    def __init__(self, model: Any) -> None:
        self.model = model
        self.__name__ = type(model).__name__

    def __call__(self) -> Any:
        return self.model


@dataclass(frozen=True)
class ZeroShot:
    """A class or object with predict(contexts, horizon)."""

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedZeroShot:
        """Keep horizon and gap; nothing is fitted."""
        del panel, seed
        return FittedZeroShot(self.kind, self.settings, (horizon, gap), {"zero_shot": "nothing is fitted"})


@dataclass(frozen=True, eq=False)
class FittedZeroShot(Explaining):
    """Forecasts each origin from the values up to it.

    Attributes:
        kind: the user's class, or a `SharedObject`.
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
        """Return forecasts [M, H]; NaN where no value is known up to the origin, or the model gives none.

        Raises:
            StageFailure: the model raises, or answers something else than one number a step and context.
        """
        answer = np.full((len(origins), self.ahead[0]), np.nan)
        model = self.kind(**self.settings)
        known = [row for row in range(len(origins)) if np.isfinite(_context(panel, origins, row)).any()]
        for first in range(0, len(known), BATCH):
            rows = known[first : first + BATCH]
            answer[rows] = self._of(model, [_context(panel, origins, row) for row in rows])
        return answer

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        values = self.forecast(panel, origins)
        found: dict[str, str] = {}
        for row in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
            name = panel.ids[int(origins.series[row])]
            past = _context(panel, origins, row)
            missing = int(np.isnan(past).sum())
            text = f"{self._call} answered no finite number for series {name!r}, {len(past)} values of which {missing} "
            found.setdefault(name, f"{text}are missing. Fill them in the class, or leave the series out.")
        return found

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: empty, since the model reads no columns."""
        del panel, origins
        return {}

    @property
    def _call(self) -> str:
        return f"{label_of(self.kind)}.predict(contexts, {sum(self.ahead)})"

    def _of(self, model: Any, contexts: list[FloatArray]) -> FloatArray:
        """Return the forecasts [N, H] after N contexts.

        Raises:
            StageFailure: the model raises or breaks its contract.
        """
        horizon, gap = self.ahead
        steps, given = gap + horizon, [len(context) for context in contexts]
        try:
            values = numbers(model.predict(contexts, steps), self._call)
        except HybridtsError:
            raise
        except Exception as cause:  # a user's class may raise anything
            of = f"{len(given)} contexts of {min(given)} to {max(given)} values"
            raise StageFailure(f"{label_of(self.kind)} {RAISED} {type(cause).__name__} on {of}: {cause}") from cause
        if values.shape != (len(contexts), steps):
            raise StageFailure(
                f"{self._call} answered numbers of shape {values.shape} to {len(contexts)} contexts; expected one row "
                f"per context and one number per step, {(len(contexts), steps)}. Of samples or quantiles, return the "
                "median."
            )
        return values[:, gap:]


def _context(panel: Panel, origins: Origins, row: int) -> FloatArray:
    """Return [T] the values up to an origin, NaN where one is missing, without the gap before the first known one."""
    past = panel.series(int(origins.series[row]))[: origins.position[row] + 1]
    known = np.flatnonzero(~np.isnan(past))
    return past[known[0] :].copy() if len(known) else past[:0]
