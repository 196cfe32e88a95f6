"""Every name of the catalogue keeps the contract of models and forecasts without values after the cutoff."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.audit import HORIZON, check, checks, run_names, tiny_recipe, with_random_future
from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Origins
from hybridts.names.catalog import COMPONENTS, PUBLISHED
from hybridts.names.plugins import register, register_forecaster, registry

#: Beside the list: every other structure of the grammar.
OTHERS = (
    *("(CNN|LSTM)", "CNN>LSTM", "CNN-LSTM-Attention", "(LSTM)-(CNN)", "ARIMA + MLP", "(ARIMA + MLP)-RF", "ConvLSTM"),
    *("median(ARIMA, MLP, RF)", "weighted(ARIMA, MLP-RF)", "stacked(ARIMA, MLP)-RF", "greedy(ARIMA, MLP, RF)"),
    "best(Naive, MLP-RF, median(ARIMA, MLP))",
)


def panel_of(seed, length):
    """Four quarterly series on one calendar, so that VAR applies and all three folds fit."""
    return synthetic_panel(n_series=4, length=length, freq="QS", seed=seed)


@given(seed=st.integers(0, 1000), length=st.integers(58, 70), extra=st.integers(1, 8))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_name_changes_its_forecast_when_the_future_is_replaced(seed, length, extra):
    recipes = [tiny_recipe(name, registry()) for name in (*PUBLISHED, *OTHERS)]
    panel = panel_of(seed, length)
    cutoff = panel.lengths - 1 - extra
    ends = Origins(np.arange(len(panel)), cutoff)
    changed = with_random_future(panel, cutoff, seed)
    said, other = (run_names(recipes, registry(), p, cutoff, ends) for p in (panel, changed))
    assert not said.failed
    assert not other.failed
    for recipe in recipes:
        assert said.forecast[recipe.name].shape == (len(panel), HORIZON)
        assert np.isfinite(said.forecast[recipe.name]).all(), recipe.name
        assert np.array_equal(said.forecast[recipe.name], other.forecast[recipe.name]), recipe.name


@given(seed=st.integers(0, 1000), share=st.floats(0.2, 0.8))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_honest_hindcast_changes_when_what_follows_it_is_replaced(seed, share):
    recipes = [tiny_recipe(name, registry()) for name in (*PUBLISHED, *OTHERS)]
    panel = panel_of(seed, 64)
    cutoff = panel.lengths - 1
    ends = Origins(np.arange(len(panel)), cutoff)
    said = run_names(recipes, registry(), panel, cutoff, ends)
    rows = said.out_of_fold["MLP-RF"]  # folds of networks begin later than those of models of single series
    inner = np.full(len(panel), int(np.quantile(rows.origins.position, share)))
    other = run_names(recipes, registry(), with_random_future(panel, inner, seed), cutoff, ends)
    # A guard may refuse what a model makes of the replaced values; its hindcasts are then not kept.
    hybrids = [r for r in recipes if r.name in said.out_of_fold and r.name not in other.failed]
    assert len(hybrids) > 60
    for recipe in hybrids:
        mine, theirs = said.out_of_fold[recipe.name], other.out_of_fold[recipe.name]
        early = mine.origins.position <= inner[0]
        assert early.any()
        assert not early.all()
        late = theirs.origins.position <= inner[0]
        assert np.array_equal(mine.forecast[early], theirs.forecast[late], equal_nan=True), recipe.name
        assert np.array_equal(mine.scale[early], theirs.scale[late], equal_nan=True), recipe.name


@pytest.mark.parametrize("name", [c.name for c in COMPONENTS if c.name != "Attention"])
def test_every_component_keeps_the_contract(name):
    verdicts = check(name)
    assert len(verdicts) >= 8
    assert not [v for v in verdicts if not v.passed]


def test_attention_keeps_the_contract_after_a_network():
    assert not [v for v in check("LSTM-Attention") if not v.passed]


FOLLOWS = "forecasts follow shift and scale"


@pytest.mark.parametrize("name", ["CNN-LSTM", "CNN>LSTM", "(LSTM)-(CNN)", "MLP + GRU"])
def test_networks_follow_the_shift_and_scale_of_a_series(name):
    (verdict,) = (v for v in check(name) if v.check == FOLLOWS)
    assert verdict.passed and "largest difference" in verdict.detail, verdict


def test_a_network_that_reads_levels_does_not_claim_to_follow_and_other_families_are_not_asked(own_registry):
    register("Level-Net", "MLP", {"Network": {"scale": "mean_abs", "anchor": "none"}})
    (verdict,) = (v for v in check("Level-Net") if v.check == FOLLOWS)
    assert verdict == (FOLLOWS, True, "not claimed with anchor=none, scale=mean_abs")
    assert FOLLOWS not in {v.check for v in check("Naive")}


def test_a_network_that_reads_levels_in_secret_is_caught(own_registry, monkeypatch):
    register("Level-Net", "MLP", {"Network": {"scale": "mean_abs"}})
    monkeypatch.setattr(checks, "LEVEL_BASED", {})
    assert [v.check for v in check("Level-Net") if not v.passed] == [FOLLOWS]


def test_a_combo_over_a_grid_is_checked_on_series_with_row_and_column(own_registry):
    register("Grid-Net", "CNN-LSTM", {"Network": {"grid": True}})
    verdicts = check("Grid-Net")
    assert len(verdicts) >= 9
    assert not [v for v in verdicts if not v.passed]


@dataclass(frozen=True)
class Peeking:
    """A planted leak: it reads the value after the origin from the flat arrays."""

    def fit(self, panel, horizon, gap, seed):
        return FittedPeeking(horizon)


@dataclass(frozen=True)
class FittedPeeking:
    horizon: int
    notes: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)

    def forecast(self, panel, origins):
        row = np.minimum(panel.rows(origins, 1), len(panel.values) - 1)
        return np.repeat(panel.values[row][:, None], self.horizon, axis=1)


def test_a_planted_leak_is_caught_alone_and_under_a_correction(own_registry):
    register_forecaster("Peeking", Peeking)
    for name in ("Peeking", "Peeking-RF"):
        failed = {v.check for v in check(name) if not v.passed}
        assert "values after the cutoff do not matter" in failed
    assert "out-of-fold errors ignore later values" in {v.check for v in check("Peeking-RF") if not v.passed}
