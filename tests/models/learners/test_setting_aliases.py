"""Settings by the names of the library behind a learner: the same model by either name, both at once refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridts as ht
from hybridts.errors import BadSetting
from hybridts.models.learners.ann import ANN
from hybridts.models.learners.boosting import XGBoost
from hybridts.models.learners.forest import RF
from hybridts.models.learners.svm import SVM
from hybridts.models.setting_aliases import canonical_settings, with_aliases
from hybridts.names.catalog import default_registry
from hybridts.names.explain import explain
from hybridts.names.grammar import parse
from tests.fakes.runs import frame_of

#: Learner -> alias -> its own name, with a value that is not the default.
ALIASES: dict[str, dict[str, tuple[str, Any]]] = {
    "XGBoost": {
        "n_estimators": ("trees", 7),
        "max_depth": ("depth", 2),
        "learning_rate": ("rate", 0.3),
        "colsample_bytree": ("columns", 0.5),
        "num_boost_round": ("trees", 7),
        "eta": ("rate", 0.3),
        "lr": ("rate", 0.3),
        "lambda": ("reg_lambda", 2.0),
        "alpha": ("reg_alpha", 2.0),
        "min_split_loss": ("gamma", 0.2),
    },
    "RF": {
        "n_estimators": ("trees", 7),
        "min_samples_leaf": ("leaf", 3),
        "max_features": ("features", 0.5),
        "max_samples": ("part", 0.9),
        "max_depth": ("depth", 3),
    },
    "SVM": {"n_components": ("components", 20)},
    "ANN": {"alpha": ("decay", 0.1), "max_iter": ("iterations", 30), "hidden_layer_sizes": ("hidden", 3)},
}
KINDS: dict[str, Any] = {"XGBoost": XGBoost, "RF": RF, "SVM": SVM, "ANN": ANN}
CASES = [(learner, alias, own, value) for learner, table in ALIASES.items() for alias, (own, value) in table.items()]


def identities(name, settings):
    return [stage.identity() for stage in parse(name, default_registry(), settings).stages()]


def test_these_are_all_aliases_and_each_names_a_setting():
    for learner, kind in KINDS.items():
        assert kind.setting_aliases == {alias: own for alias, (own, _) in ALIASES[learner].items()}
        assert set(kind.setting_aliases.values()) <= set(vars(kind()))


@pytest.mark.parametrize(("learner", "alias", "own", "value"), CASES)
def test_a_stage_is_the_same_by_either_name(learner, alias, own, value):
    for name in (learner, f"ARIMA-{learner}"):
        same = identities(name, {learner: {own: value}})
        assert identities(name, {learner: {alias: value}}) == same != identities(name, {})


@pytest.mark.parametrize(("learner", "alias", "own", "value"), CASES)
def test_a_setting_that_is_given_by_both_names_is_refused(learner, alias, own, value):
    for given in ({alias: value, own: value}, {own: value, alias: value}):
        with pytest.raises(BadSetting, match=f"{learner}: .*{alias}.* two names of one setting; give one of them"):
            identities(learner, {learner: given})


@pytest.mark.parametrize("learner", ALIASES)
def test_a_forecast_is_the_same_by_either_name(learner):
    table = ALIASES[learner]
    own: dict[str, Any] = dict(table.values())
    first: dict[str, str] = {}
    for alias, (name, _) in table.items():
        first.setdefault(name, alias)
    library = {first[name]: value for name, value in own.items()}
    boards = [
        ht.backtest(
            frame_of(), [f"Drift-{learner}"], horizon=3, windows=2, jobs=1, baselines="none", settings={learner: given}
        )
        for given in (own, library)
    ]
    one, other = (board.forecasts[f"Drift-{learner}"] for board in boards)
    np.testing.assert_array_equal(one, other)
    once, again = ({m["name"]: m for m in board.run.manifest["models"]} for board in boards)
    assert once[f"Drift-{learner}"] == again[f"Drift-{learner}"]


def test_a_combo_with_an_alias_keeps_its_value_over_that_of_the_study(own_registry):
    ht.register("Small", "Drift-RF", settings={"RF": {"n_estimators": 2}})
    settings = {"RF": {"trees": 9, "min_samples_leaf": 4}}
    board = ht.backtest(frame_of(), ["Small"], horizon=3, windows=2, jobs=1, baselines="none", settings=settings)
    (shown,) = [m for m in board.run.manifest["models"] if m["name"] == "Small"]
    assert shown["settings"]["RF"] == {"leaf": 4, "trees": 2}


@pytest.mark.parametrize(("wrong", "meant"), [("n_estimator", "n_estimators"), ("tree", "trees")])
def test_a_mistyped_setting_suggests_either_name_and_lists_both(wrong, meant):
    with pytest.raises(BadSetting, match=rf"Did you mean {meant}.*trees \(n_estimators\)"):
        identities("RF", {"RF": {wrong: 3}})


def test_a_wrong_value_is_refused_with_both_names():
    with pytest.raises(BadSetting, match=r"features \(max_features\) is 'cube'; it must be a number above 0"):
        identities("RF", {"RF": {"max_features": "cube"}})


def test_the_explanation_names_both():
    text = explain("ARIMA-XGBoost", default_registry())
    first = {own: alias for alias, (own, _) in reversed(ALIASES["XGBoost"].items())}
    for own, alias in first.items():
        assert f"{own} ({alias})=" in text
    assert " subsample=0.8" in text


def test_a_component_without_aliases_keeps_its_settings():
    assert canonical_settings("X", int, {"a": 1}) == {"a": 1}
    assert with_aliases(int, ["a", "b"]) == ["a", "b"]
