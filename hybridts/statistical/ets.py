"""Exponential smoothing with error, trend and season chosen by AICc; answers any origin by one run of its
recursion.

Source: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with exponential smoothing; estimated by
statsforecast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from hybridts.errors import BadSetting
from hybridts.panel import FloatArray, IntArray, Panel
from hybridts.statistical._backends import statsforecast_ets
from hybridts.statistical._classical import filled
from hybridts.statistical._failure import third_party
from hybridts.statistical._local import LocalFitted, SeriesFit, fit_each
from hybridts.statistical._settings import flag, whole

LONGEST_SEASON = 24  # beyond it the seasonal start values outnumber what a series can tell (as in R's `ets`)
FEWEST = 6  # with so few values no weight can be estimated


@dataclass(frozen=True, kw_only=True)
class ETS:
    """ETS with automatic choice of components, one model per series.

    Attributes:
        model: three letters for error, trend and season: A (additive), M (multiplicative), N (none) or Z
            (choose).
        damped: damp the trend; None chooses.
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

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """One set of components, weights and start values per series."""
        season = self.season or panel.season

        def fit_one(i: int) -> SeriesFit:
            model, name = self.fit_one(panel.series(i), season if season <= LONGEST_SEASON else 1)
            return SeriesFit(model, {"components": name})

        facts = {"season_left_out": season} if season > LONGEST_SEASON else {}
        return fit_each(panel, horizon, gap, fit_one, facts)

    def fit_one(self, y: FloatArray, season: int) -> tuple[EtsModel, str]:
        """(the model of one series, its components as letters)."""
        clean, dropped = filled(y)
        scale = _scale(clean)
        kind = self.model if season > 1 else self.model[:2] + "N"
        if np.ptp(clean) == 0.0:
            return _last_level(clean, dropped), "ANN with weight 0.9999: constant"
        if len(clean) <= FEWEST:
            return _last_level(clean, dropped), f"ANN with weight 0.9999: only {len(clean)} values"
        library = statsforecast_ets()
        with third_party("statsforecast found no ETS"):
            fit = library.ets_f(clean / scale, m=season, model=kind, damped=self.damped)
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
