"""Vector autoregression per group of series: levels or differences, lag by BIC, every origin in one
vectorised pass.

Source: Lütkepohl (2005), New introduction to multiple time series analysis, chapters 2 to 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybridts.errors import BadSetting, DataError, StageFailure
from hybridts.panel import FloatArray, IntArray, Origins, Panel
from hybridts.statistical._groups import Group, carry_forward, find_groups, table

_SMALLEST = 5  # rows a group must show after differencing
_RIDGES = np.logspace(-4, 4, 25)


@dataclass(frozen=True, kw_only=True)
class VAR:
    """VAR of each group of columns.

    A group is a label of `panel.groups`; without labels, all series of a panel that share their timestamps
    (at most 100); otherwise each target with its past covariates; otherwise not applicable. All columns of a
    group are differenced when most of them look integrated (KPSS level test, 5 %). The lag is chosen by BIC
    among those whose equations have at most half as many coefficients as rows; where not even one lag has,
    lag 1 is estimated by ridge with a penalty chosen by generalised cross-validation. An explosive fit is
    damped to spectral radius 0.99. Gaps are filled by the newest earlier value, in fitting and in use.

    Attributes:
        max_lag: largest lag tried.
    """

    max_lag: int = 8

    def __post_init__(self) -> None:
        if self.max_lag < 1:
            raise BadSetting(f"max_lag is {self.max_lag}; it must be at least 1.", "max_lag", self.max_lag, ">= 1")

    def fit(self, panel: Panel, horizon: int, gap: int, seed: int) -> FittedVAR:  # noqa: ARG002 (deterministic)
        """One system per group; NotApplicable where nothing moves together."""
        systems: list[tuple[Group, System]] = []
        failures: dict[str, str] = {}
        notes: dict[str, Any] = {}
        for group in find_groups(panel):
            try:
                system = self._fit_group(panel, group, horizon + gap)
            except (ValueError, np.linalg.LinAlgError) as cause:
                failures.update({name: f"Series {name!r}: {cause}" for name in group.members})
                continue
            systems.append((group, system))
            notes[group.members[0]] = system.facts(group)
        if not systems:
            raise StageFailure(f"No group could be fitted; the first: {next(iter(failures.values()))}")
        return FittedVAR(tuple(systems), horizon, gap, {"groups": notes}, failures)

    def _fit_group(self, panel: Panel, group: Group, reach: int) -> System:
        if len(group.members) == 1 and not group.covariates:
            raise ValueError("its group holds no other series and it has no past covariates; use ARIMA")
        _, values = table(panel, group)
        system = fit_system(values, self.max_lag)
        answer = system.forecast(values, np.array([-1, len(values) - 1]), reach)
        if not np.isfinite(answer).all():
            raise ValueError("the group's VAR forecasts values that are not finite; name smaller groups")
        return system


@dataclass(frozen=True, eq=False)
class System:
    """A fitted VAR(p) on scaled columns.

    Attributes:
        weights: [1 + K p, K] constant first, then lag 1 of all columns, lag 2, ...
        centre, scale: [K] of the modelled columns (differences where `differenced`).
        level: [K] stands for a column before its first value.
    """

    weights: FloatArray
    centre: FloatArray
    scale: FloatArray
    level: FloatArray
    lag: int
    differenced: bool
    ridge: float
    damped: bool

    def facts(self, group: Group) -> dict[str, Any]:
        """JSON-ready notes."""
        return {
            "members": list(group.members),
            "columns": len(self.scale),
            "lag": self.lag,
            "differenced": self.differenced,
            "ridge": self.ridge,
            "damped": self.damped,
        }

    def forecast(self, values: FloatArray, row: IntArray, reach: int) -> FloatArray:
        """[M, reach, K] forecasts of all columns for 1 .. reach rows after each `row`; -1 is before the first."""
        filled = np.vstack([self.level, carry_forward(values, self.level)])  # row -1 becomes row 0
        at = row + 1
        change = np.diff(filled, axis=0, prepend=filled[:1]) if self.differenced else filled
        begun = np.vstack([np.zeros(len(self.level), bool), np.logical_or.accumulate(np.isfinite(values), axis=0)])
        if self.differenced:
            begun[1:] &= begun[:-1].copy()  # a first value is no change from the stand-in before it
        z = np.where(begun, (change - self.centre) / self.scale, 0.0)
        back = at[:, None] - np.arange(self.lag)
        state = np.where((back >= 0)[..., None], z[np.maximum(back, 0)], 0.0)  # [M, lag, K]
        steps = np.empty((len(row), reach, len(self.scale)))
        for k in range(reach):
            fresh = self.weights[0] + state.reshape(len(row), -1) @ self.weights[1:]
            state = np.concatenate([fresh[:, None], state[:, :-1]], axis=1)
            steps[:, k] = fresh * self.scale + self.centre
        return filled[at][:, None] + np.cumsum(steps, axis=1) if self.differenced else steps


@dataclass(frozen=True, eq=False)
class FittedVAR:
    """One system per group; it answers every series that belongs to one."""

    systems: tuple[tuple[Group, System], ...]
    horizon: int
    gap: int
    notes: Mapping[str, Any]
    failures: Mapping[str, str]

    def forecast(self, panel: Panel, origins: Origins) -> FloatArray:
        """[len(origins), horizon]; at an origin all members of the group are seen up to the origin's time."""
        result = np.full((len(origins), self.horizon), np.nan)
        names = np.array(panel.ids, dtype=object)[origins.series]
        known = set(self.failures).union(*(group.members for group, _ in self.systems))
        for name in dict.fromkeys(names.tolist()):
            if name not in known:
                raise DataError(
                    f"Series {name!r} was not in the fitted data; a VAR answers only series it was fitted on."
                )
        for group, system in self.systems:
            rows = np.flatnonzero(np.isin(names, np.array(group.members, dtype=object)))
            if len(rows):
                result[rows] = self._answer(panel, origins[rows], group, system)
        return result

    def _answer(self, panel: Panel, origins: Origins, group: Group, system: System) -> FloatArray:
        times, values = table(panel, group)
        visible = origins.position >= 0
        first = panel.times[panel.rows(origins, 0) * visible]
        row = np.where(visible, np.searchsorted(times, first, side="right") - 1, -1)
        moments, place = np.unique(row, return_inverse=True)  # members of a group share their answer
        answer = system.forecast(values, moments, self.gap + self.horizon)[:, self.gap :]
        at = {name: k for k, name in enumerate(group.members)}
        column = np.array([at[panel.ids[i]] for i in origins.series])
        return answer[place, :, column]


