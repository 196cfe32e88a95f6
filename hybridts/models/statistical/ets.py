"""Exponential smoothing with error, trend and season chosen by AICc; one run of its recursion forecasts all origins.

Source: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with exponential smoothing; estimated by statsforecast.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.errors import BadSetting
from hybridts.models.protocols import PerSeries, Reusing
from hybridts.models.settings import INTERNAL
from hybridts.models.statistical._backends import statsforecast_ets
from hybridts.models.statistical._failure import SeriesFailure, third_party
from hybridts.models.statistical._per_series.fit import LocalFitted, Safer, SeriesFit, fit_each
from hybridts.models.statistical._seasonal_adjustment import filled
from hybridts.models.statistical._settings import flag, whole

LONGEST_SEASON = 24  # a longer season has too many start values to be estimated (as in R's `ets`)
FEWEST = 6  # with so few values, or fewer, no smoothing weight can be estimated


@dataclass(frozen=True, kw_only=True)
class ETS(PerSeries, Reusing):
    """ETS with automatic choice of components, one model per series.

    A series too short for the components asked for gets fewer (season, damping, then trend are removed), and its notes
    name them (`reduced`); with 6 values or fewer the last value is repeated.

    Attributes:
        model: three letters for error, trend and season: A (additive), M (multiplicative), N (none) or Z
            (choose; nothing multiplicative where values are zero or negative).
        damped: damp the trend (which then exists); None chooses.
        season: rows per cycle; None is the panel's. Above 24 the season is left out, which the notes record.
        known: components of series taken over from an earlier fit; no setting, see `reuse`.
    """

    model: str = "ZZZ"
    damped: bool | None = None
    season: int | None = None
    known: tuple[tuple[str, str], ...] = field(default=(), metadata=INTERNAL)

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
        """Check that the settings can be combined; raise BadSetting otherwise."""
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
        """Estimate one set of components, weights and start values per series."""
        season = self.season or panel.season
        known = dict(self.known)

        def fit_one(i: int) -> SeriesFit:
            y, cycle = panel.series(i), 1 if left_out else season
            try:
                return SeriesFit(*used.with_components(known.get(panel.ids[i])).fit_one(y, cycle))
            except SeriesFailure:  # components of older rows need not suit all rows
                return SeriesFit(*used.fit_one(y, cycle))

        def without_trend(i: int) -> SeriesFit:
            flat = replace(used, model=f"{used.model[0]}N{used.model[2]}", damped=None)
            return SeriesFit(*flat.fit_one(panel.series(i), 1 if left_out else season))

        left_out = season > LONGEST_SEASON and self.model[2] != "N"
        used = _without_season(self) if left_out else self
        facts = {"season_left_out": season} if left_out else {}
        return fit_each(panel, (horizon, gap), fit_one, facts, [Safer("no trend", without_trend)])

    def reuse(self, notes: Mapping[str, Any]) -> ETS:
        """Return the same with the components in an earlier fit's notes, which are then not chosen again.

        A series that had too few values for a choice then chooses now.
        """
        unsure = {*notes.get("reduced", {}), *notes.get("exact", {})}
        found = {name: text for name, text in notes.get("components", {}).items() if name not in unsure}
        return replace(self, known=tuple(sorted(found.items())))

    def with_components(self, letters: str | None) -> ETS:
        """Return the same for one series with these components, such as AAdN; None: it chooses."""
        if letters is None:
            return self
        return replace(self, model=letters.replace("d", ""), damped="d" in letters, known=())

    def fit_one(self, y: FloatArray, season: int) -> tuple[EtsModel, dict[str, object]]:
        """Fit one series y [T], NaN where missing.

        Returns:
            The model, and its notes: `components` as letters; `exact` for a constant series; `reduced` where the
            components are not those asked for.

        Raises:
            SeriesFailure: multiplicative components of values that are not positive, or no estimate.
        """
        clean, dropped = filled(y)
        if np.ptp(clean) == 0.0:
            return _last_level(clean, dropped), {"components": "ANN", "exact": "constant: its level is continued"}
        if len(clean) <= FEWEST:
            why = f"{len(clean)} values are too few to estimate a weight: the last value is repeated"
            return _last_level(clean, dropped), {"components": "ANN", "reduced": why}
        asked = _without_season(self) if season == 1 else self
        model, fitted = _fit(_reduced(asked, season, len(clean)), clean, season, dropped)
        notes: dict[str, object] = {"components": fitted}
        why = _why_reduced(self, fitted, season, len(clean))
        return model, {**notes, "reduced": why} if why else notes


def _reduced(asked: ETS, season: int, rows: int) -> ETS:
    """Return the components that `rows` values can estimate: first without the season, then damping, then trend."""
    if asked.model[2] in "AM" and rows < _fewest(asked.model, asked.damped, season):
        asked = _without_season(asked)
    if asked.damped and rows < _fewest(asked.model, True, season):
        asked = replace(asked, damped=None)
    if asked.model[1] == "A" and rows < _fewest(asked.model, asked.damped, season):
        asked = replace(asked, model=asked.model[0] + "N" + asked.model[2], damped=None)
    return asked


def _fewest(model: str, damped: bool | None, season: int) -> int:
    """Return the fewest values for which the library fits these components with a finite AICc; Z counts as none."""
    trend, seasonal = model[1] == "A", model[2] in "AM"
    stated = 2 + 2 * trend + 2 * seasonal + bool(damped)  # as the library counts in its first check
    return max(_estimable(trend, damped, season * seasonal), stated + 5)


def _estimable(trend: bool, damped: bool | None, indices: int) -> int:
    """Return the fewest values for a finite AICc of these weights and start values; damping needs a trend."""
    return 5 + 2 * (trend or bool(damped)) + bool(damped) + indices


def _why_reduced(asked: ETS, fitted: str, season: int, rows: int) -> str:
    """Return why the fitted components are not those asked for; empty where they are."""
    error, trend, seasonal = tuple(asked.model)
    parts = [("error", error, fitted[0]), ("trend", trend, fitted[1]), ("season", seasonal, fitted[-1])]
    lost = [name for name, wanted, found in parts if wanted not in ("Z", found)]
    if asked.damped and "d" not in fitted:
        lost.append("damping")
    if season == 1 and lost == ["season"]:
        return f"{_letters(asked)} has a season, and season 1 is none: {fitted}"
    if lost:
        return f"{rows} values are too few for {_letters(asked)}, season {season}: {fitted} (without {', '.join(lost)})"
    if seasonal == "Z" and season > 1 and rows < _estimable(trend == "A", asked.damped, season):
        return f"{rows} values are too few for season {season}: no seasonal component was tried"
    return ""


def _without_season(asked: ETS) -> ETS:
    """Return the settings without a season."""
    return replace(asked, model=asked.model[:2] + "N")


def _letters(asked: ETS) -> str:
    """Return the components as letters, such as AAdM."""
    return f"{asked.model[:2]}{'d' if asked.damped else ''}{asked.model[2]}"


def _fit(asked: ETS, clean: FloatArray, season: int, dropped: int) -> tuple[EtsModel, str]:
    """Estimate by statsforecast; return the model and its components as letters.

    Raises:
        SeriesFailure: multiplicative components of values that are not positive, or an error of the library.
    """
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
    """Return the library's fit in units of the series, and its components as letters."""
    letters = fit["components"]
    alpha, beta, gamma, phi = (float(v) for v in fit["par"][:4])
    start = np.asarray(fit["par"][4:], dtype=float)
    trended, seasonal = letters[1] == "A", letters[2] != "N"
    index = start[1 + trended :][::-1] if seasonal else np.zeros(1)  # the library stores the newest phase first
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
    """Frozen weights and the state before the first value.

    The kind of error (additive or multiplicative) matters for the estimates, not for the recursion of the mean, so it
    is not kept.

    Attributes:
        alpha, beta, gamma, phi: weights of level, trend and season, and damping.
        level, trend: before the first value.
        index: [season] seasonal indices, phase 0 first.
        multiplicative: whether the season is.
        dropped: rows before the first value, which leave the state as it is.
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
        """Return forecasts [M, H]; see `SeriesModel`."""
        level, trend, index = self._states(y[self.dropped :])
        season = len(self.index)
        seen = np.clip(position + 1 - self.dropped, 0, len(level) - 1)  # [M] number of values in the state
        ahead = np.cumsum(self.phi ** np.arange(1, int(steps[-1]) + 1))[steps - 1]  # phi + ... + phi^k
        line = level[seen][:, None] + trend[seen][:, None] * ahead
        late = np.maximum(self.dropped - (position[:, None] + 1), 0)  # rows until the first value
        phase = index[seen[:, None] + (steps - 1 - late) % season]
        return np.asarray(line * phase if self.multiplicative else line + phase)

    def _states(self, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return level and trend [T + 1] before and after each value y [T], and the seasonal indices [T + season]."""
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
            else:  # missing: the state moves as forecast
                now, slope = base, self.phi * slope
                index[t + season] = phase
            level[t + 1], trend[t + 1] = now, slope
        return level, trend, index


def _last_level(clean: FloatArray, dropped: int) -> EtsModel:
    """Return the model that repeats the last value."""
    return EtsModel(0.9999, 0.0, 0.0, 1.0, float(clean[0]), 0.0, np.zeros(1), False, dropped)


def _scale(y: FloatArray) -> float:
    """Return 1 for values of ordinary size, else a power of two of their size (dividing by it rounds nothing)."""
    size = float(np.abs(y).mean())
    return 1.0 if 1e-2 < size < 1e6 or size == 0.0 else 2.0 ** round(np.log2(size))
