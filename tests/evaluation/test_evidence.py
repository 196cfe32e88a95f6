"""Verdicts need mean and majority to agree; intervals, ranks, wins and equal forecasts are as defined."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hybridts.evaluation import evidence
from hybridts.evaluation.evidence import Losses, critical_difference, intervals, win_rates
from hybridts.evaluation.independent_units import units_of
from hybridts.evaluation.leaderboard import Evaluation, leaderboard
from tests.fakes.stored_run import Fake, fake_run, many


def units(windows: int, series: int = 1):
    """Return the test of a full grid of cells, series fastest."""
    cells = pd.DataFrame(
        {
            "window": np.repeat(np.arange(windows), series),
            "unique_id": np.tile(np.arange(series), windows),
            "cutoff": np.repeat(np.arange(windows), series),
        }
    )
    return units_of(cells, np.ones(len(cells), dtype=bool), 1, 1, None)


def losses_of(table, windows, series=1, seeds=None):
    by_seed = {name: np.atleast_2d(seeds[name] if seeds and name in seeds else rows) for name, rows in table.items()}
    code = np.tile(np.arange(series), windows)
    return Losses(lambda n: by_seed[n].mean(axis=0), lambda n: by_seed[n], code, units(windows, series))


def compared(table, windows, series=1, seeds=None, name="MLP", rival="Naive"):
    losses = losses_of(table, windows, series, seeds)
    return evidence.compare_all(losses, {name: [rival]}, {name: rival}, one_best=True)[name]


def test_a_better_mean_with_the_majority_of_series_worse_is_not_clearly_better():
    """A few easy wins decide the mean: 34 of 40 series are worse in every window."""
    rng = np.random.default_rng(0)
    gain = np.where(np.arange(40) < 6, -4.0, 0.1)
    mlp = 10 + np.tile(gain, 12) + 0.2 * rng.normal(size=480)
    found = compared({"MLP": mlp, "Naive": np.full(480, 10.0)}, 12, 40)
    assert found.gain > 0 and found.p_alone < 1e-4  # the mean alone would call it clearly better
    assert found.verdict == "mean and ranks disagree" and found.p == 1.0
    typical = 10 + np.tile(np.where(np.arange(40) < 30, -0.6, 0.1), 12) + 0.2 * rng.normal(size=480)
    assert compared({"MLP": typical, "Naive": np.full(480, 10.0)}, 12, 40).verdict == "clearly better"


def test_the_board_says_when_mean_and_ranks_disagree(tmp_path):
    run = fake_run(tmp_path, Fake(names=("MLP", "Naive"), series=tuple(f"s{i}" for i in range(20)), windows=12))
    rows = run.forecasts.copy()
    naive, mlp = rows["model"] == "Naive", rows["model"] == "MLP"
    scale = rows["unique_id"].map(run.cells.groupby("unique_id")["mase_scale"].first())
    rows.loc[naive, "yhat"] = (rows["y"] + scale)[naive]
    few = rows["unique_id"].isin(["s0", "s1", "s2"])
    rows.loc[mlp, "yhat"] = (rows["y"] + scale * np.where(few, 0.0, 1.05))[mlp]
    table = leaderboard(replace(run, forecasts=rows))
    assert table.loc[0, "model"] == "MLP" and table.loc[0, "verdict"] == "mean and ranks disagree"
    assert any("majority of series disagree" in notice for notice in table.attrs["notices"])


def test_a_difference_within_the_spread_of_seeds_is_none():
    rng = np.random.default_rng(1)
    one = 1.0 + 0.01 * rng.normal(size=20)
    table = {"MLP": one - 0.1, "Naive": one + 0.001 * rng.normal(size=20)}
    assert compared(table, 20).verdict == "clearly better"
    wide = {"MLP": np.stack([one - 0.5, one + 0.1, one + 0.1])}
    assert compared(table, 20, seeds=wide).verdict == "within the spread of seeds"
    near = {"MLP": np.stack([one - 0.11, one - 0.10, one - 0.09])}
    found = compared(table, 20, seeds=near)
    assert found.verdict == "clearly better"
    losses = losses_of(table, 20, seeds=near)
    means = (near["MLP"] - table["Naive"]).mean(axis=1)
    assert losses.p_of_seeds("MLP", "Naive") == pytest.approx(stats.ttest_1samp(means, 0).pvalue)


def test_equal_names_are_equal_and_without_a_test_nothing_is_clear():
    same = np.random.default_rng(2).normal(size=9) ** 2
    assert compared({"MLP": same, "Naive": same}, 9).verdict == "equal"
    assert compared({"MLP": same[:2] / 100, "Naive": same[:2]}, 2).verdict == "not tested"


def test_head_to_head_is_the_t_interval_of_the_windows():
    rng = np.random.default_rng(3)
    a, b = rng.normal(1.0, 0.1, 10), rng.normal(1.1, 0.1, 10)
    found = evidence.head_to_head(losses_of({"MLP": a, "Naive": b}, 10), "MLP", "Naive")
    known = stats.ttest_rel(a, b)
    limits = known.confidence_interval()
    assert found.gain == pytest.approx(100 * (1 - a.mean() / b.mean())) and found.p == pytest.approx(known.pvalue)
    assert (found.low, found.high) == pytest.approx((-100 * limits.high / b.mean(), -100 * limits.low / b.mean()))
    assert found.wins == (a < b).mean() and found.diebold_mariano.p == pytest.approx(known.pvalue)


def test_win_rates_of_two_names_add_to_one():
    rng = np.random.default_rng(4)
    table = dict(zip("abc", rng.integers(0, 4, (3, 30)).astype(float), strict=True))
    rates: Any = win_rates(list("abc"), losses_of(table, 30))
    assert (rates + rates.T).to_numpy() == pytest.approx(np.ones((3, 3)))
    won = (table["a"] < table["b"]).mean() + 0.5 * (table["a"] == table["b"]).mean()
    assert rates.at["a", "b"] == pytest.approx(won)


def test_critical_difference_equals_demsar_and_friedman_scipy():
    """Demsar (2006), table 6 and section 3.2.2: four classifiers on 14 data sets, CD 1.25 at 5 %."""
    losses = np.random.default_rng(5).normal(size=(4, 14))
    found = critical_difference(list("abcd"), losses, units(14))
    assert found.difference == pytest.approx(2.569 * math.sqrt(4 * 5 / (6 * 14)), abs=2e-3)
    chi = stats.friedmanchisquare(*losses).statistic
    known = stats.f.sf(13 * chi / (14 * 3 - chi), 3, 39)
    assert found.p == pytest.approx(known)
    ranks = stats.rankdata(losses, axis=0).mean(axis=1)
    assert found.mean_rank == pytest.approx(np.sort(ranks)) and found.units == 14
    assert all(
        found.mean_rank[found.names.index(g[-1])] - found.mean_rank[found.names.index(g[0])] < found.difference
        for g in found.groups
    )
    none = critical_difference(list("ab"), losses[:2, :2], units(2))
    assert math.isnan(none.difference) and none.groups == () and none.words.startswith("no test")


def test_names_far_apart_are_in_different_groups():
    losses = np.arange(3.0)[:, None] + 0.01 * np.random.default_rng(6).normal(size=(3, 40))
    found = critical_difference(list("abc"), losses, units(40))
    assert found.names == ("a", "b", "c") and found.groups == () and found.p < 1e-6


@pytest.mark.parametrize("count", [3, 8, 30])
def test_intervals_of_the_mean_are_those_of_student(count):
    values = np.random.default_rng(7).normal(5, 1, count)
    table: Any = intervals(["a"], values[None], units(count), "a")
    low, high = stats.ttest_1samp(values, 0).confidence_interval()
    width = high - low
    assert table.at["a", "loss_low"] == pytest.approx(low, abs=0.1 * width)  # 1999 draws
    assert table.at["a", "loss_high"] == pytest.approx(high, abs=0.1 * width)


def test_intervals_have_skill_over_the_baseline_and_ranks():
    rng = np.random.default_rng(8)
    shared = rng.normal(5, 1, 20)
    losses = np.stack([shared - 1, shared + 0.1 * rng.normal(size=20), shared])
    table: Any = intervals(["MLP", "ETS", "Naive"], losses, units(20), "Naive")
    assert table.loc["Naive", ["skill", "skill_low", "skill_high"]].tolist() == [0.0, 0.0, 0.0]
    assert table.at["MLP", "skill_low"] > 0 and table.at["MLP", "rank_high"] == 1.0
    assert table.loc["ETS", ["rank_low", "rank_high"]].tolist() == [2.0, 3.0]
    assert table.equals(intervals(["MLP", "ETS", "Naive"], losses, units(20), "Naive"))  # seeded
    assert intervals(["MLP"], losses[:1, :2], units(2), None)["loss_low"].isna().all()


def test_names_with_the_same_forecasts_are_one_group_and_the_simplest_is_credited(tmp_path):
    run = fake_run(tmp_path, Fake(names=("CNN-LSTM-SVM", "Naive")))
    rows: Any = run.forecasts.set_index(["model", "window", "unique_id", "step"]).sort_index()
    rows.loc["CNN-LSTM-SVM", "yhat"] = rows.loc["CNN-LSTM", "yhat"].to_numpy()
    found = Evaluation(replace(run, forecasts=rows.reset_index()))
    assert found.equal_groups == [("CNN-LSTM", "CNN-LSTM-SVM")]
    assert found.credited == {"CNN-LSTM-SVM": "CNN-LSTM", "Naive": "Naive"}  # CNN-LSTM has no row of its own
    assert Evaluation(run).equal_groups == []


def test_clark_west_sees_what_a_hybrid_knows_beyond_its_base(tmp_path):
    run = fake_run(tmp_path, Fake(names=("ARIMA-SVM", "ARIMA-RF", "ARIMA"), windows=30))
    rng = np.random.default_rng(9)
    rows: Any = run.forecasts.set_index(["model", "window", "unique_id", "step"]).sort_index()
    y, base = rows.loc["ARIMA", "y"].to_numpy(), rows.loc["ARIMA", "yhat"].to_numpy()
    rows.loc["ARIMA-SVM", "yhat"] = base + 0.2 * (y - base) + rng.normal(size=len(y)) * np.abs(y - base)
    rows.loc["ARIMA-RF", "yhat"] = base
    found = Evaluation(replace(run, forecasts=rows.reset_index()))
    table: Any = found.clark_west  # pandas' stubs say that a cell may be of any type
    assert list(table.columns) == ["part", "statistic", "p", "p_holm"]
    assert table.at["ARIMA-SVM", "part"] == "ARIMA" and table.at["ARIMA-SVM", "p"] < 0.05
    assert found.head_to_head("ARIMA-SVM", "ARIMA").gain < 0  # it forecasts worse, and knows something all the same
    assert table.at["ARIMA-RF", "p"] == 1.0


def test_everything_a_page_reads_exists_on_every_board(tmp_path):
    for fake in (
        Fake(),
        Fake(windows=1),
        Fake(flat=True),
        Fake(names=("LSTM",)),
        Fake(names=tuple(many(30)), windows=12),
    ):
        found = Evaluation(fake_run(tmp_path, fake))
        assert set(found.verdicts["baseline"]) | set(found.verdicts["part"]) <= {"", *evidence.VERDICTS}
        assert list(found.verdicts.index) == found.shown
        for item in (found.confidence_set, found.critical_difference):
            assert item.words
        assert len(found.intervals) == len(found.ranked) and found.intervals.attrs["words"]
        assert found.win_rates.shape == (len(found.shown), len(found.shown))
        assert found.cheap_winner is None or found.entries[found.cheap_winner]["baseline"]


def test_a_board_without_any_forecast_has_empty_evidence(tmp_path):
    run = fake_run(tmp_path)
    found = Evaluation(replace(run, forecasts=run.forecasts.iloc[:0]))
    assert found.confidence_set.names == () and found.equal_groups == [] and found.intervals.empty
    assert found.win_rates.empty and found.clark_west.empty and found.cheap_winner is None
