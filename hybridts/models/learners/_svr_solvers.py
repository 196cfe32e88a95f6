"""The two support vector machines behind `SVM`, each solved in large matrix steps.

Both answer what scikit-learn's own answer, at its tolerance; one thread takes a half to a fifth of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridts.data.panel import FloatArray

#: Rows predicted with one kernel matrix: bounds memory.
AT_ONCE = 2_000
#: Newton steps and halvings of a step, at most; six and none are usual.
STEPS, HALVINGS = 100, 30
#: Largest slope of the objective, relative to that at zero, at which it counts as minimised.
FLAT = 1e-8


class ExactSVR:
    """scikit-learn's SVR with its RBF kernel of scale 1 / (features x variance), its kernel matrix made beforehand.

    One matrix product makes all distances; the solver's own way goes pair by pair. At 5000 rows the matrix takes
    200 MB, what the solver's cache took otherwise.
    """

    def __init__(self, front: Any, C: float, epsilon: float) -> None:
        self.front = front  # imputer and scaler
        self.C = C
        self.epsilon = epsilon

    def fit(self, X: FloatArray, y: FloatArray) -> ExactSVR:
        """Learn y [rows] from X [rows, features]."""
        from sklearn.svm import SVR

        X = self.front.fit_transform(X)
        spread = float(X.var())
        self.gamma = 1.0 / (X.shape[1] * spread) if spread > 0 else 1.0
        machine = SVR(kernel="precomputed", C=self.C, epsilon=self.epsilon, cache_size=20)
        machine.fit(self._kernel(X, X), y)
        self.support = X[machine.support_]
        self.weights, self.shift = machine.dual_coef_[0], float(machine.intercept_[0])
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """[rows]."""
        X = self.front.transform(X)
        answer = np.full(len(X), self.shift)
        for start in range(0, len(X) if len(self.support) else 0, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            answer[some] += self._kernel(X[some], self.support) @ self.weights
        return answer

    def _kernel(self, X: FloatArray, Z: FloatArray) -> FloatArray:
        from sklearn.metrics.pairwise import rbf_kernel

        found: FloatArray = rbf_kernel(X, Z, gamma=self.gamma)
        return found


class MappedSVR:
    """A linear machine on a map of the features: squared errors outside the tube, ridge on weights and intercept.

    The objective is scikit-learn's LinearSVR's with loss="squared_epsilon_insensitive",

        |w|^2 / 2 + C sum_i max(0, |y_i - z_i w| - epsilon)^2

    minimised by Newton's steps, each a ridge regression on the rows outside the tube; between two steps few rows change
    sides, so that the matrix of the regression is mended, not made anew.
    """

    def __init__(self, front: Any, C: float, epsilon: float) -> None:
        self.front = front  # imputer, scaler and map
        self.C = C
        self.epsilon = epsilon

    def fit(self, X: FloatArray, y: FloatArray) -> MappedSVR:
        """Learn y [rows] from X [rows, features]."""
        self.weights = squared_tube(_with_ones(self.front.fit_transform(X)), y, self.C, self.epsilon)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """[rows]."""
        answer: FloatArray = _with_ones(self.front.transform(X)) @ self.weights
        return answer


def _with_ones(Z: FloatArray) -> FloatArray:
    return np.column_stack([Z, np.ones(len(Z))])


def squared_tube(Z: FloatArray, y: FloatArray, C: float, epsilon: float) -> FloatArray:
    """[columns] the weights that minimise the objective of `MappedSVR` (Z already holds the column of ones)."""

    def value(w: FloatArray) -> float:
        over = np.maximum(np.abs(y - Z @ w) - epsilon, 0.0)
        return float(w @ w / 2 + C * over @ over)

    w = np.zeros(Z.shape[1])
    outside = np.zeros(len(y), dtype=bool)
    matrix = np.eye(len(w))
    flat = 0.0
    for _ in range(STEPS):
        error = y - Z @ w
        before, outside = outside, np.abs(error) > epsilon
        matrix = _mended(matrix, Z, before, outside, 2 * C)
        over = np.where(outside, error - epsilon * np.sign(error), 0.0)
        slope = w - 2 * C * (Z.T @ over)
        flat = flat or FLAT * float(np.abs(slope).max())
        if np.abs(slope).max() <= flat:
            break
        w = _downhill(value, w, np.asarray(-np.linalg.solve(matrix, slope), dtype=np.float64))
    return w


def _mended(matrix: FloatArray, Z: FloatArray, before: np.ndarray, now: np.ndarray, weight: float) -> FloatArray:
    """I + weight x sum of z z' over the rows that are outside now, from the same over those that were before."""
    came, left = now & ~before, before & ~now
    if 2 * (came.sum() + left.sum()) >= now.sum():
        made: FloatArray = np.eye(Z.shape[1]) + weight * (Z[now].T @ Z[now])
        return made
    mended: FloatArray = matrix + weight * (Z[came].T @ Z[came] - Z[left].T @ Z[left])
    return mended


def _downhill(value: Any, w: FloatArray, step: FloatArray) -> FloatArray:
    """The end of the step, or of the first halving of it that lowers the objective."""
    start = value(w)
    for _ in range(HALVINGS):
        if value(w + step) < start:
            return w + step
        step = step / 2
    return w
