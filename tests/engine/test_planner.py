"""Plans: equal stages are one task, and keys depend on content only."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.datasets import synthetic_panel
from hybridts.data.panel import Origins, Panel
from hybridts.engine.graph import CorrectTask, FitTask, PriorTask
from hybridts.engine.planner import Planner
from hybridts.evaluation.rolling_origin import Schedule, rolling
from hybridts.evaluation.study import groups_of
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names import build
from hybridts.names.catalog import PUBLISHED, default_registry
from hybridts.names.grammar import parse

REGISTRY = default_registry()


def plan_of(panel, names, schedule=None, settings=None, seed=0):
    schedule = schedule or Schedule(4, 2)
    windows = rolling(panel, schedule)
    fitted = [schedule.fitted_at(w.index) for w in windows]
    planner = Planner(panel, REGISTRY, ForecastSpec(schedule.horizon, schedule.gap, seed))
    for window in groups_of(windows, fitted, schedule.scheme == "sliding"):
        for name in names:
            planner.add(parse(name, REGISTRY, settings), window)
    return planner.finish()


@pytest.fixture(scope="module")
def panel():
    return synthetic_panel(n_series=3, length=120, seed=0)


def fits(plan, stage):
    return [t for t in plan.tasks.values() if isinstance(t, FitTask) and t.stage == stage]


def test_names_with_one_base_share_its_fits(panel):
    alone = plan_of(panel, ["LSTM-SVM"])
    together = plan_of(panel, ["LSTM", "LSTM-SVM", "LSTM-RF", "LSTM-ARIMA", "LSTM-ARIMA-XGBoost"])
    assert len(fits(together, "LSTM")) == len(fits(alone, "LSTM"))
    assert set(alone.tasks) <= set(together.tasks)  # equal keys, so that stages of an older run are found


def test_neighbouring_cutoffs_share_fold_fits(panel):
    plan = plan_of(panel, ["LSTM-SVM"], Schedule(4, 3))
    assert len(fits(plan, "LSTM")) < 3 * 4


def test_fits_of_a_network_share_the_task_of_a_prior_that_is_not_shipped(panel):
    small = {"LSTM": {"hidden": 8}}
    plan = plan_of(panel, ["LSTM", "LSTM-SVM"], settings=small)
    (prior,) = [task for task in plan.tasks.values() if isinstance(task, PriorTask)]
    assert plan.uses[prior.key] == ("LSTM", "LSTM-SVM") and next(iter(plan.tasks)) == prior.key
    assert {task.prior for task in fits(plan, "LSTM")} == {prior.key}
    without = plan_of(panel, ["LSTM"], settings={**small, "Network": {"prior": "none"}})
    assert not any(isinstance(task, PriorTask) for task in without.tasks.values())
    assert not set(without.tasks) & set(plan.tasks)


def test_a_single_stage_needs_no_folds(panel):
    assert len(plan_of(panel, ["LSTM"]).tasks) == 2


def test_all_published_names_need_far_fewer_stages_than_alone(panel):
    plan = plan_of(panel, PUBLISHED, Schedule(4, 3))
    assert len(plan.tasks) < 0.5 * plan.fits_without_sharing
    assert all(plan.uses[key] for key in plan.tasks)


def test_dependencies_come_first(panel):
    seen: set[str] = set()
    for key, task in plan_of(panel, ["LSTM-ARIMA-RF", "(ARIMA + MLP)-RF", "Auto-ARIMA-SVM"]).tasks.items():
        assert set(task.needs()) <= seen
        seen.add(key)


def test_values_after_the_last_cutoff_change_no_key(panel):
    cutoff = panel.lengths - 1 - 4
    noise = panel.replace_after(cutoff, np.zeros(len(panel.values)))
    schedule = Schedule(4, 1)
    assert set(plan_of(panel, ["LSTM-SVM"], schedule).tasks) == set(plan_of(noise, ["LSTM-SVM"], schedule).tasks)


def test_a_visible_value_changes_the_keys_of_tasks_that_see_it(panel):
    changed = panel.replace_after(panel.lengths - 8, panel.values + 1.0)
    schedule = Schedule(4, 1)
    one, other = (set(plan_of(p, ["LSTM-SVM"], schedule).tasks) for p in (panel, changed))
    assert one != other
    assert one & other  # folds that end earlier keep their keys


@pytest.mark.parametrize("other", [{"settings": {"LSTM": {"hidden": 8}}}, {"seed": 1}, {"schedule": Schedule(5, 2)}])
def test_settings_seed_and_horizon_are_in_the_key(panel, other):
    assert not set(plan_of(panel, ["LSTM"]).tasks) & set(plan_of(panel, ["LSTM"], **other).tasks)


def test_changing_a_correction_keeps_its_base(panel):
    one = plan_of(panel, ["LSTM-RF"])
    other = plan_of(panel, ["LSTM-RF"], settings={"RF": {"trees": 7}})
    shared = set(one.tasks) & set(other.tasks)
    assert {one.tasks[k].stage for k in shared} == {"LSTM"}
    assert all(isinstance(one.tasks[k], CorrectTask) for k in set(one.tasks) - shared)


def test_a_task_is_the_same_whatever_the_order_of_names(panel):
    names = ["LSTM-SVM", "ARIMA", "LSTM-ARIMA-RF"]
    assert set(plan_of(panel, names).tasks) == set(plan_of(panel, names[::-1]).tasks)


def test_order_searches_are_an_edge_of_the_graph(panel):
    plan = plan_of(panel, ["Auto-ARIMA-SVM"], Schedule(4, 1))
    reusing = [t for t in fits(plan, "Auto-ARIMA") if t.earlier is not None]
    assert reusing
    for task in reusing:
        assert plan.tasks[task.earlier].cut.position.max() < task.cut.position.max()


def test_without_refit_one_fit_answers_all_windows(panel):
    plan = plan_of(panel, ["MLP"], Schedule(4, 3, refit=False))
    (task,) = plan.tasks.values()
    assert len(task.origins) == 3 * len(panel)


def test_sliding_training_keeps_its_length(panel):
    plan = plan_of(panel, ["MLP"], Schedule(4, 3, scheme="sliding"))
    assert {int(t.cut.training(panel, 4).lengths[0]) for t in plan.tasks.values()} == {120 - 3 * 4}


def test_a_window_longer_than_every_series_is_refused_by_the_planner():
    frame = pd.DataFrame({"unique_id": "a", "ds": np.arange(50), "y": np.arange(50.0)})
    network = {"Network": {"window": 500}}
    with pytest.raises(ht.UserError, match=r"LSTM: window 500 is longer than every series \(the longest shows 46 rows"):
        ht.backtest(frame, models=["LSTM-SVM"], horizon=4, windows=1, baselines="none", settings=network)


# -- cached facts equal those computed directly -------------------------------------------------
def ragged(*lengths):
    rows = sum(lengths)
    stops = np.cumsum(lengths)
    return Panel(
        values=np.arange(rows) ** 2 % 11 + 1.0,
        times=np.concatenate([np.arange(n) for n in lengths]),
        starts=stops - lengths,
        stops=stops,
        reach=stops.copy(),
        ids=tuple(f"s{i}" for i in range(len(lengths))),
        future=np.arange(2.0 * rows).reshape(rows, 2),
        past=np.arange(1.0 * rows).reshape(rows, 1)[::-1],
        columns={"future": ("f", "g"), "past": ("p",)},
    )


def plain_fingerprint(panel):
    """Hash every series by itself, without running sums."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(
        repr((panel.ids, panel.season, panel.freq, panel.step, panel.groups, sorted(panel.columns.items()))).encode()
    )
    digest.update(panel.lengths.tobytes() + (panel.reach - panel.starts).tobytes())
    for i, start in enumerate(panel.starts):
        seen = slice(start, panel.stops[i])
        digest.update(panel.values[seen].tobytes() + panel.times[seen].tobytes() + panel.past[seen].tobytes())
        digest.update(panel.future[start : panel.reach[i]].tobytes())
    digest.update(np.ascontiguousarray(panel.static).tobytes())
    return digest.hexdigest()


