"""The training loop: its schedule, its loss, what it clips and when it gives up."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from hybridts.data.datasets import synthetic_panel
from hybridts.errors import StageFailure
from hybridts.models.neural.encoder import Encoded
from hybridts.models.neural.trainer import Rows, known_error, one_cycle, train
from hybridts.models.neural.training_settings import Training, batch_for, resolved, steps_for, window_for
from tests.fakes.panels import panel_of

LAW = settings(max_examples=40, deadline=None)
PLAN = Training(window=4, steps=60, batch=8, rate=0.05)


# -- schedule -----------------------------------------------------------------------------------------------------
def test_the_rate_rises_for_a_quarter_and_falls_to_zero():
    rates = [one_cycle(step, 400) for step in range(400)]
    assert np.argmax(rates) in (99, 100) and max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates[0] == pytest.approx(0.04, abs=1e-3)
    assert 0 < rates[-1] < 1e-4  # the last step still learns
    assert rates[49] == pytest.approx(0.04 + 0.96 / 2, abs=0.01)  # halfway up
    assert rates[249] == pytest.approx(0.5, abs=0.01)  # halfway down
    assert one_cycle(0, 1) > 0
    assert all(np.diff(rates[:100]) > 0) and all(np.diff(rates[100:]) < 0)


@LAW
@given(st.integers(1, 600), st.data())
def test_a_rate_is_never_negative_nor_above_its_peak(steps, data):
    at = one_cycle(data.draw(st.integers(0, steps - 1)), steps)
    assert 0 <= at <= 1


# -- loss ---------------------------------------------------------------------------------------------------------
@LAW
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_the_loss_is_the_mean_absolute_error_over_the_known_targets(batch, horizon, seed):
    rng = np.random.default_rng(seed)
    output, target = rng.normal(size=(2, batch, horizon))
    target[rng.random(target.shape) < 0.4] = np.nan
    errors = [abs(o - t) for o, t in zip(output.ravel(), target.ravel(), strict=True) if not math.isnan(t)]
    expected = sum(errors) / len(errors) if errors else 0.0
    assert float(known_error(torch.tensor(output), torch.tensor(target))) == pytest.approx(expected)


def test_an_unknown_target_gives_no_gradient_and_no_nan():
    output = torch.tensor([[1.0, 2.0]], requires_grad=True)
    known_error(output, torch.tensor([[0.0, math.nan]])).backward()
    assert output.grad is not None and output.grad.tolist() == [[1.0, 0.0]]


# -- loop ---------------------------------------------------------------------------------------------------------
class Line(nn.Module):
    """A network as small as they come: the mean of the window times a weight, and the facts times another."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(1))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, window, extra, ahead):
        return self.a * window.mean(dim=(1, 2), keepdim=False)[:, None] + self.b * extra


def rows_of(count=64, seed=0, wrong=None):
    rng = np.random.default_rng(seed)
    window, extra = rng.normal(size=(count, 4, 1)), rng.normal(size=(count, 1))
    target = 2 * window.mean(axis=(1, 2))[:, None] - 1.5 * extra if wrong is None else np.full((count, 1), wrong)
    window, extra = window.astype(np.float32), extra.astype(np.float32)
    asked = []

    def encode(rows):
        asked.append(rows)
        ahead, anchor = np.empty((len(rows), 1, 0), np.float32), np.zeros((len(rows), 1))
        return Encoded(window[rows], extra[rows], ahead, anchor, np.ones(len(rows))), target[rows]

    return Rows(count, 6, encode, lambda row: f"series {row}"), asked


def test_training_finds_the_line_that_made_the_rows():
    net = Line()
    loss, curve = train(net, rows_of()[0], Training(window=4, steps=300, batch=16, rate=0.05, decay=0.0), 0)
    assert len(curve) == 20 and curve[0] > curve[-1] == pytest.approx(loss, abs=0.1)
    assert loss < 0.1
    assert (net.a.item(), net.b.item()) == pytest.approx((2, -1.5), abs=0.15)
    assert not net.training  # ready to answer


def test_the_same_seed_draws_the_same_batches():
    def trained(seed):
        net = Line()
        return train(net, rows_of()[0], PLAN, seed), net.a.item()

    assert trained(1) == trained(1) != trained(2)


def test_small_data_is_encoded_once_and_large_data_some_batches_at_a_time_to_the_same_end(monkeypatch):
    small, large = Line(), Line()
    rows, asked = rows_of()
    train(small, rows, PLAN, 0)
    assert [len(a) for a in asked] == [64]
    monkeypatch.setattr("hybridts.models.neural.trainer.KEPT", 10)
    monkeypatch.setattr("hybridts.models.neural.trainer.AT_ONCE", 6 * 8 * 7)
    rows, asked = rows_of()
    train(large, rows, PLAN, 0)
    assert [len(a) for a in asked] == [8 * 7] * 8 + [8 * 4]  # seven batches at a time, and what is left
    assert small.a.item() == large.a.item()


def test_what_does_not_require_gradients_stays_as_it_is():
    net = Line()
    net.b.requires_grad_(False)
    train(net, rows_of()[0], PLAN, 0)
    assert net.b.item() == 0.0 != net.a.item()


def test_a_loss_that_is_no_longer_a_number_is_a_failed_stage_that_names_the_wildest_series():
    net, (rows, _) = Line(), rows_of()

    def encode(picked):
        encoded, target = rows.encode(picked)
        return encoded, np.where(picked[:, None] == 5, 1e30, target)

    nn.init.constant_(net.a, math.nan)
    everything = dataclasses.replace(rows, encode=encode)
    with pytest.raises(
        StageFailure,
        match=r"became nan at step 1 of 60: look at series 'series 5'.*\(1e\+30\); or try a smaller `rate`",
    ):
        train(net, everything, dataclasses.replace(PLAN, batch=500), 0)


