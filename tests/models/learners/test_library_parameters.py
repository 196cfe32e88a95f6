"""Parameters by their library's own names reach the library, and defaults are those of before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybridts.models.learners.boosting import XGBoost
from hybridts.models.learners.forest import RF
from hybridts.models.learners.stored import frozen
from hybridts.models.learners.svm import EXACT_ROWS, SVM

FOREST = {
    "max_depth": ("depth", 3),
    "min_samples_split": ("min_samples_split", 9),
    "max_leaf_nodes": ("max_leaf_nodes", 5),
    "ccp_alpha": ("ccp_alpha", 0.01),
    "min_impurity_decrease": ("min_impurity_decrease", 0.02),
    "criterion": ("criterion", "absolute_error"),
    "max_features": ("features", "sqrt"),
    "bootstrap": ("bootstrap", False),
}
BOOSTER = {
    "min_child_weight": 2.0,
    "reg_lambda": 3.0,
    "reg_alpha": 0.5,
    "gamma": 0.1,
    "max_delta_step": 1.0,
    "colsample_bylevel": 0.5,
    "colsample_bynode": 0.6,
    "max_leaves": 7,
    "max_bin": 64,
    "grow_policy": "lossguide",
    "objective": "reg:absoluteerror",
}


def table(rows=300, seed=0):
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, 4)).astype(np.float32)
    return X, X[:, 0] * 2 + np.sin(3 * X[:, 1]) + 0.1 * draw.normal(size=rows)


@pytest.mark.parametrize("name", FOREST)
def test_a_forest_has_the_parameter(name):
    ours, value = FOREST[name]
    made: Any = RF(**{ours: value}).build(0, 2000)  # type: ignore[arg-type]
    assert made.get_params()[name] == value
    assert frozen(made.fit(*table())).predict(table(5)[0]) == pytest.approx(made.predict(table(5)[0]))


@pytest.mark.parametrize("name", BOOSTER)
def test_a_booster_has_the_parameter_and_trains_otherwise(name):
    made: Any = XGBoost(**{name: BOOSTER[name]}).build(0, 300)  # type: ignore[arg-type]
    assert made.get_params()[name] == BOOSTER[name]
    made.fit(*table())
    assert np.isfinite(made.predict(table(5)[0])).all()


def test_a_booster_without_them_leaves_the_choice_to_the_library():
    made: Any = XGBoost().build(0, 300)
    assert [name for name in BOOSTER if made.get_params()[name] is not None] == ["min_child_weight"] or (
        made.get_params()["objective"] == "reg:squarederror"
    )


@pytest.mark.parametrize("rows", [300, EXACT_ROWS + 1])
def test_the_kernel_width_is_used(rows):
    X, y = table()
    answers = []
    for gamma in ("scale", "auto", 5.0):
        made: Any = SVM(gamma=gamma, components=50).build(0, rows)
        answers.append(made.fit(X, y).predict(X))
    assert not np.allclose(answers[0], answers[2], atol=1e-3)
    assert np.allclose(answers[0], answers[1], atol=1e-3)  # features of variance 1


@pytest.mark.parametrize("kernel", ["linear", "poly", "sigmoid"])
@pytest.mark.parametrize("rows", [300, EXACT_ROWS + 1])
def test_other_kernels_are_those_of_scikit_learn(kernel, rows):
    made: Any = SVM(kernel=kernel, gamma=0.1, components=50).build(0, rows)
    X, y = table()
    assert np.isfinite(made.fit(X, y).predict(X)).all()
    if kernel == "linear":
        assert np.corrcoef(made.predict(X), X[:, 0])[0, 1] > 0.95
