"""Choices of the models: each series by name where they are few, counts where they are many, and remarks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.models.findings import ArimaOrder, EtsComponents, VarFound
from hybridts.report import write_report
from hybridts.report.choices import choices, components_text, order_text, system_text
from tests.fakes.stored_run import AIRLINE, WALK, Fake, fake_run, order, with_notes


def found(tmp_path, notes, **fake):
    """Return the choices of a run of ARIMA and SARIMA (at windows 0, 1, 2) with these notes."""
    run = fake_run(tmp_path / "r", Fake(names=("ARIMA", "SARIMA", "Naive"), **fake))
    return {c.stage: c for c in choices(Evaluation(with_notes(run, notes, run.path)))}


def test_the_newest_fit_stands_for_a_stage(tmp_path):
    notes = {
        ("ARIMA", 0): {"orders": {"north": AIRLINE}},
        ("ARIMA", 2): {"orders": {"north": WALK}},
        ("SARIMA", 0): {"orders": {"north": AIRLINE}},
    }
    chosen = found(tmp_path, notes)
    assert [chosen["ARIMA"].window, chosen["SARIMA"].window] == [2, 0]
    assert chosen["ARIMA"].lines() == ["(0,1,0) with drift"]
    assert chosen["SARIMA"].cutoff.startswith("2020-01-31")
    assert "Naive" not in chosen


def test_a_handful_of_series_is_written_out_in_order(tmp_path):
    notes = {("ARIMA", 2): {"orders": {"b": WALK, "a": AIRLINE, "c": WALK}}}
    assert found(tmp_path, notes)["ARIMA"].lines() == [
        *("b: (0,1,0) with drift", "a: (1,1,1)(0,1,1)[12]", "c: (0,1,0) with drift")
    ]


def test_many_series_are_counted_the_most_frequent_first(tmp_path):
    orders = {f"a{i}": AIRLINE for i in range(34)} | {f"b{i}": WALK for i in range(20)}
    orders |= {f"c{i}": order((2, 1, i % 11)) for i in range(46)}
    tried = {name: 20 + i % 3 for i, name in enumerate(orders)}
    stopped = {"a0": "by the budget of 94 models", "c3": "by the budget of 94 models"}
    notes = {("ARIMA", 2): {"orders": orders, "models_tried": tried, "search_stopped": stopped}}
    chosen = found(tmp_path, notes)["ARIMA"]
    lines = chosen.lines()
    assert lines[:2] == ["34 × (1,1,1)(0,1,1)[12]", "20 × (0,1,0) with drift"]
    assert lines[-1] == "41 × another (10 choices)"
    assert sum(int(line.split(" ")[0]) for line in lines) == 100
    assert chosen.search() == "21; the budget ended 2 searches"
    same = {("ARIMA", 2): {"orders": dict.fromkeys(orders, WALK)}}
    assert found(tmp_path, same)["ARIMA"].lines() == ["(0,1,0) with drift for all 100 series"]


def test_choices_of_every_family_are_read(tmp_path):
    group = {"members": ["a", "b", "c"], "columns": 3, "lag": 2, "differenced": True, "ridge": 17.66, "damped": False}
    lost = {"c": "it shows no value"}
    notes = {
        ("ARIMA", 2): {"groups": {"a": {**group, "left_out": lost}}},
        ("SARIMA", 2): {"rest": "ETS", "periods": {"a": [24, 168], "b": []}, "components": {"a": "AAdN", "b": "ANN"}},
        ("Naive", 2): {"alpha": {"a": 0.5, "b": 0.1}, "seasonal": {"a": "none", "b": "additive"}},
    }
    chosen = found(tmp_path, notes)
    assert chosen["ARIMA"].lines() == ["lag 2 of differences, ridge 17.7, 3 columns"]
    assert chosen["ARIMA"].unit == "group"
    assert [str(r) for r in chosen["ARIMA"].remarks] == ["left out of its group: c (it shows no value)"]
    assert chosen["SARIMA"].lines() == ["a: periods 24 and 168, rest (A,Ad,N)", "b: no period, rest (A,N,N)"]
    assert chosen["Naive"].lines() == ["a: no season", "b: additive season"]


def test_only_the_marks_that_appear_are_explained(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("ARIMA", "SARIMA", "Naive")))
    facts = {"members": ["north"], "columns": 3, "lag": 2, "differenced": True, "ridge": 1.0, "damped": False}
    legends = {"orders of an ARIMA": {"orders": {"north": WALK}}, "M multiplicative": {"components": {"north": "ANN"}}}
    for number, notes in enumerate([*legends.values(), {"groups": {"north": facts}}]):
        full = with_notes(run, {("ARIMA", 2): notes}, run.path)
        (path,) = write_report(full, tmp_path / str(number), "md")
        assert [text in path.read_text() for text in legends] == [number == k for k in range(len(legends))]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (order((1, 0, 0), constant=True), "(1,0,0) with mean"),
        (order((1, 0, 0), (0, 1, 0), 4, constant=True), "(1,0,0)(0,1,0)[4] with drift"),
        (order((1, 1, 0), season=168, waves=[1, 7]), "(1,1,0) + 2 harmonics of season 168"),
        (order((1, 1, 0), season=12), "(1,1,0)"),
    ],
)
def test_orders_in_words(value, text):
    assert order_text(ArimaOrder.from_notes(value)) == text


def test_components_and_systems_in_words():
    assert [components_text(EtsComponents(t)) for t in ("ANN", "MAdM", "ANN with weight 0.9999")] == [
        *("(A,N,N)", "(M,Ad,M)", "ANN with weight 0.9999")
    ]
    assert system_text(VarFound.from_notes({"lag": 1, "ridge": 0.0, "damped": True}), full=False) == (
        "lag 1 of levels, least squares, explosive, so damped"
    )


def test_remarks_are_counted_and_worded(tmp_path):
    notes = {
        "orders": {"north": WALK, "south": WALK},
        "reduced": {"north": "9 values are too few for (1,1,1): (0,1,0)", "south": "x"},
        "gaps": {"south": "gaps filled for the estimate"},
        "boxcox_lambda": {"north": 0.123456},
        "season_left_out": 30,
    }
    remarks = {r.note: str(r) for r in found(tmp_path, {("ARIMA", 2): notes})["ARIMA"].remarks}
    first = "simpler model than asked for: 2 series, first north (9 values are too few for (1,1,1): (0,1,0))"
    assert remarks["reduced"] == first
    assert remarks["boxcox_lambda"] == "Box-Cox power: north (0.1235)"
    assert remarks["season_left_out"] == "season left out: 30"
    assert set(remarks) == set(notes) - {"orders"}


def test_notes_of_a_plugin_under_the_same_keys_do_no_harm(tmp_path):
    odd = [{"orders": [1, 2]}, {"orders": {"a": 3}}, {"orders": {"a": {"order": 5}}}, {"periods": {"a": 12}}]
    odd += [{"groups": {"a": "x"}}, {"groups": {"a": {"lag": 1, "ridge": "much"}}}, {"seasonal": "yes"}]
    for notes in odd:
        assert found(tmp_path, {("ARIMA", 2): notes}) == {}
    text = {"orders": {"a": WALK}, "models_tried": {"a": "few"}, "groups": "none"}
    assert found(tmp_path, {("ARIMA", 2): text})["ARIMA"].search() == ""


def test_choices_are_in_html_markdown_and_json(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("ARIMA", "SARIMA", "Naive"), series=("a & <b>", "c|d")))
    both = {"orders": {"a & <b>": AIRLINE, "c|d": WALK}, "models_tried": {"a & <b>": 12, "c|d": 30}}
    full = with_notes(run, {("ARIMA", 2): {**both, "exact": {"c|d": "continued at /home/me/x.py"}}}, run.path)
    texts = {p.suffix[1:]: p.read_text() for p in write_report(full, tmp_path / "out")}
    assert "What the models chose" in texts["html"] and "a &amp; &lt;b&gt;: (1,1,1)(0,1,1)[12]" in texts["html"]
    assert "## What the models chose" in texts["md"]
    assert "- ARIMA: a &amp; &lt;b>: (1,1,1)(0,1,1)\\[12]; c\\|d: (0,1,0) with drift. Models tried: 21" in texts["md"]
    (value,) = json.loads(texts["json"])["choices"]
    assert value["stage"] == "ARIMA" and value["count"] == 2 and value["models_tried_median"] == 21
    assert {"choice": "(0,1,0) with drift", "count": 1, "names": ["c|d"]} in value["choices"]
    assert value["remarks"][0]["names"] == ["c|d"]
    assert not any("/home/" in text for text in texts.values())
    without = write_report(with_notes(run, {}, run.path), tmp_path / "plain")
    assert not any("models chose" in p.read_text() for p in without)


def test_two_stages_of_one_label_are_labelled_by_their_names(tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("ARIMA", "SARIMA", "Naive")))
    stages = run.stages.assign(stage=run.stages["stage"].replace("SARIMA", "ARIMA"))
    notes = {("ARIMA", 2): {"orders": {"north": WALK}}}
    labels = [c.stage for c in choices(Evaluation(with_notes(replace(run, stages=stages), notes, run.path)))]
    assert labels == ["ARIMA (of ARIMA)", "ARIMA (of SARIMA)"]