def fit_system(values: FloatArray, max_lag: int) -> System:
    """A VAR fitted to [T, K] columns, by the rules of `VAR`.

    Raises:
        ValueError: too few rows, or a column without values.
    """
    known = np.isfinite(values)
    if not known.any(axis=0).all():
        raise ValueError("a column of its group shows no value; leave it out")
    level = np.nanmedian(values, axis=0)
    start = int(known.argmax(axis=0).max())  # all columns have begun
    filled = carry_forward(values, level)[start:]
    differenced = bool(np.mean([_integrated(column) for column in filled.T]) > 0.5)
    change = np.diff(filled, axis=0) if differenced else filled
    if len(change) < _SMALLEST:
        raise ValueError(f"its group shows {len(filled)} common rows; VAR needs at least {_SMALLEST + differenced}")
    centre = change.mean(axis=0)
    spread = change.std(axis=0)
    size = np.abs(change).max(axis=0)
    scale = np.where(spread > 1e-12 * size, spread, np.where(size > 0, size, 1.0))
    z = (change - centre) / scale
    z[:, spread <= 1e-12 * size] = 0.0  # a constant column has nothing to say, not rounding noise
    lag, weights, ridge = _estimate(z, max_lag)
    weights, damped = _tame(weights, lag)
    return System(weights, centre, scale, level, lag, differenced, ridge, damped)


