"""What the frozen model of one series reads of a panel at some origins, and why it may have no answer there."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.statistical._arima.box_cox import Power
from hybridts.models.statistical._per_series.known_future import (
    ReadsColumns,
    known_future,
    lacking,
    rehearses,
    time_text,
)


class SeriesModel(Protocol):
    """A model of one series with frozen parameters."""

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """[len(position), len(steps)] forecasts of position + step from y[: position + 1].

        Args:
            y: [T] values from where the fitted data started; T > max(position), NaN where missing.
            position: [M] last visible position of each origin; negative is "nothing visible yet".
            steps: [H] steps ahead, gap included.
        """


class Asked(NamedTuple):
    """Series `i` of a panel as its model reads it.

    Attributes:
        i: index in the panel.
        model: with its columns, where it reads some.
        y, position: [T] values and [M] origins, counted from the first fitted row; see `SeriesModel`.
        lacking: [M] whether a known-future value that it needs is missing at a step.
        gap: (row, column) of the first such value, the row counted from the panel's first.
        shift: rows that the panel's first row lies after the first fitted one.
    """

    i: int
    model: SeriesModel
    y: FloatArray
    position: IntArray
    lacking: npt.NDArray[np.bool_]
    gap: tuple[int, int] | None
    shift: int


def reading(asked: Asked, model: ReadsColumns, panel: Panel, target: IntArray, *, spared: bool) -> Asked:
    """The same with the columns up to the last of [M, H] target rows.

    A model whose future was not known at its fit is `spared` the rows beyond the panel's own, where it has none.
    """
    columns = known_future(panel, asked.i, asked.shift, max(int(target.max()) + 1, 0))
    given = asked.shift + int(panel.reach[asked.i] - panel.starts[asked.i])
    needed = np.where(target < given, target, -1) if spared and rehearses(panel, asked.i) else target
    gap = lacking(model, columns, needed)
    asked = asked._replace(model=model.given(columns))
    if gap is None:
        return asked
    each = np.array([lacking(model, columns, rows) is not None for rows in needed])
    return asked._replace(lacking=each, gap=(gap[0] - asked.shift, gap[1]))


class Transforming:
    """A model of one series that may transform the values it reads.

    Attributes:
        power: the transform; None where there is none.
    """

    power: Power | None


def outside(panel: Panel, asked: Asked) -> str:
    """What a series has shown that its model's transform does not know; empty where that is no reason."""
    power = asked.model.power if isinstance(asked.model, Transforming) else None
    if power is None:
        return ""
    name = panel.ids[asked.i]
    bad = np.flatnonzero(np.isfinite(asked.y) & ~np.isfinite(power.apply(asked.y)))
    if len(bad):
        time = time_text(panel, int(panel.times[panel.starts[asked.i] + bad[0] - asked.shift]))
        return (
            f"Series {name!r}: its model's transform needs positive values, and after the fit came {len(bad)} zero or "
            f"negative (the first: {asked.y[bad[0]]:g} at {time}); add a constant to the series, or set "
            "transform: none."
        )
    if power.power < 0:
        return (
            f"Series {name!r}: its forecast grows beyond what boxcox_lambda {power.power:g} can take back; use a "
            "lambda of at least 0, or transform: log."
        )
    return ""