def test_fingerprints_are_those_of_earlier_versions():
    whole = ragged(9, 4, 7)
    for panel in (whole, whole.cut(np.array([5, -1, 6]), 2), whole.cut(np.array([5, 3, 2])).take(np.array([2, 0]))):
        assert panel.fingerprint == plain_fingerprint(panel)
    assert whole.fingerprint == "7f4faa87463e257c90124966f711eb5e"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [([0, 0, 1], [3, 4, 0])],
        [([0, 1], [3, 0]), ([0, 1], [4, 0])],
        [([1, 0, 0], [5, 9, 2]), ([0, 1, 2], [2, 5, -1]), ([], [])],
    ],
)
def test_joined_origins_are_every_origin_once_in_order(parts):
    origins = [Origins(np.array(s, dtype=np.int64), np.array(p, dtype=np.int64)) for s, p in parts]
    pairs = sorted({(s, p) for series, position in parts for s, p in zip(series, position, strict=True)})
    joined = Origins.join(origins)
    assert list(zip(joined.series.tolist(), joined.position.tolist(), strict=True)) == pairs


def test_keys_do_not_depend_on_what_else_is_planned_or_in_which_order(panel):
    """Cached facts of one name, window or panel must not be used for another."""
    names = ["LSTM-SVM-RF", "Auto-ARIMA-SVM", "greedy(LSTM-RF, ARIMA)", "ARIMA-RF", "MLP"]
    schedule = Schedule(4, 3)
    together = plan_of(panel, names, schedule)
    alone = [plan_of(panel, [name], schedule) for name in names]
    for name, one in zip(names, alone, strict=True):
        mine = {key for key, uses in together.uses.items() if name in uses}
        assert {together.tasks[k].stage for k in mine} == {t.stage for t in one.tasks.values()}
    again = plan_of(panel, names[::-1], schedule)
    assert {k: t.stage for k, t in again.tasks.items()} == {k: t.stage for k, t in together.tasks.items()}
    assert all(again.uses[key] and set(again.uses[key]) == set(together.uses[key]) for key in together.tasks)


