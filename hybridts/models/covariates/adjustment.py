"""Series without what covariates explain: learners and networks work on these, and the effect is added back.

    adjusted = value - linear effect, and missing where a column explains a zero
    forecast = forecast of the adjusted series + effect at the targets, and 0 where a column explains it

So an anchor (the value a season ago) is that of a comparable day, and what is learned is what a line cannot say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray, Origins, Panel
from hybridts.models.covariates.blend import Blend
from hybridts.models.covariates.effect import LinearEffect, units
from hybridts.models.covariates.zeros import ExplainedZeros
from hybridts.models.protocols import Hindcasts


@dataclass(frozen=True, eq=False)
class Adjustment:
    """What covariates explain of the series of a panel.

    Attributes:
        effect: linear; None where nothing counts.
        zeros: None without any.
        horizon, gap: of the forecasts.
        blend: of a correction.
    """

    effect: LinearEffect | None
    zeros: ExplainedZeros | None
    horizon: int
    gap: int
    blend: Blend | None = None

    @classmethod
    def fitted(cls, panel: Panel, horizon: int, gap: int, *, zeros: bool = True) -> Adjustment | None:
        """Learn from a panel; None where covariates explain nothing, or there are none.

        `zeros`: False where 0 has no meaning, as in logarithms.
        """
        if not panel.future.size and not panel.past.size:
            return None
        explained = ExplainedZeros.of(panel) if zeros else None
        effect = LinearEffect.fitted(_without(panel, explained), horizon, gap)
        return cls(effect, explained, horizon, gap) if effect or explained else None

    @property
    def notes(self) -> Mapping[str, Any]:
        """Return JSON-ready facts for the report."""
        found: dict[str, Any] = {}
        if self.effect:
            found["covariate_effect"] = list(self.effect.names)
        if self.zeros:
            found["zeros_explained"] = list(self.zeros.names)
        return found

    def panel(self, panel: Panel, unit: FloatArray | None = None) -> Panel:
        """Return the panel with adjusted values; `unit` as in `LinearEffect.at`."""
        panel = _without(panel, self.zeros)
        if self.effect is None:
            return panel
        rows = Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1)
        values = panel.values.copy()
        values[panel.rows(rows)] -= self.effect.at(panel, rows.series, rows.position, unit)
        return replace(panel, values=values)

    def at(self, panel: Panel, origins: Origins, unit: FloatArray | None = None) -> FloatArray:
        """Return [M, H] the effect at the targets of origins, from what is known there."""
        if self.effect is None:
            return np.zeros((len(origins), self.horizon))
        return self.effect.at_targets(panel, origins, self.gap + np.arange(1, self.horizon + 1), unit)

    def targets(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return [M, H] the targets less the effect; NaN where not known, or where a column explains a 0."""
        target = panel.targets(origins, self.horizon, self.gap) - self.at(panel, origins)
        return np.where(self.is_zero(panel, origins), np.nan, target)

    def blended(self, panel: Panel, rows: Hindcasts) -> tuple[Adjustment, Panel, Hindcasts]:
        """Return the adjustment with a blend, the adjusted panel, and the hindcasts that a correction learns from.

        Their forecasts are blended, and their targets are missing where a column explains a 0.
        """
        effect, adjusted = self.at(panel, rows.origins), self.panel(panel)
        target = np.where(self.is_zero(panel, rows.origins), np.nan, rows.target - effect)
        rows = replace(rows, forecast=rows.forecast - effect, target=target)
        if self.effect is None:
            return self, adjusted, rows
        blend = Blend.fitted(adjusted, rows, self.gap)
        if blend is None:
            return self, adjusted, rows
        return replace(self, blend=blend), adjusted, replace(rows, forecast=blend.apply(adjusted, rows))

    def is_zero(self, panel: Panel, origins: Origins) -> BoolArray:
        """Return [M, H] whether a column says that a target is 0."""
        series, position = self._targets(origins)
        return self.zeros.at(panel, series, position) if self.zeros else np.zeros(position.shape, dtype=bool)

    def parts(self, panel: Panel, origins: Origins) -> Iterator[tuple[IntArray, Panel, FloatArray]]:
        """Yield which of the M origins share an adjusted panel, the panel, and the effect [m, H] at their targets.

        Series that were fitted share one. The unit of any other series is known from the past of an origin only, so
        each of its origins has a panel of its own.
        """
        known = np.ones(len(panel), bool) if self.effect is None else self.effect.knows(panel)
        some = np.flatnonzero(known[origins.series])
        if len(some):
            yield some, self.panel(panel), self.at(panel, origins[some])
        others = np.flatnonzero(~known[origins.series])
        count = np.zeros(len(panel), np.int64)
        turn = np.empty(len(others), np.int64)
        for j, i in enumerate(origins.series[others]):
            turn[j] = count[i]
            count[i] += 1
        for number in range(int(count.max(initial=0))):
            rows = others[turn == number]
            unit = np.zeros(len(panel))
            unit[origins.series[rows]] = units(_without(panel, self.zeros), origins[rows])
            yield rows, self.panel(panel, unit), self.at(panel, origins[rows], unit)

    def _targets(self, origins: Origins) -> tuple[IntArray, IntArray]:
        position = origins.position[:, None] + self.gap + np.arange(1, self.horizon + 1)
        return np.broadcast_to(origins.series[:, None], position.shape), position


