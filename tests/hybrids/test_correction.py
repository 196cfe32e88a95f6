"""Corrections lower the error of a base with predictable errors, and leave any other base unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Origins
from hybridts.hybrids.correction import GatedCorrection, corrected_rows, learn
from hybridts.hybrids.fitted import FittedChain, FittedEnsemble
from hybridts.hybrids.folds import folds_for
from hybridts.hybrids.gate import Gate, closed
from hybridts.hybrids.hindcast_rows import (
    ForecastSpec,
    average_rows,
    dense_origins,
    empty_rows,
    first_origins,
    known_until,
    out_of_fold_rows,
)
from hybridts.models.protocols import RowByRow
from tests.fakes.correctors import Constant, MeanError
from tests.fakes.panels import panel_of

HORIZON = 4
SPEC = ForecastSpec(HORIZON, 0, 0)


@dataclass(frozen=True)
class LastPlus:
    """A base that forecasts the last value plus a fixed error."""

    bias: float = 0.0
    notes: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)

    def forecast(self, panel, origins):
        return np.repeat(panel.window(origins, 1), HORIZON, axis=1) + self.bias


def rows_of(panel, base):
    folds = folds_for(panel, HORIZON, 0, local=False)
    return out_of_fold_rows(panel, folds, [base.forecast(panel, f.origins) for f in folds], SPEC)


@pytest.fixture
def panel():
    return synthetic_panel(n_series=6, length=120, seed=1)


def test_a_constant_bias_is_corrected_by_more_than_half(panel):
    size = float(np.nanstd(panel.values))
    learned = learn(MeanError(), panel, rows_of(panel, LastPlus(3 * size)), SPEC, local=True)
    assert learned.gate.open
    assert learned.gate.weight.min() > 0.5  # on twelve blocks
    chain = FittedChain(LastPlus(3 * size), (learned,), panel.lengths - 1, SPEC)
    truth, ends = LastPlus().forecast(panel, panel.ends()), panel.ends()
    assert np.abs(chain.forecast(panel, ends) - truth).mean() < 3 * size * 0.5


@given(seed=st.integers(0, 50), amount=st.floats(-1e6, 1e6))
@settings(max_examples=25, deadline=None)
def test_a_closed_gate_gives_the_base_bit_for_bit(seed, amount):
    panel = synthetic_panel(n_series=2, length=60, seed=seed)
    base = LastPlus(0.1)
    shut = GatedCorrection(closed(HORIZON, "test"), Constant(amount))
    chain = FittedChain(base, (shut, shut), panel.lengths - 5, SPEC)
    origins = panel.ends()
    assert np.array_equal(chain.forecast(panel, origins), base.forecast(panel, origins))


def test_without_folds_a_hybrid_equals_its_base_and_notes_the_reason(panel):
    learned = learn(MeanError(), panel, empty_rows(HORIZON), SPEC, local=True)
    assert not learned.gate.open
    assert "too little data" in learned.gate.reason
    assert learned.notes()["gate"] == [0.0] * HORIZON


def test_the_gate_is_learned_on_targets_after_those_of_the_trial_correction(panel):
    corrector = MeanError()
    rows = rows_of(panel, LastPlus(5.0))
    learn(corrector, panel, rows, SPEC, local=True)
    lengths, older = corrector.seen[0]
    newest = rows.fold == rows.fold.max()
    first = np.array([rows.origins.position[newest & (rows.origins.series == i)].min() for i in range(len(panel))])
    assert (lengths == first + 1).all()  # the trial saw values up to the first gate origin
    known = np.isfinite(older.target)
    target_at = older.origins.position[:, None] + np.arange(1, HORIZON + 1)
    assert (target_at[known] <= np.broadcast_to(first[older.origins.series][:, None], target_at.shape)[known]).all()
    assert known.any()


def test_nothing_is_fitted_where_no_correction_could_open_the_gate():
    panel = synthetic_panel(n_series=6, length=60, seed=1)
    corrector = MeanError()
    learned = learn(corrector, panel, rows_of(panel, LastPlus(1e6)), SPEC, local=False)
    assert not corrector.seen and not learned.gate.open
    assert "fewer than 3" in learned.gate.reason


class History(Constant):
    """A correction that records how many rows each call had."""

    calls: ClassVar[list[int]] = []

    def correct(self, panel, rows):
        self.calls.append(len(rows))
        return super().correct(panel, rows)


class NoHistory(History, RowByRow):
    pass


@pytest.mark.parametrize("kind", [History, NoHistory])
def test_a_row_by_row_correction_gets_only_the_rows_to_correct(panel, kind):
    class Corrector(MeanError):
        def fit(self, *seen):
            return kind(super().fit(*seen).amount)

    kind.calls = []
    rows = rows_of(panel, LastPlus(1e6))
    newest = int((rows.fold == rows.fold.max()).sum())
    assert learn(Corrector(), panel, rows, SPEC, local=True).gate.open
    assert kind.calls == [newest if kind is NoHistory else len(rows)]


def test_the_final_correction_is_fitted_on_all_rows(panel):
    corrector = MeanError()
    rows = rows_of(panel, LastPlus(50.0))
    learn(corrector, panel, rows, SPEC, local=True)
    assert len(corrector.seen) == 2
    assert len(corrector.seen[1][1]) == len(rows)


def test_corrected_rows_do_not_depend_on_later_values(panel):
    rows = rows_of(panel, LastPlus(5.0))
    after = corrected_rows(MeanError(), panel, rows, SPEC, local=True)
    median = int(np.median(rows.origins.position))
    noisy = panel.replace_after(np.full(len(panel), median), np.random.default_rng(0).normal(0, 1e3, len(panel.values)))
    other = corrected_rows(MeanError(), noisy, rows_of(noisy, LastPlus(5.0)), SPEC, local=True)
    early = rows.origins.position <= median
    assert np.array_equal(after.forecast[early], other.forecast[other.origins.position <= median])
    assert not np.array_equal(after.forecast, other.forecast)
    oldest = rows.fold == rows.fold.min()
    assert np.array_equal(after.forecast[oldest], rows.forecast[oldest])


def test_known_until_hides_later_targets_only(panel):
    rows = rows_of(panel, LastPlus())
    cut = np.full(len(panel), int(np.median(rows.origins.position)))
    hidden = known_until(rows, cut, SPEC)
    at = rows.origins.position[:, None] + np.arange(1, HORIZON + 1)
    assert np.isnan(hidden.target[at > cut[0]]).all()
    assert np.array_equal(hidden.target[at <= cut[0]], rows.target[at <= cut[0]], equal_nan=True)


def test_an_ensemble_is_the_plain_mean(panel):
    members = (LastPlus(1.0), LastPlus(3.0))
    ends = panel.ends()
    assert FittedEnsemble(members).forecast(panel, ends) == pytest.approx(LastPlus(2.0).forecast(panel, ends))


def test_rows_of_a_mean_keep_only_origins_that_all_members_have(panel):
    one, other = rows_of(panel, LastPlus(1.0)), rows_of(panel, LastPlus(3.0))
    mean = average_rows([one, other[np.arange(10, len(other))]], "mean")
    assert len(mean) == len(one) - 10
    assert mean.forecast == pytest.approx(one.forecast[10:] + 1.0)


def test_a_forecast_does_not_depend_on_the_other_origins(panel):
    cutoff = panel.lengths - 20
    chain = FittedChain(LastPlus(), (GatedCorrection(Gate(np.ones(HORIZON), "test"), Constant(1.0)),), cutoff, SPEC)
    many = Origins.between(cutoff, cutoff + 5)
    together = chain.forecast(panel, many)
    for row in range(len(many)):
        assert np.array_equal(chain.forecast(panel, many[np.array([row])])[0], together[row])


def test_dense_origins_hold_every_position_from_the_cutoff():
    origins = Origins(np.array([0, 1]), np.array([7, 4]))
    dense = dense_origins(origins, np.array([5, 4, 9]))
    assert list(zip(dense.series, dense.position, strict=True)) == [(0, 5), (0, 6), (0, 7), (1, 4)]


@pytest.mark.parametrize(("ends", "expected"), [([19, 19, 19], [12, 8, 2]), ([19, 15, 19], [12, 16, 10])])
def test_a_series_without_rows_starts_where_others_do_on_a_common_calendar(ends, expected):
    panel = panel_of(range(20), range(16), range(10), ends=ends)
    origins = Origins(np.array([0, 0]), np.array([14, 12]))
    assert first_origins(panel, origins).tolist() == expected