def test_quantiles_are_learned_by_the_pinball_loss():
    """The best constant answer of a level is that quantile of the targets."""
    target = torch.linspace(0, 1, 101)[:, None]

    def loss(low, high):
        answer = torch.tensor([low, 0.5, high]).expand(101, 1, 3)
        return float(known_error(answer, target, (0.1, 0.5, 0.9)))

    best = loss(0.1, 0.9)
    assert best < min(loss(0.15, 0.9), loss(0.05, 0.9), loss(0.1, 0.95), loss(0.1, 0.85))
    alone = torch.rand(101, 1, generator=torch.Generator().manual_seed(0))
    assert float(known_error(alone[..., None], target, (0.5,))) == pytest.approx(float(known_error(alone, target)))


def test_some_rows_are_the_rows_with_these_numbers():
    rows, _ = rows_of()
    some = rows.only(np.array([3, 9, 20]))
    assert some.count == 3 and some.owner(1) == "series 9"
    np.testing.assert_array_equal(some.encode(np.array([2, 0]))[1], rows.encode(np.array([20, 3]))[1])


# -- rules --------------------------------------------------------------------------------------------------------
def test_steps_are_thirty_passes_between_two_hundred_and_five_hundred_and_more_for_large_data():
    assert [steps_for(n, 100) for n in (1, 667, 1000, 1200, 50_000)] == [200, 200, 300, 360, 500]
    assert [steps_for(n, 100) for n in (100_000, 10**7)] == [1000, 3000]


def test_long_windows_come_in_smaller_batches_to_a_network_that_walks_through_them():
    assert [batch_for(w, stepwise=True) for w in (1, 32, 33, 64, 65, 500)] == [128, 128, 64, 64, 32, 32]
    assert [batch_for(w, stepwise=False) for w in (1, 500)] == [128, 128]


def test_resolving_fills_in_only_what_nobody_set():
    assert resolved(Training(window=40), 10**4, True) == Training(window=40, batch=64, steps=500)
    assert resolved(Training(steps=7, batch=3), 10**6, False) == Training(batch=3, steps=7)


def test_the_window_is_two_short_seasons_or_one_long_cycle_and_at_most_half_a_series():
    def wanted(length, season, freq, horizon):
        return window_for(synthetic_panel(3, length, season=season, freq=freq), horizon)

    assert wanted(400, 12, "MS", 12) == 24
    assert wanted(400, 12, "MS", 20) == 24
    assert wanted(400, 1, "YS", 6) == 8
    assert wanted(400, 1, "YS", 14) == 14
    assert wanted(400, 1, "YS", 40) == 16  # never more than twice the wish
    assert wanted(1000, 24, "h", 24) == 168
    assert wanted(60, 24, "h", 24) == 30
    assert wanted(1000, 24, None, 24) == 168  # integer time: a season of 24 is a day
    assert wanted(1000, 12, None, 12) == 24
    assert window_for(panel_of([1.0, 2.0]), 5) == 6


@pytest.mark.parametrize(
    ("freq", "season", "rows"),
    [
        ("min", 60, 60),  # not the 1440 rows of a day, nor the 10 080 of a week
        ("min", 1440, 60),
        ("5min", 288, 288),
        ("15min", 96, 96),
        ("30min", 48, 336),
        ("s", 60, 60),
        (None, 72, 504),
        (None, 96, 96),
        (None, 1000, 512),
    ],
)
def test_the_window_is_the_longest_cycle_that_is_still_worth_its_cost(freq, season, rows):
    assert window_for(synthetic_panel(2, 3000, season=season, freq=freq), 12) == rows


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"window": 0}, "window must be a whole number of at least 1, found 0"),
        ({"window": True}, "window must be a whole number of at least 1, found True"),
        ({"steps": 1.5}, "steps must be a whole number"),
        ({"batch": -1}, "batch must be"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1, found 0"),
        ({"seeds": True}, "seeds must be a whole number of at least 1, found True"),
        ({"seeds": None}, "seeds must be a whole number of at least 1, found None"),
        ({"rate": "fast"}, "rate must be a number above 0, found 'fast'"),
        ({"rate": 0}, "rate must be a number above 0, found 0"),
        ({"rate": True}, "rate must be a number above 0, found True"),
        ({"decay": float("nan")}, "decay must be a number of at least 0, found nan"),
        ({"decay": -0.1}, "decay must be a number of at least 0, found -0.1"),
        ({"clip": float("inf")}, "clip must be a number above 0, found inf"),
        ({"clip": None}, "clip must be a number above 0, found None"),
        *(
            ({name: "no"}, f"{name} must be true or false, found 'no'")
            for name in ("log", "early_stopping", "highway", "calendar", "grid", "freeze")
        ),
        ({"init": " "}, "init must be the path of a weights file, found ' '"),
        ({"init": 5}, "init must be the path of a weights file, found 5"),
        ({"anchor": "mean"}, "anchor must be seasonal_naive, last or none, found 'mean'"),
        ({"anchor": ["last"]}, r"anchor must be seasonal_naive, last or none, found \['last'\]"),
        ({"scale": "big"}, "scale must be deviation, mean_abs, std, seasonal_diff or none, found 'big'"),
        ({"device": "gpu"}, "device must be auto, cpu, cuda or mps, found 'gpu'"),
        ({"precision": "half"}, "precision must be float32 or mixed, found 'half'"),
        ({"quantiles": [0.1, 1.0]}, r"quantiles must be a list of levels between 0 and 1.*found \[0.1, 1.0\]"),
        ({"quantiles": "ten"}, "quantiles must be a list of levels"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        Training(**wrong)