def _estimate(z: FloatArray, max_lag: int) -> tuple[int, FloatArray, float]:
    """(lag, weights, ridge penalty)."""
    rows, columns = z.shape
    allowed = [p for p in range(1, max_lag + 1) if 2 * (columns * p + 1) <= rows - max_lag]
    if not allowed:
        design, target = lagged(z, 1, 1)
        return 1, *_ridge(design, target)
    best = min(allowed, key=lambda p: _bic(*lagged(z, p, max(allowed))))
    design, target = lagged(z, best, best)
    return best, np.asarray(np.linalg.lstsq(design, target, rcond=None)[0], dtype=np.float64), 0.0


def lagged(z: FloatArray, lag: int, skip: int) -> tuple[FloatArray, FloatArray]:
    """(design [T - skip, 1 + K lag], target [T - skip, K]); `skip` >= lag keeps samples of all lags equal."""
    blocks = [z[skip - back : len(z) - back] for back in range(1, lag + 1)]
    return np.hstack([np.ones((len(z) - skip, 1)), *blocks]), z[skip:]


def _bic(design: FloatArray, target: FloatArray) -> float:
    error = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    rows, columns = target.shape
    # a constant column has no error: the floor keeps its zero from deciding
    _, volume = np.linalg.slogdet(error.T @ error / rows + 1e-10 * np.eye(columns))
    return float(volume + np.log(rows) / rows * design.shape[1] * columns)


def _ridge(design: FloatArray, target: FloatArray) -> tuple[FloatArray, float]:
    """(weights, penalty) with the constant unpenalised; the penalty minimises generalised cross-validation."""
    x, mean_x, mean_y = design[:, 1:], design[:, 1:].mean(axis=0), target.mean(axis=0)
    left, singular, right = np.linalg.svd(x - mean_x, full_matrices=False)
    inner = left.T @ (target - mean_y)
    total = float(((target - mean_y) ** 2).sum())

    def score(penalty: float) -> float:
        keep = singular**2 / (singular**2 + penalty)
        rest = total - float(((2 * keep - keep**2)[:, None] * inner**2).sum())
        return rest / (len(x) - 1 - float(keep.sum())) ** 2

    penalty = float(min(_RIDGES * len(x), key=score))
    body = right.T @ ((singular / (singular**2 + penalty))[:, None] * inner)
    return np.vstack([mean_y - mean_x @ body, body]), penalty


def _tame(weights: FloatArray, lag: int) -> tuple[FloatArray, bool]:
    """(weights, whether they were damped): scaling lag j by c^j scales every root by c."""
    columns = weights.shape[1]
    companion = np.eye(columns * lag, k=-columns)
    companion[:columns] = weights[1:].T
    radius = float(np.abs(np.linalg.eigvals(companion)).max())
    if radius <= 1.0:
        return weights, False
    shrink = np.repeat((0.99 / radius) ** np.arange(1, lag + 1), columns)
    return np.vstack([weights[:1], weights[1:] * shrink[:, None]]), True


def _integrated(y: FloatArray) -> bool:
    """KPSS test of a stationary level at 5 % (Kwiatkowski et al., 1992; Bartlett window of 3 sqrt(T) / 13 lags)."""
    error = y - y.mean()
    size = float(np.abs(error).max())
    if size <= 1e-12 * float(np.abs(y).max()):
        return False
    error = error / size
    rows = len(y)
    variance = float(error @ error) / rows
    lags = int(3 * np.sqrt(rows) / 13)
    for k in range(1, lags + 1):
        variance += 2 * (1 - k / (lags + 1)) * float(error[k:] @ error[:-k]) / rows
    return float(np.sum(np.cumsum(error) ** 2)) / rows**2 > 0.463 * variance
