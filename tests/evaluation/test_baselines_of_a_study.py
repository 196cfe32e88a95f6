"""The full baselines are the strongest cheap names for the data, and cost at most a third of the names asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.app.api import plan_of
from hybridts.data.datasets import synthetic_panel
from hybridts.evaluation.board_names import baselines_of
from hybridts.evaluation.leaderboard import Evaluation

RULES = ("Naive", "SeasonalNaive", "Drift", "Theta")


def hours(days: int) -> pd.DataFrame:
    """Return one series of hours with a day and a week."""
    t = np.arange(24 * days)
    y = 10 + 3 * np.sin(2 * np.pi * t / 24) + 2 * np.sin(2 * np.pi * t / 168)
    y += np.random.default_rng(0).normal(0, 0.3, len(t))
    return pd.DataFrame({"unique_id": "load", "ds": pd.date_range("2021", periods=len(t), freq="h"), "y": y})


@pytest.mark.parametrize(
    "freq, length, names",
    [
        ("MS", 60, (*RULES, "ETS", "ETS-CV", "SARIMA")),
        ("YS", 40, (*RULES, "ETS")),
        ("h", 600, (*RULES, "ETS", "ETS-CV", "SARIMA", "MSTL")),
    ],
)
def test_the_data_choose_the_full_baselines(freq, length, names):
    panel = synthetic_panel(n_series=2, length=length, freq=freq)
    assert baselines_of("full", panel) == names
    assert baselines_of("cheap", panel) == RULES and baselines_of("none", panel) == ()


def test_cheap_data_have_all_of_them():
    plan = plan_of("dataset:airpassengers", "Drift", 12)
    assert set(plan.baselines) == {"Naive", "SeasonalNaive", "Theta", "ETS", "ETS-CV", "SARIMA"}
    assert not any("left out" in notice for notice in plan.notices)


def test_what_would_cost_more_than_the_names_asked_is_left_out_with_its_price():
    plan = plan_of(hours(200), "ARIMA", 24, windows=5)
    assert "ETS" not in plan.baselines and set(RULES) < set(plan.baselines)
    (notice,) = [n for n in plan.notices if "left out" in n]
    assert "ETS (about" in notice and "would cost more than a third of the names that were asked" in notice
    named = plan_of(hours(200), "ARIMA, ETS", 24, windows=5)
    assert "ETS" in named.names


def test_a_cheap_baseline_that_leads_is_named():
    given: dict[str, Any] = {"horizon": 24, "windows": 3, "jobs": 1}
    board = ht.backtest(hours(40), "Naive, Drift", **given)
    winner = Evaluation(board.run).cheap_winner
    assert winner == board.table["model"][0] and winner not in ("Naive", "Drift")
    assert any(f"{winner}, a cheap baseline that was not asked for, leads" in n for n in board.table.attrs["notices"])
    asked = ht.backtest(hours(40), ["Naive", str(winner)], **{**given, "baselines": "none"})
    assert Evaluation(asked.run).cheap_winner is None


def test_a_full_baseline_that_is_asked_is_a_baseline_all_the_same():
    board = ht.backtest("dataset:airpassengers", "SARIMA, ARIMA", horizon=6, windows=3, jobs=1)
    entries = {m["name"]: m for m in board.run.manifest["models"]}
    assert entries["SARIMA"]["baseline"] and entries["SARIMA"]["asked"] and not entries["ARIMA"]["baseline"]
    assert not entries["Theta"]["asked"]


def test_ets_is_checked_on_hindcasts_and_no_lead_over_aicc_s_choice_is_left():
    """AICc takes (M,N,M), MASE 1.109 here; multiplicative Holt-Winters has 0.671."""
    board = ht.backtest("dataset:airpassengers", "ETS-CV", horizon=12, windows=3, jobs=1)
    losses: Any = board.table.set_index("model")["MASE"]
    assert losses["ETS"] == pytest.approx(1.109, abs=0.01) and losses["ETS-CV"] == pytest.approx(0.671, abs=0.01)
    assert board.table.attrs["best_baseline"] == "ETS-CV"


def test_negative_data_have_no_multiplicative_baseline():
    panel = synthetic_panel(n_series=2, length=60, freq="MS")
    frame = pd.DataFrame({"unique_id": "a", "ds": pd.date_range("2015", periods=60, freq="MS")})
    frame["y"] = np.sin(np.arange(60) * np.pi / 6)
    assert "ETS-CV" in baselines_of("full", panel)
    assert "ETS-CV" not in plan_of(frame, "Drift", 6).baselines
