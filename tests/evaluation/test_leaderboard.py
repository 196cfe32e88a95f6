"""The leaderboard ranks names on the cells that all complete names have; gains, tests and notices are as documented."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import BadSetting, UserError
from hybridts.evaluation.breakdown import per_horizon, per_series, per_window
from hybridts.evaluation.leaderboard import Evaluation, leaderboard
from hybridts.evaluation.metrics import score
from hybridts.evaluation.run import Run
from hybridts.evaluation.significance import diebold_mariano
from tests.fakes.stored_run import FIVE, Fake, fake_run

COLUMNS = (
    "rank model family MASE MASE_median sMAPE MAE gain_over_part part p_part vs_best_baseline p p_raw verdict "
    "verdict_part in_best_set seconds_alone seconds_added cells missing undefined failures status reason"
).split()


@pytest.fixture
def run(tmp_path):
    return fake_run(tmp_path / "demo")


def row(table, name):
    return table[table["model"] == name].iloc[0]


def test_the_columns_are_fixed_and_only_shown_names_are_rows(tmp_path):
    run = fake_run(tmp_path, Fake(names=("GRU-ARIMA-SVM", "Naive")))
    table = leaderboard(run)
    assert list(table.columns) == COLUMNS
    assert set(table["model"]) == {"GRU-ARIMA-SVM", "Naive"}
    assert row(table, "GRU-ARIMA-SVM")["part"] in ("GRU", "GRU-ARIMA")  # evaluated for free, not shown


def test_names_are_ranked_by_mean_mase_over_cells(run):
    table = leaderboard(run)
    means = score(run.forecasts, run.cells, ["MASE"]).groupby("model")["MASE"].mean()
    assert list(table["model"]) == list(means.loc[list(FIVE)].sort_values().index)
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert table["MASE"].tolist() == pytest.approx(sorted(means.loc[list(FIVE)]))


def test_gain_seconds_and_p_are_what_their_definitions_say(run):
    table, stages = leaderboard(run), run.stages
    hybrid, base = row(table, "LSTM-XGBoost"), row(table, "LSTM")
    assert hybrid["part"] == "LSTM"
    assert hybrid["gain_over_part"] == pytest.approx(100 * (1 - hybrid["MASE"] / base["MASE"]))
    assert hybrid["seconds_added"] == pytest.approx(stages[stages["stage"] == "LSTM-XGBoost"]["seconds"].sum())
    assert hybrid["seconds_alone"] == pytest.approx(hybrid["seconds_added"] + base["seconds_alone"])
    best = table.attrs["best_baseline"]
    losses = score(run.forecasts, run.cells, ["MASE"]).pivot_table(index="window", columns="model", values="MASE")
    by_window = (losses["LSTM-XGBoost"] - losses[best]).to_numpy()
    assert Evaluation(run).compare("LSTM-XGBoost", best)[1] == pytest.approx(diebold_mariano(by_window).p)
    assert row(table, best)["vs_best_baseline"] == 0.0
    assert math.isnan(row(table, best)["p"]) and row(table, best)["verdict"] == ""
    tested = table[table["p"].notna()]
    assert (tested["p"] >= tested["p_raw"]).all()


def test_alone_against_one_baseline_p_is_that_of_diebold_and_mariano(tmp_path):
    run = fake_run(tmp_path, Fake(names=("LSTM", "Naive"), windows=9))
    losses = score(run.forecasts, run.cells, ["MASE"]).pivot_table(index="window", columns="model", values="MASE")
    known = diebold_mariano((losses["LSTM"] - losses["Naive"]).to_numpy()).p
    assert row(leaderboard(run), "LSTM")["p"] == pytest.approx(known)


def test_a_name_with_missing_cells_comes_last_without_a_rank_but_with_its_metrics(tmp_path):
    table = leaderboard(fake_run(tmp_path, Fake(partial=("LSTM",), broken=("GRU-SVM",), names=(*FIVE, "GRU-SVM"))))
    partial = row(table, "LSTM")
    assert pd.isna(partial["rank"]) and partial["missing"] == 1 and partial["cells"] == 5
    assert partial["status"] == "partial" and partial["failures"] == 1 and partial["MASE"] > 0
    assert table["model"].tolist()[-2:] == ["LSTM", "GRU-SVM"]
    failed = row(table, "GRU-SVM")
    assert failed["status"] == "failed" and failed["cells"] == 0 and math.isnan(failed["MASE"])
    assert row(table, "LSTM-XGBoost")["gain_over_part"] == row(table, "LSTM-XGBoost")["gain_over_part"]


def test_a_name_with_missing_cells_is_partial_whatever_the_manifest_says(run):
    rows = run.forecasts
    cut = replace(run, forecasts=rows[~((rows["model"] == "LSTM") & (rows["window"] == 0))])
    assert row(leaderboard(cut), "LSTM")["status"] == "partial"
    assert row(leaderboard(replace(run, forecasts=rows[rows["model"] != "LSTM"])), "LSTM")["status"] == "failed"


def test_a_name_that_is_not_applicable_is_last_with_its_reason(tmp_path):
    table = leaderboard(fake_run(tmp_path, Fake(names=("VAR", *FIVE), foreign=("VAR",))))
    assert table.iloc[-1]["model"] == "VAR" and "multivariate" in table.iloc[-1]["reason"]


def test_the_policy_for_missing_cells_flags_drops_or_refuses(tmp_path):
    run = fake_run(tmp_path, Fake(names=("VAR", *FIVE), foreign=("VAR",), partial=("ARIMA",)))
    assert "ARIMA" in set(leaderboard(run, missing="flag")["model"])
    dropped = set(leaderboard(run, missing="drop")["model"])
    assert "ARIMA" not in dropped and "VAR" in dropped
    with pytest.raises(UserError, match=r"ARIMA \(1 cells\)\. Use missing='flag'"):
        leaderboard(run, missing="error")
    with pytest.raises(BadSetting, match="use flag, drop or error"):
        leaderboard(run, missing="ignore")  # type: ignore[arg-type]
    leaderboard(fake_run(tmp_path), missing="error")


def test_equal_forecasts_share_a_rank_and_the_simpler_comes_first(run):
    rows = run.forecasts.set_index(["model", "window", "unique_id", "step"]).sort_index()
    rows.loc["LSTM-XGBoost", "yhat"] = rows.loc["LSTM", "yhat"].to_numpy()
    table = leaderboard(replace(run, forecasts=rows.reset_index().sample(frac=1, random_state=0)))
    pair = table[table["model"].isin(["LSTM", "LSTM-XGBoost"])]
    assert pair["model"].tolist() == ["LSTM", "LSTM-XGBoost"] and pair["rank"].nunique() == 1
    closed = row(table, "LSTM-XGBoost")
    assert closed["gain_over_part"] == 0.0 and closed["p_part"] == 1.0


def test_without_any_scale_mae_ranks_and_a_notice_says_so(tmp_path):
    table = leaderboard(fake_run(tmp_path, Fake(flat=True)), metrics=["sMAPE"])
    assert table.attrs["measure"] == "MAE" and "ranked by MAE" in table.attrs["notices"][0]
    assert table["MASE"].isna().all() and table["MAE"].is_monotonic_increasing
    assert table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert (table["undefined"] == table["cells"]).all()


def test_cells_without_a_scale_are_counted(run):
    cells = run.cells.assign(mase_scale=run.cells["mase_scale"].where(run.cells["unique_id"] != "south", 0.0))
    table = leaderboard(replace(run, cells=cells))
    assert (table["undefined"] == 3).all() and table["MASE"].notna().all()
    assert "undefined in 3 of 6 cells" in table.attrs["notices"][0]


def test_a_series_that_no_name_forecast_counts_as_missing_for_none(run):
    table = leaderboard(replace(run, forecasts=run.forecasts[run.forecasts["unique_id"] != "south"]))
    assert (table["missing"] == 0).all() and table["rank"].notna().all()


def test_a_run_in_which_everything_failed_is_a_table_without_ranks(run):
    table = leaderboard(replace(run, forecasts=run.forecasts.iloc[:0]))
    assert table["rank"].isna().all() and (table["status"] == "failed").all()


def test_where_no_name_is_complete_none_is_ranked_and_a_notice_says_so(tmp_path):
    table = leaderboard(fake_run(tmp_path, Fake(names=("LSTM", "ARIMA"), partial=("LSTM",))))
    assert table["rank"].tolist() == [1, pd.NA]
    run = fake_run(tmp_path, Fake(names=("LSTM", "ARIMA")))
    rows = run.forecasts
    gone = ((rows["model"] == "LSTM") & (rows["window"] == 0)) | ((rows["model"] == "ARIMA") & (rows["window"] == 1))
    table = leaderboard(replace(run, forecasts=rows[~gone]))
    assert table["rank"].isna().all()
    assert any("No name answered every cell" in n for n in table.attrs["notices"])
    assert any("no baseline" in n for n in table.attrs["notices"])


def test_an_infinite_forecast_is_the_worst_and_stays_visible(run):
    rows = run.forecasts.copy()
    rows.loc[(rows["model"] == "ARIMA") & (rows["step"] == 1), "yhat"] = math.inf
    table = leaderboard(replace(run, forecasts=rows))
    assert table.iloc[-1]["model"] == "ARIMA" and table.iloc[-1]["MASE"] == math.inf


def test_a_notice_says_that_few_windows_show_only_large_differences(tmp_path):
    table = leaderboard(fake_run(tmp_path, Fake(series=tuple("abcdef"))))
    assert table.attrs["test"] == "t-test over 3 windows of 6 series that share their dates"
    assert any("rests on 3 independent windows" in n for n in table.attrs["notices"])


def test_without_enough_windows_no_name_is_tested_and_one_sentence_says_so(tmp_path):
    run = fake_run(tmp_path, Fake(series=tuple(f"s{i}" for i in range(40)), windows=2))
    table = leaderboard(run)
    assert table["p"].isna().all() and set(table["verdict"]) == {"", "not tested"}
    assert table["in_best_set"].isna().all()
    assert (
        sum("No test: 2 windows of 40 series that share their dates are too few" in n for n in table.attrs["notices"])
        == 1
    )


def test_a_real_advantage_is_found(tmp_path):
    run = fake_run(tmp_path, Fake(series=tuple(f"s{i}" for i in range(40)), windows=12))
    rows = run.forecasts.copy()
    good = rows["model"] == "LSTM-XGBoost"
    rows.loc[good, "yhat"] = rows.loc[good, "y"] + 0.2 * (rows.loc[good, "yhat"] - rows.loc[good, "y"])
    best = leaderboard(replace(run, forecasts=rows)).iloc[0]
    assert best["model"] == "LSTM-XGBoost" and best["p"] < 0.001 and best["p_part"] < 0.001
    assert best["verdict"] == "clearly better" and best["verdict_part"] == "clearly better" and best["in_best_set"]


def test_the_order_of_rows_in_the_store_does_not_matter(run):
    mixed = replace(run, forecasts=run.forecasts.sample(frac=1, random_state=1), cells=run.cells.iloc[::-1])
    pd.testing.assert_frame_equal(leaderboard(mixed), leaderboard(run), check_exact=False, rtol=1e-12)


def test_breakdowns_agree_with_the_leaderboard(run):
    total = leaderboard(run).set_index("model")["MASE"]
    for table, size in ((per_horizon(run), 6), (per_window(run), 3), (per_series(run), 2)):
        assert len(table) == size * len(FIVE)
        again = table.groupby("model")["MASE"].mean()  # equal numbers everywhere: means of means are the mean
        assert np.allclose(again.loc[total.index], total)


def test_series_without_a_measure_do_not_choose_the_test():
    """Constant series have cells and forecasts, but no MASE."""
    ds = pd.date_range("2010-01-01", periods=72, freq="MS")
    walks = np.random.default_rng(0).normal(size=(6, 72)).cumsum(axis=1)
    frame = pd.concat(pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": y}) for i, y in enumerate(walks))
    still = frame.assign(y=frame["y"].where(frame["unique_id"].isin(["s0", "s1"]), 5.0))
    given: dict[str, Any] = {"horizon": 4, "windows": 6, "jobs": 1, "baselines": "none"}
    moving = ht.backtest(frame, ["Naive", "Drift"], **given).table.attrs["test"]
    assert moving == "t-test over 6 windows of 6 series that share their dates"
    board = ht.backtest(still, ["Naive", "Drift"], **given)
    assert board.table.attrs["test"] == "t-test over 6 windows of 2 series that share their dates"
    assert any("The test rests on 6 independent windows" in text for text in board.table.attrs["notices"])


def test_windows_closer_than_gap_and_horizon_are_correlated(tmp_path):
    """Errors after a gap contain all shocks of the gap: equally good forecasts must not look different."""
    run = fake_run(tmp_path, Fake(series=("north",), windows=40, horizon=1, step=1))
    with_gap = Evaluation(replace(run, manifest={**run.manifest, "gap": 5}))
    assert Evaluation(run).test.lag == 1 and with_gap.test.lag == 6
    rng, windows = np.random.default_rng(0), np.arange(40)
    refused = np.zeros(2)
    tests = (with_gap.test, Evaluation(run).test)
    for _ in range(2000):
        walk = np.cumsum(rng.normal(size=50))
        error = walk[windows + 6] - walk[windows]
        difference = np.abs(error - 1) - np.abs(error + 1)
        refused += [test(difference)[1] < 0.05 for test in tests]
    assert refused[0] < 160 < 600 < refused[1]  # 8 % of 2000, where this extreme dependence gives 6 to 7 %


class TestHybridsThatDiffer:
    def notices(self, run: Run) -> list[str]:
        return [n for n in leaderboard(run).attrs["notices"] if "hybrid" in n]

    def shut(self, run: Run, name: str, base: str) -> Run:
        """Give a hybrid the forecasts of its base."""
        rows = run.forecasts
        rows.loc[rows["model"] == name, "yhat"] = rows.loc[rows["model"] == base, "yhat"].to_numpy()
        return replace(run, forecasts=rows)

    def test_the_board_says_how_many_and_by_how_much(self, tmp_path):
        run = fake_run(tmp_path, Fake(names=("ARIMA-SVM", "ARIMA-RF", "LSTM-RF", "Naive")))
        run = self.shut(run, "LSTM-RF", "LSTM")
        table = leaderboard(run).set_index("model")
        (notice,) = self.notices(run)
        assert notice.startswith("Of 3 hybrids, 2 differ from their base: their MASE is ")
        for name in ("ARIMA-SVM", "ARIMA-RF"):
            assert f"{abs(table['gain_over_part'][name]):.1f} % " in notice

    def test_all_shut_is_said_too(self, tmp_path):
        run = self.shut(fake_run(tmp_path, Fake(names=("LSTM-RF", "Naive"))), "LSTM-RF", "LSTM")
        assert self.notices(run) == ["Of 1 hybrid, none differs from its base: all gates are shut."]

    def test_a_board_without_hybrids_says_nothing(self, tmp_path):
        assert self.notices(fake_run(tmp_path, Fake(names=("LSTM", "ARIMA", "Naive")))) == []


def test_errors_that_are_next_to_nothing_are_told(run):
    notices = leaderboard(run).attrs["notices"]
    assert not [n for n in notices if "holds the target" in n]
    rows = run.forecasts
    leak = rows["model"] == "LSTM"
    near = rows.assign(yhat=np.where(leak, rows["y"] + 1e-3 * (rows["yhat"] - rows["y"]), rows["yhat"]))
    (told,) = [n for n in leaderboard(replace(run, forecasts=near)).attrs["notices"] if "holds the target" in n]
    assert told.startswith("The MASE of LSTM is less than 2 % of that of ")
