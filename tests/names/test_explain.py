"""Explanations: complete in both languages for every name, and consistent with the recipe."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest
from sklearn.linear_model import Ridge

from hybridts.errors import BadSetting, UnknownName
from hybridts.models.settings import INTERNAL, setting_names
from hybridts.names.catalog import COMPONENTS, PUBLISHED, default_registry
from hybridts.names.explain import describe, explain, family_of
from hybridts.names.explain import phrases as words
from hybridts.names.explain.defaults import REQUIRED, defaults_of, defaults_of_class
from hybridts.names.grammar import parse
from hybridts.names.plugins import register, register_learner
from hybridts.names.registry import Combo, Component, Text

REGISTRY = default_registry()
BEYOND = (
    *(c.name for c in COMPONENTS),
    "(CNN|LSTM)-XGBoost",
    "CNN>LSTM",
    "CNN-LSTM-Attention",
    "ARIMA-LSTM",
    "VAR + (SARIMA + ETS)-RF-CNN",
    "((CNN-GRU|ConvLSTM)|MLP)-DNN>Attention",
)
TABLES = (
    words.FAMILIES,
    words.HEADINGS,
    words.PARAMETERS,
    words.LABELS,
    words.BLOCKS,
    words.TITLES,
    words.LINES,
    words.LEGEND,
    words.ANCHORS,
    words.SCALES,
    words.FITTING,
    words.GOOD,
    words.BAD,
)
SENTENCES = [t for table in TABLES for t in table.values() if re.search("[A-Za-z]{2}", t.en)]


def chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


@dataclass(frozen=True, kw_only=True)
class Forest:
    depth: int
    trees: int = 100


# -- every name ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", [*PUBLISHED, *BEYOND])
def test_an_explanation_is_complete(name, lang):
    text = explain(name, REGISTRY, lang)
    assert text.startswith(name + "\n") and text.endswith("\n")
    assert "{" not in text and "}" not in text
    networks = any(stage.kind == "neural" for stage in parse(name, REGISTRY).stages())
    for key, heading in words.HEADINGS.items():
        assert (f"\n{heading.get(lang)}\n" in text) == (networks or key != "parameters")
    for stage in parse(name, REGISTRY).stages():
        for token in stage.tokens():
            part = REGISTRY.component(token.name)
            assert part is not None
            for fact in (part.full, part.summary, part.good, part.bad):
                assert fact.get(lang) in text
            assert part.source in text


@pytest.mark.parametrize("name", [*PUBLISHED, *BEYOND])
def test_nothing_english_is_left_in_chinese_and_nothing_chinese_in_english(name):
    english, translated = explain(name, REGISTRY, "en"), explain(name, REGISTRY, "zh")
    assert not chinese(english)
    for line in translated.splitlines():
        prose = re.sub(r"[A-Z][\w'|()>+-]*|\[[^\]]*\]|\w+( \(\w+\))?=\S+", "", line)
        if "hybridts backtest" not in line and not re.search(r"\((19|20)\d\d\)", line):
            assert chinese(line) or not re.search("[a-z]{3}", prose), line


@pytest.mark.parametrize("text", SENTENCES, ids=lambda t: t.en[:30])
def test_every_sentence_has_both_languages_and_the_same_places(text):
    assert chinese(text.zh) and not chinese(text.en)
    assert set(re.findall(r"\{\w+\}", text.en)) == set(re.findall(r"\{\w+\}", text.zh))


# -- structure ----------------------------------------------------------------------------------------------
def shapes(name: str) -> list[str]:
    return re.findall(r"^ +(?:\|   )*(\[[^\]]+\])  ", explain(name, REGISTRY), flags=re.M)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LSTM", ["[B, T, C]", "[B, T, C1]", "[B, H]", "[B, H]"]),
        ("MLP", ["[B, T, C]", "[B, 1, C1]", "[B, H]", "[B, H]"]),
        ("MLP-LSTM", ["[B, T, C]", "[B, T, C1]", "[B, T, C2]", "[B, H]", "[B, H]"]),
        ("CNN-LSTM", ["[B, T, C]", "[B, T/2, C1]", "[B, T/2, C2]", "[B, H]", "[B, H]"]),
        ("CNN-CNN-GRU", ["[B, T, C]", "[B, T/2, C1]", "[B, T/4, C2]", "[B, T/4, C3]", "[B, H]", "[B, H]"]),
        ("CNN-MLP", ["[B, T, C]", "[B, T/2, C1]", "[B, 1, C2]", "[B, H]", "[B, H]"]),
        ("LSTM-CNN", ["[B, T, C]", "[B, T, C1]", "[B, T/2^L, C2]", "[B, H]", "[B, H]"]),
        ("CNN-LSTM-Attention", ["[B, T, C]", "[B, T/2, C1]", "[B, T/2, C2]", "[B, 1, C2]", "[B, H]", "[B, H]"]),
        ("CNN>LSTM", ["[B, T, C]", "[B, T/2, C1]", "[B, T/2, C2]", "[B, H]", "[B, H]"]),
        (
            "(CNN|LSTM)-GRU",
            ["[B, T, C]", "[B, T/2, C1]", "[B, T, C2]", "[B, T/2, C1 + C2]", "[B, T/2, C3]", "[B, H]", "[B, H]"],
        ),
        ("ConvLSTM", ["[B, T, C]", "[B, S, C1]", "[B, H]", "[B, H]"]),
        ("ARIMA-SVM", ["[T]", "[M, H]", "[M x H, F]", "[M, H]", "[M, H]", "[M, H]"]),
        ("VAR", ["[T, D]", "[M, H]"]),
        ("XGBoost", ["[M x H, F]", "[M, H]", "[M, H]"]),
        ("ARIMA-LSTM", ["[T]", "[M, H]", "[B, T, C]", "[B, T, C1]", "[B, H]", "[B, H]", "[M, H]", "[M, H]"]),
        ("Naive + ETS", ["[T]", "[M, H]", "[T]", "[M, H]", "[M, H]"]),
    ],
)
def test_the_diagram_shows_the_shape_at_every_step(name, expected):
    assert shapes(name) == expected


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("CNN-LSTM", {"CNN": {"subsequences": 4}}, ["[B, T, C]", "[B, S, C1]", "[B, S, C2]", "[B, H]", "[B, H]"]),
        ("CNN", {"CNN": {"subsequences": 4}}, ["[B, T, C]", "[B, 1, C1]", "[B, H]", "[B, H]"]),
        ("CNN", {"CNN": {"dilation": 2}}, ["[B, T, C]", "[B, T, C1]", "[B, H]", "[B, H]"]),
        (
            "CNN-LSTM-CNN",
            {"Network": {"grid": True}},
            ["[B, T, C x D]", "[B, T, C1]", "[B, T, C2]", "[B, T/2^L, C3]", "[B, D x H]", "[B, D x H]"],
        ),
        (
            "(CNN|ConvLSTM)-CNN",
            {"Network": {"grid": True}},
            ["[B, T, C x D]", "[B, T, C1]", "[B, T, C2]", "[B, T, C1 + C2]", "[B, 1, C3]", "[B, D x H]", "[B, D x H]"],
        ),
        (
            "ConvLSTM-Attention",
            {"Network": {"grid": True}},
            ["[B, T, C x D]", "[B, T, C1]", "[B, 1, C1]", "[B, D x H]", "[B, D x H]"],
        ),
    ],
)
def test_the_diagram_follows_the_settings_of_a_combo(name, settings, expected):
    mine = default_registry()
    mine.add_combo(Combo("Set", name, settings))
    for lang in ("en", "zh"):
        text = explain("Set", mine, lang)
        assert re.findall(r"^ +(?:\|   )*(\[[^\]]+\])  ", text, flags=re.M) == expected


@pytest.mark.parametrize(
    ("name", "network", "said"),
    [
        ("CNN>LSTM", {}, ["step 1: trained with a head of its own, then frozen", "step 2: trained on the frozen"]),
        (
            "CNN>LSTM",
            {"freeze": False},
            ["step 1: trained with a head of its own; its weights are", "step 2: trained together"],
        ),
        ("CNN>LSTM", {"init": "a/cnn"}, ["step 1: loaded from a/cnn and frozen", "step 2: trained on the frozen"]),
        (
            "CNN>LSTM",
            {"init": "cnn", "freeze": False},
            ["step 1: loaded from cnn; its weights are", "step 2: trained together"],
        ),
        ("LSTM", {"init": "lstm"}, ["starts from the weights in lstm"]),
    ],
)
def test_the_diagram_shows_where_weights_come_from(name, network, said):
    mine = default_registry()
    mine.add_combo(Combo("Set", name, {"Network": network}))
    text = explain("Set", mine)
    assert all(words_ in text for words_ in said), text


# -- parameter counts ---------------------------------------------------------------------------------------
def counted(name: str, **settings: dict[str, object]) -> list[list[int]]:
    """The numbers of every line of counts: blocks, head, total."""
    mine = default_registry()
    mine.add_combo(Combo("Counted", name, settings))
    text = explain("Counted", mine).split("Parameter counts\n")[1].split("\n\n")[0]
    lines = [line for line in text.splitlines() if line.startswith("  - ")]
    return [[int(n.replace(",", "")) for n in re.findall(r"(?<= )[\d,]+\b", line.split(": ", 1)[1])] for line in lines]


@pytest.mark.parametrize(
    "name", ["LSTM", "CNN-LSTM-Attention", "(CNN|BiLSTM)>MLP", "((CNN-GRU|ConvLSTM)|MLP)-DNN>Attention", "BiGRU-BiLSTM"]
)
@pytest.mark.parametrize("grid", [False, True])
def test_the_blocks_and_the_head_add_up_to_the_whole_network(name, grid):
    ((*parts, total),) = counted(name, Network={"grid": grid})
    assert len(parts) == len(parse(name, REGISTRY).stages()[0].tokens()) + 1
    assert sum(parts) == total and min(parts) > 0


def test_counts_are_those_of_the_equations_and_follow_the_settings():
    ((lstm, head, _),) = counted("LSTM", LSTM={"hidden": 5})
    channels = int(re.search(r"(\d+) channels", explain("LSTM", REGISTRY)).group(1))  # type: ignore[union-attr]
    assert lstm == 4 * 5 * (channels + 5 + 2)
    ((longer, *_),) = counted("MLP", Network={"window": 48})
    ((shorter, *_),) = counted("MLP")
    assert longer - shorter == 24 * channels * 128
    assert counted("LSTM-ARIMA-(LSTM)", LSTM={"hidden": 5})[0][0] == lstm
    assert head > 12 * 5


def test_the_example_is_printed_beside_the_counts():
    assert "for a window of 24 time steps, " in explain("GRU", REGISTRY)
    mine = default_registry()
    mine.add_combo(Combo("Set", "ConvLSTM", {"Network": {"grid": True, "window": 7}}))
    assert "for a grid of 4 x 4 series, a window of 7 time steps, " in explain("Set", mine)


def test_torch_is_imported_for_networks_only():
    code = (
        "import sys; from hybridts.names.explain import explain\n"
        "from hybridts.names.catalog import default_registry as r\n"
        "explain('ARIMA-SVM', r()); assert 'torch' not in sys.modules\n"
        "explain('MLP', r()); assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_single_model_has_no_gate_and_each_correction_has_one():
    gate = words.LINES["gate"].en
    assert [explain(n, REGISTRY).count(gate) for n in ("LSTM", "LSTM-SVM", "LSTM-ARIMA-SVM")] == [0, 1, 2]
    assert words.BAD["three"].en in explain("LSTM-ARIMA-SVM", REGISTRY)
    assert words.BAD["three"].en not in explain("CNN-LSTM-SVM", REGISTRY)


@pytest.mark.parametrize(
    ("name", "said"), [("ARIMA-SVM", True), ("Auto-ARIMA", True), ("SARIMA-RF", False), ("LSTM-ARIMA", False)]
)
def test_a_name_without_a_season_says_so_where_it_comes_first(name, said):
    assert ("no season: on seasonal data a name with one" in explain(name, REGISTRY)) == said
    assert ("不含季节项" in explain(name, REGISTRY, "zh")) == said


def drawn(name: str, lang: str = "en", **network: object) -> str:
    """The structure of a name with these settings of its network."""
    mine = default_registry()
    mine.add_combo(Combo("Set", name, {"Network": network}))
    heading = [words.HEADINGS[key].get(lang) for key in ("structure", "fitting")]
    return explain("Set", mine, lang).split(f"\n{heading[0]}\n")[1].split(f"\n{heading[1]}\n")[0]


@pytest.mark.parametrize(
    ("network", "whole"),
    [
        ({}, "forecast = seasonal-naive forecast + scale x (head + highway)"),
        ({"highway": False}, "forecast = seasonal-naive forecast + scale x head"),
        ({"grid": True}, "forecast = seasonal-naive forecast + scale x head"),
        ({"anchor": "last", "log": True}, "forecast = exp(last value + scale x (head + highway))"),
        ({"anchor": "none", "scale": "none"}, "forecast = head + highway"),
    ],
)
def test_the_diagram_shows_the_formula_of_the_output(network, whole):
    text = drawn("CNN-LSTM", **network)
    assert f"  {whole}\n" in text
    assert ("highway: a linear" in text) == ("highway" in whole) and ("scale: mean abs" in text) == ("scale" in whole)
    assert "five features of the whole past" in text


@pytest.mark.parametrize(
    ("name", "network", "starts"),
    [
        ("LSTM-XGBoost", {}, True),
        ("(CNN|LSTM)", {}, True),
        ("ARIMA-LSTM", {}, False),
        ("LSTM", {"prior": "none"}, False),
        ("CNN", {"grid": True}, False),
    ],
)
def test_only_a_first_network_starts_from_a_prior_and_only_if_it_may(name, network, starts):
    mine = default_registry()
    mine.add_combo(Combo("Set", name, {"Network": network} if network else {}))
    assert ("learned on simulated series alone" in explain("Set", mine)) == starts
    assert ("仅在模拟序列上学到的权重" in explain("Set", mine, "zh")) == starts


def test_the_formula_of_the_output_is_in_chinese_too():
    text = drawn("LSTM", "zh")
    assert "预测 = 季节性朴素预测 + 尺度 × (输出头 + 直通)" in text and "全部历史的五个特征" in text


def test_a_network_that_corrects_has_no_anchor():
    assert "residual = scale x (head + highway)" in explain("ARIMA-LSTM", REGISTRY)
    assert "residual = " not in explain("LSTM-ARIMA", REGISTRY)


def test_the_legend_lists_the_letters_of_the_diagram_and_no_others():
    def legend(name: str, **network: Any) -> str:
        return drawn(name, **network).splitlines()[0].strip()

    assert legend("MLP") == "B windows, T past time steps, C channels, H steps ahead"
    assert legend("ARIMA") == "T past time steps, H steps ahead, M origins"
    assert "T/2 half of them (rounded up), L layers" in legend("CNN")
    assert "T/2 half of them (rounded up), C channels" in legend("CNN-GRU")
    assert "S subsequences" in legend("ConvLSTM") and "D series" in legend("MLP", grid=True)


def test_stages_members_branches_and_steps_are_numbered():
    text = explain("ARIMA + (CNN|LSTM)>GRU-SVM", REGISTRY)
    for words_ in ("Member 1 / Stage 1: ARIMA", "Member 2 / Stage 2: SVM", "branch 2: LSTM", "step 2: trained"):
        assert words_ in text


def test_a_name_is_quoted_where_a_shell_would_read_it_otherwise():
    assert "--models '(CNN|LSTM)-SVM' --horizon 12\n" in explain("(cnn|lstm)-svr", REGISTRY)
    assert "--models CNN-LSTM-SVM --horizon 12\n" in explain("cnn-lstm-svr", REGISTRY)


def test_an_unknown_name_or_language_is_an_error():
    with pytest.raises(UnknownName, match="Nearest: LSTM"):
        explain("LSMT", REGISTRY)
    with pytest.raises(BadSetting, match="unknown language 'fr'; one of en, zh"):
        explain("LSTM", REGISTRY, "fr")


# -- plugins and settings -----------------------------------------------------------------------------------
@pytest.fixture
def registry():
    mine = default_registry()
    mine.add(Component("Wood", "learner", Forest))
    mine.add(Component("Gone", "learner", "no_such_module:Model"))
    mine.add(Component("Odd", "neural", lambda: None))
    mine.add_combo(Combo("My-Combo", "LSTM-Wood", {"Wood": {"depth": 3}}, Text("Mine.", "我的。")))
    return mine


def test_a_combo_shows_its_expression_and_its_settings(registry):
    text = explain("my-combo", registry)
    assert text.startswith("My-Combo\n========\nMine.\n\nExpression: LSTM-Wood\n")
    assert "- Wood: depth=3 (default required), trees=100\n" in text
    assert "（默认 必填）" in explain("My-Combo", registry, "zh")


def test_a_part_without_texts_is_explained_all_the_same(registry):
    text = explain("Odd-Gone", registry)
    assert "Odd: Odd (neural network): registered without a description" in text
    assert "[B, T', C1]" in text
    assert "- Odd: not counted: a registered block cannot be built for an example" in text
    assert "- Gone: not listed by this component" in text


def test_defaults_are_those_of_the_settings_class():
    assert defaults_of_class(Combo) == {
        "name": REQUIRED,
        "expression": REQUIRED,
        "settings": {},
        "summary": Text("", ""),
        "published": False,
        "built_in": False,
        "candidates": False,
    }
    assert defaults_of(Component("Gone", "learner", "no_such_module:Model")) is None
    assert defaults_of(Component("Wood", "learner", Forest)) == {"depth": REQUIRED, "trees": 100}


def grown(depth, trees=100, loss="squared", seed=None, weights=(1, 2), **others):
    """A function that makes a regressor, with every kind of parameter."""


def test_settings_of_a_users_class_are_those_of_its_constructor(own_registry):
    expected = {"depth": REQUIRED, "trees": 100, "loss": "squared", "seed": "None", "weights": (1, 2)}
    assert defaults_of(Component("Grown", "learner", grown)) == expected
    register_learner("Ridge", Ridge)
    text = explain("ARIMA-Ridge", own_registry)
    assert "- Ridge: alpha=1.0, fit_intercept=True, copy_X=True, max_iter=None" in text
    register("Mine", "ARIMA-Ridge", {"Ridge": {"alpha": 2.5}})
    assert "alpha=2.5 (default 1.0)" in explain("Mine", own_registry)


@pytest.mark.parametrize("name", ["Auto-ARIMA", "Auto-SARIMA", "Auto-SARIMA-XGBoost"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_fields_that_only_our_own_code_sets_are_not_listed(name, lang):
    component = REGISTRY.component(name.removesuffix("-XGBoost"))
    assert component is not None
    defaults = defaults_of(component)
    assert defaults is not None and defaults.keys() == set(setting_names(component.load()) or ())
    text = explain(name, REGISTRY, lang)
    assert "max_p=" in text and "known=" not in text and "stationary=" not in text


@dataclass(frozen=True, kw_only=True)
class Hidden:
    depth: int = 2
    inner: bool = field(default=False, metadata=INTERNAL)
    made: int = field(default=0, init=False)


def test_a_marked_field_is_no_setting_wherever_the_class_comes_from():
    wood = Component("Wood", "learner", Hidden)
    assert setting_names(Hidden) == ("depth",)
    assert defaults_of(wood) == {"depth": 2}
    with pytest.raises(BadSetting, match="Wood has no setting 'inner'"):
        wood.create({"inner": True})


@pytest.mark.parametrize(
    ("lang", "facts"),
    [
        (
            "en",
            (
                "strength of the season",
                "KPSS test",
                "conditional least squares",
                "corrected Akaike criterion of the exact likelihood",
                "max_models",
                "budget",
                "root near the unit circle",
                "coefficients of the chosen order by exact likelihood",
                "later folds reuse the orders found on the first fold",
                "a season above 24",
                "at most 12 harmonics",
            ),
        ),
        (
            "zh",
            (
                "季节强度",
                "KPSS 检验",
                "条件最小二乘",
                "精确似然的修正赤池准则",
                "max_models",
                "因预算而停止",
                "根接近单位圆",
                "按精确似然估计系数",
                "沿用第一折找到的阶数",
                "长于 24 的季节",
                "至多 12 个谐波",
            ),
        ),
    ],
)
def test_the_order_search_is_explained(lang, facts):
    text = explain("Auto-SARIMA", REGISTRY, lang)
    assert [fact for fact in facts if fact not in text] == []


def test_the_numbers_in_the_explained_search_are_those_of_the_code():
    from hybridts.models.statistical._arima.harmonics import LONGEST_LAG, MOST_HARMONICS
    from hybridts.models.statistical._arima.order_search import SEARCH_ROWS

    text = explain("Auto-SARIMA", REGISTRY)
    assert f"a season above {LONGEST_LAG} " in text and f"at most {MOST_HARMONICS} harmonics" in text
    assert f"newest {SEARCH_ROWS} rows" in text


# -- for scripts --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("SARIMA", "statistical"),
        ("CNN-LSTM", "neural"),
        ("(CNN|LSTM)", "neural"),
        ("RF", "learner"),
        ("ETS", "baseline"),
        ("CNN-LSTM-XGBoost", "hybrid"),
        ("(LSTM)-(CNN)", "hybrid"),
        ("(ARIMA + ETS)-SVM", "hybrid"),
        ("ARIMA + ETS", "ensemble"),
    ],
)
def test_a_name_has_a_family(name, family):
    assert family_of(parse(name, REGISTRY)) == family


def test_a_description_is_plain_json():
    found = describe(parse("cnn-lstm-xgboost", REGISTRY))
    assert json.loads(json.dumps(found)) == found
    assert found["name"] == found["expression"] == "CNN-LSTM-XGBoost"
    assert found["family"] == "hybrid" and found["published"] is True
    assert found["stages"] == [
        {"name": "CNN-LSTM", "kind": "neural", "parts": ["CNN", "LSTM"]},
        {"name": "XGBoost", "kind": "learner", "parts": ["XGBoost"]},
    ]
    assert [p["name"] for p in found["parts"]] == ["CNN", "LSTM", "XGBoost"]
    assert found["parts"][1]["full"] == {"en": "Long short-term memory network", "zh": "长短期记忆网络"}


def test_a_combo_of_ones_own_is_described_but_not_published(registry):
    found = describe(parse("My-Combo", registry), registry)
    assert (found["name"], found["expression"], found["published"]) == ("My-Combo", "LSTM-Wood", False)
    assert found["summary"] == {"en": "Mine.", "zh": "我的。"}
    assert describe(parse("ARIMA-LSTM", REGISTRY))["published"] is False


def test_a_statistical_correction_has_no_note_on_known_future_columns():
    assert "known-future columns are regressors" in explain("ARIMA", REGISTRY)
    assert "known-future columns are regressors" not in explain("LSTM-ARIMA", REGISTRY)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("how", ["median", "weighted", "stacked", "greedy", "best"])
def test_every_way_of_combining_is_explained(how, lang):
    said = {explain(f"{word}(ARIMA, Theta)", REGISTRY, lang).replace(word, "") for word in ("median", "best", how)}
    assert len(said) == len({"median", "best", how})
