"""A study under several seeds: names that draw random numbers run under each, the others once; the spread is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridts as ht
from hybridts.app.api import plan_of
from hybridts.errors import BadSetting
from hybridts.evaluation.leaderboard import Evaluation

DATA = "dataset:airpassengers"
TRAINING = {"steps": 15, "hidden": 8, "window": 24}
GIVEN: dict[str, Any] = {
    "horizon": 6,
    "windows": 3,
    "jobs": 1,
    "baselines": "none",
    "settings": {"MLP": TRAINING, "RF": {"trees": 10}},
}
NAMES = ["MLP", "ARIMA-RF", "SeasonalNaive"]


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    return ht.backtest(DATA, NAMES, seed=3, seeds=3, out=tmp_path_factory.mktemp("seeds") / "run", **GIVEN)


@pytest.fixture(scope="module")
def alone():
    return [ht.backtest(DATA, NAMES, seed=seed, **GIVEN) for seed in (3, 4, 5)]


def test_the_board_has_the_mean_and_standard_deviation_over_seeds(board, alone):
    rows: Any = board.table.set_index("model")
    each: list[Any] = [b.table.set_index("model") for b in alone]
    for name in NAMES:
        means = [table.at[name, "MASE"] for table in each]
        assert rows.at[name, "MASE"] == pytest.approx(np.mean(means), rel=1e-12)
        if name != "SeasonalNaive":
            assert rows.at[name, "MASE_sd"] == pytest.approx(np.std(means, ddof=1))
    assert np.isnan(rows.at["SeasonalNaive", "MASE_sd"]) and rows.at["MLP", "MASE_sd"] > 0
    spread: Any = Evaluation(board.run).seed_spread
    assert set(spread.index) == {"MLP", "ARIMA-RF"} and (spread["seeds"] == 3).all()
    assert "MASE_sd" not in alone[0].table.columns
    assert list(board.forecasts.columns) == ["unique_id", "ds", "cutoff", "y", *NAMES]
    assert len(board.table) == 3


def test_the_first_seed_is_the_run_with_one_seed_and_the_forecasts_are_its(board, alone):
    assert board.forecasts.equals(alone[0].forecasts)


def test_what_draws_no_random_number_is_fitted_once(board):
    stages = list((board.path / "stages").glob("*.json"))
    plan = plan_of(DATA, NAMES, seed=3, seeds=3, **GIVEN)
    assert plan.stages == len(stages)
    once = {family.family: family.stages for family in plan_of(DATA, NAMES, seed=3, **GIVEN).families}
    thrice = {family.family: family.stages for family in plan.families}
    assert thrice["neural"] == 3 * once["neural"] and thrice["correction"] == 3 * once["correction"]
    assert thrice["statistical"] == once["statistical"] and thrice["baseline"] == once["baseline"]


def test_a_run_with_seeds_is_read_again_and_reported(board, tmp_path):
    again = ht.load_board(board.path)
    assert again.table.equals(board.table) and again.report(tmp_path)
    assert again.run.manifest["seeds"] == 3


def test_seeds_without_a_random_name_and_a_wrong_number():
    assert "MASE_sd" not in ht.backtest(DATA, "Naive, Drift", seeds=4, **GIVEN).table.columns
    with pytest.raises(BadSetting, match=r"seeds must be a whole number of at least 1, or a list .*found 0"):
        ht.backtest(DATA, "Naive", seeds=0, **GIVEN)


def test_a_list_of_seeds_is_run_as_it_is(alone):
    board = ht.backtest(DATA, NAMES, seeds=[3, 11], **GIVEN)
    assert board.run.manifest["seeds"] == [3, 11] and board.run.manifest["seed"] == 3
    names = {m["name"] for m in board.run.manifest["models"]}
    assert "MLP [seed 11]" in names and "MLP [seed 4]" not in names


@pytest.mark.parametrize("seeds", [[], [1, 1], [1, "two"], "3,4", [0.5]])
def test_a_wrong_list_of_seeds_is_refused(seeds):
    with pytest.raises(BadSetting, match="a list of different whole numbers"):
        ht.backtest(DATA, "Naive", seeds=seeds, **GIVEN)
    with pytest.raises(BadSetting, match="seed is 5 and seeds begin with 3"):
        ht.backtest(DATA, "Naive", seed=5, seeds=[3, 4], **GIVEN)


def test_an_option_lists_seeds_with_commas():
    from hybridts.app.study_file import study_config

    plain = {"data": {"source": "dataset:lynx"}, "models": ["Naive"], "horizon": 2}
    assert study_config({**plain, "seeds": "3,11"}, "here").seeds == [3, 11]
    assert study_config({**plain, "seeds": "3"}, "here").seeds == 3
