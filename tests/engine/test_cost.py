"""Estimates of a plan before it runs: seconds, memory, shared stages, and the summary of `--plan`."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hybridts as ht
from hybridts.app.api import plan_of
from hybridts.engine.cost import RATES, cost_of, costs_of, memory_of, units_of
from hybridts.engine.graph import FitTask
from hybridts.engine.progress_state import Event
from hybridts.engine.shared_stages import sharing
from hybridts.evaluation.plan_summary import duration
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.evaluation.study import Study, plan_study
from hybridts.names.catalog import PUBLISHED
from hybridts.names.plugins import registry
from hybridts.text import listed, shortened
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of
from tests.fakes.panels import panel_of

NAMES = ["ARIMA", "LSTM", "LSTM-SVM", "ARIMA-RF", "XGBoost"]
QUICK: dict[str, Any] = {"models": ["Naive", "ARIMA"], "horizon": 2, "windows": 2, "baselines": "none", "jobs": 1}


def drawn(names, lengths=(90, 90, 90), horizon=4, windows=2, settings=None, season=4):
    panel = panel_of(*[[float(i * i % 7 + i) for i in range(n)] for n in lengths], season=season)
    schedule = Schedule(horizon, windows)
    study = Study(tuple(names), schedule, settings or {}, baselines="none")
    return plan_study(study, panel, registry(), lambda _: {})


def cost(names, **case):
    one = drawn(names, **case)
    return sum(costs_of(one.plan, one.panel).values())


# -- seconds ------------------------------------------------------------------------------------------------------
def test_every_unit_of_work_of_every_published_name_has_a_rate():
    one = drawn(PUBLISHED, lengths=(200,) * 3)
    for key, units in units_of(one.plan, one.panel).items():
        assert sum(RATES.get(name, 0.0) * number for name, number in units.items()) > 0, one.plan.tasks[key].stage


@pytest.mark.parametrize("name", ["ARIMA", "Auto-SARIMA", "LSTM", "RF", "ETS", "LSTM-SVM", "ARIMA-XGBoost"])
@pytest.mark.parametrize("more", [{"lengths": (90,) * 60}, {"windows": 6}, {"lengths": (400, 400, 400)}])
def test_more_data_and_more_windows_cost_more(name, more):
    assert cost([name], **more) > cost([name])


def test_settings_change_the_cost():
    assert cost(["LSTM"], settings={"Network": {"steps": 2000}}) > 3 * cost(
        ["LSTM"], settings={"Network": {"steps": 200}}
    )
    assert cost(["RF"], settings={"RF": {"trees": 400}}) > 2 * cost(["RF"], settings={"RF": {"trees": 50}})


def test_a_network_of_more_blocks_costs_more():
    assert cost(["LSTM"]) < cost(["CNN-LSTM"]) + cost(["LSTM"])
    assert cost(["RNN"]) < cost(["LSTM"], settings={"LSTM": {"hidden": 256}})


def test_a_search_that_reuses_an_order_costs_less():
    one = drawn(["Auto-ARIMA-SVM"], lengths=(120,) * 8, windows=1)
    fits = [t for t in one.plan.tasks.values() if isinstance(t, FitTask)]
    searched, given = ([cost_of(t, one.panel) for t in fits if (t.earlier is None) is new] for new in (True, False))
    assert min(searched) > max(given)


def test_memory_grows_with_jobs_and_data():
    one, other = drawn(["LSTM"]), drawn(["LSTM"], lengths=(50_000,) * 20)
    tasks, more = list(one.plan.tasks.values()), list(other.plan.tasks.values())
    assert memory_of(tasks, one.panel, 4) > 2 * memory_of(tasks, one.panel, 1) > 2**28
    assert memory_of(more, other.panel, 1) > memory_of(tasks, one.panel, 1)
    assert memory_of([], one.panel, 4) == 0


# -- words --------------------------------------------------------------------------------------------------------
def test_sharing_lists_the_most_shared_stages():
    one = drawn(["LSTM", "LSTM-SVM", "LSTM-RF", "greedy(LSTM, ARIMA, SARIMA, LSTM-SVM, LSTM-RF, Theta, MLP, GRU, RNN)"])
    lines = sharing(one.plan).splitlines()
    assert lines[0].endswith("if every name ran alone.")
    assert lines[1].startswith("  LSTM (")
    assert all(len(line) < 400 for line in lines)
    assert listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more"
    assert shortened("x" * 60) == "x" * 60
    assert shortened("x" * 61) == "x" * 59 + "…"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (0.2, "1 s"), (45.4, "45 s"), (700, "12 min"), (9000, "2.5 h")]
)
def test_durations_in_words(seconds, text):
    assert duration(seconds) == text


# -- the summary --------------------------------------------------------------------------------------------------
def test_the_summary_holds_shared_stages_and_costs():
    summary = plan_of(frame_of((60, 60)), NAMES, 4, windows=2, jobs=2, baselines="cheap")
    assert summary.names == tuple(NAMES)
    assert (summary.windows, summary.horizon, summary.series, summary.rows) == (2, 4, 2, 120)
    assert summary.stages < summary.alone
    assert summary.seconds < summary.seconds_alone
    assert summary.seconds_left == summary.seconds
    assert sum(f.stages for f in summary.families) == summary.stages
    assert {f.family for f in summary.families} == {"baseline", "statistical", "neural", "learner", "correction"}
    assert {s.stage for s in summary.shared} == {"ARIMA", "LSTM"}
    assert json.loads(json.dumps(summary.as_json()))["stages"] == summary.stages
    assert "about" in str(summary) and "LSTM" in str(summary)


def test_the_summary_counts_finished_stages_of_a_run_directory(tmp_path):
    run, frame = tmp_path / "run", frame_of((60, 60))
    before = plan_of(frame, **QUICK, out=run)
    assert not run.exists()  # a plan writes nothing
    ht.backtest(frame, **QUICK, out=run)
    held = {file: file.stat().st_mtime_ns for file in run.rglob("*")}
    same = plan_of(frame, **QUICK, out=run)
    assert (before.finished, same.finished, same.seconds_left) == (0, same.stages, 0.0)
    assert "nothing is left to compute" in str(same)
    more = plan_of(frame, **{**QUICK, "models": ["Naive", "ARIMA", "Drift"]}, out=run)
    assert more.stages - more.finished == 2  # one more name, two windows
    assert f"{more.finished} of them are finished already, 2 to run" in str(more)
    assert {file: file.stat().st_mtime_ns for file in run.rglob("*")} == held


def test_a_misspelled_metric_is_refused_before_anything_is_computed(tmp_path):
    events: list[Event] = []
    with pytest.raises(ht.UserError, match="'OWN' is not a metric; there are"):
        ht.backtest(frame_of((60, 60)), **QUICK, metrics=["MASE", "OWN"], watch=events.append, out=tmp_path / "run")
    assert not events and not (tmp_path / "run").exists()


# -- the command --------------------------------------------------------------------------------------------------
def test_the_command_prints_the_plan_and_stops(csv, tmp_path):
    arguments = ("backtest", csv, "--models", "ARIMA,ARIMA-SVM", "--horizon", 4, "--out", tmp_path / "run", "--plan")
    done = hybridts(*arguments, "--jobs", 3)
    assert done.returncode == 0, done.stderr
    assert "2 names + 7 baselines" in done.stdout
    assert "on 3 jobs" in done.stdout
    assert not (tmp_path / "run").exists()
    assert json.loads(hybridts(*arguments, "--json").stdout)["names"] == ["ARIMA", "ARIMA-SVM"]


def test_a_quiet_command_prints_only_the_leaderboard(csv, tmp_path):
    file = tmp_path / "events.jsonl"
    names = ("--models", "Naive", "--horizon", 2, "--windows", 1, "--baselines", "none")
    done = hybridts("backtest", csv, *names, "--quiet", "--events", file)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Naive" in done.stdout
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["start", "stage", "end"]
    wrong = hybridts("backtest", csv, *names, "--quiet", "--metrics", "OWN")
    assert wrong.returncode == 2
    assert "'OWN' is not a metric" in wrong.stderr
