"""Dropout, losses, optimisers, schedules and epochs: each does what it says, and the defaults change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import hybridts as ht
from hybridts.errors import BadSetting
from hybridts.models.neural.blocks import DNN, LSTM, MLP, Shape
from hybridts.models.neural.expression import Serial
from hybridts.models.neural.head import HeadSpec
from hybridts.models.neural.network import Blueprint
from hybridts.models.neural.trainer import known_error, optimiser_of, rate_factor
from hybridts.models.neural.training_settings import Training, resolved
from hybridts.names import build
from hybridts.names.grammar import parse
from tests.fakes.frames import frame_of

TINY = {"steps": 8, "window": 12, "batch": 16}


def test_losses_are_those_of_torch_and_leave_out_unknown_targets():
    draw = torch.Generator().manual_seed(0)
    output, target = (3 * torch.randn(5, 4, generator=draw) for _ in range(2))
    known: list[tuple[Any, Any]] = [("mae", F.l1_loss), ("mse", F.mse_loss), ("huber", F.huber_loss)]
    for name, loss in known:
        assert torch.allclose(known_error(output, target, (), name), loss(output, target))
        gaps = target.clone()
        gaps[0] = torch.nan
        assert torch.allclose(known_error(output, gaps, (), name), loss(output[1:], target[1:]))


@pytest.mark.parametrize(
    ("schedule", "first", "last"),
    [("one_cycle", 0.05, 0.0), ("cosine", 1, 0), ("linear", 1, 0), ("step", 1, 0.01), ("constant", 1, 1)],
)
def test_a_schedule_begins_and_ends_as_it_says(schedule, first, last):
    factors = [rate_factor(schedule, step, 1000) for step in range(1000)]
    assert factors[0] == pytest.approx(first, abs=0.01) and factors[-1] == pytest.approx(last, abs=0.01)
    assert max(factors) == pytest.approx(1, abs=1e-3) and min(factors) >= 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adamw", torch.optim.AdamW),
        ("adam", torch.optim.Adam),
        ("sgd", torch.optim.SGD),
        ("rmsprop", torch.optim.RMSprop),
    ],
)
def test_an_optimiser_has_the_rate_and_the_decay_of_the_settings(name, kind):
    made = optimiser_of([nn.Parameter(torch.zeros(2))], Training(optimiser=name, rate=0.07, decay=0.2))
    assert type(made) is kind
    assert (made.param_groups[0]["lr"], made.param_groups[0]["weight_decay"]) == (0.07, 0.2)


def test_epochs_are_passes_over_the_windows():
    assert resolved(Training(epochs=3, batch=10), 105, False).steps == 32
    assert resolved(Training(epochs=0.01, batch=10), 105, False).steps == 1


def test_dropout_is_used_while_training_alone_and_adds_no_weight():
    plan = Blueprint(Serial((MLP(hidden=16), LSTM(hidden=8))), Shape(12, 2), HeadSpec(3, 0, 4))
    given = torch.randn(6, 12, 2), torch.randn(6, 3), torch.zeros(6, 4, 0)
    plain, dropped = plan.build(), plan._replace(dropout=0.5).build()
    dropped.load_state_dict(plain.state_dict())
    for net in (plain, dropped):
        nn.init.normal_(net.head.linear.weight, generator=torch.Generator().manual_seed(1))  # type: ignore[union-attr,arg-type]
    assert torch.equal(plain.eval()(*given), dropped.eval()(*given))
    assert torch.equal(plain.train()(*given), plain(*given))
    assert not torch.equal(dropped.train()(*given), dropped(*given))


@pytest.mark.parametrize(
    "changed",
    [
        {"dropout": 0.3},
        {"loss": "mse"},
        {"loss": "huber"},
        {"optimiser": "sgd"},
        {"optimiser": "rmsprop"},
        {"optimiser": "adam"},
        {"schedule": "constant"},
        {"epochs": 2, "steps": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["MLP-LSTM", "ARIMA-GRU", "CNN>GRU"])
def test_a_choice_trains_another_network_with_finite_forecasts(name, changed):
    frame, known = frame_of((50, 50)), {}
    for label, given in (("default", {}), ("changed", changed)):
        settings = {"Network": {k: v for k, v in {**TINY, **given}.items() if v is not None}}
        if name == "ARIMA-GRU":
            settings["Chain"] = {"gate": "open"}
        known[label] = ht.model(name, settings=settings).fit(frame, horizon=2, jobs=1).predict()[name].to_numpy()
    assert np.isfinite(known["changed"]).all()
    assert not np.array_equal(known["default"], known["changed"])


def training_of(settings, name="LSTM"):
    from hybridts.names.catalog import default_registry

    table = default_registry()
    made = build.forecaster(parse(name, table, settings).stages()[0], table)
    return getattr(made, "training"), getattr(made, "expression")  # noqa: B009 - the protocol has neither


@pytest.mark.parametrize("key", ["Network", "LSTM"])
@pytest.mark.parametrize(
    ("alias", "name", "value"),
    [
        ("lr", "rate", 0.01),
        ("learning_rate", "rate", 0.01),
        ("batch_size", "batch", 8),
        ("weight_decay", "decay", 0.1),
        ("optimizer", "optimiser", "adam"),
        ("n_epochs", "epochs", 4),
    ],
)
def test_other_libraries_names_of_training_are_aliases(key, alias, name, value):
    assert training_of({key: {alias: value}}) == training_of({key: {name: value}})
    assert training_of({key: {alias: value}})[0] == replace(Training(), **{name: value})
    with pytest.raises(BadSetting, match="two names of one setting"):
        parse_with({key: {alias: value, name: value}})


def parse_with(settings):
    from hybridts.names.catalog import default_registry

    return parse("LSTM", default_registry(), settings)


def test_a_block_with_a_setting_of_this_name_keeps_it():
    training, expression = training_of({"DNN": {"dropout": 0.4}}, "DNN")
    assert (training.dropout, expression) == (0.0, DNN(dropout=0.4))
    assert training_of({"Network": {"dropout": 0.4}}, "DNN") == (Training(dropout=0.4), DNN())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1"),
        ({"loss": "mape"}, "mae, mse, huber or quantile"),
        ({"loss": "quantile"}, "needs quantiles"),
        ({"loss": "mse", "quantiles": [0.1]}, "learns no quantiles"),
        ({"optimiser": "lion"}, "adamw, adam, sgd or rmsprop"),
        ({"schedule": "cyclic"}, "one_cycle, cosine, linear, step or constant"),
        ({"epochs": 0}, "a number above 0"),
        ({"epochs": 2, "steps": 3}, "both given"),
    ],
)
def test_wrong_choices_are_refused_in_words(given, words):
    with pytest.raises(BadSetting, match=words):
        parse_with({"Network": given})


@pytest.mark.parametrize(
    ("block", "alias", "name"),
    [
        ("LSTM", "hidden_size", "hidden"),
        ("BiGRU", "num_layers", "layers"),
        ("MLP", "units", "hidden"),
        ("CIFG-LSTM", "units", "hidden"),
        ("CNN", "kernel_size", "kernel"),
    ],
)
def test_other_libraries_names_of_sizes_are_aliases(block, alias, name):
    assert training_of({block: {alias: 3}}, block) == training_of({block: {name: 3}}, block)
