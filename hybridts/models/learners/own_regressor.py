"""Regressors of users as learners: seeded, on one thread, given named columns and categories where they take them.

Scikit-learn's, LightGBM's, XGBoost's and CatBoost's regressors and pipelines of them get a frame; any other class gets
an array, unless it says ``takes_frame = True``.
"""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridts.data.panel import FloatArray
from hybridts.models.protocols import Learner

if TYPE_CHECKING:
    import pandas as pd

#: Libraries whose estimators take a frame.
FRAMES = ("sklearn", "lightgbm", "xgboost", "catboost")
#: Most categories of a column that is given as one; scikit-learn's boosting takes no more.
MOST_CATEGORIES = 254
#: Characters that LightGBM or XGBoost refuse in a name of a column.
_REFUSED = re.compile(r'[\[\]{}<>":,]')

Categories = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SklearnRegressor:
    """Settings of any scikit-learn regressor: a new instance per fit, one thread, seeded where it takes a seed.

    Attributes:
        kind: the class, a function that makes the regressor, or a `RegressorLike`.
        settings: arguments of its constructor.
        max_rows: row cap.
    """

    kind: Any
    settings: Mapping[str, Any] = field(default_factory=dict)
    max_rows: int = 200_000

    def build(self, seed: int, rows: int) -> Learner:
        """Return a new instance with the settings, `random_state` and `n_jobs` filled in where it has them.

        A regressor that does not read missing values (lags before a series starts) is put behind a median imputer.
        """
        del rows
        seed %= 2**31
        known = inspect.signature(self.kind).parameters
        own = {} if _library(self.kind) == "catboost" else {"random_state": seed, "n_jobs": 1}
        filled = {k: v for k, v in own.items() if k in known}
        if "boosting_type" in known and _library(self.kind) != "catboost":
            filled["verbosity"] = -1  # LightGBM prints by default, and takes this among its **kwargs
        learner: Learner = self.kind(**{**filled, **self.settings})
        for part in _parts(learner):
            _prepare(part, seed)
        named = NamedColumns(learner) if takes_frame(learner) else learner
        return named if _reads_missing(learner) else MedianImputed(named)


