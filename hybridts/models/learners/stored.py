"""Fitted learners as plain arrays, so that a stored model needs neither pickle nor the version that fitted it.

`frozen` turns what RF, SVM and ANN fitted into the dataclasses below; they predict the same to the last digit. A
booster is stored as XGBoost's own UBJSON, any other scikit-learn estimator by skops.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray, IntArray
from hybridts.errors import DataError, UserError
from hybridts.models.learners._svr_solvers import AT_ONCE, KernelSVR, NystroemSVR
from hybridts.models.learners.ann import _WithoutWarning
from hybridts.models.learners.own_regressor import MedianImputed
from hybridts.models.protocols import Learner


# -- frozen forms -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Standardiser:
    """Imputer and scaler: NaN becomes `filled`, then (x - mean) / scale; all [F], used in the precision of x."""

    filled: FloatArray
    mean: FloatArray
    scale: FloatArray

    def transform(self, X: FloatArray) -> FloatArray:
        """Return the features [R, F] without NaN, standardised."""
        filled, mean, scale = (part.astype(X.dtype) for part in (self.filled, self.mean, self.scale))
        result: FloatArray = (np.where(np.isnan(X), filled, X) - mean) / scale
        return result


@dataclass(frozen=True, eq=False)
class Forest:
    """A regression forest: the nodes of all trees one after the other.

    Attributes:
        roots: [K] first node of each tree; children are counted from there.
        left, right: [nodes] children; -1 in a leaf.
        feature, threshold: [nodes] go left where the feature is at most the threshold.
        missing_left: [nodes] whether a missing value goes left.
        value: [nodes] prediction of a leaf.
    """

    roots: IntArray
    left: IntArray
    right: IntArray
    feature: IntArray
    threshold: FloatArray
    missing_left: BoolArray
    value: FloatArray

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F], read in single precision as scikit-learn reads them."""
        single = np.asarray(X, dtype=np.float32)
        total = np.zeros(len(single))
        for root in self.roots.tolist():
            total += self.value[self._leaves(single, root)]
        return total / len(self.roots)

    def _leaves(self, X: np.ndarray, root: int) -> IntArray:
        """Return [R] the leaf that each row ends in."""
        node = np.full(len(X), root, dtype=np.int64)
        moving = np.flatnonzero(self.left[node] >= 0)
        while len(moving):
            at = node[moving]
            x = X[moving, self.feature[at]]
            go_left = np.where(np.isnan(x), self.missing_left[at], x <= self.threshold[at])
            node[moving] = root + np.where(go_left, self.left[at], self.right[at])
            moving = moving[self.left[node[moving]] >= 0]
        return node


