"""Linear effects: found where they are, not where they are not, from the past of an origin alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hybridts.data.panel import Origins
from hybridts.models.covariates.adjustment import Adjustment, forecast_with, from_plain, to_plain
from hybridts.models.covariates.effect import LinearEffect
from hybridts.models.covariates.terms import Term
from tests.fakes.panels import origins_at, panel_of


def explained(weights=(2.0, -1.0, 3.0), rows=120, seed=0, kind="future", lag=0, wander=0.0):
    """Series of noise with an effect of one column each; a second column is noise."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(len(weights), rows + lag, 2))
    y = [
        50 + w * x[:rows, 0] + rng.normal(0, 0.2, rows) + wander * rng.normal(size=rows).cumsum()
        for w, x in zip(weights, columns, strict=True)
    ]
    table = columns[:, lag:].reshape(-1, 2)
    return panel_of(*y, **{kind: table, "columns": {kind: ("x", "noise")}})


def effect_of(panel, horizon):
    found = LinearEffect.fitted(panel, horizon)
    assert found is not None
    return found


def adjustment_of(panel, horizon, gap):
    found = Adjustment.fitted(panel, horizon, gap)
    assert found is not None
    return found


@pytest.mark.parametrize("wander", [0.0, 0.5])
def test_each_series_has_its_own_weight_and_noise_has_none(wander):
    panel = explained(wander=wander)
    effect = effect_of(panel, 3)
    assert effect.terms == (Term("future", 0),) and effect.names == ("x",)
    found = [float(effect.weight[name][0]) for name in panel.ids]
    np.testing.assert_allclose(found, [2.0, -1.0, 3.0], atol=0.15)


def test_a_random_walk_is_no_effect_of_another_one():
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y, x = rng.normal(size=(2, 3, 150)).cumsum(axis=2)
        panel = panel_of(*y, future=x.reshape(-1, 1), past=x.reshape(-1, 1))
        found += LinearEffect.fitted(panel, 4) is not None
    assert found <= 1


def test_a_past_column_is_found_at_its_lag():
    effect = effect_of(explained(kind="past", lag=6), 4)
    assert effect.terms == (Term("past", 0, 6),) and effect.names == ("x(t-6)",)


def test_a_short_series_takes_the_weight_of_the_others():
    long = explained(weights=(2.0,) * 5)
    keep = long.cut(np.array([119, 119, 119, 119, 11]))
    effect = effect_of(keep, 2)
    assert float(effect.weight["s4"][0]) == pytest.approx(2.0, abs=0.25)


@pytest.mark.parametrize("lag", [2, 6])
def test_the_effect_at_targets_reads_no_past_column_after_the_origin(lag):
    panel = explained(kind="past", lag=lag)
    effect = effect_of(panel, 4)
    origins = origins_at((0, 60), (1, 80), (2, 100))
    poisoned = panel.past.copy()
    for i, at in zip(origins.series, origins.position, strict=True):
        poisoned[panel.starts[i] + at + 1 : panel.stops[i]] = 1e6
    ahead = np.arange(1, 5)
    plain = effect.at_targets(panel, origins, ahead)
    assert np.array_equal(plain, effect.at_targets(replace(panel, past=poisoned), origins, ahead))
    assert (np.abs(plain[:, : min(lag, 4)]) > 0.01).all()  # known there
    if lag < 4:
        assert np.abs(plain[:, lag:]).max() < 0.2 * np.abs(plain[:, :lag]).max()  # noise: its mean is expected


def test_a_random_walk_is_expected_to_stay_where_it_is():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 202)).cumsum(axis=1)
    y = 3 * x[:, :-2] + rng.normal(0, 0.2, (4, 200))
    panel = panel_of(*y, past=x[:, 2:].reshape(-1, 1))
    effect = effect_of(panel, 6)
    found = effect.at_targets(panel, origins_at((0, 150)), np.arange(1, 7))[0]
    assert (found[2:] / found[1] > 0.85).all() and (found[2:] / found[1] < 1.15).all()  # x is known up to the second