class RegressorLike:
    """An estimator that a user registered in place of a class: each call makes an unfitted copy, with settings.

    Args:
        estimator: of scikit-learn, or with its `get_params` and `set_params`.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator
        self.__name__ = type(estimator).__name__
        self.setting_names = tuple(sorted(estimator.get_params(deep=True)))

    def __call__(self, **settings: Any) -> Any:
        from sklearn.base import clone

        made = clone(self.estimator)
        return made.set_params(**settings) if settings else made


def _library(kind: Any) -> str:
    """Return the top module of the nearest class that comes from one of the known libraries; "" without one."""
    for base in kind.__mro__ if inspect.isclass(kind) else ():
        top = str(base.__module__).partition(".")[0]
        if top in FRAMES:
            return top
    return ""


def _parts(learner: Any) -> list[Any]:
    """Return an estimator and those inside it, such as the steps of a pipeline."""
    if inspect.isclass(learner) or not callable(getattr(learner, "get_params", None)):
        return [learner]
    try:
        inside = learner.get_params(deep=True).values()
    except Exception:  # a user's class may have a get_params of its own
        return [learner]
    return [learner, *_estimators(inside)]


def _estimators(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _estimators(value)
        elif callable(getattr(value, "get_params", None)) and not inspect.isclass(value):
            yield value


def _prepare(part: Any, seed: int) -> None:
    """Give an estimator the seed and one thread where nothing was said about them, and silence CatBoost."""
    if not callable(getattr(part, "get_params", None)) or not callable(getattr(part, "set_params", None)):
        return
    try:
        given = part.get_params(deep=False)
    except Exception:  # as above
        return
    if _library(type(part)) == "catboost":  # shows only what was given
        wanted = {"random_seed": seed, "thread_count": 1, "verbose": False, "allow_writing_files": False}
        other = {"random_seed": {"random_state"}, "verbose": {"silent", "logging_level", "verbose_eval"}}
        missing = {k: v for k, v in wanted.items() if k not in given and not other.get(k, set()) & given.keys()}
    else:
        wanted = {"random_state": seed, "n_jobs": 1}
        missing = {k: v for k, v in wanted.items() if k in given and given[k] is None}
    if missing:
        part.set_params(**missing)


def _reads_missing(learner: Learner) -> bool:
    """Return whether a regressor declares that it accepts NaN."""
    from sklearn.utils import get_tags

    try:
        return bool(get_tags(learner).input_tags.allow_nan)
    except (AttributeError, TypeError):
        return False


# -- named columns ------------------------------------------------------------------------------------------------
class TakesNames(ABC):
    """A learner that is told the names of its columns before it is fitted."""

    @abstractmethod
    def take_names(self, names: Sequence[str], categories: Categories) -> None:
        """Take the names of the columns [F], and of those that hold categories the names of these."""


class MedianImputed(TakesNames):
    """A regressor behind an imputer: missing values become the medians of the rows it was fitted to.

    scikit-learn's pipeline refuses classes that have only fit and predict, which are allowed here.
    """

    def __init__(self, learner: Learner) -> None:
        from sklearn.impute import SimpleImputer

        self.learner = learner
        self.imputer = SimpleImputer(strategy="median", keep_empty_features=True)

    def take_names(self, names: Sequence[str], categories: Categories) -> None:
        """See `TakesNames`; a regressor that gets an array needs none."""
        if isinstance(self.learner, TakesNames):
            self.learner.take_names(names, categories)

    def fit(self, X: FloatArray, y: FloatArray) -> MedianImputed:
        """Fit the imputer to X [R, F], then the regressor to y [R]."""
        self.learner.fit(self.imputer.fit_transform(X), y)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        return self.learner.predict(self.imputer.transform(X))

    @property
    def feature_importances_(self) -> Any:
        """Importances [F] of the regressor; AttributeError where it has none."""
        learner: Any = self.learner
        return learner.feature_importances_


@dataclass(eq=False)
class NamedColumns(TakesNames):
    """A regressor that gets a frame: a column for each feature, those of categories as such where it reads them.

    Attributes:
        learner: the regressor.
        names: of the columns.
        categories: column -> number of each category that occurred in the rows it was fitted to -> its name.
    """

    learner: Any
    names: tuple[str, ...] = ()
    categories: dict[str, dict[int, str]] = field(default_factory=dict)
    _given: Categories = field(default_factory=dict, init=False, repr=False)

    def take_names(self, names: Sequence[str], categories: Categories) -> None:
        """See `TakesNames`."""
        self.names = tuple(_unique(_REFUSED.sub("_", name) for name in names))
        self._given = {self.names[i]: categories[name] for i, name in enumerate(names) if name in categories}

    def fit(self, X: FloatArray, y: FloatArray) -> NamedColumns:
        """Fit to y [R] from X [R, F]."""
        self.categories = self._occurring(X) if _reads_categories(self.learner) else {}
        if self.categories and _library(type(self.learner)) == "catboost":
            self.learner.set_params(cat_features=list(self.categories))
        self.learner.fit(self.frame(X), y)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        answer: FloatArray = np.asarray(self.learner.predict(self.frame(X)))
        return answer

    @property
    def feature_importances_(self) -> Any:
        """Importances [F] of the regressor; AttributeError where it has none."""
        return self.learner.feature_importances_

    def frame(self, X: FloatArray) -> pd.DataFrame:
        """Return the rows as a frame; a category that did not occur in training is missing."""
        import pandas as pd

        frame = pd.DataFrame(X, columns=list(self.names))
        for name, labels in self.categories.items():
            column = frame[name].map({float(code): label for code, label in labels.items()})
            if _library(type(self.learner)) == "catboost":  # wants texts, of which none is missing
                frame[name] = column.astype(object).where(column.notna(), "(missing)")
            else:
                frame[name] = column.astype(pd.CategoricalDtype(list(labels.values())))
        return frame

    def _occurring(self, X: FloatArray) -> dict[str, dict[int, str]]:
        found = {}
        for name, labels in self._given.items():
            values = X[:, self.names.index(name)]
            codes = np.unique(values[np.isfinite(values)]).astype(int).tolist()
            if 1 <= len(codes) <= MOST_CATEGORIES and max(codes) < len(labels):
                found[name] = {code: str(labels[code]) for code in codes}
        return found


def _unique(names: Any) -> Iterator[str]:
    """Yield names, equal ones with a number behind."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def takes_frame(learner: Any) -> bool:
    """Return whether a learner is given a frame: all parts come from known libraries, or its class says so."""
    declared = getattr(learner, "takes_frame", None)
    if isinstance(declared, bool):
        return declared
    parts = _parts(learner)
    if any(type(part).__name__ == "ColumnTransformer" for part in parts):
        return True
    tops = (str(type(part).__module__).partition(".")[0] for part in parts)
    functions = any(type(part).__name__ == "FunctionTransformer" for part in parts)
    return not functions and all(top in FRAMES for top in tops)


def _reads_categories(learner: Any) -> bool:
    """Return whether a learner reads columns of categories as such."""
    if _library(type(learner)) in ("lightgbm", "catboost"):
        return bool(learner.get_params().get("cat_features") is None)
    if type(learner).__name__ == "HistGradientBoostingRegressor":
        return bool(learner.categorical_features == "from_dtype")
    if bool(getattr(learner, "enable_categorical", False)):
        return True
    return any(type(part).__name__ == "ColumnTransformer" for part in _parts(learner))
