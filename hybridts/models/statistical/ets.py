"""Exponential smoothing with error, trend and season chosen by AICc; answers any origin by one run of its
recursion.

Source: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with exponential smoothing; estimated by
statsforecast.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.errors import BadSetting
from hybridts.models.protocols import PerSeries
from hybridts.models.statistical._backends import statsforecast_ets
from hybridts.models.statistical._classical import filled
from hybridts.models.statistical._per_series.failure import SeriesFailure, third_party
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._settings import flag, whole

LONGEST_SEASON = 24  # beyond it the seasonal start values outnumber what a series can tell (as in R's `ets`)
FEWEST = 6  # with so few values no weight can be estimated


@dataclass(frozen=True, kw_only=True)
class ETS(PerSeries):
    """ETS with automatic choice of components, one model per series.

    A series too short for what was asked gets fewer components (season, damping, then trend go), and its notes say
    so (`reduced`); with 6 values or fewer the last value is repeated.

    Attributes:
        model: three letters for error, trend and season: A (additive), M (multiplicative), N (none) or Z
            (choose; nothing multiplicative where values are zero or negative).
        damped: damp the trend (which is then no longer to be chosen); None chooses.
        season: rows per cycle; None is the panel's. Above 24 the season is left out, and the notes say so.
    """

    model: str = "ZZZ"
    damped: bool | None = None
    season: int | None = None

    def __post_init__(self) -> None:
        whole(self, "season", 1, none=True)
        flag(self, "damped", none=True)
        if not isinstance(self.model, str) or not re.fullmatch("[AMZ][NAZ][NAMZ]", self.model):
            raise BadSetting(
                f"model is {self.model!r}; give error (A, M, Z), trend (N, A, Z) and season (N, A, M, Z), as 'ZZZ'.",
                "model",
                self.model,
                "three letters",
            )
        self._check_together()

    def _check_together(self) -> None:
        """Refuses combinations that no series can have."""
        if self.model[0] == "A" and self.model[2] == "M":
            raise BadSetting(
                f"model is {self.model!r}: a multiplicative season with an additive error has no stable estimate; "
                "use M or Z for the error.",
                "model",
                self.model,
            )
        if self.damped and self.model[1] == "N":
            raise BadSetting(
                f"damped is true, and model {self.model!r} has no trend to damp; use A or Z, or leave damped out.",
                "damped",
                self.damped,
            )

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """One set of components, weights and start values per series."""
        season = self.season or panel.season

        def fit_one(i: int) -> SeriesFit:
            return SeriesFit(*meant.fit_one(panel.series(i), 1 if left_out else season))

        left_out = season > LONGEST_SEASON and self.model[2] != "N"
        meant = _without_season(self) if left_out else self
        return fit_each(panel, horizon, gap, fit_one, {"season_left_out": season} if left_out else {})

    def fit_one(self, y: FloatArray, season: int) -> tuple[EtsModel, dict[str, object]]:
        """(the model of one series, its notes): `components` as letters; `exact`, or why it is not what was asked.

        Raises:
            SeriesFailure: multiplicative components were asked of values that are not positive, or no estimate.
        """
        clean, dropped = filled(y)
        if np.ptp(clean) == 0.0:
            return _last_level(clean, dropped), {"components": "ANN", "exact": "constant: its level is continued"}
        if len(clean) <= FEWEST:
            why = f"{len(clean)} values are too few to estimate a weight: the last value is repeated"
            return _last_level(clean, dropped), {"components": "ANN", "reduced": why}
        asked = _without_season(self) if season == 1 else self
        model, fitted = _fit(_affordable(asked, season, len(clean)), clean, season, dropped)
        notes: dict[str, object] = {"components": fitted}
        why = _lacking(self, fitted, season, len(clean))
        return model, {**notes, "reduced": why} if why else notes


def _affordable(asked: ETS, season: int, rows: int) -> ETS:
    """What so many values can carry of it: the season goes first, then the damping, then the trend."""
    if asked.model[2] in "AM" and rows < _fewest(asked.model, asked.damped, season):
        asked = _without_season(asked)
    if asked.damped and rows < _fewest(asked.model, True, season):
        asked = replace(asked, damped=None)
    if asked.model[1] == "A" and rows < _fewest(asked.model, asked.damped, season):
        asked = replace(asked, model=asked.model[0] + "N" + asked.model[2], damped=None)
    return asked


def _fewest(model: str, damped: bool | None, season: int) -> int:
    """Values below which the backend refuses these letters, or has no finite AICc for them; Z counts as none."""
    trend, seasonal = model[1] == "A", model[2] in "AM"
    stated = 2 + 2 * trend + 2 * seasonal + bool(damped)  # as the backend counts for its first refusal
    return max(_estimable(trend, damped, season * seasonal), stated + 5)


def _estimable(trend: bool, damped: bool | None, indices: int) -> int:
    """Values from which these weights and start values have a finite AICc; damping needs a trend."""
    return 5 + 2 * (trend or bool(damped)) + bool(damped) + indices


def _lacking(asked: ETS, fitted: str, season: int, rows: int) -> str:
    """Why the fitted letters are not what was asked; empty where they are."""
    error, trend, seasonal = tuple(asked.model)
    parts = [("error", error, fitted[0]), ("trend", trend, fitted[1]), ("season", seasonal, fitted[-1])]
    lost = [name for name, wanted, found in parts if wanted not in ("Z", found)]
    if asked.damped and "d" not in fitted:
        lost.append("damping")
    if season == 1 and lost == ["season"]:
        return f"{_spelled(asked)} has a season, and season 1 is none: {fitted}"
    if lost:
        return f"{rows} values are too few for {_spelled(asked)}, season {season}: {fitted} (without {', '.join(lost)})"
    if seasonal == "Z" and season > 1 and rows < _estimable(trend == "A", asked.damped, season):
        return f"{rows} values are too few for season {season}: no seasonal component was tried"
    return ""


def _without_season(asked: ETS) -> ETS:
    return replace(asked, model=asked.model[:2] + "N")


def _spelled(asked: ETS) -> str:
    return f"{asked.model[:2]}{'d' if asked.damped else ''}{asked.model[2]}"


def _fit(asked: ETS, clean: FloatArray, season: int, dropped: int) -> tuple[EtsModel, str]:
    """(the model that the backend estimates, its components as letters)."""
    if "M" in asked.model and clean.min() <= 0:
        raise SeriesFailure(
            f"model {asked.model!r} is multiplicative and needs positive values (smallest {clean.min():g}); "
            "use A or Z instead of M"
        )
    scale = _scale(clean)
    library = statsforecast_ets()
    with third_party("statsforecast found no ETS"):
        fit = library.ets_f(clean / scale, m=season, model=asked.model, damped=asked.damped)
    return _frozen(fit, scale, dropped)


def _frozen(fit: Mapping[str, Any], scale: float, dropped: int) -> tuple[EtsModel, str]:
    """The backend's answer in units of the series."""
    letters = fit["components"]
    alpha, beta, gamma, phi = (float(v) for v in fit["par"][:4])
    start = np.asarray(fit["par"][4:], dtype=float)
    trended, seasonal = letters[1] == "A", letters[2] != "N"
    index = start[1 + trended :][::-1] if seasonal else np.zeros(1)  # the backend stores the newest phase first
    model = EtsModel(
        alpha=alpha,
        beta=beta if trended else 0.0,
        gamma=gamma if seasonal else 0.0,
        phi=phi if letters[3] == "D" else 1.0,
        level=float(start[0]) * scale,
        trend=float(start[1]) * scale if trended else 0.0,
        index=index if letters[2] == "M" else index * scale,
        multiplicative=letters[2] == "M",
        dropped=dropped,
    )
    return model, f"{letters[0]}{letters[1]}{'d' if letters[3] == 'D' else ''}{letters[2]}"


