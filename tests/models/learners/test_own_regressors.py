"""Regressors of users: classes, objects and pipelines, with named columns and categories where they take them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor, StackingRegressor
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import hybridts as ht
from hybridts.errors import BadSetting, NameTaken
from hybridts.models.learners.own_regressor import NamedColumns, SklearnRegressor, takes_frame
from hybridts.names.grammar import parse
from tests.fakes.frames import frame_of


class Seeing(BaseEstimator, RegressorMixin):  # type: ignore[misc]
    """Remembers what it was given, and answers zero."""

    takes_frame: Any = None
    seen: list[Any] = []  # noqa: RUF012 - shared by all fits of a test

    def fit(self, X, y):
        self.seen.append(X)
        return self

    def predict(self, X):
        self.seen.append(X)
        return np.zeros(len(X))


@pytest.fixture
def with_words():
    """A frame with a column of words known ahead, on which y depends."""
    draw = np.random.default_rng(0)
    n = 90
    frame = pd.DataFrame({"unique_id": np.repeat(["a", "b"], n), "ds": np.tile(pd.date_range("2020", periods=n), 2)})
    frame["kind"] = draw.choice(["x", "y", "z"], 2 * n)
    frame["y"] = 10 + draw.normal(size=2 * n) + 5 * (frame["kind"] == "x") * (1 + np.arange(2 * n) % 2)
    return frame


def stacking():
    return StackingRegressor([("a", Ridge()), ("b", Lasso())])


def pipeline():
    return make_pipeline(StandardScaler(), Ridge(alpha=2.0))


# -- objects --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [pipeline, stacking, Ridge])
def test_an_object_is_registered_like_its_class(make, own_registry):
    ht.register_learner("Object", make())
    ht.register_learner("Object", make())  # a cell that ran twice
    ht.register_learner("Made", make)
    board = ht.backtest(frame_of(), ["Drift-Object", "Drift-Made"], 2, windows=1, baselines="none", jobs=1)
    assert board.table["status"].tolist() == ["complete", "complete"]
    np.testing.assert_array_equal(board.forecasts["Drift-Object"], board.forecasts["Drift-Made"])


def test_an_object_is_copied_at_every_fit_and_stays_as_it_is(own_registry):
    given = pipeline()
    ht.register_learner("Object", given)
    ht.model("Drift-Object").fit(frame_of(), horizon=2, jobs=1)
    assert not hasattr(given, "n_features_in_")
    with pytest.raises(NameTaken, match="'Object'"):
        ht.register_learner("Object", make_pipeline(StandardScaler(), Ridge(alpha=3.0)))


def test_parameters_inside_an_object_are_settings(own_registry):
    ht.register_learner("Object", pipeline())
    given = parse("Object", own_registry, {"Object": {"ridge__alpha": 9.0}}).stages()[0]
    (token,) = given.tokens()
    made = own_registry.component("Object").create(token.settings.arguments())
    assert made.get_params()["ridge__alpha"] == 9.0
    with pytest.raises(BadSetting, match=r"no setting 'ridge__alfa'.*ridge__alpha"):
        parse("Object", own_registry, {"Object": {"ridge__alfa": 9.0}})


def test_other_parameters_are_other_results(own_registry):
    def code(estimator):
        ht.register_learner("Object", estimator, replace=True)
        return own_registry.component("Object").algorithm()

    assert code(pipeline()) == code(pipeline()) != ""
    assert code(make_pipeline(StandardScaler(), Ridge(alpha=3.0))) != code(pipeline())


def test_what_is_inside_is_seeded_too():
    made: Any = SklearnRegressor(lambda: make_pipeline(StandardScaler(), RandomForestRegressor())).build(5, 10)
    inside = made.learner.learner[-1]
    assert (inside.random_state, inside.n_jobs) == (5, 1)


def test_a_stacking_regressor_needs_no_final_estimator(own_registry):
    ht.register_learner("Stack", stacking)
    board = ht.backtest(frame_of(), ["Drift-Stack"], 2, windows=1, baselines="none", jobs=1)
    assert board.table["status"].tolist() == ["complete"]


# -- libraries ------------------------------------------------------------------------------------------------------
def test_catboost_is_seeded_and_quiet(own_registry, capfd, tmp_path, monkeypatch, with_words):
    catboost = pytest.importorskip("catboost")
    monkeypatch.chdir(tmp_path)
    ht.register_learner("CatBoost", catboost.CatBoostRegressor)
    settings = {"CatBoost": {"iterations": 5}}
    first, again = (
        ht.model("CatBoost", settings=settings).fit(with_words, horizon=2, future=["kind"], jobs=1) for _ in range(2)
    )
    ahead = pd.DataFrame({"unique_id": ["a", "a", "b", "b"], "kind": ["x", "y", "z", "x"]})
    ahead["ds"] = [pd.Timestamp("2020-03-31"), pd.Timestamp("2020-04-01")] * 2
    expected = first.predict(ahead)
    assert again.predict(ahead).equals(expected)
    assert list(tmp_path.iterdir()) == [] and capfd.readouterr().out == ""
    first.save(tmp_path / "m.zip")
    assert ht.load(tmp_path / "m.zip").predict(ahead).equals(expected)


# -- named columns and categories -----------------------------------------------------------------------------------
def test_a_frame_goes_to_those_that_take_one():
    assert all(takes_frame(learner) for learner in (Ridge(), pipeline(), stacking()))
    assert not takes_frame(Seeing()) and not takes_frame(make_pipeline(Seeing()))
    assert not takes_frame(make_pipeline(FunctionTransformer(lambda X: X[:, :2]), Ridge()))
    assert takes_frame(make_pipeline(ColumnTransformer([("a", StandardScaler(), ["lag_1"])]), Ridge()))


def test_a_class_that_says_so_gets_the_names(own_registry):
    for declared, kind in ((True, pd.DataFrame), (None, np.ndarray)):
        Seeing.seen.clear()
        Seeing.takes_frame = declared
        ht.register_learner("Seeing", Seeing, replace=True)
        ht.model("Seeing").fit(frame_of(), horizon=2, jobs=1).predict()
        assert Seeing.seen and all(type(X) is kind for X in Seeing.seen)
        if declared:
            assert "lag_1" in Seeing.seen[0].columns and Seeing.seen[0].columns.equals(Seeing.seen[-1].columns)


def test_words_are_categories_for_learners_that_read_them():
    learner: Any = NamedColumns(HistGradientBoostingRegressor())
    learner.take_names(["lag_1", "future_kind", 'odd"[name]'], {"future_kind": ("x", "y", "z")})
    X = np.array([[1.0, 0, 5], [2.0, 2, 6], [3.0, np.nan, 7]] * 20, dtype=np.float32)
    learner.fit(X, X[:, 0])
    shown = learner.frame(np.array([[1.0, 2, 5], [1.0, 1, 5]], dtype=np.float32))
    assert list(shown.columns) == ["lag_1", "future_kind", "odd__name_"]
    assert shown["future_kind"].cat.categories.tolist() == ["x", "z"], "only what training saw"
    assert shown["future_kind"].astype(object).tolist()[0] == "z" and shown["future_kind"].isna().tolist()[1]


def test_a_frame_changes_no_number_of_an_estimator_without_categories():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(200, 3)).astype(np.float32)
    y = X[:, 0] + draw.normal(size=200)
    for kind in (HistGradientBoostingRegressor, RandomForestRegressor, LinearRegression):
        arguments = {"random_state": 0} if kind is not LinearRegression else {}
        named: Any = NamedColumns(kind(**arguments))
        named.take_names(["a", "b", "c"], {})
        plain: Any = kind(**arguments).fit(X, y).predict(X)
        np.testing.assert_allclose(named.fit(X, y).predict(X), plain, rtol=1e-5)
