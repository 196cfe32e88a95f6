"""Simulated series: seeded, made of the components that the mixture names, and of nothing else."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hybridts.data.seasonal import seasonal_error
from hybridts.models.neural.prior.mixture import WITHIN_A_DAY, Mixture, mixture_for
from hybridts.models.neural.prior.simulator import simulate

#: A level that stands still, with hardly any noise and nothing else.
_NONE: dict[str, Any] = {
    name: 0.0
    for name in Mixture.__dataclass_fields__
    if not name.endswith("_size") and name not in ("multiplicative", "smooth")
}
STILL = Mixture(**_NONE, drift_size=(-9.0, -8.0), noise_size=(-9.0, -8.0))


def changes(panel):
    """Mean absolute step of each series, relative to its level."""
    return seasonal_error(panel, panel.ends(), 1) / np.array([np.nanmean(np.abs(y)) for y in each(panel)])


def each(panel):
    return [panel.series(i) for i in range(len(panel))]


@pytest.mark.parametrize("seasons", [(1,), (4,), (7,), (12,), (24, 168), (52,)])
def test_a_panel_has_the_size_that_was_asked_for_and_follows_its_seed(seasons):
    panel = simulate(40, seasons, 100, seed=1)
    assert len(panel) == 40 and panel.season == seasons[0]
    assert panel.lengths.min() >= 60 and panel.lengths.max() <= 140
    assert np.isfinite(panel.values).mean() > 0.95 and np.abs(np.nan_to_num(panel.values)).max() < 1e8
    np.testing.assert_array_equal(panel.values, simulate(40, seasons, 100, seed=1).values)
    assert not np.array_equal(panel.values, simulate(40, seasons, 100, seed=2).values)


def test_without_components_a_series_stands_still():
    assert changes(simulate(50, (12,), 80, 0, STILL)).max() < 1e-3


@pytest.mark.parametrize(
    "present",
    [
        {"walk": 1.0, "walk_size": (-2.0, -1.0)},
        {"slope": 1.0, "slope_size": (-3.0, -2.0)},
        {"drift_size": (-2.0, -1.0)},
        {"seasonal": 1.0, "season_size": (-1.0, -0.5)},
        {"noise_size": (-2.0, -1.0)},
        {"cycle": 1.0},
        {"calendar": 1.0},
        {"counts": 1.0},
        {"intermittent": 1.0},
    ],
)
def test_each_component_moves_the_series(present):
    moved = changes(simulate(50, (12,), 80, 0, replace(STILL, **present)))
    assert np.median(moved) > 1e-3


@pytest.mark.parametrize("present", [{"level_break": 1.0}, {"slope_break": 1.0}, {"outliers": 1.0}])
def test_rare_events_are_rare_and_large(present):
    series = each(simulate(50, (12,), 200, 0, replace(STILL, **present)))
    steps = [np.abs(np.diff(y)) / np.abs(y).mean() for y in series]
    assert np.mean([step.max() > 0.0005 for step in steps]) > 0.6  # some come before the first row that is kept
    if "slope_break" not in present:
        assert np.median(np.concatenate(steps)) < 1e-4


def test_a_season_repeats_and_a_longer_one_stands_beside_it():
    regular = replace(STILL, seasonal=1.0, season_size=(-1.0, -0.5))
    panel = simulate(50, (12,), 100, 0, regular)
    assert (seasonal_error(panel, panel.ends(), 12) < 0.05 * seasonal_error(panel, panel.ends(), 1)).mean() > 0.95
    week = simulate(20, (24, 168), 600, 0, replace(regular, second=1.0, weekday=1.0))
    day, whole = (seasonal_error(week, week.ends(), m) for m in (24, 168))
    assert (whole < 0.2 * day).mean() > 0.9


def test_some_series_hold_counts_zeros_few_digits_bounds_or_holes():
    noisy = replace(STILL, noise_size=(-1.0, -0.5))
    assert all((y == np.round(y)).all() for y in each(simulate(20, (1,), 60, 0, replace(noisy, counts=1.0))))
    assert np.mean([(y == 0).mean() for y in each(simulate(20, (1,), 60, 0, replace(noisy, intermittent=1.0)))]) > 0.2
    distinct = [len(np.unique(y)) for y in each(simulate(20, (1,), 60, 0, replace(noisy, rounded=1.0)))]
    assert max(distinct) < 0.99 * 140 and np.median(distinct) < 60
    holes = simulate(20, (1,), 60, 0, replace(noisy, missing=1.0))
    assert np.mean([np.isnan(y).any() for y in each(holes)]) > 0.6 and np.isfinite(holes.values).mean() > 0.8


def test_rows_within_a_day_have_a_mixture_of_their_own():
    assert mixture_for(24) == mixture_for(288) == WITHIN_A_DAY != mixture_for(12) == Mixture()


def test_no_real_series_is_read():
    """Simulating opens no file at all, so that no data set can be in it."""
    opened: list[Any] = []
    simulate(1, (12,), 20, 0)  # imports are done
    sys.addaudithook(lambda event, details: opened.append(details) if event == "open" and watching else None)
    watching = True
    simulate(200, (12,), 60, 0)
    simulate(20, (24, 168), 200, 0)
    watching = False
    assert not opened
