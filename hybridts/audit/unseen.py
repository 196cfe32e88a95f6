"""What a forecast must not see, kind by kind, and panels in which it is replaced or taken away.

A row at distance d from the cutoff is unseen in its target and past covariates where d > 0, and in its known-future
covariates where d > gap + horizon. A series that starts after the cutoff is unseen altogether.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from hybridts.audit.panels import AuditPanel, rows_kept
from hybridts.data.panel import BoolArray, FloatArray, IntArray

Kind = Literal["gap", "steps", "later", "past", "future", "unborn", "rows"]
#: Every kind whose values can be replaced; "rows" stands for how many rows follow.
REPLACED: tuple[Kind, ...] = ("gap", "steps", "later", "past", "future", "unborn")
#: Direction of the replacing values. Two directions show a model that reads only a sign or an order.
Direction = Literal["up", "down"]


class Advice(NamedTuple):
    """What a kind is called in messages, and what to do where it leaks."""

    what: str
    to_do: str


_TARGETS = "Read the target only up to the origin (panel.series, panel.window), never panel.values beyond it."
ADVICE: dict[Kind, Advice] = {
    "gap": Advice("targets inside the gap (the rows between the origin and the first forecast step)", _TARGETS),
    "steps": Advice("targets at the forecast steps (the values to be forecast)", _TARGETS),
    "later": Advice("targets after the last forecast step", _TARGETS),
    "past": Advice(
        "past covariates after the origin",
        "Read past columns only up to the origin (panel.past_window), never panel.past beyond it.",
    ),
    "future": Advice(
        "known-future covariates beyond gap + horizon",
        "Read future columns only up to gap + horizon rows after the origin (panel.future_window).",
    ),
    "unborn": Advice(
        "rows of a series that does not exist yet at the cutoff",
        "Leave out series without a visible row (panel.lengths == 0), and do not read the flat arrays of all series.",
    ),
    "rows": Advice(
        "the number of rows after the cutoff (where each series ends)",
        "Do not derive anything from the size of the flat arrays or the distance of panel.starts; use panel.lengths.",
    ),
}


@dataclass(frozen=True, eq=False)
class Unseen:
    """Rows of one audit panel that a forecast at a cutoff must not see.

    Attributes:
        scene: the panel.
        cutoff: [N] position of the last row up to the cutoff, as `AuditPanel.early`.
    """

    scene: AuditPanel
    cutoff: IntArray

    def _distance(self) -> tuple[IntArray, BoolArray]:
        """Return [total] rows from the cutoff to each flat row, and whether its series starts after the cutoff."""
        panel = self.scene.panel
        distance = np.empty(len(panel.values), dtype=np.int64)
        unborn = np.zeros(len(panel.values), dtype=bool)
        for start, stop, last in zip(panel.starts, panel.stops, self.cutoff, strict=True):
            distance[start:stop] = np.arange(stop - start) - last
            unborn[start:stop] = last < 0
        return distance, unborn

    def _rows(self, kind: Kind) -> BoolArray:
        """Return [total] the flat rows of a kind."""
        distance, unborn = self._distance()
        gap, reach = self.scene.spec.gap, self.scene.spec.reach
        found: BoolArray = {
            "gap": (distance > 0) & (distance <= gap) & ~unborn,
            "steps": (distance > gap) & (distance <= reach) & ~unborn,
            "later": (distance > reach) & ~unborn,
            "past": (distance > 0) & ~unborn,
            "future": (distance > reach) & ~unborn,
            "unborn": unborn,
            "rows": distance > reach,
        }[kind]
        return found

    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds that this panel has."""
        panel = self.scene.panel
        has = {"past": bool(panel.past.size), "future": bool(panel.future.size), "rows": True}
        return tuple(kind for kind in (*REPLACED, "rows") if has.get(kind, True) and self._rows(kind).any())

    def replaced(
        self, direction: Direction, kinds: Collection[Kind] = REPLACED, series: int | None = None
    ) -> AuditPanel:
        """Return the panel with large random numbers, all of one sign, in place of what must not be seen.

        Args:
            direction: sign of the numbers.
            kinds: what to replace.
            series: replace rows of this series only; None for all.
        """
        panel = self.scene.panel
        own = np.ones(len(panel.values), dtype=bool)
        if series is not None:
            own[:] = False
            own[panel.starts[series] : panel.stops[series]] = True
        targets = _any(self._rows(k) for k in ("gap", "steps", "later", "unborn") if k in kinds) & own
        past = _any(self._rows(k) for k in ("past", "unborn") if k in kinds) & own
        future = _any(self._rows(k) for k in ("future", "unborn") if k in kinds) & own
        rng = np.random.default_rng(1 if direction == "up" else 2)
        sign = 1.0 if direction == "up" else -1.0
        changed = replace(
            panel,
            values=_with_noise(panel.values, targets, sign, rng),
            past=_with_noise(panel.past, past, sign, rng) if panel.past.size else panel.past,
            future=_with_noise(panel.future, future, sign, rng) if panel.future.size else panel.future,
            static=self._static(rng) if "unborn" in kinds and panel.static.size else panel.static,
        )
        return self.scene.with_panel(changed)

    def _static(self, rng: np.random.Generator) -> FloatArray:
        """Return the static columns with other values for the series that start after the cutoff."""
        static = self.scene.panel.static.copy()
        unborn = self.cutoff < 0
        static[unborn] = rng.normal(50.0, 10.0, static[unborn].shape)
        return static

    def taken_away(self, *, only_rows: bool = False) -> AuditPanel:
        """Return the panel as it would be at the cutoff: its rows end with the last known-future covariates.

        Args:
            only_rows: leave the targets and past covariates of the other rows after the cutoff as they are.
        """
        panel = self.scene.panel
        distance, unborn = self._distance()
        values, past = panel.values.copy(), panel.past.copy()
        unseen = (distance > 0) & (not only_rows)
        values[unseen] = np.nan
        if past.size:
            past[unseen] = np.nan
        keep = (distance <= self.scene.spec.reach) & ~unborn
        rows = [np.flatnonzero(keep[a:b]) + a for a, b in zip(panel.starts, panel.stops, strict=True)]
        return self.scene.with_panel(rows_kept(replace(panel, values=values, past=past), rows))


def _any(masks: Iterable[BoolArray]) -> BoolArray:
    """Return whether any of the masks holds, row by row."""
    return np.asarray(np.logical_or.reduce(list(masks), axis=0))


def _with_noise(column: FloatArray, rows: BoolArray, sign: float, rng: np.random.Generator) -> FloatArray:
    """Return a copy with numbers far outside the range of the column in these rows, missing values included."""
    size = np.nanmax(np.abs(column)) * 3 + 1
    noise = sign * size * (1.0 + rng.random(column.shape))
    mask = rows if column.ndim == 1 else rows[:, None]
    return np.where(mask, noise, column)