@dataclass(frozen=True, eq=False)
class KernelMachine:
    """A support vector regression with an RBF kernel.

    Attributes:
        front: of the features.
        gamma: of the kernel.
        support: [S, F] support vectors; weights: [S]; shift: added.
    """

    front: Standardiser
    gamma: float
    support: FloatArray
    weights: FloatArray
    shift: float

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        from sklearn.metrics.pairwise import rbf_kernel

        X = self.front.transform(X)
        answer = np.full(len(X), self.shift)
        for start in range(0, len(X) if len(self.support) else 0, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            answer[some] += rbf_kernel(X[some], self.support, gamma=self.gamma) @ self.weights
        return answer


@dataclass(frozen=True, eq=False)
class LandmarkMachine:
    """A linear regression on Nystroem features.

    Attributes:
        front: of the features.
        landmarks: [L, F]; gamma: of the kernel; None: 1 / F.
        mapping: [L, L]; weights: [L + 1], the last of the column of ones.
    """

    front: Standardiser
    landmarks: FloatArray
    gamma: float | None
    mapping: FloatArray
    weights: FloatArray

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        from sklearn.metrics.pairwise import rbf_kernel

        Z = rbf_kernel(self.front.transform(X), self.landmarks, gamma=self.gamma) @ self.mapping.T
        answer: FloatArray = np.column_stack([Z, np.ones(len(Z))]) @ self.weights
        return answer


@dataclass(frozen=True, eq=False)
class SmallNetwork:
    """A network of logistic layers and a linear one.

    Attributes:
        front: of the features.
        weights: [in, out] of each layer; shifts: [out] of each.
    """

    front: Standardiser
    weights: tuple[FloatArray, ...]
    shifts: tuple[FloatArray, ...]

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        from scipy.special import expit

        state = self.front.transform(X)
        for k, (weight, shift) in enumerate(zip(self.weights, self.shifts, strict=True)):
            state = state @ weight
            state += shift
            if k < len(self.weights) - 1:
                expit(state, out=state)
        return np.asarray(state.ravel())


@dataclass(frozen=True, eq=False)
class MedianFilled:
    """A learner behind an imputer: NaN becomes `filled` [F]."""

    filled: FloatArray
    learner: Learner

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        return self.learner.predict(np.where(np.isnan(X), self.filled.astype(X.dtype), X))

    def fit(self, X: FloatArray, y: FloatArray) -> MedianFilled:
        """Refuse: a frozen learner is not fitted again."""
        raise NotImplementedError("a stored learner is not fitted again: fit or update its model")


def frozen(learner: Any) -> Any:
    """Return the frozen form of a learner that RF, SVM, ANN or an imputer made; any other object as it is."""
    from sklearn.ensemble import RandomForestRegressor

    if type(learner) is RandomForestRegressor:
        return _forest(learner)
    if isinstance(learner, KernelSVR):
        shape = learner.support, learner.weights, learner.shift
        return KernelMachine(_standardiser(learner.front), learner.gamma, *shape)
    if isinstance(learner, NystroemSVR):
        steps: Any = learner.front
        landmarks = steps[-1]
        front, mapping = _standardiser(learner.front), landmarks.normalization_
        return LandmarkMachine(front, landmarks.components_, landmarks.gamma, mapping, learner.weights)
    if isinstance(learner, _WithoutWarning):
        steps = learner.network
        net = steps[-1]
        return SmallNetwork(_standardiser(steps), tuple(net.coefs_), tuple(net.intercepts_))
    if isinstance(learner, MedianImputed):
        return MedianFilled(learner.imputer.statistics_, learner.learner)
    return learner


def _standardiser(pipeline: Any) -> Standardiser:
    """Return the first two steps of a pipeline, imputer and scaler."""
    imputer, scaler = pipeline[0], pipeline[1]
    return Standardiser(imputer.statistics_, scaler.mean_, scaler.scale_)


def _forest(forest: Any) -> Forest:
    trees = [estimator.tree_ for estimator in forest.estimators_]
    sizes = np.array([tree.node_count for tree in trees], dtype=np.int64)

    def joined(name: str, kind: Any) -> Any:
        return np.concatenate([np.asarray(getattr(tree, name)).astype(kind) for tree in trees])

    return Forest(
        roots=np.cumsum(sizes) - sizes,
        left=joined("children_left", np.int64),
        right=joined("children_right", np.int64),
        feature=joined("feature", np.int64),
        threshold=joined("threshold", np.float64),
        missing_left=joined("missing_go_to_left", np.bool_),
        value=np.concatenate([tree.value[:, 0, 0] for tree in trees]),
    )


# -- libraries' own formats ---------------------------------------------------------------------------------------
#: Types of other libraries that skops does not know, and that hold data only.
TRUSTED = frozenset(
    {
        "collections.OrderedDict",
        "collections.defaultdict",
        "lightgbm.basic.Booster",
        "lightgbm.sklearn.LGBMRegressor",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.utils._bunch.Bunch",
        "xgboost.core.Booster",
        "xgboost.sklearn.XGBRegressor",
    }
)


def is_booster(value: object) -> bool:
    """Return whether this is XGBoost's own regressor."""
    kind = type(value)
    return (kind.__module__, kind.__name__) == ("xgboost.sklearn", "XGBRegressor")


def booster_bytes(booster: Any) -> bytes:
    """Return a booster as UBJSON."""
    return bytes(booster.get_booster().save_raw(raw_format="ubj"))


def booster_of(data: bytes) -> Any:
    """Return the booster in UBJSON; it runs on one thread.

    Raises:
        DataError: the data are no booster.
    """
    from xgboost import XGBRegressor
    from xgboost.core import XGBoostError

    booster = XGBRegressor(n_jobs=1)
    try:
        booster.load_model(bytearray(data))
    except XGBoostError as cause:
        raise DataError(f"it is no XGBoost model in UBJSON ({str(cause).splitlines()[0][:80]})") from cause
    return booster


def is_catboost(value: object) -> bool:
    """Return whether this is CatBoost's own regressor."""
    kind = type(value)
    return (kind.__module__, kind.__name__) == ("catboost.core", "CatBoostRegressor")


def catboost_bytes(model: Any) -> bytes:
    """Return a CatBoost model in its own binary format."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="hybridts-") as folder:
        file = Path(folder) / "model.cbm"
        model.save_model(str(file), format="cbm")
        return file.read_bytes()


def catboost_of(data: bytes) -> Any:
    """Return the CatBoost model in its own binary format.

    Raises:
        DataError: CatBoost is not installed, or the data are no such model.
    """
    try:
        from catboost import CatBoostError, CatBoostRegressor
    except ImportError as cause:
        raise DataError("it holds a model of CatBoost, which is not installed here: pip install catboost") from cause
    try:
        return CatBoostRegressor().load_model(blob=data)
    except CatBoostError as cause:
        raise DataError(f"it is no CatBoost model ({str(cause).splitlines()[0][:80]})") from cause


def is_estimator(value: object) -> bool:
    """Return whether this is a scikit-learn estimator."""
    from sklearn.base import BaseEstimator

    return isinstance(value, BaseEstimator)


def estimator_bytes(estimator: Any, own: Iterable[str]) -> bytes:
    """Return a scikit-learn estimator in the format of skops.

    Args:
        estimator: fitted.
        own: full names of classes that the user registered, which may be stored by reference too.

    Raises:
        UserError: it holds something that cannot be stored without running code.
    """
    from skops.io import dumps, get_untrusted_types

    label = type(estimator).__name__
    try:
        data = dumps(estimator)
    except Exception as cause:  # skops lets through what objects raise
        raise UserError(f"{label} cannot be stored without pickle: {cause}.") from cause
    strange = set(get_untrusted_types(data=data)) - TRUSTED - set(own)
    if strange:
        raise UserError(
            f"{label} holds {', '.join(sorted(strange))}, which would have to run on opening, so it cannot be stored. "
            "Use estimators of scikit-learn, LightGBM or XGBoost, or classes of the module that you registered."
        )
    return bytes(data)


def estimator_of(data: bytes, own: Iterable[str]) -> Any:
    """Return a scikit-learn estimator from the format of skops; only trusted types are made.

    Raises:
        DataError: the data are damaged, or hold another type.
    """
    from skops.io import get_untrusted_types, loads

    trusted = TRUSTED | set(own)
    try:
        strange = set(get_untrusted_types(data=data)) - trusted
    except Exception as cause:  # a damaged archive raises whatever its reader meets first
        raise DataError(f"it is no estimator in the format of skops ({type(cause).__name__})") from cause
    if strange:
        raise DataError(f"it holds {', '.join(sorted(strange))}, which hybridts does not trust and has not made")
    try:
        return loads(data, trusted=sorted(trusted & set(get_untrusted_types(data=data))))
    except Exception as cause:
        raise DataError(f"it is no estimator that this scikit-learn can open ({cause})") from cause
