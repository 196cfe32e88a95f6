"""The catalogue: the 100 published names, complete texts in both languages, no heavy import."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files

import pytest

from hybridts.names.catalog import COMPONENTS, PUBLISHED, default_registry
from hybridts.names.registry import Combo, Text

STATISTICAL = ["ARIMA", "SARIMA", "VAR", "Auto-ARIMA", "Auto-SARIMA"]
NETWORKS = ["LSTM", "GRU", "RNN", "CNN", "MLP"]
SECOND = {
    "LSTM": ["ARIMA", "MLP", "CNN"],
    "GRU": ["ARIMA", "MLP", "CNN"],
    "RNN": ["ARIMA", "MLP", "CNN"],
    "CNN": ["ARIMA", "MLP", "LSTM", "GRU"],
}


def published_by_rule() -> list[str]:
    """Return the published names by rule, independent of the catalogue."""
    pairs = [f"{a}-{b}" for a, seconds in SECOND.items() for b in seconds]
    names = [*STATISTICAL, *NETWORKS, "DNN", *(f"MLP-{n}" for n in ("LSTM", "GRU", "RNN", "CNN")), *pairs]
    for learner in ("SVM", "RF", "XGBoost"):
        names += [f"{base}-{learner}" for base in (*STATISTICAL, *NETWORKS, *pairs)]
    return [*names, *(f"{base}-ANN" for base in ("ARIMA", "SARIMA", "VAR"))]


def chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


def test_the_hundred_names_are_spelled_and_ordered_as_published():
    assert list(PUBLISHED) == published_by_rule()
    assert len(set(PUBLISHED)) == 100


def test_no_name_stands_twice_in_the_file():
    def pairs_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)  # json keeps the last of two equal keys
        return dict(pairs)

    text = files("hybridts.names.catalog").joinpath("published.json").read_text(encoding="utf-8")
    content = json.loads(text, object_pairs_hook=pairs_once)
    assert not set(content["singles"]) & set(content["hybrids"])


def test_every_published_name_is_a_combo_that_stands_for_itself():
    registry = default_registry()
    combos = [c for c in registry.combos() if c.published]
    assert [c.name for c in combos] == list(PUBLISHED)
    assert all(c.expression == c.name and not c.settings for c in combos)
    assert registry.names()[:101] == ["Auto", *PUBLISHED]


def test_every_published_name_has_a_line_of_its_own_in_both_languages():
    combos = [c for c in default_registry().combos() if c.published]
    for combo in combos:
        assert combo.summary.en.endswith(".") and combo.summary.zh.endswith("。"), combo.name
        assert chinese(combo.summary.zh) and not chinese(combo.summary.en), combo.name
        assert len(combo.summary.en) <= 160 and "\n" not in combo.summary.en, combo.name
    assert len({c.summary.en for c in combos}) == len({c.summary.zh for c in combos}) == 100


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_every_component_is_described_in_both_languages(component):
    for text in (component.full, component.summary, component.good, component.bad):
        assert isinstance(text, Text)
        assert text.en and not chinese(text.en)
        assert chinese(text.zh)
    assert component.summary.en.endswith(".") and component.summary.zh.endswith("。")
    assert re.search(r"\((19|20)\d\d\)", component.source)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: c.name)
def test_every_target_is_a_class_of_frozen_settings_of_this_package(component):
    module, _, attribute = component.target.partition(":")
    assert module.startswith("hybridts.models.")
    made = component.create({})
    assert type(made).__name__ == attribute and hash(made) == hash(component.create({}))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("Bi-LSTM", "BiLSTM"),
        ("bi-gru", "BiGRU"),
        ("AutoARIMA", "Auto-ARIMA"),
        ("autosarima", "Auto-SARIMA"),
        ("SVR", "SVM"),
        ("RandomForest", "RF"),
        ("xgb", "XGBoost"),
        ("cifg-lstm", "CIFG-LSTM"),
    ],
)
def test_aliases_mean_the_component_in_any_case(alias, name):
    found = default_registry().component(alias)
    assert found is not None and found.name == name


def test_families_hold_what_the_design_lists():
    registry = default_registry()
    by_family: dict[str, set[str]] = {}
    for component in registry.components():
        by_family.setdefault(component.family, set()).add(component.name)
    assert by_family["statistical"] == set(STATISTICAL)
    assert by_family["learner"] == {"SVM", "RF", "XGBoost", "ANN"}
    assert by_family["baseline"] == {"Naive", "SeasonalNaive", "Drift", "Theta", "ETS", "WindowAverage", "MSTL"}
    assert by_family["neural"] == {*NETWORKS, "DNN", "BiLSTM", "BiGRU", "CIFG-LSTM", "ConvLSTM", "Attention"}


def test_registries_are_fresh():
    first = default_registry()
    first.add_combo(Combo("Mine", "LSTM-SVM"))
    assert default_registry().combo("Mine") is None


def test_listing_and_explaining_import_nothing_heavy_but_torch_to_count_what_a_network_learns():
    program = (
        "import sys\n"
        "from hybridts.names.catalog import PUBLISHED, default_registry\n"
        "from hybridts.names.explain import describe, explain\n"
        "from hybridts.names.grammar import parse\n"
        "registry = default_registry()\n"
        "networks = []\n"
        "for name in PUBLISHED:\n"
        "    recipe = parse(name, registry)\n"
        "    describe(recipe, registry)\n"
        "    if any(stage.kind == 'neural' for stage in recipe.stages()):\n"
        "        networks.append(name)\n"
        "    else:\n"
        "        explain(name, registry)\n"
        "heavy = {'xgboost', 'pandas', 'sklearn', 'statsmodels', 'statsforecast'}\n"
        "found = (heavy | {'torch'}) & set(sys.modules)\n"
        "for name in networks:\n"
        "    explain(name, registry)\n"
        "found |= heavy & set(sys.modules)\n"
        "sys.exit(f'imported {sorted(found)}' if found else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