def test_the_code_of_a_component_is_fingerprinted_once_a_plan(panel, monkeypatch):
    read: list[str] = []
    plain = build.algorithm

    def algorithm(stage, registry):
        read.append(str(stage))
        return plain(stage, registry)

    monkeypatch.setattr(build, "algorithm", algorithm)
    plan_of(panel, ["LSTM", "LSTM-SVM", "LSTM-RF", "ARIMA-SVM"], Schedule(4, 5))
    assert sorted(read) == ["ARIMA", "LSTM", "RF", "SVM"]


def test_cuts_and_origins_are_shared_by_the_tasks_that_have_equal_ones(panel):
    plan = plan_of(panel, ["LSTM-SVM", "GRU-SVM", "RNN-RF"], Schedule(4, 3))
    bases = [t for t in plan.tasks.values() if isinstance(t, FitTask)]
    assert len({id(t.cut) for t in bases}) * 3 == len(bases)
    assert len({id(t.origins) for t in plan.tasks.values()}) < len(plan.tasks) / 2


def test_torch_is_imported_only_where_a_network_is_fitted(tmp_path):
    """Importing torch takes longer than all else in a run whose stages are finished."""
    code = f"""
import sys
import hybridts as ht
board = ht.backtest(ht.synthetic_panel(1, 60), models=["MLP", "MLP-RF"], horizon=4, windows=1, jobs=1,
                    settings={{"Network": {{"steps": 5}}}}, baselines="cheap", out={str(tmp_path)!r})
print("torch" in sys.modules, bool(board.run.stages["reused"].all()))
"""
    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-2:]
        for _ in range(2)
    ]
    assert said == [["True", "False"], ["False", "True"]]


def test_the_first_network_of_a_process_is_fitted_on_one_thread_too():
    """torch is imported when something is fitted; imported under the limit, it would start with threads of its own."""
    code = """
import sys
import hybridts as ht
from hybridts.engine.executors import base

found = []

def perform(job, panel, results, original=base.perform):
    done = original(job, panel, results)
    found.append(sys.modules["torch"].get_num_threads())
    return done

from hybridts.engine import run_plan
run_plan.perform = perform
assert "torch" not in sys.modules
ht.model("MLP", {"Network": {"steps": 2}}).fit(ht.synthetic_panel(n_series=2, length=40), 3, jobs=1)
print(found)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["[1]"], done.stderr
