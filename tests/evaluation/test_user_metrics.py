"""A metric of a user is computed once, stored, shown and ranked by; its code is not needed to read the run again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridts as ht
from hybridts.app.study_file import study_config
from hybridts.errors import BadSetting, NameTaken
from hybridts.evaluation.breakdown import per_window
from hybridts.evaluation.leaderboard import Evaluation, leaderboard
from hybridts.names.catalog import default_registry
from hybridts.names.plugins import load_plugins, using

GIVEN: dict[str, Any] = {"horizon": 6, "windows": 4, "jobs": 1, "baselines": "none"}
DATA, NAMES = "dataset:airpassengers", "Naive, SeasonalNaive, Drift"


@pytest.fixture(autouse=True)
def fresh():
    with using(default_registry()):
        yield


def median_error(y, yhat):
    return float(np.median(np.abs(yhat - y)))


def test_it_is_shown_ranked_by_and_read_again_without_its_code(tmp_path):
    ht.register_metric("MedianError", median_error)
    ht.register_metric("Hits", lambda y, yhat: float((np.abs(yhat - y) < 20).mean()), larger_is_better=True)
    wanted = ["medianerror", "Hits"]
    board = ht.backtest(DATA, NAMES, metrics=wanted, rank_by="MedianError", out=tmp_path / "run", **GIVEN)
    table, frame = board.table, board.forecasts
    rows: Any = table.set_index("model")
    assert table.attrs["measure"] == "MedianError" and table["MedianError"].is_monotonic_increasing
    by_hand = [median_error(part["y"], part["Drift"]) for _, part in frame.groupby("cutoff")]
    assert rows.at["Drift", "MedianError"] == pytest.approx(np.mean(by_hand))
    windows: Any = per_window(board.run).set_index(["model", "window"])
    assert windows.at[("Drift", 1), "MedianError"] == pytest.approx(by_hand[1])
    with using(default_registry()):  # nobody registers it here
        again = ht.load_board(tmp_path / "run")
        assert again.table["MedianError"].tolist() == table["MedianError"].tolist()
        assert again.report(tmp_path / "report")
        with pytest.raises(BadSetting, match="'Median' is not a metric"):
            leaderboard(again.run, metrics=["Median"])


def test_a_larger_value_ranks_first_where_it_is_better():
    ht.register_metric("Hits", lambda y, yhat: float((np.abs(yhat - y) < 20).mean()), larger_is_better=True)
    table = ht.backtest(DATA, NAMES, metrics=["Hits"], rank_by="Hits", **GIVEN).table
    assert table["Hits"].is_monotonic_decreasing and table["Hits"][0] > table["Hits"][2]
    assert ht.backtest(DATA, NAMES, rank_by="MDA", **GIVEN).table["MDA"].is_monotonic_decreasing
    biased = ht.backtest(DATA, NAMES, rank_by="bias", **GIVEN)
    assert Evaluation(biased.run).loss.min() >= 0.0


def test_gains_and_tests_are_of_the_metric_that_ranks():
    board = ht.backtest(DATA, "Drift, SeasonalNaive", rank_by="RMSE", **{**GIVEN, "baselines": "cheap"})
    table: Any = board.table.set_index("model")
    best = board.table.attrs["best_baseline"]
    for name in ("Drift", "SeasonalNaive"):
        gain = 100 * (1 - table.at[name, "RMSE"] / table.at[best, "RMSE"])
        assert table.at[name, "vs_best_baseline"] == pytest.approx(gain)


def test_a_metric_that_fails_on_some_cells_is_undefined_there_and_costs_no_result():
    def shaky(y, yhat):
        if y.mean() > 450:
            raise ValueError("too high")
        return float(np.abs(y - yhat).max())

    ht.register_metric("Shaky", shaky)
    board = ht.backtest(DATA, NAMES, metrics=["Shaky"], rank_by="Shaky", **GIVEN)
    assert any("Shaky is undefined where it failed: ValueError: too high" in n for n in board.run.manifest["notices"])
    assert board.table["Shaky"].notna().all() and np.isnan(Evaluation(board.run).metric("Shaky")).any()
    ht.register_metric("Never", lambda y, yhat: float("nan") * (y - yhat).sum())
    table = ht.backtest(DATA, NAMES, rank_by="Never", **GIVEN).table
    assert table.attrs["measure"] == "MAE" and "Never is defined in no cell" in table.attrs["notices"][0]


def test_a_metric_is_refused_with_the_reason():
    with pytest.raises(NameTaken, match="'mase' is a metric or a column"):
        ht.register_metric("mase", median_error)
    with pytest.raises(ht.UserError, match=r"cannot be a metric's name: letters, digits"):
        ht.register_metric("my metric", median_error)
    with pytest.raises(ht.UserError, match=r"Odd failed when it was tried: TypeError.* called with two arrays"):
        ht.register_metric("Odd", lambda y: float(y[0]))  # type: ignore[arg-type, misc]
    with pytest.raises(ht.UserError, match="which cannot be called"):
        ht.register_metric("Odd", 3)  # type: ignore[arg-type]


def test_a_plugin_registers_one_and_a_study_file_asks_for_it(tmp_path):
    plugin = tmp_path / "ours.py"
    plugin.write_text(
        "import hybridts as ht\nht.register_metric('Worst', lambda y, yhat: float(abs(y - yhat).max()))\n"
    )
    load_plugins([str(plugin)])
    content = {"data": DATA, "models": NAMES, "metrics": ["Worst"], "rank_by": "worst", "horizon": 6, "windows": 2}
    study = study_config({**content, "data": {"source": DATA}, "jobs": 1, "baselines": "none"}, "study.yaml")
    table = ht.backtest(**study.arguments()).table
    assert table.attrs["measure"] == "Worst" and table["Worst"].is_monotonic_increasing
    with pytest.raises(BadSetting, match=r"'Worse' is not a metric.*Worst"):
        ht.backtest(**{**study.arguments(), "rank_by": "Worse"})


def test_the_season_of_mase_is_an_option():
    plain = ht.backtest(DATA, NAMES, **GIVEN)
    monthly = ht.backtest(DATA, NAMES, metric_season=1, **GIVEN)
    y = ht.backtest(DATA, NAMES, **GIVEN).run.cells
    assert plain.run.manifest["metric_season"] == 12 and monthly.run.manifest["metric_season"] == 1
    changes = monthly.run.cells["mase_scale"]
    assert (changes != y["mase_scale"]).all()
    ratio = plain.run.cells["mase_scale"] / changes
    one, other = (Evaluation(b.run).metric("MASE") for b in (monthly, plain))
    assert one == pytest.approx(other * ratio.to_numpy())
    with pytest.raises(BadSetting, match="metric_season must be a whole number"):
        ht.backtest(DATA, NAMES, metric_season=0, **GIVEN)
