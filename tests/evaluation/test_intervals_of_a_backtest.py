"""Every name of a backtest has intervals; they see no later value, leave points as they are, and need no order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import hybridts as ht
from hybridts.evaluation.adaptive_levels import AdaptiveLevels
from hybridts.evaluation.rolling_origin import Schedule
from tests.fakes.frames import TINY
from tests.fakes.runs import frame_of

SETTINGS = {**TINY, "RF": {"trees": 5}, "ANN": {"hidden": 4}}
#: A name of each kind of stage and of each way to combine them.
KINDS = (
    *("Naive", "SeasonalNaive", "Theta", "ETS", "ARIMA", "SARIMA", "MSTL", "VAR", "XGBoost", "RF", "MLP"),
    *("CNN-LSTM", "CNN>LSTM", "(CNN|MLP)", "MLP-XGBoost", "ARIMA-RF", "ARIMA-MLP", "MLP-ARIMA-XGBoost"),
    *("Theta + Naive", "(Theta + Naive)-RF", "median(Theta, Naive, Drift)", "greedy(Theta, MLP-RF)"),
    *("best(Theta, Naive)", "stacked(Theta, Naive) + Drift"),
)


def board_of(frame=None, models="Theta, ARIMA-RF", **more):
    options = {"horizon": 4, "windows": 2, "jobs": 1, "baselines": "none", "verbose": False, "season": 12, **more}
    return ht.backtest(frame_of() if frame is None else frame, models, settings=SETTINGS, **options)


def bounds(forecasts, name, level):
    return forecasts[f"{name}-lo-{level}"].to_numpy(), forecasts[f"{name}-hi-{level}"].to_numpy()


@pytest.fixture(scope="module")
def every_kind():
    return board_of(frame_of(3, 72), KINDS, levels=[80, 95], windows=1)


def test_every_kind_of_name_has_intervals_around_its_forecast(every_kind):
    forecasts = every_kind.forecasts
    names = [c for c in forecasts if f"{c}-lo-80" in forecasts]
    assert len(names) == len(KINDS)
    for name in names:
        (low, high), (lower, higher) = (bounds(forecasts, name, level) for level in (80, 95))
        assert np.isfinite(lower).all(), name
        assert (lower <= low).all() and (low <= forecasts[name]).all(), name
        assert (forecasts[name] <= high).all() and (high <= higher).all() and (low < high).all(), name


def test_the_board_shows_metrics_of_intervals_only_where_they_are_asked_for(every_kind):
    shown = ["coverage", "Winkler", "MSIS", "WQL", "pinball"]
    assert every_kind.table[shown].notna().all(axis=None)
    assert not set(shown) & set(board_of(models="Naive").table)


def test_the_board_has_the_coverage_of_every_level(every_kind, tmp_path):
    table, forecasts = every_kind.table.set_index("model"), every_kind.forecasts
    for name in ("Theta", "ARIMA-RF"):
        for level in (80, 95):
            low, high = bounds(forecasts, name, level)
            share = 100 * np.mean((low <= forecasts["y"]) & (forecasts["y"] <= high))
            assert table.loc[name, f"coverage-{level}"] == pytest.approx(share)
    assert (table["coverage"] == table["coverage-95"]).all()
    for path in every_kind.report(tmp_path, formats="html,csv,md,tex,json"):
        text = path.read_text(encoding="utf-8") if path.suffix in {".csv", ".md", ".tex", ".json", ".html"} else ""
        assert not text or ("coverage-80" in text and "coverage-95" in text), path
    one = board_of(models="Theta", levels=[80]).table
    assert "coverage" in one and "coverage-80" not in one


def test_points_are_the_same_with_and_without_levels():
    names = "Theta, MLP, ARIMA-RF, MLP-XGBoost, greedy(Theta, MLP), Theta + MLP"
    plain, wide = board_of(models=names).forecasts, board_of(models=names, levels=[80]).forecasts
    pd.testing.assert_frame_equal(plain, wide[plain.columns], check_exact=True)


def test_the_number_of_workers_changes_no_bound():
    forced = {"stage_seconds": 300}  # limits need workers, however little there is to do
    one, two = (board_of(levels=[80], jobs=jobs, **forced).forecasts for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_other_names_of_the_run_change_no_bound():
    alone, beside = (board_of(models=m, levels=[80]).forecasts for m in ("ARIMA-RF", "Theta, ARIMA-RF-MLP, ARIMA-RF"))
    pd.testing.assert_frame_equal(alone, beside[alone.columns], check_exact=True)


def test_no_bound_sees_a_value_after_its_cutoff():
    frame = frame_of()
    board = board_of(frame, "Theta, ARIMA-RF, greedy(Theta, Naive)", levels=[80, 95], windows=3)
    for cutoff in sorted(set(board.forecasts["cutoff"])):
        changed = frame.assign(y=frame["y"].where(frame["ds"] <= cutoff, 3 * frame["y"] + 100))
        other = board_of(changed, "Theta, ARIMA-RF, greedy(Theta, Naive)", levels=[80, 95], windows=3).forecasts
        upto = board.forecasts["cutoff"] <= cutoff
        pd.testing.assert_frame_equal(board.forecasts[upto].drop(columns="y"), other[upto].drop(columns="y"))


def test_a_bound_is_never_negative_where_the_data_never_were():
    rng = np.random.default_rng(0)
    frame = frame_of()
    frame["y"] = rng.poisson(1.0, len(frame)).astype(float)
    low, _ = bounds(board_of(frame, "Theta, ARIMA-RF", levels=[95]).forecasts, "Theta", 95)
    assert low.min() == 0.0
    free, _ = bounds(board_of(frame, "Theta", levels=[95], nonnegative=False).forecasts, "Theta", 95)
    assert free.min() < 0.0


def test_a_name_of_short_series_says_that_it_has_no_intervals():
    frame = frame_of(1, 24)
    board = board_of(frame, "Drift", season=4, windows=1, horizon=6, levels=[80])
    assert board.forecasts["Drift"].notna().all()
    short = board_of(frame, "Drift", season=1, windows=1, horizon=12, levels=[80])
    assert short.forecasts["Drift-lo-80"].isna().all()
    assert any("Drift has no intervals" in text for text in short.run.manifest["notices"])


def test_a_chain_that_learns_from_in_sample_errors_has_no_intervals():
    settings: dict[str, dict[str, Any]] = {"RF": {"trees": 3}, "Chain": {"residuals": "in_sample"}}
    board = ht.backtest(
        frame_of(), "ARIMA-RF", 4, windows=1, levels=[80], verbose=False, settings=settings, baselines="none", jobs=1
    )
    assert board.forecasts["ARIMA-RF"].notna().all()
    assert board.forecasts["ARIMA-RF-lo-80"].isna().all()


def test_a_constant_series_has_no_interval_and_a_notice():
    frame = frame_of()
    frame.loc[frame["unique_id"] == "s0", "y"] = 5.0
    board = board_of(frame, "Naive", levels=[80])
    low, _ = bounds(board.forecasts, "Naive", 80)
    assert (np.isnan(low) == (board.forecasts["unique_id"] == "s0")).all()
    assert any("'s0'" in text and "no intervals" in text for text in board.run.manifest["notices"])


def test_quantiles_are_columns_and_a_median_is_the_forecast():
    forecasts = board_of(models="Theta", quantiles=[0.3, 0.5, 0.9, 0.1]).forecasts
    assert (forecasts["Theta-q0.5"] == forecasts["Theta"]).all()
    assert (forecasts["Theta-lo-80"] <= forecasts["Theta-q0.3"]).all()


def test_names_that_are_added_to_a_run_have_its_intervals(tmp_path):
    board_of(models="Theta", levels=[80], out=tmp_path / "run")
    board = board_of(models="Naive", out=tmp_path / "run")
    assert {"Theta-lo-80", "Naive-lo-80"} <= set(board.forecasts)
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["levels"] == [80]


# -- adaptive levels ----------------------------------------------------------------------------------------------
def adaptive(y, *, cutoff, windows=4, horizon=5, series=10):
    """Return the probabilities after windows whose intervals were [-1, 1]."""
    levels = AdaptiveLevels((0.1, 0.9), Schedule(horizon=horizon))
    one = np.ones((series, horizon))
    for k in range(windows):
        levels.add("A", np.arange(series), np.full(series, 10 + k * horizon), y * one, {0.1: -one, 0.9: one})
    return levels.asked("A", np.full(series, cutoff))


def test_intervals_that_missed_ask_for_more_and_those_that_never_miss_for_less():
    assert adaptive(2.0, cutoff=100)[0.1] < 0.1 < adaptive(0.0, cutoff=100)[0.1]
    found = adaptive(2.0, cutoff=100)
    assert found[0.1] == pytest.approx(1 - found[0.9])


def test_targets_after_the_cutoff_do_not_count():
    assert adaptive(2.0, cutoff=10) == {0.1: 0.1, 0.9: 0.9}
    assert adaptive(2.0, cutoff=15) == adaptive(2.0, cutoff=19, windows=1)


def test_one_series_moves_a_level_less_than_many():
    one, many = (0.1 - adaptive(2.0, cutoff=100, series=n, windows=1)[0.1] for n in (1, 10))
    assert 0 < one < many / 3
