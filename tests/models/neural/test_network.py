"""Assembly: a name becomes one graph; no two published networks are the same one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hybridts.models.neural.blocks import CNN, GRU, LSTM, MLP, Attention, BiGRU, BiLSTM, Shape
from hybridts.models.neural.expression import Parallel, Serial, TwoStep
from hybridts.models.neural.head import Head, HeadSpec
from hybridts.models.neural.network import (
    Blueprint,
    ConcatBranches,
    Frozen,
    Network,
    build,
    parameters_of,
    unwrapped,
)
from hybridts.names import build as rooms
from hybridts.names.catalog import PUBLISHED, default_registry
from hybridts.names.grammar import parse
from hybridts.names.recipe import Chain, Stage


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def stage_of(name, **settings):
    root = parse(name, default_registry(), settings).root
    assert isinstance(root, Chain)
    (stage,) = root.stages
    assert isinstance(stage, Stage)
    return stage


def expression_of(name, **settings):
    return rooms.forecaster(stage_of(name, **settings), default_registry()).expression  # type: ignore[attr-defined]


def networks():
    """The published names that are one network."""
    found = []
    for name in PUBLISHED:
        root = parse(name, default_registry()).root
        if isinstance(root, Chain) and len(root.stages) == 1:
            (stage,) = root.stages
            if isinstance(stage, Stage) and stage.kind == "neural":
                found.append(name)
    return found


def graph(module, shape):
    """What a module is made of: its layers in order, with their settings and the shapes of their weights."""
    shapes = [tuple(p.shape) for p in module.parameters()]
    return repr(module), str(shapes), shape


def window(length=12, channels=2, batch=3, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(batch, length, channels)).astype(np.float32))


def nothing_ahead(batch, horizon):
    return torch.zeros(batch, horizon, 0)


def answer(module, x):
    module.eval()
    with torch.no_grad():
        return module(x)


def test_the_published_list_has_nineteen_networks():
    assert len(networks()) == 19


def test_no_two_networks_of_the_published_list_have_the_same_graph():
    graphs = {name: graph(*build(expression_of(name), Shape(24, 2))) for name in networks()}
    for a, b in itertools.combinations(graphs, 2):
        assert graphs[a] != graphs[b], (a, b)
        # Not by names of classes alone: the numbers they learn are arranged differently, too.
        assert graphs[a][1:] != graphs[b][1:], (a, b)


def test_no_two_networks_of_the_published_list_compute_the_same_function():
    answers = {}
    for name in networks():
        torch.manual_seed(0)
        body, shape = build(expression_of(name), Shape(24, 2))
        torch.manual_seed(0)
        net = Network(body, shape.channels, HeadSpec(3, 0, 4))
        assert isinstance(net.head, Head)
        torch.manual_seed(1)
        nn.init.normal_(net.head.linear.weight)
        net.eval()
        with torch.no_grad():
            answers[name] = net(window(24), torch.zeros(3, 3), nothing_ahead(3, 4)).numpy()
    for a, b in itertools.combinations(answers, 2):
        assert answers[a].shape == (3, 4)
        assert not np.allclose(answers[a], answers[b]), (a, b)


@pytest.mark.parametrize("name", [*networks(), "(CNN|LSTM)", "(CNN|LSTM)-GRU", "CNN>LSTM", "CNN-LSTM-Attention"])
@pytest.mark.parametrize("length", [1, 3, 14])
def test_every_network_answers_with_the_shape_it_promises(name, length):
    body, shape = build(expression_of(name), Shape(length, 3))
    assert answer(body, window(length, 3)).shape == (3, shape.length, shape.channels)


# -- serial -------------------------------------------------------------------------------------------------------
def test_serial_parts_run_in_order_and_only_the_last_is_read_by_the_head():
    body, shape = build(Serial((MLP(hidden=5), LSTM(hidden=4), MLP(hidden=3))), Shape(6, 2))
    x = window(6)
    assert isinstance(body, nn.Sequential)
    each = answer(body[0], x)
    assert each.shape == (3, 6, 5)  # before another block: at every step
    states = answer(body[1], each)
    assert states.shape == (3, 6, 4)
    assert torch.equal(answer(body[2], states), answer(body, x))
    assert shape == Shape(1, 3)  # in last position: over the flattened sequence


# -- parallel -----------------------------------------------------------------------------------------------------
def test_branches_of_different_lengths_are_averaged_to_the_shortest_and_put_side_by_side():
    body, shape = build(Parallel((CNN(filters=4), LSTM(hidden=3))), Shape(8, 2), last=False)
    assert shape == Shape(4, 7)
    x = window(8)
    assert isinstance(body, ConcatBranches)
    cnn, lstm = (answer(branch, x) for branch in body.branches)
    pairs = lstm.reshape(3, 4, 2, 3).mean(dim=2)
    torch.testing.assert_close(answer(body, x), torch.cat([cnn, pairs], dim=-1))


def test_before_the_head_each_branch_gives_its_last_state():
    body, shape = build(Parallel((CNN(filters=4), LSTM(hidden=3), MLP(hidden=2))), Shape(8, 2))
    assert shape == Shape(1, 9)
    x = window(8)
    assert isinstance(body, ConcatBranches)
    parts = [answer(branch, x)[:, -1:] for branch in body.branches]
    torch.testing.assert_close(answer(body, x), torch.cat(parts, dim=-1))


def test_branches_of_one_length_are_only_put_side_by_side():
    body, shape = build(Parallel((GRU(hidden=4), LSTM(hidden=3))), Shape(5, 2), last=False)
    assert shape == Shape(5, 7)
    assert isinstance(body, ConcatBranches)
    x = window(5)
    torch.testing.assert_close(answer(body, x), torch.cat([answer(b, x) for b in body.branches], dim=-1))


# -- both directions ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("block", [BiLSTM(hidden=4), BiGRU(hidden=4)], ids=["BiLSTM", "BiGRU"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda b: b,
        lambda b: Serial((MLP(hidden=3), b)),
        lambda b: Parallel((b, b)),
        lambda b: TwoStep((MLP(hidden=3), Serial((LSTM(hidden=3), b)))),
    ],
    ids=["alone", "serial", "parallel", "two steps"],
)
def test_the_head_reads_both_directions_after_they_have_read_the_whole_window(block, wrap):
    body, shape = build(wrap(block), Shape(6, 2))
    net = Network(body, shape.channels, HeadSpec(1, 0, shape.channels))
    assert isinstance(net.head, Head)
    with torch.no_grad():
        net.head.linear.weight.copy_(torch.eye(shape.channels, shape.channels + 1))
    x = window(6)
    oldest = x.clone()
    oldest[:, 0] += 5.0
    beside = (torch.zeros(3, 1), nothing_ahead(3, shape.channels))
    net.eval()
    with torch.no_grad():
        moved = (net(oldest, *beside) - net(x, *beside)).abs().amax(dim=0)
    assert (moved > 1e-6).all()


# -- head ---------------------------------------------------------------------------------------------------------
def test_an_untrained_network_answers_zero_so_that_it_forecasts_its_anchor():
    body, shape = build(expression_of("CNN-LSTM"), Shape(12, 2))
    net = Network(body, shape.channels, HeadSpec(3, 2, 5))
    found: Tensor = net(window(), torch.ones(3, 3), torch.ones(3, 5, 2))
    assert found.shape == (3, 5) and not found.any()


def test_the_head_reads_the_last_state_and_the_facts_beside_the_window():
    body, shape = build(LSTM(hidden=3), Shape(12, 2))
    net = Network(body, shape.channels, HeadSpec(2, 0, 5))
    assert isinstance(net.head, Head)
    nn.init.normal_(net.head.linear.weight)
    x, extra = window(), torch.randn(3, 2)
    expected: Tensor = torch.cat([body(x)[:, -1], extra], dim=1) @ net.head.linear.weight.T + net.head.linear.bias
    torch.testing.assert_close(net(x, extra, nothing_ahead(3, 5)), expected)


# -- frozen parts and counts --------------------------------------------------------------------------------------
def test_a_frozen_part_answers_the_same_and_learns_nothing():
    part, _ = build(expression_of("DNN"), Shape(12, 2))
    x = window()
    frozen = Frozen(part)
    frozen.train()  # dropout stays off all the same
    torch.testing.assert_close(frozen(x), answer(part, x))
    assert not frozen(x).requires_grad
    assert not any(p.requires_grad for p in frozen.parameters())


def test_a_two_step_network_has_the_graph_of_the_serial_one():
    two, serial = build(expression_of("CNN>LSTM"), Shape(9, 2)), build(expression_of("CNN-LSTM"), Shape(9, 2))
    assert isinstance(expression_of("CNN>LSTM"), TwoStep)
    assert graph(*two) == graph(*serial)


def test_parameters_are_counted_with_those_that_learned_before():
    part, shape = build(MLP(hidden=4, layers=1), Shape(5, 2))
    assert parameters_of(part) == 5 * 2 * 4 + 4
    whole = Network(Frozen(part), shape.channels, HeadSpec(3, 0, 2))
    assert parameters_of(whole) == 44 + parameters_of(whole.head)


def test_frozen_parts_leave_no_trace_in_the_structure_of_a_finished_network():
    expression = expression_of("CNN>LSTM>GRU")
    whole = Blueprint(expression, Shape(12, 2), HeadSpec(3, 0, 4)).build()
    body = whole.body
    assert isinstance(body, nn.Sequential)
    wrapped = Network(nn.Sequential(Frozen(body[0]), Frozen(body[1]), body[2]), 64, HeadSpec(3, 0, 4))
    plain = unwrapped(wrapped)
    assert list(plain.state_dict()) == list(whole.state_dict())
    assert [p.requires_grad for p in plain.parameters()].count(False) == len(list(body[:2].parameters()))


# -- names --------------------------------------------------------------------------------------------------------
def test_settings_of_a_name_reach_its_blocks_by_position():
    expression = expression_of("LSTM-CNN-LSTM", **{"LSTM": {"hidden": 7}, "LSTM@2": {"hidden": 9}})
    assert expression == Serial((LSTM(hidden=7), CNN(), LSTM(hidden=9)))


def test_names_become_the_expressions_they_spell():
    assert expression_of("(CNN|LSTM)-GRU") == Serial((Parallel((CNN(), LSTM())), GRU()))
    assert expression_of("CNN-LSTM>GRU") == TwoStep((Serial((CNN(), LSTM())), GRU()))
    assert expression_of("CNN-LSTM-Attention") == Serial((CNN(), LSTM(), Attention()))


def test_a_fused_bidirectional_branch_stays_in_step_while_another_block_reads_it():
    """(BiLSTM|LSTM)-LSTM: the backward half at step t has read t and what follows it, and nothing else."""
    body, _ = build(Parallel((BiLSTM(hidden=4), LSTM(hidden=4))), Shape(6, 2), last=False)
    x = torch.randn(1, 6, 2)
    changed = x.clone()
    changed[:, 5] += 1
    with torch.no_grad():
        moved = (body(x) != body(changed)).squeeze(0)
    assert moved[0, 4:8].all()  # the first step's backward half knows the last step
    early = x.clone()
    early[:, 0] += 1
    with torch.no_grad():
        moved = (body(x) != body(early)).squeeze(0)
    assert not moved[5, 4:8].any()  # the last step's backward half does not know the first
