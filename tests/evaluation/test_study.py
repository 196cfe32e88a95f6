"""Settings of a study apply to every name that has the part; settings of a combo for its own parts take precedence."""

from __future__ import annotations

import json

import pytest

import hybridts as ht
from hybridts.errors import BadSetting
from hybridts.evaluation.board_names import check_study_settings, recipes_of
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import is_name, parse
from hybridts.names.recipe import Chain, Settings, settings_in
from hybridts.names.registry import Combo
from tests.fakes.runs import frame_of


@pytest.fixture
def tables():
    """Return the catalogue with combos that have settings of every kind."""
    found = default_registry()
    for name, expression, settings in (
        ("Deep", "LSTM-RF", {"RF": {"leaf": 9}, "LSTM": {"hidden": 8, "steps": 20}}),
        ("Slow", "LSTM", {"Network": {"rate": 0.001}}),
        ("Honest", "Theta-RF", {"Chain": {"gate": "learned", "combine": "multiplicative"}}),
        ("Apart", "stacked(Theta, Drift)", {"stacked": {"scope": "series"}}),
        ("Outer", "(Deep) + Theta", {"RF": {"trees": 7}}),
    ):
        found.add_combo(Combo(name, expression, settings), lambda text: is_name(text, found))
    return found


def recipes(tables, models, settings):
    found, _ = recipes_of(models, settings, (), tables)
    return found


def values(recipe, token):
    return next(t.settings for s in recipe.stages() for t in s.tokens() if t.name == token)


def test_settings_of_a_combo_stay_and_the_rest_comes_from_the_study(tables):
    given = {"RF": {"leaf": 3, "trees": 50}, "LSTM": {"hidden": 64}, "Network": {"steps": 99, "rate": 0.1}}
    deep, plain, slow, outer = recipes(tables, ["Deep", "LSTM-RF", "Slow", "Outer"], given)
    assert values(plain, "RF") == {"leaf": 3, "trees": 50} and values(plain, "LSTM") == {"hidden": 64}
    assert values(deep, "RF") == {"leaf": 9, "trees": 50} and values(deep, "LSTM") == {"hidden": 8}
    assert deep.stages()[0].network == {"steps": 20, "rate": 0.1}
    assert slow.stages()[0].network == {"steps": 99, "rate": 0.001}
    assert values(outer, "RF") == {"leaf": 9, "trees": 7}


def test_rules_of_a_combo_stay_even_where_they_name_the_default(tables):
    given = {"Chain": {"gate": "open", "combine": "additive", "residuals": "in_sample"}}
    honest, plain = (r.root for r in recipes(tables, ["Honest", "Theta-RF"], given))
    assert isinstance(honest, Chain) and isinstance(plain, Chain)
    assert (honest.rules.gate, honest.rules.combine) == ("learned", "multiplicative")
    assert honest.rules.residuals == plain.rules.residuals == "in_sample"
    assert (plain.rules.gate, plain.rules.combine) == ("open", "additive")


def test_how_a_combo_combines_stays(tables):
    apart, plain = recipes(tables, ["Apart", "stacked(Theta, Naive)"], {"stacked": {"scope": "panel"}})
    assert apart.root.settings == {"scope": "series"} and plain.root.settings == {"scope": "panel"}


def test_settings_given_to_one_name_precede_those_of_its_combo(tables):
    assert values(parse("Deep", tables, {"RF": {"leaf": 3}}), "RF") == {"leaf": 3}


def test_a_numbered_key_means_the_second_part_of_a_name(tables):
    given = {"RF": {"trees": 5}, "RF@2": {"trees": 3}, "greedy@2": {"rounds": 2}}
    one, two, flat, deep = recipes(
        tables, ["RF", "RF-RF", "greedy(Theta, RF)", "greedy(greedy(Theta, Drift), Naive)"], given
    )
    assert values(one, "RF") == {"trees": 5}
    assert [t.settings for s in two.stages() for t in s.tokens()] == [{"trees": 5}, {"trees": 3}]
    assert flat.root.settings == {} and deep.root.settings == {"rounds": 2}
    unused = check_study_settings({"RF@3": {"trees": 3}, "greedy@2": {}}, [one, two, flat], tables)
    assert [text.split(" are ")[0] for text in unused] == ["settings for RF@3", "settings for greedy@2"]


