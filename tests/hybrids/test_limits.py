"""Limits of forecasts: what was never negative stays so, by the past of each origin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import BadSetting
from hybridts.hybrids.limits import Limits, check_nonnegative
from tests.fakes.panels import origins_at, panel_of

FORECAST = np.array([[-3.0, 2.0], [np.nan, -1.0]])


def limits(panel, rule="auto"):
    return Limits(panel, panel, 2, 0, rule)


def test_only_series_that_were_never_negative_are_kept_above_zero():
    panel = panel_of([1, 0, 2, 3], [1, -1, 2, 3])
    ends = panel.ends()
    np.testing.assert_array_equal(limits(panel).apply(ends, FORECAST), [[0.0, 2.0], [np.nan, -1.0]])
    np.testing.assert_array_equal(limits(panel, True).apply(ends, FORECAST), [[0.0, 2.0], [np.nan, 0.0]])
    np.testing.assert_array_equal(limits(panel, False).apply(ends, FORECAST), FORECAST)


def test_the_past_of_an_origin_decides_not_what_comes_after():
    panel = panel_of([1, 2, 3, -4, 5, 6])
    found = limits(panel).apply(origins_at((0, 2), (0, 3)), np.full((2, 2), -1.0))
    np.testing.assert_array_equal(found, [[0.0, 0.0], [-1.0, -1.0]])


def test_quantiles_have_the_same_limits():
    panel = panel_of([1, 2, 3])
    found = limits(panel).apply(panel.ends(), np.array([[[-2.0, 1.0, 3.0], [-1.0, -0.5, 2.0]]]))
    np.testing.assert_array_equal(found, [[[0.0, 1.0, 3.0], [0.0, 0.0, 2.0]]])


def test_the_setting_is_a_word_or_a_truth_value():
    assert [check_nonnegative(v) for v in ("auto", "TRUE", False)] == ["auto", True, False]
    for wrong in ("never", 1, None):
        with pytest.raises(BadSetting, match="use auto"):
            check_nonnegative(wrong)


@pytest.mark.parametrize(("rule", "least"), [("auto", 0.0), (True, 0.0), (False, -60.0)])
def test_a_falling_series_ends_at_zero_in_backtests_and_forecasts(rule, least):
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=60), "y": np.linspace(59, 0, 60)})
    options = {"horizon": 30, "jobs": 1, "nonnegative": rule}
    assert ht.model("Drift").fit(frame, **options).predict().Drift.min() == pytest.approx(min(least / 2, 0))
    board = ht.backtest(frame, "Drift", windows=1, baselines="none", **options)
    assert board.forecasts.Drift.min() >= 0  # it has not reached 0 at the cutoff
    moved = ht.model("Drift").fit(frame.assign(y=frame.y - 10), **options).predict().Drift.min()
    assert moved == (0.0 if rule is True else pytest.approx(-40.0))
