"""Blocks on a grid: 2-D convolutions against loops in numpy, and which frames and cells each of them reads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.errors import StageFailure
from hybridts.models.neural.blocks import CNN, DNN, GRU, LSTM, MLP, Attention, ConvLSTM, Shape
from hybridts.models.neural.expression import Parallel, Serial
from hybridts.models.neural.head import CellHead, HeadSpec
from hybridts.models.neural.layers.convlstm import FrameLSTMCell
from hybridts.models.neural.layers.frames import Conv2dBlock
from hybridts.models.neural.network import Blueprint, build

LAW = settings(max_examples=20, deadline=None)
GRID = (3, 4)
CELLS = 12
FRAMES = Shape(6, 2 * CELLS, GRID)


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def answer(module, *x):
    module.eval()
    with torch.no_grad():
        return module(*(torch.as_tensor(part, dtype=torch.float32) for part in x)).numpy()


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def weights_of(layer):
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def product(weight, frame):
    """[filters, rows, columns] a "same" convolution of [channels, rows, columns], cell by cell."""
    kernel, (_, rows, columns) = weight.shape[-1], frame.shape
    before = (kernel - 1) // 2
    wide = np.pad(frame, ((0, 0), (before, kernel - 1 - before), (before, kernel - 1 - before)))
    found = np.zeros((len(weight), rows, columns))
    for r in range(rows):
        for c in range(columns):
            found[:, r, c] = (weight * wide[:, r : r + kernel, c : c + kernel]).sum(axis=(1, 2, 3))
    return found


# -- against loops ------------------------------------------------------------------------------------------------
@LAW
@given(
    st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 99)
)
def test_the_conv_lstm_over_frames_is_the_loop_of_its_equations(rows, columns, channels, length, kernel, seed):
    filters = 2
    cell = FrameLSTMCell(channels, filters, kernel, (rows, columns))
    with torch.no_grad():
        for weight in cell.parameters():
            weight.mul_(2)  # away from where every gate is a half
    (Wx, bias), Wh = weights_of(cell.of_input), cell.of_state.weight.detach().numpy()
    x = data(length, channels, rows, columns, seed=seed)
    h = c = np.zeros((filters, rows, columns))
    expected = []
    for frame in x:
        z = product(Wx, frame) + bias[:, None, None] + product(Wh, h)
        i, f, o, g = np.split(z, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        expected.append(h.ravel())
    np.testing.assert_allclose(answer(cell, x.reshape(1, length, -1))[0], np.array(expected), atol=5e-6)


@LAW
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.booleans(), st.integers(0, 99))
def test_a_convolution_of_frames_is_the_loop_over_their_cells(rows, columns, kernel, pool, seed):
    conv = Conv2dBlock(2, 3, kernel, pool=pool)
    frame = data(2, rows, columns, seed=seed)
    W, bias = weights_of(conv.conv)
    expected = np.maximum(product(W, frame) + bias[:, None, None], 0)
    if pool:
        blocks = [(r, c) for r in range(0, rows, 2) for c in range(0, columns, 2)]
        pooled = [expected[:, r : r + 2, c : c + 2].max(axis=(1, 2)) for r, c in blocks]
        expected = np.array(pooled).T.reshape(3, -(-rows // 2), -(-columns // 2))
    np.testing.assert_allclose(answer(conv, frame[None])[0], expected, atol=2e-6)


# -- shapes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (CNN(filters=5), Shape(1, 60, GRID)),
        (CNN(filters=5, dilation=2), Shape(1, 60, GRID)),
        (Serial((CNN(filters=5), LSTM(hidden=7))), Shape(6, 7)),
        (Serial((CNN(filters=5), ConvLSTM(filters=3))), Shape(6, 12, (2, 2))),
        (ConvLSTM(filters=3), Shape(6, 36, GRID)),
        (Serial((ConvLSTM(filters=3), Attention())), Shape(1, 36, GRID)),
        (Serial((ConvLSTM(filters=3), CNN(filters=4))), Shape(1, 48, GRID)),
        (Serial((Attention(), GRU(hidden=5))), Shape(6, 5)),
        (Serial((LSTM(hidden=5), CNN(filters=4))), Shape(1, 4)),
        (MLP(hidden=9), Shape(1, 9)),
        (Serial((DNN(hidden=9), LSTM(hidden=4))), Shape(6, 4)),
        (Parallel((CNN(filters=4), ConvLSTM(filters=3))), Shape(1, 84, GRID)),
        (Parallel((CNN(filters=4), LSTM(hidden=3))), Shape(1, 51)),
    ],
    ids=str,
)
def test_expressions_on_a_grid_answer_with_the_shape_they_promise(expression, expected):
    module, after = build(expression, FRAMES)
    assert after == expected
    assert answer(module, data(2, 6, 24)).shape == (2, after.length, after.channels)


@pytest.mark.parametrize("grid", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_small_grids_are_read_too(grid):
    for expression in (CNN(filters=2), ConvLSTM(filters=2), Serial((CNN(filters=2), LSTM(hidden=3)))):
        shape = Shape(4, 3 * grid[0] * grid[1], grid)
        module, after = build(expression, shape)
        assert answer(module, data(2, *shape[:2])).shape == (2, after.length, after.channels)


def test_sub_sequences_and_a_grid_exclude_each_other():
    with pytest.raises(StageFailure, match=r"CNN: `subsequences` cuts the window of one series.*Leave one of them out"):
        CNN(subsequences=2).build(FRAMES, True)


# -- what is read -------------------------------------------------------------------------------------------------
def test_a_cnn_before_another_block_reads_each_frame_by_itself():
    module, _ = CNN(filters=5).build(FRAMES, False)
    x = data(8, 6, 24)
    moved = x.copy()
    moved[:, 2] += 3.0
    change = np.abs(answer(module, moved) - answer(module, x)).max(axis=(0, 2))
    assert change[2] > 1e-4 and np.delete(change, 2).max() == 0


def test_a_cnn_in_last_position_reads_all_frames_of_the_window():
    module, _ = CNN(filters=5).build(FRAMES, True)
    x = data(8, 6, 24)
    for step in range(6):
        moved = x.copy()
        moved[:, step] += 3.0
        assert np.abs(answer(module, moved) - answer(module, x)).max() > 1e-5, step


def test_a_state_of_the_conv_lstm_sees_no_later_frame_and_only_near_cells():
    module, _ = ConvLSTM(filters=2).build(Shape(4, 25, (5, 5)), True)
    x = data(4, 4, 25)
    moved = x.copy()
    moved[:, 1, 0] += 3.0  # the corner cell at step 1
    change = np.abs(answer(module, moved) - answer(module, x)).max(axis=0).reshape(4, 2, 5, 5).max(axis=1)
    assert change[0].max() == 0 and change[1, 0, 0] > 1e-5
    assert change[1, 2:].max() == 0 and change[1, :, 2:].max() == 0  # a step moves news by one cell
    assert change[2, 3:].max() == 0 and change[2, 2, 2] > 0


# -- the head -----------------------------------------------------------------------------------------------------
def test_cells_kept_apart_share_one_head():
    horizon, outside = 3, HeadSpec(2 * CELLS, 2, 3 * CELLS, (0.1, 0.5, 0.9))
    head = CellHead(5 * CELLS, outside, CELLS)
    with torch.no_grad():
        for weight in head.parameters():
            weight.normal_()
    state, extra, ahead = data(2, 5, CELLS), data(2, CELLS, 2, seed=1), data(2, CELLS, horizon, 2, seed=2)
    found = answer(head, state.reshape(2, -1), extra.reshape(2, -1), ahead.reshape(2, -1, 2))
    assert found.shape == (2, CELLS * horizon, 3)
    for cell in range(CELLS):
        alone = answer(head.head, state[:, :, cell], extra[:, cell], ahead[:, cell])
        np.testing.assert_allclose(found.reshape(2, CELLS, horizon, 3)[:, cell], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("expression", "shared"), [(ConvLSTM(), True), (CNN(), True), (LSTM(), False), (MLP(), False)])
def test_the_head_is_shared_exactly_where_the_body_keeps_cells_apart(expression, shared):
    net = Blueprint(expression, FRAMES, HeadSpec(3 * CELLS, 0, 3 * CELLS)).build()
    assert isinstance(net.head, CellHead) == shared
    beside = (torch.zeros(2, 3 * CELLS), torch.zeros(2, 3 * CELLS, 0))
    assert net(torch.from_numpy(data(2, 6, 24)), *beside).shape == (2, 3 * CELLS)
