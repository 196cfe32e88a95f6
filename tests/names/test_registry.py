"""The registry: no name is taken twice, aliases mean their component, settings are checked and then frozen."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from dataclasses import dataclass

import pytest

from hybridts.errors import BadSetting, NameTaken, UserError
from hybridts.models.settings import FrozenSettings, setting_names
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import is_name, parse
from hybridts.names.registry import Combo, Component, Registry, Text


@dataclass(frozen=True, kw_only=True)
class Fake:
    trees: int = 100
    rate: float = 0.1

    def __post_init__(self) -> None:
        if self.trees < 1:
            raise ValueError("trees must be at least 1")


class Open:
    def __init__(self, **settings: int) -> None:
        self.settings = settings


def component(name: str, **other: object) -> Component:
    return Component(**{"name": name, "family": "learner", "target": Fake, **other})  # type: ignore[arg-type]


def taken(registry: Registry):
    return lambda name: is_name(name, registry)


@pytest.mark.parametrize("name", ["svm", "SVR", "CNN-LSTM"])
def test_a_component_cannot_take_a_registered_name_in_any_case(name):
    with pytest.raises(NameTaken, match=r"already registered as an? (component|alias|combo)"):
        default_registry().add(component(name))


def test_a_component_cannot_take_a_name_that_already_parses():
    registry = default_registry()
    with pytest.raises(NameTaken, match="already parses as a combination"):
        registry.add(component("DNN-GRU"), taken(registry))
    assert str(parse("DNN-GRU", registry)) == "DNN-GRU"


def test_a_taken_alias_leaves_nothing_behind():
    registry = default_registry()
    with pytest.raises(NameTaken, match="'XGB' is already registered as an alias"):
        registry.add(component("LightGBM", aliases=("XGB",)))
    assert registry.component("LightGBM") is None


def test_a_combo_cannot_take_a_name_that_means_something():
    registry = default_registry()
    for name in ("lstm", "XGB", "arima-svm"):
        with pytest.raises(NameTaken):
            registry.add_combo(Combo(name, "GRU"), taken(registry))
    with pytest.raises(NameTaken, match="parses"):
        registry.add_combo(Combo("DNN-RF", "GRU"), taken(registry))


def test_two_combos_cannot_share_a_name():
    registry = default_registry()
    registry.add_combo(Combo("Mine", "LSTM-SVM"))
    with pytest.raises(NameTaken, match="combo"):
        registry.add_combo(Combo("MINE", "GRU-SVM"))


@pytest.mark.parametrize("name", ["", "A+B", "(A)", "A|B", "A>B", "A,B", " A", "A "])
def test_a_combo_needs_a_name_that_can_be_written(name):
    with pytest.raises(UserError, match="cannot be a combo's name"):
        default_registry().add_combo(Combo(name, "LSTM"))


@pytest.mark.parametrize("name", ["", "1st", "A B", "-A", "A-", "A+B", "ARIMÁ"])
def test_a_token_needs_a_name_the_grammar_can_read(name):
    with pytest.raises(UserError, match="cannot be a token"):
        Registry().add(component(name))


def test_an_unknown_family_is_refused():
    with pytest.raises(UserError, match="unknown family 'magic'; one of statistical, neural"):
        Registry().add(component("X", family="magic"))


def test_a_new_token_with_an_inner_dash_works_at_once():
    registry = default_registry()
    registry.add(component("Light-GBM", aliases=("LGBM",)), taken(registry))
    assert str(parse("lstm-light-gbm", registry)) == "LSTM-Light-GBM"
    assert str(parse("ARIMA-lgbm", registry)) == "ARIMA-Light-GBM"


def test_tokens_come_longest_first():
    tokens = default_registry().tokens()
    assert tokens.index("Auto-SARIMA") < tokens.index("SARIMA") < tokens.index("ARIMA")
    assert [len(t) for t in tokens] == sorted((len(t) for t in tokens), reverse=True)


def test_names_list_combos_first_and_every_component_once():
    names = default_registry().names()
    assert len({n.casefold() for n in names}) == len(names)
    assert {"ETS", "Attention", "ANN"} <= set(names[100:])


def test_an_unknown_setting_names_the_nearest():
    with pytest.raises(
        BadSetting, match=r"X has no setting 'tree'\. Did you mean trees or rate\? Its settings: rate, trees"
    ):
        component("X").create({"tree": 3})


def test_a_refused_value_says_who_and_why():
    with pytest.raises(BadSetting, match=r"X\(trees=0\): trees must be at least 1") as caught:
        component("X").create({"trees": 0})
    assert caught.value.key == "X" and isinstance(caught.value.__cause__, ValueError)


def test_settings_reach_the_component():
    assert component("X").create({"trees": 7}) == Fake(trees=7)
    assert component("X", target=Open).create({"anything": 1}).settings == {"anything": 1}
    assert component("X", target="fractions:Fraction").create({"numerator": 3}) == 3


def test_setting_names_come_from_fields_then_from_the_signature():
    assert setting_names(Fake) == ("trees", "rate")
    assert setting_names(Open) is None
    assert setting_names(taken) == ("registry",)


def test_the_algorithm_is_the_declared_version_or_a_fingerprint_of_the_code():
    assert component("X", version="3").algorithm() == "3"
    assert component("X").algorithm() == component("Y").algorithm() != component("X", target=Open).algorithm()
    assert component("X", target=int).algorithm() == ""


def test_a_text_answers_in_its_language():
    assert Text("one", "一").get("en") == "one"
    assert Text("one", "一").get("zh") == "一"


# -- frozen settings ----------------------------------------------------------------------------------------------
NESTED = {"b": [1, [2.5, "x"]], "a": {"deep": [True, None]}, "c": (1,), "d": []}


def test_frozen_settings_are_a_mapping_that_nobody_can_change():
    given = {"b": [1, [2.5]], "a": {"deep": [1]}}
    frozen = FrozenSettings(given)
    given["b"].append(2)  # type: ignore[attr-defined]
    assert frozen == {"b": (1, (2.5,)), "a": {"deep": (1,)}} and list(frozen) == ["a", "b"] and len(frozen) == 2
    with pytest.raises(TypeError):
        frozen["b"] = 1  # type: ignore[index]
    taken = frozen.arguments()
    taken["a"]["deep"].append(2)
    assert frozen["a"] == {"deep": (1,)}


def test_frozen_settings_print_the_json_that_keys_and_seeds_are_made_of():
    assert str(FrozenSettings()) == "{}" and not FrozenSettings()
    assert str(FrozenSettings(NESTED)) == '{"a": {"deep": [true, null]}, "b": [1, [2.5, "x"]], "c": [1], "d": []}'
    assert str(FrozenSettings({"rate": 1e-3, "é": 1e22})) == '{"rate": 0.001, "\\u00e9": 1e+22}'


def test_frozen_settings_are_equal_where_their_text_is():
    one, same = FrozenSettings({"a": 1, "b": (2, 3)}), FrozenSettings({"b": [2, 3], "a": 1})
    assert one == same and hash(one) == hash(same) and len({one, same}) == 1
    assert FrozenSettings({"a": 1}) != FrozenSettings({"a": 1.0}) != FrozenSettings({"a": True})
    assert FrozenSettings({"a": float("nan")}) == FrozenSettings({"a": float("nan")})
    for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), FrozenSettings(one)):
        assert again == one and again.arguments() == {"a": 1, "b": (2, 3)}
    assert FrozenSettings(FrozenSettings(NESTED)) == FrozenSettings(NESTED)


def test_arguments_of_a_constructor_have_tuples_outside_and_lists_inside():
    assert FrozenSettings(NESTED).arguments() == {
        "a": {"deep": [True, None]},
        "b": (1, [2.5, "x"]),
        "c": (1,),
        "d": (),
    }


def test_settings_that_json_does_not_have_are_refused():
    with pytest.raises(BadSetting, match="settings must be plain values"):
        FrozenSettings({"a": {1}})


# -- what is imported ---------------------------------------------------------------------------------------------
def test_reading_describing_and_making_every_published_name_imports_no_library_of_a_model():
    program = """
import sys
from hybridts.names import build
from hybridts.names.catalog import PUBLISHED, default_registry
from hybridts.names.explain import describe
from hybridts.names.grammar import parse

registry = default_registry()
for name in PUBLISHED:
    recipe = parse(name, registry)
    describe(recipe, registry)
    for stage in recipe.stages():
        build.forecaster(stage, registry)
        if stage.kind != "baseline":
            build.corrector(stage, registry)
networks = {"Network": {"steps": 3, "quantiles": [0.1]}, "LSTM": {"hidden": 3}}
build.forecaster(parse("CNN-LSTM", registry, networks).stages()[0], registry)
heavy = {"torch", "safetensors", "sklearn", "xgboost", "statsmodels", "statsforecast", "pmdarima", "pandas"}
found = sorted(heavy & set(sys.modules))
sys.exit(f"imported {found}" if found else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