def test_a_series_that_was_not_fitted_is_adjusted_by_its_own_unit_at_each_origin():
    panel = explained(weights=(2.0,) * 4)
    adjustment = adjustment_of(panel.take(np.arange(3)), 3, 0)
    other = replace(panel, values=np.where(np.arange(480) >= 360, 10 * panel.values, panel.values))
    origins = origins_at((0, 90), (3, 60), (3, 90))

    def last_of(some):
        return lambda seen, rows: np.repeat(seen.window(some[rows], 1), 3, axis=1)

    together = forecast_with(adjustment, other, origins, last_of(origins))
    for row in range(3):
        one = origins[np.array([row])]
        seen = other.cut(np.full(4, one.position[0]), ahead=3)
        alone = forecast_with(adjustment, seen, one, last_of(one))
        np.testing.assert_array_equal(together[row], alone[0])
    effect = adjustment.effect.at_targets(other, origins[np.array([2])], np.arange(1, 4), np.array([0, 0, 0, 10.0]))
    assert np.abs(effect).max() > 5


def test_nothing_is_adjusted_without_covariates_or_where_they_say_nothing():
    assert Adjustment.fitted(panel_of(range(50)), 3, 0) is None
    rng = np.random.default_rng(1)
    noise = panel_of(*rng.normal(size=(3, 100)), future=rng.normal(size=(300, 2)))
    assert Adjustment.fitted(noise, 3, 0) is None
    still = panel_of(*rng.normal(size=(3, 100)), future=np.ones((300, 1)))
    assert Adjustment.fitted(still, 3, 0) is None
    flat = panel_of(np.ones(100), future=rng.normal(size=(100, 1)))
    assert Adjustment.fitted(flat, 3, 0) is None


def test_missing_values_of_a_column_have_no_effect():
    panel = explained()
    effect = effect_of(panel, 3)
    holes = panel.future.copy()
    holes[61] = np.nan
    found = effect.at_targets(replace(panel, future=holes), origins_at((0, 60)), np.arange(1, 4))[0]
    assert found[0] == 0 and (found[1:] != 0).all()


def test_names_of_series_change_nothing():
    panel = explained(weights=(2.0, -1.0, 3.0, 0.4))
    order = np.array([2, 0, 3, 1])
    one, two = effect_of(panel, 3), effect_of(panel.take(order), 3)
    for name in panel.ids:
        np.testing.assert_allclose(one.weight[name], two.weight[name], rtol=1e-9)


def test_an_adjustment_is_the_same_after_a_file():
    panel = explained(kind="past", lag=2)
    adjustment = adjustment_of(panel, 4, 1)
    again = from_plain(json.loads(json.dumps(to_plain(adjustment))))
    assert again is not None
    origins = Origins.between(np.full(3, 50), np.full(3, 60))
    np.testing.assert_array_equal(adjustment.at(panel, origins), again.at(panel, origins))
    np.testing.assert_array_equal(adjustment.panel(panel).values, again.panel(panel).values)
    assert from_plain(to_plain(None)) is None


def test_a_saved_network_keeps_what_covariates_explain(tmp_path):
    from hybridts.models.neural.saved_network import load, save
    from hybridts.names.build import forecaster
    from hybridts.names.catalog import default_registry
    from hybridts.names.grammar import parse

    registry = default_registry()
    few = {"Network": {"steps": 5, "window": 8, "prior": "none"}}
    (stage,) = parse("MLP", registry, few).stages()
    panel = explained()
    fitted: Any = forecaster(stage, registry).fit(panel.cut(np.full(3, 100), 3), 3, 0, 0)
    assert fitted.notes["covariate_effect"] == ["x"]
    save(fitted, tmp_path / "net")
    origins = Origins.between(np.full(3, 90), np.full(3, 95))
    again = load(tmp_path / "net")
    np.testing.assert_array_equal(again.forecast(panel, origins), fitted.forecast(panel, origins))
