"""Fitted chains and ensembles, which forecast from any origin at or after the cutoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.hybrids.correction import GatedCorrection
from hybridts.hybrids.ensemble_weights import EnsembleWeights, median_shares
from hybridts.hybrids.hindcast_rows import (
    ForecastSpec,
    average,
    dense_origins,
    rows_at,
)
from hybridts.hybrids.settings import CombineMethod
from hybridts.models.protocols import Explaining, Fitted, Hindcasts


@dataclass(frozen=True, eq=False)
class FittedChain(Explaining):
    """A fitted base and its learned corrections.

    Attributes:
        base: the fitted first stage.
        corrections: the learned later stages, in order.
        position: [N] the cutoff: last position that was visible in fitting.
        spec: horizon, gap, seed.
        notes: JSON-ready facts.
    """

    base: Fitted
    corrections: tuple[GatedCorrection, ...]
    position: IntArray
    spec: ForecastSpec
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> Mapping[str, str]:
        """Return series id -> why the base could not be fitted on it."""
        return self.base.failures

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`; a correction removes no forecast, so the reasons are those of the base."""
        return why(self.base, panel, origins)

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return lacks(self.base, panel, origins)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the forecast [M, H] from M origins."""
        rows = self._base_rows(panel, origins)
        for learned in self.corrections:
            rows = replace(rows, forecast=learned.apply(panel, rows))
        return rows.forecast[_places(rows, origins)]

    def changes(self, panel: Panel, origins: Origins) -> list[FloatArray]:
        """Return [M, H] the correction of each later stage before its gate, in order.

        The base plus gate x change, stage by stage, is the forecast.
        """
        rows, found = self._base_rows(panel, origins), []
        for learned in self.corrections:
            change = learned.change(panel, rows)
            found.append(change[_places(rows, origins)])
            rows = replace(rows, forecast=rows.forecast + learned.gate.weight * change)
        return found

    def _base_rows(self, panel: Panel, origins: Origins) -> Hindcasts:
        dense = dense_origins(origins, _for_all(self.position, panel)) if self.corrections else origins
        return rows_at(panel, dense, self.base.forecast(panel, dense), np.full(len(dense), -1), self.spec)


@dataclass(frozen=True, eq=False)
class FittedEnsemble(Explaining):
    """Fitted members and their combination.

    Attributes:
        members: in the order of the name; None for a member that learned weights leave out.
        how: mean or median where nothing was learned.
        member_weights: learned weights of the members that are not None.
        notes: JSON-ready facts.
    """

    members: tuple[Fitted | None, ...]
    how: CombineMethod = "mean"
    member_weights: EnsembleWeights | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def present(self) -> list[Fitted]:
        """Return the members in use."""
        return [m for m in self.members if m is not None]

    @property
    def failures(self) -> Mapping[str, str]:
        """Return the series that some member could not be fitted on; with learned weights, that no member could."""
        found = {name: text for m in self.present for name, text in m.failures.items()}
        if self.member_weights is None:
            return found
        return {name: text for name, text in found.items() if all(name in m.failures for m in self.present)}

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`; an average is missing where any member is."""
        return {name: text for m in self.present for name, text in why(m, panel, origins).items()}

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return {name: text for m in self.present for name, text in lacks(m, panel, origins).items()}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """Return the forecast [M, H] from M origins."""
        forecasts = [m.forecast(panel, origins) for m in self.present]
        if self.member_weights is None:
            return average(forecasts, self.how)
        return self.member_weights.for_series(len(panel)).apply(forecasts, origins.series)

    def shares(self, panel: Panel, origins: Origins) -> tuple[list[FloatArray], FloatArray]:
        """Return [M, H] of each member in use, and their weights [K, M, H]: the weighted sum is the forecast."""
        forecasts = [m.forecast(panel, origins) for m in self.present]
        if self.member_weights is not None:
            weights = self.member_weights.for_series(len(panel))
            return forecasts, weights.shares(forecasts, origins.series)
        if self.how == "median":
            return forecasts, median_shares(np.stack(forecasts))
        return forecasts, np.full((len(forecasts), *forecasts[0].shape), 1.0 / len(forecasts))


def _places(rows: Hindcasts, origins: Origins) -> IntArray:
    return np.searchsorted(rows.origins.code(), origins.code())


def _for_all(position: IntArray, panel: Panel) -> IntArray:
    """Return the cutoffs [N], and for series added after the fit one after all rows, so that no origin is added."""
    return np.append(position, np.full(max(len(panel) - len(position), 0), len(panel.values)))


def why(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Return series id -> why a model has no finite forecast at these origins; empty for a model without reasons."""
    return fitted.why(panel, origins) if isinstance(fitted, Explaining) else {}


def lacks(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Return series id -> which known-future value a model needs and is missing at these origins."""
    return fitted.lacks(panel, origins) if isinstance(fitted, Explaining) else {}
