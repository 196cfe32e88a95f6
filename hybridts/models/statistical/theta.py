"""The standard Theta method: a straight line and a smoothed double-curvature line, averaged.

Source: Assimakopoulos and Nikolopoulos (2000), The theta model, Int. J. Forecasting 16; winner of M3. Theta line 0 is
the least-squares line; theta line 2 is 2 y - line, smoothed exponentially. The line, the smoothing weight and the
seasonal indices are frozen at the fit; later values change only the smoothed level. On M3 (3003 series) its sMAPE is
12.82 averaged over series, 13.10 over points; the competition's entry has 12.76.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.models.protocols import PerSeries
from hybridts.models.statistical._per_series.fit import LocalFitted, SeriesFit, fit_each
from hybridts.models.statistical._seasonal_adjustment import (
    FEWEST_CYCLES,
    filled,
    is_seasonal,
    seasonal_indices,
    smooth,
)
from hybridts.models.statistical._settings import whole


@dataclass(frozen=True, kw_only=True)
class Theta(PerSeries):
    """Theta with a seasonal adjustment where a 90 % autocorrelation test at the cutoff finds a season.

    With fewer than three cycles there is no test and no seasonal adjustment, which the notes record.

    Attributes:
        season: rows per cycle; None is the panel's. The adjustment is multiplicative where all values are
            positive, additive otherwise.
    """

    season: int | None = None

    def __post_init__(self) -> None:
        whole(self, "season", 1, none=True)

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> LocalFitted:  # noqa: ARG002 (deterministic)
        """Fit one line, one smoothing weight and one set of indices per series."""
        season = self.season or panel.season

        def fit_one(i: int) -> SeriesFit:
            model = fit_theta(panel.series(i), season)
            kind = "none" if len(model.index) == 1 else "multiplicative" if model.multiplicative else "additive"
            notes = {"alpha": round(model.alpha, 4), "seasonal": kind}
            return SeriesFit(model, {**notes, **_untested(panel.series(i), season)})

        return fit_each(panel, (horizon, gap), fit_one, {})


@dataclass(frozen=True, eq=False)
class ThetaModel:
    """A fitted Theta model.

    Attributes:
        intercept, slope: of theta line 0, by row.
        alpha, start: smoothing weight and first level of theta line 2.
        index: [season] seasonal indices from row 0 on; one neutral entry where there is no season.
        multiplicative: whether the season is.
    """

    intercept: float
    slope: float
    alpha: float
    start: float
    index: FloatArray
    multiplicative: bool

    def forecast(self, y: FloatArray, position: IntArray, steps: IntArray) -> FloatArray:
        """Return forecasts [M, H]; see `SeriesModel`."""
        clock = np.arange(len(y))
        factor = self.index[clock % len(self.index)]
        plain = y / factor if self.multiplicative else y - factor
        level = smooth(2 * plain - (self.intercept + self.slope * clock), self.alpha, self.start)
        target = position[:, None] + steps
        seen = np.clip(position + 1, 0, len(y))
        average = 0.5 * (self.intercept + self.slope * target + level[seen][:, None])
        factor = self.index[target % len(self.index)]
        return np.asarray(average * factor if self.multiplicative else average + factor)


def _untested(y: FloatArray, season: int) -> dict[str, str]:
    """Return the note on a series too short for the seasonality test; empty where it is tested."""
    clean, _ = filled(y)
    if season < 2 or len(clean) >= FEWEST_CYCLES * season or np.ptp(clean) == 0.0:
        return {}
    return {"reduced": f"{len(clean)} values are fewer than {FEWEST_CYCLES} cycles of season {season}: no season"}


def fit_theta(y: FloatArray, season: int) -> ThetaModel:
    """Fit Theta to y [T], NaN where missing; gaps are filled linearly for fitting only."""
    clean, dropped = filled(y)
    positive = bool(clean.min() > 0)
    index = np.ones(1) if positive else np.zeros(1)
    if is_seasonal(clean, season):
        index = seasonal_indices(clean, season, positive)
        positive = positive and bool(index.min() > 0.01)  # else dividing by it would give huge values
        if not positive:
            index = seasonal_indices(clean, season, False)
    factor = index[np.arange(len(clean)) % len(index)]
    plain = clean / factor if positive else clean - factor
    clock = np.arange(dropped, dropped + len(clean))
    slope = _slope(clock, plain)
    intercept = float(plain.mean() - slope * clock.mean())
    curve = 2 * plain - (intercept + slope * clock)
    alpha, start = _smoothing(curve)
    return ThetaModel(intercept, slope, alpha, start, np.roll(index, dropped % len(index)), positive)


def _slope(clock: IntArray, values: FloatArray) -> float:
    """Return the least-squares slope of values [T] on rows [T]."""
    centred = clock - clock.mean()
    spread = float(centred @ centred)
    return float(centred @ values) / spread if spread else 0.0


def _smoothing(curve: FloatArray) -> tuple[float, float]:
    """Return the smoothing weight with the least squared one-step error, and the first value as first level."""
    from scipy.optimize import minimize_scalar  # imported here, because it takes 0.2 s

    scale = float(np.abs(curve).max()) or 1.0
    values = curve / scale
    start = float(values[0])

    def squares(alpha: float) -> float:
        error = values - smooth(values, alpha, start)[:-1]
        return float(error @ error)

    grid = np.linspace(0.01, 0.99, 25)  # the error may have two minima; the search starts at the lower one
    at = int(np.argmin([squares(a) for a in grid]))
    limits = (grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)])
    found = minimize_scalar(squares, bounds=limits, method="bounded", options={"xatol": 1e-6})
    return float(found.x), start * scale
