"""A finished run with one addition computes only what is new, and gives the board of a run from an empty store."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.engine.series_digests import DIGEST, SERIES
from hybridts.engine.stage_store import StageStore
from tests.fakes.runs import frame_of, same

NAMES = ["ARIMA", "Auto-ARIMA", "MLP", "ARIMA-RF"]
SETTINGS = {"RF": {"trees": 5}, "Network": {"steps": 4, "window": 8}}


def run(frame, **changed):
    given = {"models": NAMES, "horizon": 4, "windows": 2, "jobs": 1, "baselines": "cheap", "season": 12, **changed}
    return ht.backtest(frame, **{"settings": SETTINGS, **given})


def stages(board):
    return board.run.stages.set_index("key")


def new(board, kind="fit"):
    """Return stage -> number of tasks of one kind that this run computed."""
    rows = stages(board)
    return rows[(rows["kind"] == kind) & ~rows["reused"]].groupby("stage").size().to_dict()


def taken_over(board):
    """Return stage -> number of series that its fits took from other runs."""
    rows = stages(board)
    counts = rows["notes"].map(lambda text: json.loads(text).get("series_taken_over", 0))
    return counts.groupby(rows["stage"]).sum().loc[lambda n: n > 0].to_dict()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "run"
    return run(frame_of(5), out=out)


@pytest.fixture
def out(finished, tmp_path):
    import shutil

    return shutil.copytree(finished.path, tmp_path / "run")


def test_the_same_again_computes_nothing(finished, out):
    again = run(frame_of(5), out=out)
    assert stages(again)["reused"].all()
    assert same(again, finished)


def test_a_name_more_costs_its_own_stage_only(out):
    more = run(frame_of(5), out=out, models=[*NAMES, "ARIMA-SVM"])
    assert new(more) == {} and new(more, "correct") == {"ARIMA-SVM": 2}
    assert same(more, run(frame_of(5), models=[*NAMES, "ARIMA-SVM"]))


def test_a_metric_more_computes_nothing(out):
    more = run(frame_of(5), out=out, metrics=["MASE", "WAPE"])
    assert stages(more)["reused"].all()
    assert "WAPE" in more.table


def test_a_window_more_computes_that_window(finished, out):
    more = run(frame_of(5), store=out / "stages", windows=3)
    rows = stages(more)
    finals = rows[(rows["kind"] == "fit") & (rows["window"] >= 0) & ~rows["reused"]]
    assert finals["window"].unique().tolist() == [0], "windows are counted from the end: the new one is the oldest"
    assert set(stages(finished).index) <= set(rows.index)
    assert same(more, run(frame_of(5), windows=3))


def test_a_setting_of_one_stage_recomputes_it_and_the_stages_after_it(out):
    other = run(frame_of(5), store=out / "stages", settings={**SETTINGS, "RF": {"trees": 7}})
    assert new(other) == {} and new(other, "correct") == {"ARIMA-RF": 2}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_series_more_costs_its_local_fits_and_the_global_stages(out, jobs):
    more = run(frame_of(6), store=out / "stages", jobs=jobs, stage_seconds=600 if jobs == 2 else None)
    fits = taken_over(more)
    assert set(fits) == {"ARIMA", "Auto-ARIMA", "Theta"}
    assert fits["Theta"] == 5 * 2, "five of six series, in two windows"
    assert "MLP" in new(more)
    assert same(more, run(frame_of(6)))


def test_all_series_may_be_cached_from_several_runs(tmp_path):
    store = tmp_path / "store"
    frame = frame_of(6)
    halves = [frame[frame["unique_id"].isin(ids)] for ids in (["s0", "s1", "s2"], ["s3", "s4", "s5"])]
    for half in halves:
        run(half, store=store, models=["ARIMA", "Auto-ARIMA"])
    whole = run(frame, store=store, models=["ARIMA", "Auto-ARIMA"])
    assert taken_over(whole)["Auto-ARIMA"] == 6 * 2
    assert same(whole, run(frame, models=["ARIMA", "Auto-ARIMA"]))


def test_a_changed_value_is_fitted_again_and_a_later_one_is_not(out):
    frame = frame_of(5)
    first = frame.index[frame["unique_id"] == "s2"][0]
    changed = frame.assign(y=frame["y"].where(frame.index != first, frame["y"] + 3.0))
    other = run(changed, store=out / "stages")
    assert taken_over(other)["Theta"] == 4 * 2
    assert same(other, run(changed))


def test_a_series_that_failed_keeps_its_reason_and_a_new_one_may_fail_alone(tmp_path):
    frame = frame_of(3)
    ends = frame["ds"].isin([frame["ds"].min(), frame["ds"].max()])
    silent = frame.assign(y=np.where((frame["unique_id"] == "s1") & ~ends, np.nan, frame["y"]))
    out = tmp_path / "run"
    run(silent, out=out, models=["ARIMA"])
    new_one = silent[silent["unique_id"] == "s1"].assign(unique_id="s9")
    both = pd.concat([silent, new_one], ignore_index=True)
    more, fresh = run(both, store=out / "stages", models=["ARIMA"]), run(both, models=["ARIMA"])
    assert taken_over(more)["ARIMA"] >= 3
    columns = ["model", "window", "unique_id", "message"]
    found, wanted = (b.run.failures[columns].sort_values(columns, ignore_index=True) for b in (more, fresh))
    pd.testing.assert_frame_equal(found, wanted)
    assert same(more, fresh)


def test_damaged_digests_are_ignored(out):
    store = StageStore(out)
    for file in (out / "stages").glob("*.npz"):
        file.write_bytes(file.read_bytes()[:-20])
    assert store.lineages()
    more = run(frame_of(6), store=out / "stages")
    assert taken_over(more) == {}
    assert same(more, run(frame_of(6)))


def test_every_fitted_series_has_one_digest(finished):
    store = StageStore(finished.path)
    for keys in store.lineages().values():
        for key in keys:
            arrays = store.load(key).arrays
            assert len(arrays[SERIES]) == len(np.unique(arrays[DIGEST], axis=0)) == 5


@pytest.mark.parametrize("refit", [True, False])
def test_values_that_a_stage_reads_after_its_cut_are_part_of_its_key(tmp_path, refit):
    """Forecasts of folds and later windows read values after the training slice; a revision of these is new data."""
    frame = frame_of(3, length=96)
    late = frame["ds"].eq(np.sort(frame["ds"].unique())[-6 if refit is False else -20])
    revised = frame.assign(y=frame["y"].where(~(late & frame["unique_id"].eq("s0")), frame["y"] + 50))
    named = {"models": ["Theta-RF", "RF", "Naive"], "refit": refit, "baselines": "none"}
    named["settings"] = {"RF": {"trees": 5}, "Chain": {"gate": "open"}}
    before = run(frame, store=tmp_path / "store", **named)
    shared = run(revised, store=tmp_path / "store", **named)
    fresh = run(revised, store=tmp_path / "fresh", **named)
    assert not fresh.forecasts.equals(before.forecasts)
    assert same(shared, fresh)
