"""Folds hide their targets and are shared between cutoffs; a gate opens on evidence only."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.panel import Origins
from hybridts.hybrids.folds import FOLDS, FOLDS_OF_LITTLE, folds_for, smallest_training, span_for
from hybridts.hybrids.gate import learn_gate
from hybridts.models.protocols import Hindcasts
from tests.fakes.panels import panel_of

LAW = settings(max_examples=40, deadline=None)


# -- folds --------------------------------------------------------------------------------------------------------
@st.composite
def cases(draw):
    """Draw a panel of random lengths, aligned or not, a horizon, a gap, and whether the base is local."""
    lengths = draw(st.lists(st.integers(1, 90), min_size=1, max_size=7))
    ends = [200] * len(lengths) if draw(st.booleans()) else [200 + i for i in range(len(lengths))]
    panel = panel_of(*(np.zeros(n) for n in lengths), season=draw(st.sampled_from([1, 4])), ends=ends)
    return panel, draw(st.integers(1, 8)), draw(st.integers(0, 2)), draw(st.booleans())


@LAW
@given(cases())
def test_a_fold_base_never_sees_its_targets_and_every_first_target_is_known(case):
    panel, horizon, gap, local = case
    seen: set[int] = set()
    for k, fold in enumerate(folds_for(panel, horizon, gap, local=local)):
        assert fold.index == k
        series, position = fold.origins.series, fold.origins.position
        base_ends = np.where(fold.position[series] >= 0, fold.position[series], -1)
        assert (position >= base_ends).all()
        assert (position + gap + 1 < panel.lengths[series]).all()
        assert (position >= 0).all()
        if fold.keep is not None:
            assert not set(fold.keep.tolist()) & set(series.tolist())
        codes = fold.origins.code().tolist()
        assert len(set(codes)) == len(codes) and not seen & set(codes)
        seen |= set(codes)
    assert seen or not folds_for(panel, horizon, gap, local=local)


@LAW
@given(cases())
def test_each_time_fold_forecasts_up_to_the_edge_of_the_next(case):
    panel, horizon, gap, _ = case
    folds = folds_for(panel, horizon, gap, local=True)  # local: folds over time only
    for older, newer in pairwise(folds):
        for i in range(len(panel)):
            if older.position[i] < 0:
                continue
            assert newer.position[i] - older.position[i] == span_for(panel, horizon)
            positions = older.origins.position[older.origins.series == i]
            assert positions.tolist() == list(range(older.position[i], newer.position[i]))
    for fold in folds:
        trained = fold.position[fold.position >= 0]
        assert (trained + 1 >= smallest_training(panel, horizon, gap)).all()
        assert fold.keep is None


def test_a_long_panel_has_three_folds_and_the_last_forecasts_up_to_the_end():
    panel = synthetic_panel(3, 120)
    folds = folds_for(panel, 12, 0, local=False)
    assert len(folds) == FOLDS == 3
    newest = folds[-1].origins
    assert newest.position[newest.series == 0].max() == 118
    assert [f.position.tolist() for f in folds] == [[83] * 3, [95] * 3, [107] * 3]


def test_spans_grow_with_the_series_but_never_beyond_eight_horizons():
    spans = [span_for(panel_of(np.zeros(n)), 16) for n in (10, 255, 256, 512, 1024, 5000)]
    assert spans == [16, 16, 32, 64, 128, 128]


def test_a_short_horizon_still_learns_from_many_origins():
    """Eight horizons of one step would be only eight origins."""
    spans = [span_for(panel_of(np.zeros(n)), 1) for n in (10, 100, 221, 1024, 50_000)]
    assert spans == [1, 8, 16, 128, 128]


@pytest.mark.parametrize(("series", "local", "count"), [(1, True, 6), (1, False, 6), (5, True, 6), (5, False, 3)])
def test_little_evidence_is_spread_over_more_folds(series, local, count):
    """A few short series hold few rows; series of a global base repeat one another, and its fits are dear."""
    folds = folds_for(panel_of(*(np.zeros(120) for _ in range(series))), 6, 0, local=local)
    assert len(folds) == count and max(FOLDS, FOLDS_OF_LITTLE) == 6
    assert all((fold.position + 1 >= 30).all() for fold in folds)  # a base knows a quarter of its series at least


def test_a_local_base_has_folds_where_only_some_series_are_long_enough():
    panel = panel_of(*(np.arange(float(rows)) for rows in [10] * 12 + [90] * 8))
    assert all(fold.keep is not None for fold in folds_for(panel, 6, 0, local=False))  # over series
    folds = folds_for(panel, 6, 0, local=True)
    assert folds and all(np.unique(fold.origins.series).tolist() == list(range(12, 20)) for fold in folds)
    assert not folds_for(panel.take(np.arange(13)), 6, 0, local=True)  # one series says too little of twelve


def test_many_series_have_three_folds():
    panel = panel_of(*(np.zeros(120) for _ in range(40)))
    assert len(folds_for(panel, 6, 0, local=True)) == FOLDS


@pytest.mark.parametrize("shortest", [None, 60])
def test_neighbouring_cutoffs_share_the_bases_of_their_folds(shortest):
    whole = damaged(synthetic_panel(4, 160), shortest=shortest, seed=1)

    def edges(back):
        cut = whole.cut(whole.lengths - 1 - back)
        return {tuple(fold.position.tolist()) for fold in folds_for(cut, 12, 0, local=False)}

    for back in (1, 3, 6):
        # A later cutoff may drop its oldest fold and add a newer one; the others are the same fits.
        assert len(edges(0) & edges(back)) >= FOLDS - 1


def test_edges_on_a_common_calendar_are_one_time_for_all_series():
    panel = damaged(synthetic_panel(5, 120), shortest=70, seed=2)
    for fold in folds_for(panel, 6, 0, local=False):
        trained = np.flatnonzero(fold.position >= 0)
        assert len(set(panel.times[panel.starts[trained] + fold.position[trained]].tolist())) == 1


@pytest.mark.parametrize("local", [True, False])
def test_too_short_a_panel_has_no_folds(local):
    assert folds_for(panel_of(np.zeros(9), np.zeros(8), ends=[8, 8]), 6, 0, local=local) == ()
    assert folds_for(panel_of(np.zeros(3)), 6, 2, local=local) == ()


def ragged_short():
    """Return nine series too short for time folds of horizon 6, without a common calendar."""
    return panel_of(*(np.zeros(9 + i % 2) for i in range(9)), season=4, ends=[20 + i for i in range(9)])


def test_short_series_on_no_common_calendar_are_folded_over_series_instead():
    panel = ragged_short()
    folds = folds_for(panel, 6, 0, local=False)
    assert len(folds) == 3
    forecast: set[int] = set()
    for fold in folds:
        assert fold.keep is not None
        series = set(fold.origins.series.tolist())
        assert not series & set(fold.keep.tolist())
        assert sorted(series | set(fold.keep.tolist())) == list(range(9))
        assert (fold.position[fold.keep] == panel.lengths[fold.keep] - 1).all()
        assert (fold.position[list(series)] == -1).all()
        forecast |= series
    assert forecast == set(range(9))


def test_a_local_base_is_never_folded_over_series_and_an_aligned_panel_neither():
    assert folds_for(ragged_short(), 6, 0, local=True) == ()
    aligned = panel_of(*(np.zeros(9) for _ in range(9)), season=4)
    assert folds_for(aligned, 6, 0, local=False) == ()


# -- gate ---------------------------------------------------------------------------------------------------------
HORIZON = 4


def evidence(error, scale=None, spacing=1):
    """Return out-of-fold rows with forecasts of zero, so that the targets [M, H] are the errors."""
    count = len(error)
    series = np.arange(count) // 20
    origins = Origins(series, (np.arange(count) % 20) * spacing + 10)
    scale = np.ones(count) if scale is None else scale
    return Hindcasts(origins, np.full(count, 2), np.zeros_like(error), error, scale)


def noise(seed, count=120):
    return np.random.default_rng(seed).normal(size=(count, HORIZON))


def test_a_correction_equal_to_the_error_has_a_weight_near_one():
    error = noise(0)
    gate = learn_gate(evidence(error), error, HORIZON, local=True)
    assert gate.open and (gate.weight > 0.8).all()
    assert 0.7 < gate.gain / np.abs(error).mean() <= 1.0
    assert gate.n_blocks == 6 * 20 // HORIZON


def test_weights_grow_with_the_evidence():
    weights = [learn_gate(evidence(noise(0, n)), noise(0, n), HORIZON, local=True).weight.mean() for n in (20, 60, 240)]
    assert weights[0] < weights[1] < weights[2] < 1.0


def test_a_correction_twice_too_large_has_half_the_weight():
    error = noise(1, 240)
    gate = learn_gate(evidence(error), 2 * error, HORIZON, local=True)
    full = learn_gate(evidence(error), error, HORIZON, local=True)
    np.testing.assert_allclose(gate.weight, full.weight / 2, rtol=1e-9)


def test_no_more_than_half_of_an_ordinary_correction_is_used():
    error = noise(1, 240)
    ordinary = 0.1 * error + 0.02 * noise(2, 240)  # its best weight is above 1, and it removes a tenth of the error
    gate = learn_gate(evidence(error), ordinary, HORIZON, local=True)
    assert (gate.weight > 0.45).all() and (gate.weight <= 0.5).all()


def test_series_of_a_global_model_share_their_blocks_of_time():
    error = noise(3, 240)
    shared = learn_gate(evidence(error), error, HORIZON, local=False)
    assert shared.n_blocks == 20 // HORIZON
    few = learn_gate(evidence(error), error, 10, local=False)
    assert not few.open
    assert few.reason == "2 blocks of time, shared by all series, fewer than 3"


def test_local_models_shrink_their_weight_by_the_noise_of_the_gain():
    """With few series, their blocks are neighbouring rows."""
    error = noise(4, 20)
    local = learn_gate(evidence(error), error, HORIZON, local=True)
    assert local.n_blocks == 5
    assert 0 < local.weight.mean() < 1 - 1 / 6


def test_pure_noise_stays_closed_in_most_seeds():
    opened = 0
    for seed in range(40):
        gate = learn_gate(evidence(noise(seed)), noise(1000 + seed), HORIZON, local=True)
        opened += gate.open
        assert gate.weight.max() < 0.5
    assert opened <= 8


def test_a_correction_of_the_wrong_sign_is_closed_because_no_weight_helps():
    error = noise(2)
    gate = learn_gate(evidence(error), -error, HORIZON, local=True)
    assert not gate.open
    assert gate.reason == "no weight of the correction lowered the error"
    assert gate.gain == 0.0


def test_a_gain_that_may_be_chance_closes_the_gate_with_gain_and_confidence():
    # Two blocks gain what the third loses: the mean is above zero, its lower bound is not.
    error = np.full((60, HORIZON), 1.0)
    error[:20] = -1.0
    gate = learn_gate(evidence(error), np.ones_like(error), 1000, local=True)
    assert not gate.open and gate.n_blocks == 3
    assert "not above zero with 95% confidence" in gate.reason


@LAW
@given(st.integers(0, 10**6), st.integers(0, 90), st.floats(-3, 3), st.floats(0, 3), st.integers(1, 12))
def test_a_weight_is_between_zero_and_one_and_a_closed_gate_is_all_zero(seed, count, slope, spread, reach):
    rng = np.random.default_rng(seed)
    error = rng.standard_t(2, size=(count, HORIZON))
    error[rng.random(error.shape) < 0.2] = np.nan
    correction = slope * np.nan_to_num(error) + spread * rng.normal(size=error.shape)
    gate = learn_gate(evidence(error), correction, reach, local=True)
    assert gate.weight.shape == (HORIZON,)
    assert ((gate.weight >= 0) & (gate.weight <= 1)).all()
    assert gate.reason
    if gate.open:
        assert gate.gain > 0
        after, before = np.abs(error - gate.weight * correction), np.abs(error)
        assert np.isfinite(after[np.isfinite(before)]).all()
    else:
        assert gate.gain == 0.0 and not gate.weight.any()


def test_fewer_than_two_horizons_of_origins_keep_the_gate_closed():
    error = noise(3, 2 * HORIZON - 1)
    gate = learn_gate(evidence(error), error, HORIZON, local=True)
    assert not gate.open
    assert gate.reason == "7 origins of evidence, fewer than two horizons (8)"
    assert learn_gate(evidence(noise(3, 2 * HORIZON), spacing=9), noise(3, 2 * HORIZON), HORIZON, local=True).open


def test_many_origins_in_two_blocks_keep_the_gate_closed():
    error = noise(4, 20)
    gate = learn_gate(evidence(error), error, 16, local=True)
    assert not gate.open
    assert gate.reason == "2 independent blocks of errors, fewer than 3"


def test_rows_without_a_scale_are_ignored():
    good, wild = noise(5, 60), 1e6 * noise(6, 60)
    scale = np.concatenate([np.ones(60), np.tile([0.0, np.nan, np.inf], 20)])
    both = learn_gate(evidence(np.concatenate([good, wild]), scale), np.concatenate([good, -wild]), HORIZON, local=True)
    alone = learn_gate(evidence(good), good, HORIZON, local=True)
    np.testing.assert_array_equal(both.weight, alone.weight)
    assert both.notes() == alone.notes()


def test_origins_without_a_known_target_are_ignored():
    known, unknown = noise(5, 20), np.full((60, HORIZON), np.nan)
    error = np.concatenate([known, unknown])
    both = learn_gate(evidence(error), np.ones_like(error), HORIZON, local=True)
    alone = learn_gate(evidence(known), np.ones_like(known), HORIZON, local=True)
    assert both.notes() == alone.notes()
    few = np.concatenate([known[:2], unknown])
    lack = learn_gate(evidence(few), np.ones_like(few), HORIZON, local=True).reason
    assert lack == "2 origins of evidence, fewer than two horizons (8)"


def test_errors_are_compared_in_units_of_the_scale():
    error = noise(7)
    correction = 0.6 * error + 0.5 * noise(8)
    size = np.repeat([1.0, 1e3, 1e-3, 1e6, 10.0, 0.1], 20)
    same = learn_gate(evidence(error), correction, HORIZON, local=True)
    sized = learn_gate(evidence(error * size[:, None], size), correction * size[:, None], HORIZON, local=True)
    np.testing.assert_allclose(sized.weight, same.weight)
    assert sized.gain == pytest.approx(same.gain)


def test_steps_that_a_correction_helps_have_larger_weights():
    error = noise(9, 400)
    correction = error.copy()
    correction[:, 2:] = noise(10, 400)[:, 2:]
    weight = learn_gate(evidence(error), correction, HORIZON, local=True).weight
    assert weight[0] > weight[-1]


def test_notes_hold_the_facts_of_the_report():
    gate = learn_gate(evidence(noise(0)), noise(0), HORIZON, local=True)
    notes = gate.notes()
    assert notes["gate"] == [round(float(s), 4) for s in gate.weight]
    assert notes["gate_pieces"] == gate.n_blocks and notes["gate_reason"] == gate.reason
