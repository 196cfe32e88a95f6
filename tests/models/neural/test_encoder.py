"""What a network reads and answers: facts of the past, scales, logarithms, calendars, covariates and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridts as ht
from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.panel import Origins
from hybridts.errors import StageFailure
from hybridts.models.neural.blocks import MLP
from hybridts.models.neural.device import device_of
from hybridts.models.neural.early_stopping import split
from hybridts.models.neural.encoder import Encoder, training_origins
from hybridts.models.neural.expression import Serial
from hybridts.models.neural.forecaster import NeuralCorrection, NeuralForecaster
from hybridts.models.neural.head import Head, HeadSpec, rising
from hybridts.models.neural.series_features import LARGEST, History
from hybridts.models.neural.training_settings import Training
from tests.fakes.panels import changed_after, origins_at, panel_of

LAW = settings(max_examples=40, deadline=None)
QUICK: dict[str, Any] = {"window": 8, "steps": 30, "batch": 16}


def network(**training):
    return NeuralForecaster(expression=MLP(hidden=16), training=Training(**{**QUICK, **training}))


# -- history ------------------------------------------------------------------------------------------------------
def naive_history(y, season):
    """One origin at a time, with loops."""
    known = [(i, v) for i, v in enumerate(y) if np.isfinite(v)]
    if not known:
        return 0.0, np.nan, np.nan, 0.0, 0.0
    pairs = [abs(y[i] - y[i - season]) for i in range(season, len(y)) if np.isfinite(y[i] - y[i - season])]
    steps = [y[i] - y[i - 1] if i else np.nan for i in range(len(y))]
    rough = [abs(d) for d in steps if np.isfinite(d)]
    both = [(a, b) for a, b in zip(steps[1:], steps, strict=False) if np.isfinite(a * b)]
    top, bottom = sum(a * b for a, b in both), sum(a * a for a, _ in both)
    (first, start), (_, last) = known[0], known[-1]
    drift = (last - start) / (len(y) - 1 - first) if len(y) - 1 > first else 0.0
    mean = lambda values: np.mean(values) if values else np.nan  # noqa: E731
    return last, mean(pairs), mean(rough), drift, top / bottom if bottom > 0 else 0.0


@LAW
@given(st.integers(0, 500), st.sampled_from([1, 3, 4]))
def test_history_equals_its_naive_twin_at_every_origin(seed, season):
    panel = damaged(synthetic_panel(2, 25, season=season, freq=None), missing=0.2, shortest=4, seed=seed)
    origins = Origins.between(np.zeros(2, np.int64), panel.lengths - 1)
    found = np.stack(History.of(panel, origins)[:5], axis=1)
    for row, (i, at) in enumerate(zip(origins.series, origins.position, strict=True)):
        np.testing.assert_allclose(found[row], naive_history(panel.series(i)[: at + 1], season), rtol=1e-9, atol=1e-9)


def test_features_know_neither_level_nor_unit_and_stay_small():
    y = np.cumsum(np.random.default_rng(0).normal(size=60))
    plain, moved = panel_of(y, season=4), panel_of(1000 * y - 7e5, season=4)
    origins = origins_at(*((0, p) for p in range(0, 60, 7)))
    one, two = (History.of(p, origins) for p in (plain, moved))
    np.testing.assert_allclose(
        one.features(np.ones(len(origins))), two.features(np.full(len(origins), 1000.0)), atol=1e-6
    )
    flat = panel_of(np.zeros(9), [1e300, -1e300, 1e300, 0.0], season=4)
    features = History.of(flat, flat.ends()).features(np.ones(2))
    assert np.isfinite(features).all() and np.abs(features).max() <= LARGEST


# -- scale --------------------------------------------------------------------------------------------------------
def test_scales_are_what_they_say():
    panel = panel_of([3.0, 1.0, 2.0, 6.0, 4.0], season=2)
    shown = {}
    for scale in ("deviation", "std", "seasonal_diff", "mean_abs", "none"):
        encoder = Encoder.fitted(panel, 4, 1, 0, Training(scale=scale))
        shown[scale] = encoder.encode(panel, panel.ends()).scale[0]
    seasonal = np.mean([1.0, 5.0, 2.0])  # |2 - 3|, |6 - 1|, |4 - 2|
    assert shown == pytest.approx(
        {
            "deviation": seasonal,  # the floor: mean(|1 - 4|, |2 - 4|, |6 - 4|, 0) = 1.75 is smaller
            "std": seasonal,  # std(1, 2, 6, 4) = 1.92 is smaller
            "seasonal_diff": seasonal,
            "mean_abs": np.mean([1.0, 2.0, 6.0, 4.0]),
            "none": 1.0,
        }
    )


@pytest.mark.parametrize("scale", ["deviation", "std", "seasonal_diff"])
def test_scales_follow_a_shift_and_a_factor(scale):
    y = np.round(np.cumsum(np.random.default_rng(3).normal(size=(2, 60)), axis=1) * 8)
    plain, moved = panel_of(*y, season=4), panel_of(*(4.0 * y - 64.0), season=4)
    one, two = (network(scale=scale).fit(p, 3, 0, 0).forecast(p, p.ends()) for p in (plain, moved))
    np.testing.assert_allclose((two + 64) / 4, one, atol=2e-3)


# -- logarithm ----------------------------------------------------------------------------------------------------
def test_on_the_logarithm_growth_goes_on_by_a_factor():
    growth = panel_of(*(50.0 * k * 1.1 ** np.arange(50) for k in (1, 2, 3)))
    seen = growth.cut(np.full(3, 45))
    fitted = network(log=True, anchor="last", steps=300, rate=0.01, prior="none").fit(seen, 4, 0, 0)
    answer, truth = fitted.forecast(seen, seen.ends()), growth.targets(seen.ends(), 4)
    np.testing.assert_allclose(answer, truth, rtol=0.03)


def test_without_any_logarithm_the_stage_fails_and_says_why():
    with pytest.raises(StageFailure, match="log: no series has only values above 0"):
        network(log=True).fit(panel_of(np.zeros(40)), 2, 0, 0)


def test_a_series_without_a_logarithm_fails_by_name_and_the_others_go_on():
    panel = panel_of(np.arange(1.0, 31), np.arange(30.0), [5.0] * 10 + [-2.0] + [5.0] * 19)
    fitted = network(log=True).fit(panel, 2, 0, 0)
    assert set(fitted.failures) == {"s1", "s2"}
    assert "needs values above 0, found -2 at row 11 of its 30 rows" in fitted.failures["s2"]
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer[0]).all() and np.isnan(answer[1:]).all()


@pytest.mark.parametrize("setting", [{"log": True}, {"quantiles": (0.1,)}])
def test_a_correction_refuses_what_only_a_base_can_have(setting):
    with pytest.raises(ValueError, match="is for a network that comes first in a name"):
        NeuralCorrection(expression=MLP(), training=Training(**setting))


# -- quantiles ----------------------------------------------------------------------------------------------------
@LAW
@given(st.integers(0, 999), st.integers(1, 4))
def test_quantiles_never_cross_and_keep_the_median(seed, below):
    levels = (*np.linspace(0.05, 0.4, below), 0.5, 0.9)
    answer = torch.randn(5, 3, len(levels), generator=torch.Generator().manual_seed(seed)) * 20
    found = rising(answer, levels)
    assert (found.diff(dim=-1) >= 0).all()
    assert torch.equal(found[..., below], answer[..., below])


def test_quantiles_are_columns_of_a_prediction():
    frame = pd.DataFrame({"unique_id": "a", "ds": np.arange(60), "y": np.random.default_rng(0).normal(size=60)})
    model = ht.model("MLP", settings={"Network": {**QUICK, "quantiles": [0.1, 0.9]}}).fit(frame, horizon=3)
    found = model.predict()
    assert list(found) == ["unique_id", "ds", "MLP", "MLP-q0.1", "MLP-q0.5", "MLP-q0.9"]
    assert (found["MLP-q0.1"] <= found["MLP"]).all() and (found["MLP"] <= found["MLP-q0.9"]).all()
    pd.testing.assert_series_equal(found["MLP"], found["MLP-q0.5"], check_names=False)


def test_quantiles_of_noise_are_its_quantiles_and_the_forecast_is_the_median():
    rng = np.random.default_rng(0)
    panel = panel_of(*rng.normal(size=(20, 80)))
    fitted = network(quantiles=[0.9, 0.1], steps=300, batch=64, rate=0.005, anchor="none").fit(panel, 2, 0, 0)
    fresh = panel_of(*rng.normal(size=(400, 80)))
    origins = origins_at(*((i, 70) for i in range(400)))
    found, truth = fitted.quantiles(fresh, origins), fresh.targets(origins, 2)
    covered = ((truth > found[..., 0]) & (truth < found[..., 2])).mean()
    assert 0.7 < covered < 0.9
    np.testing.assert_array_equal(fitted.forecast(fresh, origins), found[..., 1])
    assert network().fit(panel, 2, 0, 0).quantiles(panel, panel.ends()).shape == (20, 2, 0)


# -- covariates and calendar --------------------------------------------------------------------------------------
def test_a_flag_known_for_the_future_moves_only_its_own_step():
    """A promotion of one row adds 10, whenever it comes."""
    rng = np.random.default_rng(1)
    flags = (rng.random((6, 120)) < 0.2).astype(float)
    noise = rng.normal(size=(6, 120)) * 0.1
    panel = panel_of(*(noise + 10 * flags), future=flags.ravel()[:, None], columns={"future": ("promo",)})
    seen = panel.cut(np.full(6, 115), ahead=4)
    fitted = network(steps=400, batch=32, rate=0.01, anchor="none", prior="none").fit(seen, 4, 0, 0)
    found = fitted.forecast(seen, seen.ends())
    np.testing.assert_allclose(found, panel.targets(seen.ends(), 4), atol=3.0)


def test_networks_read_the_calendar_where_there_is_one():
    """Only the timestamps know when the weekend comes: the values before it say nothing."""
    panel = synthetic_panel(1, 400, season=1, freq="D")
    weekday = (panel.times // 86_400_000_000_000 + 3) % 7
    values = np.where(weekday >= 5, 10.0, 0.0) * (np.random.default_rng(0).random(400) < 0.9)
    panel = panel_of(values, times=panel.times, freq="D")
    seen = panel.cut(np.array([379]))
    origins = origins_at(*((0, p) for p in range(379, 399)))
    errors = []
    for calendar in (True, False):
        options = {"calendar": calendar, "window": 3, "steps": 400, "rate": 0.01, "anchor": "none", "prior": "none"}
        fitted = network(**options).fit(seen, 1, 0, 0)
        shown = fitted.forecast(panel, origins)[:, 0]
        errors.append(np.abs(shown - 10.0 * (weekday[origins.position + 1] >= 5)).mean())
    assert errors[0] < 0.5 * errors[1]


def test_constants_of_a_series_are_standardised():
    panel = panel_of(*np.random.default_rng(0).normal(size=(3, 30)), static=np.array([[1e6], [2e6], [3e6]]))
    encoder = Encoder.fitted(panel, 4, 2, 0, Training(anchor="none"))
    context = encoder.encode(panel, panel.ends()).context
    assert context[:, -4] == pytest.approx([-1.2247, 0, 1.2247], abs=1e-3)
    assert context[:, -3:].tolist() == np.eye(3).tolist()  # three whole numbers may be classes


@pytest.mark.parametrize("kind", ["past", "future"])
def test_a_covariate_that_was_constant_and_then_moves_a_little_moves_the_forecast_a_little(kind):
    """0.1 has no exact binary form: its spread over many rows is rounding dust, not a scale."""
    rng = np.random.default_rng(0)
    column = np.full((2 * 37, 1), 0.1)
    panel = panel_of(*(20 + rng.normal(size=(2, 37))), **{kind: column, "columns": {kind: ("price",)}})
    fitted = network().fit(panel, 3, 0, 0)
    moved = column.copy()
    moved[36] = moved[-1] = 0.12
    other = panel_of(*(panel.series(i) for i in range(2)), **{kind: moved, "columns": {kind: ("price",)}})
    change = fitted.forecast(other, other.ends()) - fitted.forecast(panel, panel.ends())
    assert np.abs(change).max() < 5


def test_a_series_that_never_moved_is_answered_by_its_anchor_in_any_unit():
    rng = np.random.default_rng(0)
    series = (*np.cumsum(rng.normal(size=(3, 60)), axis=1), np.full(60, 1e-6))
    for factor in (1.0, 1000.0):
        panel = panel_of(*(factor * y for y in series), season=4)
        fitted = network().fit(panel, 3, 0, 0)
        np.testing.assert_array_equal(fitted.forecast(panel, panel.ends())[3], factor * 1e-6)
    only = panel_of(np.full(40, 7.0), season=4)
    assert (network().fit(only, 3, 0, 0).forecast(only, only.ends()) == 7.0).all()


def test_short_series_are_learned_from_beside_a_long_one():
    panel = panel_of(np.arange(40.0), *(np.arange(14.0) for _ in range(5)), season=12)
    origins = training_origins(panel, 4, 0)
    assert set(origins.series) == set(range(6))
    short = origins.position[origins.series == 1]
    assert short.min() == 1 and short.max() == 12  # part of the targets is known


def test_the_head_starts_at_its_anchor():
    head = Head(4, HeadSpec(context=2, known_future=3, horizon=5))
    answer = head(torch.randn(6, 4), torch.randn(6, 2), torch.randn(6, 5, 3))
    assert answer.shape == (6, 5) and not answer.any()


# -- early stopping -----------------------------------------------------------------------------------------------
@LAW
@given(st.lists(st.integers(2, 30), min_size=1, max_size=4), st.integers(1, 5))
def test_an_early_split_shares_no_target_between_its_sides(lengths, ahead):
    origins = Origins.between(np.zeros(len(lengths), np.int64), np.array(lengths) - 1)
    parts = split(origins, ahead)
    if parts is None:
        assert min(lengths) <= ahead * 5
        return
    for i in range(len(lengths)):
        older = origins.position[parts.older][origins.series[parts.older] == i]
        newest = origins.position[parts.newest][origins.series[parts.newest] == i]
        assert len(newest) >= 1
        assert not len(older) or older.max() + ahead <= newest.min()


def test_on_one_calendar_an_early_split_is_one_of_time():
    lengths = np.array([100, 20])
    origins = Origins.between(np.zeros(2, np.int64), lengths - 5)
    clock = origins.position - lengths[origins.series]
    parts = split(origins, 4, clock)
    assert parts is not None
    assert clock[parts.older].max() + 4 <= clock[parts.newest].min()
    assert split(origins, 4).older.max() > 0  # type: ignore[union-attr]


def test_early_stopping_takes_fewer_steps_on_noise_and_sees_no_later_value():
    noise = panel_of(*np.random.default_rng(0).normal(size=(3, 60)))
    seen = noise.cut(np.full(3, 49))
    fits = [
        network(early_stopping=True, steps=400, rate=0.02).fit(p, 2, 0, 0)
        for p in (seen, changed_after(noise, np.full(3, 49)).cut(np.full(3, 49)))
    ]
    assert fits[0].notes["steps"] < 200
    assert fits[0].notes == fits[1].notes
    np.testing.assert_array_equal(*(f.forecast(seen, seen.ends()) for f in fits))


def test_early_stopping_without_room_for_a_split_keeps_the_rule():
    tiny = panel_of([1.0, 2.0, 4.0])
    assert network(early_stopping=True, steps=40, window=3).fit(tiny, 2, 0, 0).notes["steps"] == 40


# -- device -------------------------------------------------------------------------------------------------------
def test_a_device_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(StageFailure, match=r"device 'cuda' was asked for.*found: .*cpu.*device: auto"):
        device_of("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_network_trained_on_cuda_answers_on_the_cpu():
    panel = panel_of(*np.random.default_rng(0).normal(size=(3, 60)))
    for precision in ("float32", "mixed"):
        fitted = network(device="cuda", precision=precision).fit(panel, 2, 0, 0)
        assert np.isfinite(fitted.forecast(panel, panel.ends())).all()


def test_serial_networks_take_every_option_together():
    panel = panel_of(*np.exp(np.random.default_rng(0).normal(size=(3, 80)) * 0.1), season=4)
    options: dict[str, Any] = {
        "log": True,
        "quantiles": (0.2, 0.8),
        "early_stopping": True,
        "seeds": 2,
        "device": "cpu",
    }
    model = NeuralForecaster(expression=Serial((MLP(), MLP())), training=Training(**options, **QUICK))
    fitted = model.fit(panel, 3, 1, 0)
    assert fitted.quantiles(panel, panel.ends()).shape == (3, 3, 3)
