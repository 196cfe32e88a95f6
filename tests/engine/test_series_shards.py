"""A fit in parts over the series equals the whole fit: same bytes, same notes, same failures, on any workers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hybridts.data.panel import Panel
from hybridts.engine import run_plan as local
from hybridts.engine import series_shards as parts
from hybridts.engine.cost import cost_of
from hybridts.engine.graph import FitTask, Plan, RefitWindow, TrainingSlice
from hybridts.engine.planner import Planner
from hybridts.engine.progress_state import Event, Outcome
from hybridts.engine.run_plan import execute
from hybridts.engine.series_shards import join, run_part, split
from hybridts.engine.stage_store import StageStore
from hybridts.engine.task_results import Done
from hybridts.engine.tasks import run_task
from hybridts.errors import NotApplicable
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry
from tests.fakes.panels import panel_of

SETTINGS: dict[str, dict[str, Any]] = {
    "Auto-ARIMA": {"max_p": 1, "max_q": 1, "max_models": 5},
    "ARIMA": {"order": [1, 0, 0], "estimator": "css"},
    "XGBoost": {"trees": 3},
}
COUNT = 37


def many(silent=(), rows=40, season=4) -> Panel:
    """Return series of different lengths; those in `silent` have no value."""
    rng = np.random.default_rng(0)
    series = [10 + i + rng.normal(size=rows - i % 3).cumsum() for i in range(COUNT)]
    for i in silent:
        series[i] = np.full(rows, np.nan)
    return panel_of(*series, season=season)


def plan_of(panel: Panel, *names: str) -> Plan:
    planner = Planner(panel, registry(), ForecastSpec(3, 0, 0))
    for name in names:
        tokens = {t.name for stage in parse(name, registry()).stages() for t in stage.tokens()}
        recipe = parse(name, registry(), {k: v for k, v in SETTINGS.items() if k in tokens})
        planner.add(recipe, RefitWindow(0, TrainingSlice(None, panel.lengths - 1), panel.ends()))
    return planner.finish()


def only_fit(plan: Plan) -> FitTask:
    (task,) = plan.tasks.values()
    assert isinstance(task, FitTask)
    return task


def in_parts(task: FitTask, panel: Panel, store: StageStore) -> Done:
    some = split(task, panel)
    assert len(some) > 1
    return join(task, some, [run_part(part, panel, store) for part in some], panel, store)


def facts(record):
    return json.dumps({k: v for k, v in record.items() if k not in ("seconds", "traceback")})


@pytest.mark.parametrize("name", ["ARIMA", "Auto-ARIMA", "Theta", "MSTL"])
@pytest.mark.parametrize("size", [5, 16, 36])
def test_parts_of_any_size_join_to_the_whole_result(name, size, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "SERIES_PER_PART", size)
    panel = many(silent=[0, 7, *range(16, 32)])
    task, store = only_fit(plan_of(panel, name)), StageStore(tmp_path)
    whole, joined = run_task(task, panel, store), in_parts(task, panel, store)
    assert list(whole.arrays) == list(joined.arrays)
    for key, values in whole.arrays.items():
        np.testing.assert_array_equal(values, joined.arrays[key])
    assert facts(whole.record) == facts(joined.record)
    assert len(joined.record["failures"]) == 18
    later = replace(panel.ends(), position=panel.ends().position - 2)
    np.testing.assert_array_equal(
        whole.fitted.forecast(panel, later), joined.fitted.forecast(panel, later), err_msg="kept models"
    )


def test_counts_over_series_add_up(tmp_path):
    panel = many(silent=range(16))
    done = in_parts(only_fit(plan_of(panel, "Auto-ARIMA")), panel, StageStore(tmp_path))
    assert done.record["notes"]["searched"] == COUNT
    assert list(done.record["notes"]["orders"]) == list(panel.ids[16:])


def test_reasons_of_missing_forecasts_come_from_every_part(tmp_path):
    panel = many(rows=50)
    cut = TrainingSlice(None, panel.lengths - 11)
    values = np.exp(panel.values / 20)
    for i in (5, 6, 30):
        values[panel.stops[i] - 5] = -1.0
    panel = replace(panel, values=values)
    planner = Planner(panel, registry(), ForecastSpec(3, 0, 0))
    settings = {"ARIMA": {**SETTINGS["ARIMA"], "transform": "log"}}
    planner.add(parse("ARIMA", registry(), settings), RefitWindow(0, cut, panel.ends()))
    task, store = only_fit(planner.finish()), StageStore(tmp_path)
    whole, joined = run_task(task, panel, store), in_parts(task, panel, store)
    assert list(joined.record["failures"]) == ["s5", "s6", "s30"]
    assert facts(whole.record) == facts(joined.record)
    np.testing.assert_array_equal(whole.arrays["forecast"], joined.arrays["forecast"])


def test_a_stage_fails_only_where_no_series_at_all_could_be_fitted(tmp_path):
    panel = many(silent=range(COUNT))
    task, store = only_fit(plan_of(panel, "Theta")), StageStore(tmp_path)
    record = in_parts(task, panel, store).record
    assert record["status"] == "failed"
    assert record["message"].startswith(f"No series could be fitted ({COUNT} tried); the first: Series 's0': it shows")
    assert facts(record) == facts(run_task(task, panel, store).record)


def test_a_model_that_is_not_applicable_is_so_in_parts_too(tmp_path):
    panel = many(season=1)
    task, store = only_fit(plan_of(panel, "SARIMA")), StageStore(tmp_path)
    record = in_parts(task, panel, store).record
    assert record["error"] == NotApplicable.__name__ and record["status"] == "not_applicable"
    assert facts(record) == facts(run_task(task, panel, store).record)


def test_few_series_and_models_over_all_series_stay_whole():
    few = many().take(np.arange(16))
    assert split(only_fit(plan_of(few, "Theta")), few) == []
    panel = many()
    for name in ("Naive", "VAR", "XGBoost"):
        assert split(only_fit(plan_of(panel, name)), panel) == []


def test_the_number_of_parts_is_limited():
    panel = panel_of(*[np.arange(8.0)] * 3000, ids=tuple(f"n{i}" for i in range(3000)))
    some = split(only_fit(plan_of(panel, "Theta")), panel)
    assert len(some) <= parts.MAX_PARTS
    assert [i for s in some if s.cut.keep is not None for i in s.cut.keep.tolist()] == list(range(3000))


def test_many_series_are_worth_workers_and_few_are_not():
    panel = many()
    three = panel.take(np.arange(3))
    wide = panel_of(*[np.arange(20.0)] * 300, season=4)
    for some, worth in ((three, False), (wide, True)):
        cost = cost_of(only_fit(plan_of(some, "Auto-SARIMA")), some)
        assert (cost >= local.WORTH_WORKERS) is worth


def executed(panel: Panel, plan: Plan, folder, jobs: int, events: list[Event]) -> tuple[Outcome, dict[str, bytes]]:
    store = StageStore(folder)
    outcome = execute(plan, panel, store, jobs, events.append, keep=True)
    return outcome, {file.name: file.read_bytes() for file in store.path.glob("*.npz")}


def test_workers_leave_the_bytes_and_the_models_of_a_run_in_process(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "WORTH_WORKERS", 0.0)
    panel = many(silent=[3, *range(16, 32)])
    plan = plan_of(panel, "Theta", "Auto-ARIMA-XGBoost", "Auto-ARIMA")
    assert any(isinstance(task, FitTask) and task.earlier for task in plan.tasks.values())
    events_of: dict[int, list[Event]] = {1: [], 2: []}
    (one, first), (two, second) = (executed(panel, plan, tmp_path / str(j), j, events_of[j]) for j in (1, 2))
    assert first == second and len(first) == len(plan.tasks)
    for key in plan.tasks:
        assert facts(one.records[key]) == facts(two.records[key])
        mine, theirs = one.kept[key], two.kept[key]
        if isinstance(plan.tasks[key], FitTask):
            np.testing.assert_array_equal(mine.forecast(panel, panel.ends()), theirs.forecast(panel, panel.ends()))
    for events in events_of.values():
        assert [event.done for event in events] == list(range(len(plan.tasks) + 1))
        assert events[-1].cost_done == pytest.approx(events[-1].cost_total)
    reusing = [t for t in plan.tasks.values() if isinstance(t, FitTask) and t.earlier]
    assert all(two.records[t.key]["notes"]["searched"] < COUNT for t in reusing)