def test_wrong_settings_of_a_study_are_refused_also_where_a_combo_has_its_own(tables):
    with pytest.raises(BadSetting, match="laef"):
        recipes(tables, ["Deep"], {"RF": {"laef": 3}})


def test_names_of_one_expression_have_different_labels_in_stages_and_weights(own_registry):
    for name, trees in (("Few", 2), ("More", 9)):
        ht.register(name, "Drift-RF", settings={"RF": {"trees": trees}})
    models = ["Few", "More", "Drift-RF", "weighted((Few), (More), Drift-RF)", "weighted"]
    given: Settings = {"RF": {"trees": 5}}
    board = ht.backtest(frame_of(2, 60), models, 3, windows=1, jobs=1, baselines="none", settings=given)
    stages = board.run.stages.set_index("stage")
    assert {"Few", "More", "Drift-RF", "weighted"} <= set(stages.index)
    for name in models[3:]:
        weights = json.loads(str(stages.loc[name, "notes"]))["weights"]
        assert set(weights) == {"Few", "More", "Drift-RF"} and sum(weights.values()) == pytest.approx(1, abs=1e-3)
    fitted = ht.model("weighted((Few), (More), Drift)").fit(frame_of(2, 60), 3, jobs=1)
    assert {"Few", "More", "weighted((Few), (More), Drift)"} <= set(fitted.notes)
    assert set(fitted.notes["weighted((Few), (More), Drift)"]["weights"]) == {"Few", "More", "Drift"}


def test_the_report_says_which_settings_a_run_and_its_combos_had(own_registry, tmp_path):
    ht.register("Open", "Drift-RF", settings={"Chain": {"gate": "open"}, "RF": {"trees": 2}})
    given: Settings = {"RF": {"trees": 5, "leaf": 3}}
    board = ht.backtest(frame_of(2, 60), ["Drift-RF", "Open"], 3, windows=1, jobs=1, settings=given, baselines="none")
    (page,) = board.report(tmp_path, ["md"])
    text = page.read_text()
    assert "- Settings: for every name that has the part: RF trees=5, leaf=3\n" in text
    assert "- Open: Drift-RF with RF leaf=3, trees=2; Chain gate=open\n" in text
    assert "- Drift-RF: Drift-RF" not in text and "\n> - " in text


def test_settings_of_every_kind_are_found_in_a_name(tables):
    found = settings_in(parse("(Deep)-SVM + (Honest)", tables, {"SVM": {"C": 2.0}}))
    assert found == {
        "LSTM": {"hidden": 8},
        "Network": {"steps": 20},
        "RF": {"leaf": 9},
        "SVM": {"C": 2.0},
        "Chain@2": {"combine": "multiplicative"},
    }


def test_equal_expressions_without_names_of_their_own_are_numbered(own_registry):
    ht.register("Few", "Drift-RF", settings={"RF": {"trees": 2}})
    fitted = ht.model("weighted((Few), Drift-RF)", settings={"RF@2": {"trees": 4}, "RF": {"leaf": 3}})
    notes = fitted.fit(frame_of(2, 60), 3, jobs=1).notes
    assert len([stage for stage in notes if stage.startswith("Drift-RF")]) == 2
    assert set(notes["weighted((Few), Drift-RF)"]["weights"]) == {"Drift-RF", "Drift-RF (2)"}


def test_two_names_that_differ_by_the_settings_of_one_differ_on_the_board(own_registry):
    ht.register("Shallow", "Drift-RF", settings={"RF": {"trees": 3, "leaf": 1}, "Chain": {"gate": "open"}})
    given: Settings = {"RF": {"trees": 20, "leaf": 9}, "Chain": {"gate": "open"}}
    board = ht.backtest(
        frame_of(2, 60), ["Drift-RF", "Shallow"], 3, windows=1, jobs=1, baselines="none", settings=given
    )
    assert board.table.set_index("model")["MASE"].nunique() == 2
