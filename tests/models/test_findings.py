"""Findings of a fit: typed values and their JSON form, which a run directory keeps."""

from __future__ import annotations

import json

import pytest

from hybridts.hybrids.gate import Gate
from hybridts.models.findings import (
    ArimaOrder,
    Decomposition,
    EnsembleWeightsFound,
    EtsComponents,
    FixedCombination,
    GateEvidence,
    Importances,
    OrderSearch,
    StageFindings,
    StageNote,
    VarFound,
)
from hybridts.models.statistical._arima.order import Order
from tests.fakes.stored_run import AIRLINE

SYSTEM = {
    "members": ["a", "b"],
    "columns": 2,
    "rows": 90,
    "lag": 2,
    "differenced": True,
    "ridge": 17.5,
    "damped": False,
}


@pytest.mark.parametrize(
    ("kind", "notes"),
    [
        (ArimaOrder, AIRLINE),
        (ArimaOrder, {"order": [1, 1, 0], "seasonal": [0, 0, 0], "season": 168, "constant": True, "waves": [1, 7]}),
        (VarFound, SYSTEM),
        (VarFound, {**SYSTEM, "exogenous": 0, "left_out": {"c": "it shows no value"}}),
        (OrderSearch, {"models_tried": {"a": 12}, "search_stopped": {"a": "by the budget of 94 models"}}),
        (OrderSearch, {}),
        (GateEvidence, {"gate": [0.0, 0.25], "gate_reason": "gain", "gate_gain": 0.01, "gate_pieces": 4}),
        (EnsembleWeightsFound, {"weights": {"b": 0.75, "a": 0.25}, "weights_reason": "learned on 40 targets"}),
        (FixedCombination, {"combined": {"members": "the mean of 3 members"}}),
        (Importances, {"importances": {"lag_1": 0.75, "step": 0.25}}),
        (EtsComponents, "AAdN"),
        (StageNote, {"a": "gaps filled"}),
        (StageNote, 24),
    ],
)
def test_the_json_form_is_read_and_written_alike(kind, notes):
    value = kind.from_notes(notes)
    assert json.dumps(value.to_notes()) == json.dumps(notes)
    assert kind.from_notes(json.loads(json.dumps(value.to_notes()))) == value


def test_the_forms_are_those_of_the_models():
    order = Order(plain=(1, 1, 1), seasonal=(0, 1, 1), season=12, harmonics=(1, 2))
    assert Order.of(ArimaOrder.from_notes(order.to_notes())) == order
    gate = Gate([0.5, 0.0], "gain", 0.25, 5)  # type: ignore[arg-type]
    assert GateEvidence.from_notes(gate.notes()).to_notes() == gate.notes()


def test_a_decomposition_is_read_from_the_keys_of_its_stage():
    notes = {"rest": "ETS", "periods": {"a": [24, 168], "b": []}, "components": {"a": "AAdN"}}
    findings = StageFindings.from_notes(notes)
    assert findings.periods == {
        "a": Decomposition((24, 168), "ETS", EtsComponents("AAdN")),
        "b": Decomposition((), "ETS"),
    }
    assert findings.periods["a"].to_notes() == {"periods": [24, 168], "components": "AAdN"}
    assert not findings.components  # they are those of the rest


def test_components_are_letters_or_another_text():
    assert EtsComponents("MAdM").parts == ("M", "Ad", "M")
    assert EtsComponents("ANN with weight 0.9999").parts is None


def test_a_value_in_another_form_is_absent_and_the_others_are_read():
    odd = {
        "orders": [1],
        "groups": {"a": {"lag": "x"}},
        "periods": {"a": 12},
        "seasonal": "yes",
        "weights": {"a": None},
        "gate": 3,
        "importances": [1],
        "models_tried": {"a": "few", "b": 4},
        "combined": {},
    }
    findings = StageFindings.from_notes({**odd, "components": {"a": "ANN"}})
    assert findings.components == {"a": EtsComponents("ANN")} and findings.search.tried == {"b": 4}
    assert not (findings.orders or findings.groups or findings.periods or findings.seasons)
    assert (findings.weights, findings.gate, findings.importances, findings.combined) == (None,) * 4
    assert findings.notes["seasonal"] == StageNote(value="yes")
