"""The two support vector regressions behind `SVM`, each solved in large matrix steps.

Both agree with scikit-learn's own solvers to their tolerance; one thread takes a half to a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from hybridts.data.panel import FloatArray

#: Rows predicted with one kernel matrix: bounds memory.
AT_ONCE = 2_000
#: Most Newton steps, and most halvings of a step; six and none are usual.
STEPS, HALVINGS = 100, 30
#: Largest gradient, relative to that at zero, at which the objective counts as minimised.
FLAT = 1e-8


class Transformer(Protocol):
    """A transformer of features, as scikit-learn's are."""

    def fit_transform(self, X: FloatArray) -> FloatArray:
        """Fit to X [R, F] and return its transformed features [R, G]."""

    def transform(self, X: FloatArray) -> FloatArray:
        """Return the transformed features [R, G] of X [R, F]."""


class KernelSVR:
    """scikit-learn's SVR with its RBF kernel of scale 1 / (features x variance), on a precomputed kernel matrix.

    One matrix product gives all distances; the solver itself computes them pair by pair. At 5000 rows the matrix takes
    200 MB, as much as the solver's cache otherwise would.

    Args:
        front: transformer of the features: imputer and scaler.
        C: cost of an error outside the tube.
        epsilon: half width of the tube, in units of y.
        scale: of the kernel: a number, "scale" (as above) or "auto" (1 / features).
    """

    def __init__(self, front: Transformer, C: float, epsilon: float, scale: float | str = "scale") -> None:
        self.front = front
        self.C = C
        self.epsilon = epsilon
        self.scale = scale

    def fit(self, X: FloatArray, y: FloatArray) -> KernelSVR:
        """Fit to y [R] from X [R, F]."""
        from sklearn.svm import SVR

        X = self.front.fit_transform(X)
        spread = float(X.var()) if self.scale == "scale" else 1.0
        self.gamma = 1.0 / (X.shape[1] * spread) if spread > 0 else 1.0
        if not isinstance(self.scale, str):
            self.gamma = float(self.scale)
        machine = SVR(kernel="precomputed", C=self.C, epsilon=self.epsilon, cache_size=20)
        machine.fit(self._kernel(X, X), y)
        self.support = X[machine.support_]
        self.weights, self.shift = machine.dual_coef_[0], float(machine.intercept_[0])
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        X = self.front.transform(X)
        answer = np.full(len(X), self.shift)
        for start in range(0, len(X) if len(self.support) else 0, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            answer[some] += self._kernel(X[some], self.support) @ self.weights
        return answer

    def _kernel(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        """Return the kernel matrix [rows of X, rows of Z]."""
        from sklearn.metrics.pairwise import rbf_kernel

        found: FloatArray = rbf_kernel(X, Z, gamma=self.gamma)
        return found


class NystroemSVR:
    """A linear SVR on Nystroem features: squared errors outside the tube, ridge on weights and intercept.

    The objective is that of scikit-learn's LinearSVR with loss="squared_epsilon_insensitive",

        |w|^2 / 2 + C sum_i max(0, |y_i - z_i w| - epsilon)^2

    minimised by Newton's method. Each step is a ridge regression on the rows outside the tube. Few rows enter or leave
    between two steps, so that the matrix of the regression is updated, not computed again.

    Args:
        front: transformer of the features: imputer, scaler and Nystroem map.
        C: cost of an error outside the tube.
        epsilon: half width of the tube, in units of y.
    """

    def __init__(self, front: Transformer, C: float, epsilon: float) -> None:
        self.front = front
        self.C = C
        self.epsilon = epsilon

    def fit(self, X: FloatArray, y: FloatArray) -> NystroemSVR:
        """Fit to y [R] from X [R, F]."""
        self.weights = squared_tube(_with_ones(self.front.fit_transform(X)), y, self.C, self.epsilon)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        answer: FloatArray = _with_ones(self.front.transform(X)) @ self.weights
        return answer


def _with_ones(Z: FloatArray) -> FloatArray:
    """Return [R, F + 1]: a column of ones after the last feature."""
    return np.column_stack([Z, np.ones(len(Z))])


def squared_tube(Z: FloatArray, y: FloatArray, C: float, epsilon: float) -> FloatArray:
    """Return the weights [F] that minimise the objective of `NystroemSVR`.

    Args:
        Z: [R, F] features, the column of ones included.
        y: [R] targets.
        C: cost of an error outside the tube.
        epsilon: half width of the tube.
    """

    def objective(w: FloatArray) -> float:
        over = np.maximum(np.abs(y - Z @ w) - epsilon, 0.0)
        return float(w @ w / 2 + C * over @ over)

    w = np.zeros(Z.shape[1])
    outside = np.zeros(len(y), dtype=bool)
    matrix = np.eye(len(w))
    flat = 0.0
    for _ in range(STEPS):
        error = y - Z @ w
        before, outside = outside, np.abs(error) > epsilon
        matrix = _updated(matrix, Z, before, outside, 2 * C)
        over = np.where(outside, error - epsilon * np.sign(error), 0.0)
        slope = w - 2 * C * (Z.T @ over)
        flat = flat or FLAT * float(np.abs(slope).max())
        if np.abs(slope).max() <= flat:
            break
        w = _line_search(objective, w, np.asarray(-np.linalg.solve(matrix, slope), dtype=np.float64))
    return w


def _updated(
    matrix: FloatArray, Z: FloatArray, before: npt.NDArray[np.bool_], now: npt.NDArray[np.bool_], weight: float
) -> FloatArray:
    """Return the Hessian [F, F], I + weight x sum of z z' over the rows outside the tube.

    Updated from `matrix`, the same sum over the rows that were outside `before`, unless too many rows changed sides.
    """
    entered, left = now & ~before, before & ~now
    if 2 * (entered.sum() + left.sum()) >= now.sum():
        fresh: FloatArray = np.eye(Z.shape[1]) + weight * (Z[now].T @ Z[now])
        return fresh
    updated: FloatArray = matrix + weight * (Z[entered].T @ Z[entered] - Z[left].T @ Z[left])
    return updated


def _line_search(objective: Callable[[FloatArray], float], w: FloatArray, step: FloatArray) -> FloatArray:
    """Return w after the step, or after the first halving of it that lowers the objective; w where none does."""
    start = objective(w)
    for _ in range(HALVINGS):
        if objective(w + step) < start:
            return w + step
        step = step / 2
    return w
