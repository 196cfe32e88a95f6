"""Blocks: each answers with the shape it promises, looks back only, and the hand-written cells match loops in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.models.neural.blocks import (
    CIFGLSTM,
    CNN,
    DNN,
    GRU,
    LSTM,
    MLP,
    RNN,
    Attention,
    BiGRU,
    BiLSTM,
    ConvLSTM,
    Shape,
)
from hybridts.models.neural.layers.attention import AttentionPool, CausalAttention
from hybridts.models.neural.layers.convlstm import ConvLSTMCell
from hybridts.models.neural.layers.convolution import CausalConv
from hybridts.models.neural.layers.recurrent import CoupledCell, Recurrent

LAW = settings(max_examples=30, deadline=None)
BLOCKS = (
    RNN(hidden=5),
    LSTM(hidden=5, layers=2),
    GRU(hidden=5),
    BiLSTM(hidden=3),
    BiGRU(hidden=3),
    CIFGLSTM(hidden=5),
    CNN(filters=4),
    CNN(filters=4, kernel=2, layers=3),
    CNN(filters=4, dilation=2),
    CNN(filters=4, subsequences=4),
    CNN(filters=4, subsequences=3, dilation=3, layers=2),
    ConvLSTM(filters=3),
    ConvLSTM(filters=2, piece=4),
    MLP(hidden=6),
    DNN(hidden=6),
    Attention(),
)
#: Those that answer at every step from the steps up to it.
CAUSAL = (RNN(hidden=5), LSTM(hidden=5), GRU(hidden=5), CIFGLSTM(hidden=5), MLP(hidden=32), DNN(hidden=8), Attention())


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def answer(module, x):
    module.eval()
    with torch.no_grad():
        return module(torch.as_tensor(x, dtype=torch.float32)).numpy()


def data(batch, length, channels, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, length, channels)).astype(np.float32)


@LAW
@given(st.sampled_from(BLOCKS), st.integers(1, 30), st.integers(1, 4), st.booleans(), st.integers(1, 3))
def test_every_block_answers_with_the_shape_it_promises(block, length, channels, last, batch):
    module, after = block.build(Shape(length, channels), last)
    assert answer(module, data(batch, length, channels)).shape == (batch, after.length, after.channels)
    assert 1 <= after.length <= length


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_answers_each_window_as_if_it_were_alone(block):
    module, _ = block.build(Shape(9, 2), True)
    x = data(3, 9, 2)
    alone = np.concatenate([answer(module, x[k : k + 1]) for k in range(3)])
    np.testing.assert_allclose(answer(module, x), alone, atol=1e-6)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
@pytest.mark.parametrize("last", [True, False])
def test_the_newest_step_reaches_the_newest_state_of_every_block(block, last):
    # BiLSTM and BiGRU: its forward half; the backward half is turned by the assembly.
    module, _ = block.build(Shape(10, 2), last)
    x = data(8, 10, 2)
    moved = x.copy()
    moved[:, -1] += 3.0
    assert np.abs(answer(module, moved)[:, -1] - answer(module, x)[:, -1]).max() > 1e-4


def weights_of(layer):
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


# -- hand-written cells against loops -----------------------------------------------------------------------------
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@LAW
@given(st.integers(1, 4), st.integers(1, 12), st.integers(1, 3), st.integers(1, 6), st.integers(0, 99))
def test_the_coupled_cell_is_the_loop_of_its_equations(batch, length, channels, hidden, seed):
    cell = CoupledCell(channels, hidden)
    with torch.no_grad():
        for weight in cell.parameters():
            weight.mul_(3)  # away from where every gate is a half
    Wx, bias = cell.of_input.weight.detach().numpy(), cell.of_input.bias.detach().numpy()
    Wh = cell.of_state.weight.detach().numpy()
    x = data(batch, length, channels, seed)
    expected = np.zeros((batch, length, hidden))
    for b in range(batch):
        h = c = np.zeros(hidden)
        for t in range(length):
            z = Wx @ x[b, t] + bias + Wh @ h
            forget, out, new = z[:hidden], z[hidden : 2 * hidden], z[2 * hidden :]
            f = sigmoid(forget)
            c = f * c + (1 - f) * np.tanh(new)  # the one gate forgets and writes
            h = sigmoid(out) * np.tanh(c)
            expected[b, t] = h
    np.testing.assert_allclose(answer(cell, x), expected, atol=2e-6)


def test_a_coupled_cell_has_three_quarters_of_the_gates_of_an_lstm():
    coupled = sum(p.numel() for p in CIFGLSTM(hidden=7).build(Shape(4, 2), True)[0].parameters())
    assert coupled == 3 * 7 * (2 + 7 + 1)


@LAW
@given(st.integers(1, 13), st.integers(1, 3), st.integers(1, 5), st.integers(0, 99))
def test_the_conv_lstm_cell_is_the_loop_over_its_pieces(length, channels, piece, seed):
    filters, kernel = 2, 3
    cell = ConvLSTMCell(channels, filters, kernel, piece)
    W, bias = weights_of(cell.gates)
    x = data(1, length, channels, seed)[0]
    count = -(-length // piece)
    padded = np.concatenate([np.zeros((count * piece - length, channels)), x])
    h = c = np.zeros((filters, piece))
    expected = []
    for s in range(count):
        read = np.concatenate([padded[s * piece : (s + 1) * piece].T, h])
        wide = np.pad(read, ((0, 0), (1, 1)))
        z = np.stack([(W * wide[:, k : k + kernel]).sum(axis=(1, 2)) + bias for k in range(piece)], axis=1)
        i, f, o, g = np.split(z, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        expected.append(h.ravel())
    np.testing.assert_allclose(answer(cell, x[None])[0], np.array(expected), atol=2e-6)


@LAW
@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 4), st.booleans(), st.integers(0, 99))
def test_a_convolution_is_the_loop_over_the_steps_up_to_each_and_pools_from_the_newest(
    length, channels, kernel, pool, seed
):
    conv = CausalConv(channels, 3, kernel, pool=pool)
    W, bias = weights_of(conv.conv)  # [filters, channels, kernel]
    x = data(1, length, channels, seed)[0]
    states = []
    for t in range(length):
        total = bias.copy()
        for back in range(kernel):
            if t - back >= 0:
                total = total + W[:, :, kernel - 1 - back] @ x[t - back]
        states.append(np.maximum(total, 0))
    if pool:
        newest_first = states[::-1]
        pairs = [np.max(newest_first[k : k + 2], axis=0) for k in range(0, length, 2)]
        states = pairs[::-1]
    np.testing.assert_allclose(answer(conv, x[None])[0], np.array(states), atol=2e-6)


@LAW
@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 99))
def test_causal_attention_is_the_loop_over_the_steps_up_to_each(length, channels, seed):
    mix = CausalAttention(channels)
    W, bias = mix.project.weight.detach().numpy(), mix.project.bias.detach().numpy()
    x = data(1, length, channels, seed)[0]
    q, k, v = np.split(x @ W.T + bias, 3, axis=1)
    expected = []
    for t in range(length):
        score = k[: t + 1] @ q[t] / np.sqrt(channels)
        weight = np.exp(score - score.max())
        expected.append(x[t] + weight @ v[: t + 1] / weight.sum())
    np.testing.assert_allclose(answer(mix, x[None])[0], np.array(expected), atol=2e-5)


def test_attention_pooling_is_a_weighted_mean_of_the_states():
    pool = AttentionPool(3, 4)
    x = data(2, 6, 3)
    with torch.no_grad():
        score = pool.score(torch.from_numpy(x)).numpy()[..., 0]
    weight = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(answer(pool, x)[:, 0], (weight[..., None] * x).sum(axis=1), atol=1e-6)
    same = np.broadcast_to(x[:, :1], x.shape).copy()
    np.testing.assert_allclose(answer(pool, same)[:, 0], x[:, 0], atol=1e-6)


# -- looking back only --------------------------------------------------------------------------------------------
@LAW
@given(st.sampled_from(CAUSAL), st.integers(2, 16), st.data())
def test_a_state_does_not_see_later_steps(block, length, draw):
    module, _ = block.build(Shape(length, 2), False)
    at = draw.draw(st.integers(1, length - 1))
    x = data(8, length, 2)
    moved = x.copy()
    moved[:, at:] += 5.0
    before, after = answer(module, x), answer(module, moved)
    np.testing.assert_allclose(after[:, :at], before[:, :at], atol=1e-6)
    assert np.abs(after[:, at:] - before[:, at:]).max() > 1e-6


@LAW
@given(st.integers(2, 25), st.booleans(), st.integers(1, 4), st.data())
def test_pooled_convolutions_do_not_look_ahead_counted_from_the_newest_step(length, last, layers, draw):
    module, after = CNN(filters=4, layers=layers).build(Shape(length, 2), last)
    halvings = layers if last else 1
    k = draw.draw(st.integers(0, after.length - 1))  # how many states before the newest
    reads_until = length - 1 - k * 2**halvings
    x = data(2, length, 2)
    moved = x.copy()
    moved[:, max(reads_until, 0) + 1 :] += 5.0
    np.testing.assert_allclose(answer(module, moved)[:, -1 - k], answer(module, x)[:, -1 - k], atol=1e-6)


@pytest.mark.parametrize("length", [2, 7, 12, 24, 33, 48])
def test_a_cnn_in_last_position_sees_the_whole_window(length):
    module, after = CNN(filters=16).build(Shape(length, 1), True)
    assert after.length == 1
    x = data(16, length, 1)
    for step in range(length):
        moved = x.copy()
        moved[:, step] += 5.0
        assert np.abs(answer(module, moved) - answer(module, x)).max() > 1e-6, step


def test_a_cnn_before_another_block_halves_the_length_once():
    assert CNN(filters=4).build(Shape(13, 2), False)[1] == Shape(7, 4)
    assert CNN(filters=4).build(Shape(1, 2), False)[1] == Shape(1, 4)


# -- dilation -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("length", "dilation", "kernel"), [(2, 2, 3), (24, 2, 3), (33, 3, 3), (48, 2, 2), (100, 4, 4)])
def test_a_dilated_cnn_sees_the_whole_window_without_pooling(length, dilation, kernel):
    module, after = CNN(filters=8, dilation=dilation, kernel=kernel).build(Shape(length, 1), True)
    assert after == Shape(length, 8)
    x = data(16, length, 1)
    for step in (0, length // 2, length - 1):
        moved = x.copy()
        moved[:, step] += 5.0
        assert np.abs(answer(module, moved)[:, -1] - answer(module, x)[:, -1]).max() > 1e-6, step


def test_layer_i_of_a_dilated_cnn_reads_every_dilation_to_the_i_th_row():
    module, _ = CNN(filters=3, kernel=2, layers=3, dilation=2).build(Shape(30, 1), False)
    x = data(4, 30, 1)
    read = {
        back
        for back in range(30)
        if np.abs(answer(module, x)[:, -1] - answer(module, _nudged(x, 29 - back))[:, -1]).max() > 1e-7
    }
    assert read == set(range(8))


def _nudged(x, step):
    moved = x.copy()
    moved[:, step] += 5.0
    return moved


# -- sub-sequences ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(("length", "pieces", "expected"), [(12, 4, 4), (13, 4, 4), (9, 4, 4), (3, 4, 3), (7, 1, 1)])
def test_every_sub_sequence_becomes_one_vector(length, pieces, expected, last):
    module, after = CNN(filters=5, subsequences=pieces).build(Shape(length, 2), last)
    assert after == (Shape(1, 5 * expected) if last else Shape(expected, 5))
    assert answer(module, data(2, length, 2)).shape == (2, after.length, after.channels)


def test_nothing_crosses_from_one_sub_sequence_to_another_and_each_reads_all_of_its_rows():
    module, _ = CNN(filters=16, subsequences=3).build(Shape(14, 1), False)  # rows 0-3, 4-8, 9-13
    x = data(16, 14, 1)
    for step in range(14):
        change = np.abs(answer(module, _nudged(x, step)) - answer(module, x)).max(axis=(0, 2))
        piece = (step + 1) // 5  # one row of padding before the oldest
        assert change[piece] > 1e-6 and np.delete(change, piece).max() == 0, step


def test_in_last_position_the_head_reads_every_sub_sequence():
    settings = CNN(filters=16, subsequences=3)
    module, _ = settings.build(Shape(14, 1), True)
    pieces, _ = settings.build(Shape(14, 1), False)
    pieces.load_state_dict({k.removeprefix("0."): v for k, v in module.state_dict().items()})
    x = data(16, 14, 1)
    np.testing.assert_array_equal(answer(module, x), answer(pieces, x).reshape(16, 1, -1))


def test_sub_sequences_are_read_by_one_and_the_same_cnn():
    module, _ = CNN(filters=4, subsequences=2).build(Shape(8, 1), False)
    x = data(3, 4, 1)
    twice = answer(module, np.concatenate([x, x], axis=1))
    np.testing.assert_allclose(twice[:, 0], twice[:, 1], atol=1e-6)
    alone, _ = CNN(filters=4).build(Shape(4, 1), True)
    alone.load_state_dict({k.removeprefix("module."): v for k, v in module.state_dict().items()})
    np.testing.assert_allclose(answer(alone, x)[:, -1], twice[:, 0], atol=1e-6)


# -- settings that cannot be --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (CNN, {"subsequences": 0}, "subsequences must be a whole number of at least 1, found 0"),
        (CNN, {"subsequences": 2.5}, "subsequences must be a whole number of at least 1, found 2.5"),
        (CNN, {"subsequences": True}, "subsequences must be a whole number"),
        (CNN, {"dilation": 0}, "dilation must be a whole number of at least 1, found 0"),
        (CNN, {"dilation": 4}, r"dilation must be at most the kernel \(3\).*found 4"),
        (LSTM, {"hidden": "64"}, "hidden must be a whole number of at least 1, found '64'"),
        (BiGRU, {"layers": 0}, "layers must be"),
        (CIFGLSTM, {"hidden": -1}, "hidden must be"),
        (ConvLSTM, {"piece": 0}, "piece must be"),
        (MLP, {"layers": 0}, "layers must be"),
        (DNN, {"dropout": 1.0}, "dropout must be at least 0 and below 1, found 1.0"),
        (Attention, {"hidden": 0}, "hidden must be"),
    ],
)
def test_a_block_refuses_settings_that_cannot_be_by_name(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind(**wrong)


def test_dense_blocks_read_the_flattened_window_in_last_position_and_single_steps_before_another():
    for block in (MLP(hidden=6), DNN(hidden=6)):
        whole, flat = block.build(Shape(5, 2), True)
        each, steps = block.build(Shape(5, 2), False)
        assert (flat, steps) == (Shape(1, 6), Shape(5, 6))
        x = data(4, 5, 2)
        moved = x.copy()
        moved[:, 0] += 5.0
        assert np.abs(answer(whole, moved) - answer(whole, x)).max() > 1e-4
        np.testing.assert_allclose(answer(each, moved)[:, 1:], answer(each, x)[:, 1:], atol=1e-6)


def test_a_layer_in_both_directions_reads_the_window_from_both_ends():
    net, _ = BiLSTM(hidden=3).build(Shape(6, 2), True)
    assert isinstance(net, Recurrent) and net.both
    x = data(2, 6, 2)
    first, newest = x.copy(), x.copy()
    first[:, 0] += 5.0
    newest[:, -1] += 5.0
    base, ahead, behind = answer(net, x), answer(net, first), answer(net, newest)
    assert np.abs(ahead - base)[:, 1:, 3:].max() < 1e-6 < np.abs(ahead - base)[:, 1:, :3].max()
    assert np.abs(behind - base)[:, :-1, :3].max() < 1e-6 < np.abs(behind - base)[:, :-1, 3:].max()


@pytest.mark.parametrize("block", [LSTM(hidden=4, layers=2), GRU(hidden=4), RNN(hidden=4), BiLSTM(hidden=4)], ids=str)
def test_recurrent_settings_are_those_of_the_torch_layer(block):
    net, _ = block.build(Shape(6, 2), True)
    assert isinstance(net, Recurrent)
    assert (net.layer.input_size, net.layer.hidden_size, net.layer.num_layers) == (2, 4, block.layers)
    assert type(net.layer).__name__ in type(block).__name__