@dataclass(frozen=True, eq=False)
class EtsModel:
    """Frozen weights and the state before the first value; `index` is [season], phase 0 first.

    The error's kind (additive or multiplicative) decides the estimates and the intervals, not the recursion
    of the mean, so it does not appear. `dropped` rows in front of the first value leave the state as it is.
    """

    alpha: float
    beta: float
    gamma: float
    phi: float
    level: float
    trend: float
    index: FloatArray
    multiplicative: bool
    dropped: int

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """[len(position), len(steps)]; see `SeriesModel`."""
        level, trend, index = self._states(y[self.dropped :])
        season = len(self.index)
        seen = np.clip(position + 1 - self.dropped, 0, len(level) - 1)  # [M] values the state has seen
        ahead = np.cumsum(self.phi ** np.arange(1, int(steps[-1]) + 1))[steps - 1]  # phi + ... + phi^k
        line = level[seen][:, None] + trend[seen][:, None] * ahead
        late = np.maximum(self.dropped - (position[:, None] + 1), 0)  # the first value is still to come
        phase = index[seen[:, None] + (steps - 1 - late) % season]
        return np.asarray(line * phase if self.multiplicative else line + phase)

    def _states(self, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Level and trend after each value, [T + 1]; seasonal index of each phase in force, [T + season]."""
        season = len(self.index)
        level, trend = np.empty(len(y) + 1), np.empty(len(y) + 1)
        index = np.concatenate([self.index, np.empty(len(y))])
        level[0], trend[0] = now, slope = self.level, self.trend
        share = self.beta / self.alpha
        for t, value in enumerate(y.tolist()):
            old, phase = now, float(index[t])
            base = now + self.phi * slope
            usable = value == value and not (self.multiplicative and (phase == 0.0 or base == 0.0))
            if usable:
                plain = value / phase if self.multiplicative else value - phase
                now = base + self.alpha * (plain - base)
                slope = self.phi * slope + share * (now - old - self.phi * slope)
                fresh = value / base if self.multiplicative else value - base
                index[t + season] = phase + self.gamma * (fresh - phase)
            else:  # missing: the state moves as it was expected to
                now, slope = base, self.phi * slope
                index[t + season] = phase
            level[t + 1], trend[t + 1] = now, slope
        return level, trend, index


def _last_level(clean: FloatArray, dropped: int) -> EtsModel:
    return EtsModel(0.9999, 0.0, 0.0, 1.0, float(clean[0]), 0.0, np.zeros(1), False, dropped)


def _scale(y: FloatArray) -> float:
    """1 for ordinary numbers, otherwise the power of two (dividing by it rounds nothing) that makes y ordinary."""
    size = float(np.abs(y).mean())
    return 1.0 if 1e-2 < size < 1e6 or size == 0.0 else 2.0 ** round(np.log2(size))
