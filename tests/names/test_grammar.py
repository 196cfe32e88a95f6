"""The grammar: the recipe of a name, its canonical spelling, and the error for a name that does not parse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.errors import BadSetting, UnknownName
from hybridts.hybrids.settings import COMBINE_METHODS
from hybridts.names.catalog import PUBLISHED, default_registry
from hybridts.names.grammar import is_name, parse, split_names
from hybridts.names.recipe import Chain, Ensemble, Net, Node, Parallel, Serial, Stage, Token, TwoStep
from hybridts.names.registry import Combo, Component

REGISTRY = default_registry()
NEURAL = ("RNN", "LSTM", "GRU", "BiLSTM", "CIFG-LSTM", "CNN", "ConvLSTM", "MLP", "DNN", "Attention")
KINDS = {c.name: c.family for c in REGISTRY.components()}


def stages(name: str) -> list[str]:
    return [f"{s.kind}: {s}" for s in parse(name, REGISTRY).stages()]


def by_rule(name: str) -> list[str]:
    """Return the stages of a published name: neural neighbours form one network, every other dash ends a stage."""
    found: list[list[str]] = []
    for token in name.replace("Auto-", "Auto_").split("-"):
        token = token.replace("_", "-")
        if found and token in NEURAL and found[-1][-1] in NEURAL:
            found[-1].append(token)
        else:
            found.append([token])
    return [f"{KINDS[run[0]]}: {'-'.join(run)}" for run in found]


# -- published names ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_name_has_the_stages_of_the_rule_and_prints_back(name):
    assert stages(name) == by_rule(name)
    assert str(parse(name, REGISTRY)) == name
    for other in (name.lower(), name.upper(), f"  {name} ", f"({name})"):
        assert parse(other, REGISTRY) == parse(name, REGISTRY)


# -- precedence ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CNN-LSTM-XGBoost", ["neural: CNN-LSTM", "learner: XGBoost"]),
        ("LSTM-ARIMA-XGBoost", ["neural: LSTM", "statistical: ARIMA", "learner: XGBoost"]),
        ("ARIMA-CNN-LSTM", ["statistical: ARIMA", "neural: CNN-LSTM"]),
        ("LSTM-CNN", ["neural: LSTM-CNN"]),
        ("(LSTM)-(CNN)", ["neural: LSTM", "neural: CNN"]),
        ("LSTM-(CNN)", ["neural: LSTM", "neural: CNN"]),
        ("CNN-LSTM>GRU", ["neural: CNN-LSTM>GRU"]),
        ("ARIMA-CNN>LSTM-SVM", ["statistical: ARIMA", "neural: CNN>LSTM", "learner: SVM"]),
        ("(CNN|LSTM)-XGBoost", ["neural: (CNN|LSTM)", "learner: XGBoost"]),
        ("(CNN|LSTM)-GRU", ["neural: (CNN|LSTM)-GRU"]),
        ("(CNN>LSTM)-GRU", ["neural: CNN>LSTM", "neural: GRU"]),
        ("Naive-RF", ["baseline: Naive", "learner: RF"]),
        ("RF", ["learner: RF"]),
        ("SVM-SVM", ["learner: SVM", "learner: SVM"]),
        ("Bi-LSTM-Auto-ARIMA-SVR", ["neural: BiLSTM", "statistical: Auto-ARIMA", "learner: SVM"]),
        ("CNN-CIFG-LSTM", ["neural: CNN-CIFG-LSTM"]),
    ],
)
def test_operators_bind_as_documented(text, expected):
    assert stages(text) == expected


def test_plus_binds_weakest():
    root = parse("ARIMA + LSTM-XGBoost", REGISTRY).root
    assert isinstance(root, Ensemble)
    assert [str(m) for m in root.members] == ["ARIMA", "LSTM-XGBoost"]


def test_an_ensemble_in_parentheses_can_be_corrected():
    root = parse("(ARIMA + LSTM)-XGBoost", REGISTRY).root
    assert isinstance(root, Chain) and isinstance(root.stages[0], Ensemble)
    assert str(root) == "(ARIMA + LSTM)-XGBoost"


def test_an_ensemble_inside_an_ensemble_keeps_its_weights():
    assert str(parse("(A+B)".replace("A", "ARIMA").replace("B", "ETS") + "+GRU", REGISTRY)) == "(ARIMA + ETS) + GRU"


def test_two_steps_start_with_a_whole_run():
    body = parse("CNN-LSTM>GRU", REGISTRY).stages()[0].body
    assert body == TwoStep((Serial((Token("CNN"), Token("LSTM"))), Token("GRU")))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("((ARIMA))", "ARIMA"),
        ("(ARIMA)-(SVM)", "ARIMA-SVM"),
        ("LSTM-(ARIMA-SVM)", "LSTM-ARIMA-SVM"),
        ("((CNN|LSTM))", "(CNN|LSTM)"),
        ("((CNN)|(LSTM-GRU))", "(CNN|LSTM-GRU)"),
        ("(CNN-LSTM)>GRU", "CNN-LSTM>GRU"),
        ("CNN>(LSTM>GRU)", "CNN>LSTM>GRU"),
        ("(CNN>LSTM)>GRU", "CNN>LSTM>GRU"),
        ("(LSTM)-CNN", "(LSTM)-(CNN)"),
        ("(LSTM)-(CNN|GRU)", "(LSTM)-((CNN|GRU))"),
        ("arima+ets", "ARIMA + ETS"),
        (" cnn - lstm - xgb ", "CNN-LSTM-XGBoost"),
        ("(ARIMA+(ETS))", "ARIMA + ETS"),
    ],
)
def test_names_print_in_one_spelling(text, printed):
    recipe = parse(text, REGISTRY)
    assert str(recipe) == printed
    assert parse(printed, REGISTRY) == recipe


def test_one_stage_object_used_twice_still_prints_its_parentheses():
    stage = Stage("neural", Token("LSTM"))
    assert str(Chain((stage, stage))) == "(LSTM)-(LSTM)"


def test_prefixes_cut_a_chain_after_each_stage():
    root = parse("LSTM-ARIMA-SVM", REGISTRY).root
    assert isinstance(root, Chain)
    assert [str(p) for p in root.prefixes()] == ["LSTM", "LSTM-ARIMA", "LSTM-ARIMA-SVM"]


def test_lists_of_names_split_outside_parentheses_only():
    assert split_names("ARIMA, (CNN|LSTM)-SVM ,, GRU") == ["ARIMA", "(CNN|LSTM)-SVM", "GRU"]
    assert split_names("(A, B), C") == ["(A, B)", "C"]


# -- laws ---------------------------------------------------------------------------------------------------
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tuples(elements, smallest: int = 2, largest: int = 3):
    return st.lists(elements, min_size=smallest, max_size=largest).map(tuple)


tokens = st.sampled_from(NEURAL).map(Token)
parallels: st.SearchStrategy[Parallel] = st.deferred(
    lambda: st.builds(Parallel, tuples(tokens | tokens | serials | parallels))
)
links = tokens | parallels
serials: st.SearchStrategy[Serial] = st.builds(Serial, tuples(links))
nets: st.SearchStrategy[Net] = st.deferred(
    lambda: tokens | tokens | serials | parallels | st.builds(TwoStep, tuples(links | serials))
)
later = st.builds(Stage, st.just("neural"), nets) | st.sampled_from(
    [Stage(KINDS[n], Token(n)) for n in ("ARIMA", "Auto-SARIMA", "VAR", "SVM", "RF", "XGBoost", "ANN")]
)
first = later | st.sampled_from([Stage("baseline", Token(n)) for n in ("Naive", "SeasonalNaive", "Theta")])
ensembles = st.deferred(lambda: st.builds(Ensemble, tuples(nodes), st.sampled_from(("mean", *COMBINE_METHODS))))
chains = st.builds(lambda head, rest: Chain((head, *rest)), first, tuples(later, 0, 2)) | st.builds(
    lambda head, rest: Chain((head, *rest)), ensembles, tuples(later, 1, 2)
)
nodes: st.SearchStrategy[Node] = st.deferred(lambda: chains | chains | chains | ensembles)


@patient
@given(nodes)
def test_every_tree_prints_a_name_that_means_the_same_tree(root):
    recipe = parse(str(root), REGISTRY)
    assert recipe.root == root
    assert recipe.name == str(root)


@patient
@given(nodes, st.sampled_from([str.lower, str.upper, str.swapcase]))
def test_neither_case_nor_spaces_change_a_name(root, cased):
    text = cased(str(root))
    for operator in "()|>+":
        text = text.replace(operator, f" {operator} ")
    assert parse(text, REGISTRY).root == root


PIECES = ["LSTM", "cnn", "ARIMA", "Naive", "RF", "oo", "Auto-", "-", "-", ">", "|", "+", "(", ")", " ", "@2", ",", "é"]


@patient
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_any_text_either_has_one_spelling_or_is_refused_by_position(text):
    try:
        recipe = parse(text, REGISTRY)
    except UnknownName as refused:
        assert "at position" in str(refused) and refused.name == text.strip()
        assert all(is_name(c, REGISTRY) for c in refused.candidates)
    else:
        assert parse(recipe.name, REGISTRY) == recipe


# -- errors -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("RFoo", "unknown token 'RFoo' at position 1"),
        ("CNN-LSMT-XGBoost", "unknown token 'LSMT' at position 5"),
        ("LSTM@2", "unexpected '@' at position 5"),
        ("LSTM GRU", "unexpected 'G' at position 6"),
        ("CNN|LSTM", r"unexpected '\|' at position 4"),
        ("LSTM-", "the name ends where a token is expected at position 6"),
        ("", "the name ends where a token is expected at position 1"),
        ("ARIMA-(SVM", "this parenthesis is never closed at position 7"),
        ("ARIMA)", r"unexpected '\)' at position 6"),
        ("()", r"unexpected '\)' at position 2"),
        ("(ARIMA|LSTM)", "only networks can stand beside '>' or '|', found something else at position 2"),
        ("ARIMA>LSTM", "only networks .* at position 1"),
        ("ARIMA-(SVM + RF)", r"an ensemble can only be the first stage .* A-B \+ A-C .* at position 7"),
        ("ARIMA-((SVM + RF)-SVM)", "an ensemble can only be the first stage .* at position 7"),
        ("ARIMA-Naive-SVM", "Naive is a baseline and has no residual form, .* at position 7"),
        ("median(ARIMA)", r"median with one name .* as in median\(A, B\), at position 1"),
        ("ARIMA + Greedy", r"greedy without its names, as in greedy\(A, B\) .* at position 9"),
        ("best(ARIMA; SVM)", r"expected ',' or '\)' but found ';' at position 11"),
        ("LSTM-median(ARIMA, SVM)", "an ensemble can only be the first stage .* at position 6"),
        ("(" * 60 + "ARIMA" + ")" * 60, "more than 40 parentheses inside one another at position 41"),
    ],
)
def test_the_error_for_a_name_that_does_not_parse_gives_position_and_reason(text, why):
    with pytest.raises(UnknownName, match=why.replace("'|'", r"'\|'") if "networks can" in why else why):
        parse(text, REGISTRY)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("CNN-LSMT-XGBoost", "CNN-LSTM-XGBoost"),
        ("RFoo", "RF"),
        ("XGBoost-X", "XGBoost"),
        ("ARMA", "ARIMA"),
        ("SVM-CNN-SVMM", "SVM-CNN-SVM"),
        ("ARIMA – SVM", "ARIMA-SVM"),
    ],
)
def test_a_name_that_cannot_be_read_gets_the_nearest_valid_ones(text, nearest):
    with pytest.raises(UnknownName) as caught:
        parse(text, REGISTRY)
    assert nearest in caught.value.candidates
    assert "Nearest: " in str(caught.value) and "`hybridts models` lists every name" in str(caught.value)


# -- settings -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Forest:
    trees: int = 100
    depths: tuple[int, ...] = (3, 4)


@dataclass(frozen=True, kw_only=True)
class Block:
    hidden: int = 64


@pytest.fixture
def fakes():
    """The catalogue and two small fakes, so that settings are checked without importing models."""
    registry = default_registry()
    registry.add(Component("Wood", "learner", Forest, aliases=("Trees",)))
    registry.add(Component("Cell", "neural", Block))
    return registry


def test_settings_are_keyed_by_token_alias_or_number(fakes):
    chosen: Mapping[str, Mapping[str, object]] = {"trees": {"trees": 5}, "Wood@2": {"trees": 7, "depths": [1, 2]}}
    recipe = parse("Wood-Wood", fakes, chosen)
    assert [t.settings for s in recipe.stages() for t in s.tokens()] == [
        {"trees": 5},
        {"trees": 7, "depths": (1, 2)},
    ]
    assert recipe.name == "Wood-Wood"
    assert parse("wood-trees", fakes, {"Wood@1": chosen["trees"], "trees@2": chosen["Wood@2"]}) == recipe


def test_settings_make_another_recipe_under_the_same_name(fakes):
    plain, tuned = parse("ARIMA-Wood", fakes), parse("ARIMA-Wood", fakes, {"Wood": {"trees": 5}})
    assert plain.name == tuned.name and plain != tuned
    assert plain.stages()[0].identity() == tuned.stages()[0].identity()
    assert plain.stages()[1].identity() != tuned.stages()[1].identity()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"Wood": {"tree": 5}}, r"Wood has no setting 'tree'\. Did you mean trees\?"),
        ({"Wod": {"trees": 5}}, r"settings for 'Wod', but Wood-SVM has no such part\. Did you mean Wood\?"),
        ({"Wood@2": {"trees": 5}}, "settings for 'Wood@2'.* Its parts: SVM, Wood"),
        ({"Wood": 5}, "settings of 'Wood' must be a mapping"),
        ({"Wood": {"trees": {1}}}, "settings must be plain values"),
        ({"Wood": {}, "wood@1": {"trees": 5}}, "settings of 'Wood' are given twice"),
    ],
)
def test_bad_settings_are_refused_with_the_nearest_good_ones(fakes, wrong, why):
    with pytest.raises(BadSetting, match=why):
        parse("Wood-SVM", fakes, wrong)


def test_training_settings_belong_to_the_network_and_not_to_a_block(fakes):
    recipe = parse("Cell-Cell-Wood", fakes, {"Cell@2": {"hidden": 8, "steps": 20}})
    network, wood = recipe.stages()
    assert [t.settings for t in network.tokens()] == [{}, {"hidden": 8}]
    assert network.network == {"steps": 20} and wood.network == {}
    everywhere = parse("Cell-Wood", fakes, {"Network": {"steps": 30}})
    assert everywhere.stages()[0].network == {"steps": 30}
    with pytest.raises(BadSetting, match=r"Cell \(training\) has no setting 'step'\. Did you mean steps"):
        parse("Cell", fakes, {"Network": {"step": 30}})


def test_a_setting_under_the_wrong_key_is_sent_to_the_right_one(fakes):
    with pytest.raises(BadSetting, match=r"hidden is a setting of Cell: \{Cell: \{hidden: 8\}\}\.$"):
        parse("Cell-Wood", fakes, {"Network": {"hidden": 8}})
    with pytest.raises(BadSetting, match=r"hidden is a setting of LSTM and GRU: \{LSTM: "):
        parse("LSTM-GRU-CNN", fakes, {"Network": {"hidden": 8}})
    with pytest.raises(
        BadSetting,
        match=r"no setting 'windw'\. Did you mean window\? Its settings: hidden; those of every network: .*window",
    ):
        parse("Cell", fakes, {"Cell": {"windw": 8}})


@pytest.mark.parametrize("key", ["Network", "Cell"])
def test_a_wrong_training_value_is_refused_with_the_stage_before_anything_is_planned(fakes, key):
    for wrong, said in (
        ({"rate": "fast"}, "rate must be a number above 0, found 'fast'."),
        ({"init": ""}, "init must be the path of a weights file, found ''."),
        ({"log": "no"}, "log must be true or false, found 'no'."),
    ):
        with pytest.raises(BadSetting, match=f"Cell: Network settings: {said}"):
            parse("ARIMA-(Cell)", fakes, {key: wrong})


# -- combos -------------------------------------------------------------------------------------------------
@pytest.fixture
def with_combo(fakes):
    fakes.add_combo(Combo("My-Combo", "LSTM-Wood", {"Wood": {"trees": 9}}), lambda n: is_name(n, fakes))
    return fakes


def test_a_combo_is_a_whole_name_with_its_settings(with_combo):
    recipe = parse("my-combo", with_combo)
    assert recipe.name == "My-Combo" and str(recipe.root) == "LSTM-Wood"
    assert recipe.stages()[1].tokens()[0].settings == {"trees": 9}
    assert parse("(My-Combo)", with_combo) == recipe
    changed = parse("My-Combo", with_combo, {"Wood": {"depths": [2]}})
    assert changed.stages()[1].tokens()[0].settings == {"trees": 9, "depths": (2,)}


def test_a_combo_in_parentheses_can_be_a_part_and_keeps_its_name(with_combo):
    recipe = parse("rf + ( my-combo )-xgb", with_combo)
    assert recipe.name == "RF + (My-Combo)-XGBoost"
    assert parse(recipe.name, with_combo) == recipe
    assert recipe.name != parse("RF + LSTM-Wood-XGBoost", with_combo).name


def test_a_combo_without_parentheses_is_no_token(with_combo):
    for text in ("My-Combo-SVM", "my-combo + Theta", "median(My-Combo, Theta)"):
        with pytest.raises(UnknownName, match=r"stands in parentheses, as \(My-Combo\), which is missing at position"):
            parse(text, with_combo)


def test_a_combo_with_training_settings_keeps_them(fakes):
    fakes.add_combo(Combo("My-Net", "LSTM", {"Network": {"steps": 7}}))
    assert parse("(My-Net)-SVM", fakes).stages()[0].network == {"steps": 7}
    for name in ("(My-Net)>GRU", "((My-Net)|GRU)"):
        with pytest.raises(UnknownName, match="a combo with training settings cannot stand beside"):
            parse(name, fakes)


def test_a_combo_never_changes_what_another_name_means(with_combo):
    for name in (*PUBLISHED, "(CNN|LSTM)-XGBoost", "ARIMA + LSTM", "(LSTM-SVM)-RF"):
        assert parse(name, with_combo) == parse(name, REGISTRY)


def test_a_branch_cannot_be_trained_in_two_steps_but_a_fusion_can():
    registry = default_registry()
    with pytest.raises(UnknownName, match="two steps"):
        parse("(CNN>LSTM|GRU)", registry)
    assert str(parse("(CNN|LSTM)>GRU", registry)) == "(CNN|LSTM)>GRU"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("ARIMA-LightGBM", 'from lightgbm import LGBMRegressor; ht.register_learner("LightGBM", LGBMRegressor)'),
        ("catboost", 'ht.register_learner("CatBoost", CatBoostRegressor)'),
        ("CES-RF", 'ht.register_forecaster("CES", AutoCES)'),
    ],
)
def test_a_model_of_another_library_says_how_to_register_it(name, call):
    with pytest.raises(UnknownName) as caught:
        parse(name, default_registry())
    assert call in str(caught.value)