def forecast_with(
    adjustment: Adjustment | None, panel: Panel, origins: Origins, inner: Callable[[Panel, IntArray], FloatArray]
) -> FloatArray:
    """Return forecasts [M, H, ...]: those of `inner` on adjusted panels, with the effect added back.

    Args:
        adjustment: None for none: then `inner` is called once, on the panel itself.
        panel: the data.
        origins: M of them.
        inner: panel and the rows of `origins` -> their forecasts [m, H, ...].
    """
    everything = np.arange(len(origins))
    if adjustment is None:
        return inner(panel, everything)
    answer: FloatArray | None = None
    for rows, adjusted, effect in adjustment.parts(panel, origins):
        found = inner(adjusted, rows)
        more = (1,) * (found.ndim - 2)
        if answer is None:
            answer = np.empty((len(origins), *found.shape[1:]))
        answer[rows] = found + effect.reshape(*effect.shape, *more)
        zero = adjustment.is_zero(panel, origins[rows])
        answer[rows] = np.where(zero.reshape(*zero.shape, *more), 0.0, answer[rows])
    return inner(panel, everything) if answer is None else answer


def correction_with(
    adjustment: Adjustment | None, panel: Panel, rows: Hindcasts, inner: Callable[[Panel, Hindcasts], FloatArray]
) -> FloatArray:
    """Return corrections [M, H]: those of `inner` on adjusted panels and forecasts.

    None where a column explains a 0: the limits of a name see to that, and its gate must not be opened by it.
    """
    if adjustment is None:
        return inner(panel, rows)
    answer = np.zeros(rows.forecast.shape)
    for some, adjusted, effect in adjustment.parts(panel, rows.origins):
        part = rows[some]
        before = replace(part, forecast=part.forecast - effect)
        after = replace(part, forecast=adjustment.blend.apply(adjusted, before)) if adjustment.blend else before
        change = after.forecast - before.forecast + inner(adjusted, after)
        answer[some] = np.where(adjustment.is_zero(panel, part.origins), 0.0, change)
    return answer


def _without(panel: Panel, zeros: ExplainedZeros | None) -> Panel:
    """Return the panel with the targets missing that a column explains to be 0."""
    if zeros is None:
        return panel
    rows = Origins.between(np.zeros(len(panel), np.int64), panel.lengths - 1)
    at = panel.rows(rows)[zeros.at(panel, rows.series, rows.position)]
    values = panel.values.copy()
    values[at] = np.nan
    return replace(panel, values=values)


def to_plain(adjustment: Adjustment | None) -> dict[str, Any] | None:
    """Return an adjustment as JSON-ready values; `from_plain` reads them."""
    if adjustment is None:
        return None
    effect, zeros = adjustment.effect, adjustment.zeros
    return {
        "horizon": adjustment.horizon,
        "gap": adjustment.gap,
        "effect": effect and effect.to_plain(),
        "zeros": zeros and zeros.to_plain(),
        "blend": adjustment.blend and list(adjustment.blend.weights),
    }


def from_plain(plain: Mapping[str, Any] | None) -> Adjustment | None:
    """Return the adjustment that `to_plain` described.

    Raises:
        LookupError, TypeError, ValueError: the values do not describe one.
    """
    if plain is None:
        return None
    effect = plain["effect"] and LinearEffect.from_plain(plain["effect"])
    zeros = plain["zeros"] and ExplainedZeros.from_plain(plain["zeros"])
    gap = int(plain["gap"])
    blend = plain["blend"] and Blend(tuple(plain["blend"]), gap)
    return Adjustment(effect, zeros, int(plain["horizon"]), gap, blend)
