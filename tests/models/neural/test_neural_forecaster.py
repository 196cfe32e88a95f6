"""The neural forecaster: every kind of network repeats itself, follows scale, and sees only the past."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.seasonal import last_value, seasonal_naive
from hybridts.errors import BadSetting, StageFailure
from hybridts.models.neural import fitted_network as room
from hybridts.models.neural.network import parameters_of
from hybridts.models.protocols import Hindcasts
from hybridts.names import build
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from hybridts.names.recipe import Chain, Stage
from tests.fakes.panels import changed_after, origins_at, panel_of

KINDS = (
    "LSTM",
    "GRU",
    "RNN",
    "BiLSTM",
    "BiGRU",
    "CIFG-LSTM",
    "CNN",
    "MLP",
    "DNN",
    "ConvLSTM",
    "CNN-LSTM",
    "CNN-LSTM-Attention",
    "(CNN|LSTM)",
    "CNN>LSTM",
)
EVERY = pytest.mark.parametrize("name", KINDS)
#: Enough for laws that hold at any stage of training.
QUICK = {"window": 8, "steps": 25, "batch": 16}


def first_stage(name, settings, kind):
    root = parse(name, default_registry(), settings).root
    assert isinstance(root, Chain)
    (stage,) = root.stages
    assert isinstance(stage, Stage)
    return kind(stage, default_registry())


def forecaster(name, network=None, **tokens):
    return first_stage(name, {"Network": network or QUICK, **tokens}, build.forecaster)


def corrector(name, network=None):
    return first_stage(name, {"Network": network or QUICK}, build.corrector)


def sines(count=3, length=120):
    """Noiseless sines of any phase, height and level; with season 1 their anchor is the last value, which is wrong."""
    t = np.arange(length)
    return panel_of(*(50 * k + (1 + k) * np.sin(2 * np.pi * t / 11.7 + 2 * k) for k in range(count)))


@EVERY
def test_the_same_seed_gives_the_same_network_and_torchs_own_randomness_is_left_alone(name):
    panel = sines()
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    fits = [forecaster(name).fit(panel, 3, 0, seed) for seed in (5, 5, 6)]
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(3)  # whatever was drawn in between
    answers = [f.forecast(panel, panel.ends()) for f in fits]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0], answers[2])
    assert fits[0].notes == fits[1].notes


@EVERY
@pytest.mark.parametrize(("a", "b"), [(3.7, -250.0), (0.01, 40.0)])
def test_forecasts_follow_when_the_series_are_scaled_and_shifted(name, a, b):
    # Whole numbers, so that a shift loses nothing of them; a few steps, so that rounding is not grown by training.
    rng = np.random.default_rng(1)
    series = [np.cumsum(rng.integers(-5, 6, 60)) + 20.0 * (np.arange(60) % 4) for _ in range(3)]
    plain, moved = panel_of(*series, season=4), panel_of(*(a * y + b for y in series), season=4)
    one, two = (forecaster(name).fit(p, 3, 0, 1).forecast(p, p.ends()) for p in (plain, moved))
    assert np.abs(one - seasonal_naive(plain, plain.ends(), 3)).max() > 1e-3  # it did learn something
    np.testing.assert_allclose((two - b) / a, one, atol=2e-3)


def broken_panel():
    return damaged(synthetic_panel(3, 60, season=4, freq=None), missing=0.1, shortest=40, seed=4)


@EVERY
@pytest.mark.parametrize("gap", [0, 2])
def test_several_origins_are_answered_each_as_if_alone_and_from_its_past_only(name, gap):
    panel = broken_panel()
    fitted = forecaster(name).fit(panel.cut(np.full(3, 33)), 3, gap, 1)
    origins = origins_at((0, 33), (0, 36), (1, 38), (2, 12), (2, 0), (1, 3))
    together = fitted.forecast(panel, origins)
    for row in range(len(origins)):
        one = origins[np.array([row])]
        position = np.full(3, -1)
        position[one.series[0]] = one.position[0]
        other = changed_after(panel, position)
        for seen in (other, other.cut(np.maximum(position, 0))):
            np.testing.assert_allclose(fitted.forecast(seen, one)[0], together[row], rtol=1e-5, atol=1e-4)


@EVERY
def test_missing_constant_zero_and_short_series_are_answered_with_numbers(name):
    holes = np.where(np.arange(40) % 3 == 0, np.nan, np.arange(40.0))
    tail = np.where(np.arange(40) > 20, np.nan, np.arange(40.0))  # the whole window is missing
    panel = panel_of(holes, tail, np.full(40, 5.0), np.zeros(40), [7.0, 8.0], [3.0], season=4, ends=[39] * 6)
    fitted = forecaster(name).fit(panel, 3, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    assert answer.shape == (6, 3) and np.isfinite(answer).all()
    assert np.abs(answer[2] - 5.0).max() < 2 and np.abs(answer[3]).max() < 2


def test_a_panel_without_any_known_target_is_a_failed_stage_that_says_so():
    with pytest.raises(StageFailure, match="no series shows a value 3 rows after another one: the longest has 2 rows"):
        forecaster("MLP", {**QUICK, "window": 2}).fit(panel_of([1.0, 2.0], [3.0]), 3, 2, 0)


def test_a_short_panel_is_learned_from_although_no_target_is_complete():
    panel = panel_of(range(5), range(4), season=4, ends=[4, 4])
    fitted = forecaster("MLP", {**QUICK, "window": 5}).fit(panel, 6, 0, 0)
    assert np.isfinite(fitted.forecast(panel, panel.ends())).all()


# -- several seeds ------------------------------------------------------------------------------------------------
def test_two_seeds_are_the_mean_of_the_two_networks():
    panel = sines()
    both = forecaster("GRU", {**QUICK, "seeds": 2}).fit(panel, 3, 0, 5).forecast(panel, panel.ends())
    each = [forecaster("GRU").fit(panel, 3, 0, seed).forecast(panel, panel.ends()) for seed in (5, 6)]
    np.testing.assert_allclose(both, (each[0] + each[1]) / 2, rtol=1e-6)


# -- anchors and scales -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("anchor", ["seasonal_naive", "last", "none"])
def test_a_network_that_does_not_learn_forecasts_its_anchor(anchor):
    panel = synthetic_panel(2, 60, season=4, freq=None)
    idle = forecaster("MLP", {**QUICK, "steps": 1, "rate": 1e-30, "anchor": anchor, "prior": "none"}).fit(
        panel, 5, 1, 0
    )
    ends = panel.ends()
    expected = {
        "seasonal_naive": seasonal_naive(panel, ends, 5, 1),
        "last": np.repeat(last_value(panel, ends)[:, None], 5, axis=1),
        "none": np.zeros((2, 5)),
    }[anchor]
    np.testing.assert_allclose(idle.forecast(panel, ends), expected, atol=1e-20)


def test_the_level_scale_is_another_network_that_still_follows_a_factor():
    panel = sines()
    double = panel_of(*(4 * panel.series(i) for i in range(3)))
    level = {**QUICK, "scale": "mean_abs"}
    one, two = (forecaster("MLP", level).fit(p, 3, 0, 0).forecast(p, p.ends()) for p in (panel, double))
    np.testing.assert_allclose(two, 4 * one, rtol=1e-5)
    other = forecaster("MLP").fit(panel, 3, 0, 0).forecast(panel, panel.ends())
    assert not np.allclose(one, other, rtol=1e-6)


def test_the_gap_is_left_out_between_the_origin_and_the_first_step():
    whole = panel_of(np.arange(80.0), np.arange(80.0) * 2)  # straight lines: the deviation from the last value is known
    panel = whole.cut(np.full(2, 69))
    steady = {"window": 8, "steps": 300, "batch": 32, "rate": 0.01, "prior": "none"}
    fitted = forecaster("MLP", steady).fit(panel, 2, 3, 0)
    answer = fitted.forecast(whole, origins_at((0, 70), (1, 70)))
    np.testing.assert_allclose(answer, [[74, 75], [148, 150]], rtol=0.01)


# -- covariates ---------------------------------------------------------------------------------------------------
def test_known_future_covariates_are_read_at_the_targets():
    rng = np.random.default_rng(0)
    promo = rng.integers(0, 2, 200).astype(float)
    y = 10 + 5 * promo
    panel = panel_of(y[:100], y[100:], future=promo[:, None], columns={"future": ("promo",)})
    network = {"window": 6, "steps": 300, "batch": 32, "rate": 0.01}
    whole = origins_at(*((i, p) for i in range(2) for p in range(60, 95)))
    fitted = forecaster("MLP", network).fit(panel.cut(np.full(2, 70), ahead=3), 3, 0, 0)
    error = np.abs(fitted.forecast(panel, whole) - panel.targets(whole, 3)).mean()
    assert error < 2.0  # without the column it could not be less than 2.5
    moved = panel_of(y[:100], y[100:], future=1 - promo[:, None], columns={"future": ("promo",)})
    assert np.abs(fitted.forecast(moved, whole) - fitted.forecast(panel, whole)).mean() > 1


def test_known_future_covariates_that_nobody_knows_yet_still_give_a_number():
    column = np.arange(80.0)[:, None]
    panel = panel_of(np.arange(40.0), np.arange(40.0), future=column, columns={"future": ("day",)})
    fitted = forecaster("MLP").fit(panel, 3, 0, 0)
    assert np.isfinite(fitted.forecast(panel, panel.ends())).all()


# -- as a correction ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["GRU", "CNN-LSTM", "CNN>LSTM"])
def test_a_correction_learns_a_constant_error_and_never_reads_what_came_true(name):
    t = np.arange(60)
    panel = panel_of(*(100 * k + 10 * np.sin(t / 2 + k) for k in range(4)))
    origins = origins_at(*((i, p) for i in range(4) for p in range(20, 58)))
    target = panel.targets(origins, 3)
    scale = np.full(len(origins), 3.0)
    rows = Hindcasts(origins, np.zeros(len(origins), int), target - 7.0, target, scale)
    rows.forecast[~np.isfinite(rows.forecast)] = 0.0
    fitted = corrector(name, {"window": 8, "steps": 200, "batch": 32, "rate": 0.01}).fit(panel, rows, 3, 0, 0)
    known = np.isfinite(target).all(axis=1)
    answer = fitted.correct(panel, rows)
    assert np.abs(answer[known] - 7.0).mean() < 2.0
    blind = Hindcasts(origins, rows.fold, rows.forecast, np.full_like(target, np.nan), scale)
    np.testing.assert_array_equal(answer, fitted.correct(panel, blind))


def test_a_correction_without_a_known_target_is_a_failed_stage():
    panel = sines()
    ends = panel.ends()
    rows = Hindcasts(ends, np.zeros(3, int), np.zeros((3, 2)), np.full((3, 2), np.nan), np.ones(3))
    with pytest.raises(StageFailure, match="no row with a known target"):
        corrector("GRU").fit(panel, rows, 2, 0, 0)


# -- notes --------------------------------------------------------------------------------------------------------
def test_notes_hold_window_steps_batch_rows_parameters_and_losses():
    panel = sines()
    fitted = forecaster("CNN-LSTM", {**QUICK, "prior": "none"}).fit(panel, 3, 0, 0)
    notes = dict(fitted.notes)
    assert 0 < notes.pop("loss") < 10
    assert len(notes.pop("curve")) == 20
    assert notes == {
        "window": 8,
        "steps": 25,
        "batch": 16,
        "rows": 3 * (120 - 3 - 1),
        "parameters": parameters_of(fitted.networks[0]),
        "trained_until": 119,
    }
    assert fitted.failures == {}


def test_origins_answered_in_pieces_are_the_same(monkeypatch):
    panel = sines()
    fitted = forecaster("GRU").fit(panel, 3, 0, 0)
    origins = origins_at(*((i, p) for i in range(3) for p in range(20, 40)))
    whole = fitted.forecast(panel, origins)
    monkeypatch.setattr(room, "ANSWERED_AT_ONCE", 7)
    np.testing.assert_allclose(fitted.forecast(panel, origins), whole, rtol=1e-5)


def test_a_network_setting_that_cannot_be_is_refused_with_the_name():
    with pytest.raises(BadSetting, match="GRU: Network settings: steps must be a whole number"):
        forecaster("GRU", {"steps": 0})
