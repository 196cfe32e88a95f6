"""Fitted chains and ensembles: forecasts from any origin at or after the cutoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Origins, Panel
from hybridts.hybrids.correction import Learned
from hybridts.hybrids.ensemble_weights import Shares
from hybridts.hybrids.hindcast_rows import (
    ForecastSpec,
    dense_origins,
    middle,
    rows_at,
)
from hybridts.hybrids.settings import How
from hybridts.models.protocols import Explaining, Fitted


@dataclass(frozen=True, eq=False)
class FittedChain(Explaining):
    """Base and learned corrections, ready to forecast from any origin at or after the cutoff.

    Attributes:
        base: the fitted first stage.
        corrections: the learned later stages, in order.
        position: [N] the cutoff: last position that was visible in fitting.
        frame: horizon, gap, seed.
    """

    base: Fitted
    corrections: tuple[Learned, ...]
    position: IntArray
    frame: ForecastSpec
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> Mapping[str, str]:
        """Series that the base could not be fitted on."""
        return self.base.failures

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: a correction never takes a forecast away, so the reasons are the base's."""
        return why(self.base, panel, origins)

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return lacks(self.base, panel, origins)

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        wanted = dense_origins(origins, self.position) if self.corrections else origins
        rows = rows_at(panel, wanted, self.base.forecast(panel, wanted), np.full(len(wanted), -1), self.frame)
        for learned in self.corrections:
            rows = replace(rows, forecast=learned.after(panel, rows))
        return rows.forecast[np.searchsorted(rows.origins.code(), origins.code())]


@dataclass(frozen=True, eq=False)
class FittedEnsemble(Explaining):
    """Fitted members and how they are combined.

    Attributes:
        members: in the order of the name; None for one that did not finish and that learned weights leave out.
        how: mean or median where nothing was learned.
        shares: learned weights of the members that are there.
    """

    members: tuple[Fitted | None, ...]
    how: How = "mean"
    shares: Shares | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def present(self) -> list[Fitted]:
        """The members that finished."""
        return [m for m in self.members if m is not None]

    @property
    def failures(self) -> Mapping[str, str]:
        """Series that any member could not be fitted on (with learned weights: that none could)."""
        every = {name: text for m in self.present for name, text in m.failures.items()}
        if self.shares is None:
            return every
        return {name: text for name, text in every.items() if all(name in m.failures for m in self.present)}

    def why(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`: a mean is as silent as any of its members."""
        return {name: text for m in self.present for name, text in why(m, panel, origins).items()}

    def lacks(self, panel: Panel, origins: Origins) -> Mapping[str, str]:
        """See `Explaining`."""
        return {name: text for m in self.present for name, text in lacks(m, panel, origins).items()}

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[M, H]."""
        forecasts = [m.forecast(panel, origins) for m in self.present]
        return middle(forecasts, self.how) if self.shares is None else self.shares.apply(forecasts, origins.series)


def why(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Series id -> why a model's answers are not finite at these origins (where they are not), as far as it says so."""
    return fitted.why(panel, origins) if isinstance(fitted, Explaining) else {}


def lacks(fitted: Fitted, panel: Panel, origins: Origins) -> Mapping[str, str]:
    """Series id -> which known-future value a model needs and does not find at these origins."""
    return fitted.lacks(panel, origins) if isinstance(fitted, Explaining) else {}
