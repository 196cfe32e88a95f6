"""A run survives faults of its processes; names without a fault have the forecasts of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

import hybridts as ht
from hybridts.app.api import backtest
from hybridts.engine import run_plan as local
from hybridts.engine import series_shards as parts
from hybridts.engine.executors import processes, workers_of
from hybridts.engine.resources import size_of
from hybridts.errors import BadSetting
from hybridts.models.protocols import PerSeries

ROOT = Path(__file__).resolve().parents[2]
KILLS = 10


def frame_of(count=3, rows=50):
    rng = np.random.default_rng(0)
    ds = pd.date_range("2015-01-01", periods=rows, freq="MS")
    values = [100 + rng.normal(size=rows).cumsum() for _ in range(count)]
    return pd.concat([pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": y}) for i, y in enumerate(values)])


def run(models, **changed):
    given = {"windows": 1, "baselines": "none", "jobs": 1, **changed}
    return backtest(given.pop("frame", frame_of()), models, 4, **given)


def same(board, other, names):
    for name in names:
        pd.testing.assert_series_equal(board.forecasts[name], other.forecasts[name], check_exact=True)


@pytest.fixture
def workers(monkeypatch):
    """Let even the smallest run start worker processes; check that none remains."""
    monkeypatch.setattr(local, "WORTH_WORKERS", 0.0)
    before = own_workers()
    yield
    assert [process for process in own_workers() if process not in before] == []


def own_workers():
    """Return the running worker processes that this process started."""
    return [p for p in psutil.Process().children() if running(p) and "popen_loky" in str(p.cmdline())]


def running(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE  # ended, but not waited for
    except psutil.NoSuchProcess:
        return False


def survivors(processes, seconds):
    """Return the processes that still run after this many seconds."""
    deadline = time.monotonic() + seconds
    while any(map(running, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [process for process in processes if running(process)]


# -- forecasters with faults -------------------------------------------------------------------------------------------
class Last:
    """Forecasts the last value; subclasses add a fault."""

    def fit(self, y):
        self.last = y[-1]

    def predict(self, h):
        return np.full(h, self.last)


class DiesOnce(Last):
    def __init__(self, flag="/"):
        self.flag = flag

    def fit(self, y):
        if not os.path.exists(self.flag):
            Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        super().fit(y)


class Dies(Last):
    def fit(self, y):
        os.kill(os.getpid(), signal.SIGSEGV)


class Hangs(Last):
    def fit(self, y):
        time.sleep(1000)


class Eats(Last):
    def fit(self, y):
        held = []
        while True:
            held.append(np.ones(10**7))


class Leaves(Last):
    def fit(self, y):
        sys.exit("enough")


class Unsendable:
    def __init__(self):
        self.generator = (i for i in range(3))

    def fit(self, panel, horizon, gap, seed):
        return self

    def forecast(self, panel, origins):
        raise AssertionError("it runs nowhere")


class Unloadable(Unsendable):
    def __init__(self):
        pass

    def __reduce__(self):
        return __import__, ("no_such_module",)


_HELD: list[np.ndarray] = []


class Hoards(Last):
    """Leaks memory in its worker."""

    def fit(self, y):
        _HELD.append(np.ones(40 * 10**6))
        super().fit(y)


class ForecastsPid(Hoards):
    """Forecasts the id of its process."""

    def predict(self, h):
        return np.full(h, float(os.getpid()))


class HangsOnOne(PerSeries):
    """Fits each series alone, and hangs on one."""

    def fit(self, panel, horizon, gap, seed):
        if "s0" in panel.ids:
            time.sleep(1000)
        return self

    def forecast(self, panel, origins):
        return np.zeros((len(origins), 4))


# -- workers --------------------------------------------------------------------------------------------------------
def test_a_fault_of_a_worker_fails_only_its_own_names(own_registry, workers, tmp_path):
    for kind in (DiesOnce, Dies, Hangs, Eats, Leaves, Unsendable, Unloadable):
        ht.register_forecaster(f"X{kind.__name__}", kind)
    settings = {"XDiesOnce": {"flag": str(tmp_path / "flag")}}
    fine = ["Theta", "Drift", "XDiesOnce"]
    faulty = {
        "XDies": "SIGSEGV",
        "XHangs": "longer than 6 s",
        "XEats": "more than 700 MB",
        "XLeaves": "SystemExit enough",
        "XUnsendable": "cannot be sent to a worker",
        "XUnloadable": "no_such_module",
    }
    board = run([*faulty, *fine], jobs=2, settings=settings, stage_seconds=6, stage_memory="700MB")
    table = board.table.set_index("model")
    assert (tmp_path / "flag").exists()
    for name, said in faulty.items():
        assert table.loc[name, "status"] == "failed" and said in table.loc[name, "reason"], table.loc[name, "reason"]
    errors = board.run.failures.set_index("model")["error"]
    assert errors["XDies"] == "WorkerLost" and errors["XHangs"] == errors["XEats"] == "OverLimit"
    assert (table.loc[fine, "status"] == "complete").all()
    same(board, run(fine, settings=settings), fine)


def test_workers_killed_from_outside_are_replaced(workers):
    names = ["Theta", "ARIMA", "Naive", "Drift", "SeasonalNaive"]
    killed: list[int] = []

    def kill_one(event):
        mine = own_workers()
        if len(killed) < 2 and event.done and mine:
            victim = mine[event.done % len(mine)]
            victim.kill()
            killed.append(victim.pid)

    board = run(names, jobs=2, windows=2, watch=kill_one)
    assert len(killed) == 2
    same(board, run(names, windows=2), names)


def test_memory_leaked_by_an_earlier_stage_does_not_fail_the_next(own_registry):
    ht.register_forecaster("Hoards", Hoards)
    board = run(["Hoards"], frame=frame_of(1), windows=2, stage_memory="700MB")
    assert (board.table["status"] == "complete").all()


def test_a_worker_that_leaks_memory_is_replaced(own_registry, workers, monkeypatch):
    monkeypatch.setattr(processes, "MAX_GROWTH", 10**8)
    ht.register_forecaster("ForecastsPid", ForecastsPid)
    board = run(["ForecastsPid"], frame=frame_of(1), windows=3, stage_seconds=100)
    pids = board.forecasts["ForecastsPid"].unique()
    assert len(pids) == 2 and os.getpid() not in pids


def test_a_part_that_hangs_fails_its_task_at_once(own_registry, workers, monkeypatch):
    monkeypatch.setattr(parts, "SERIES_PER_PART", 1)
    ht.register_forecaster("HangsOnOne", HangsOnOne)
    board = run(["HangsOnOne", "Theta"], frame=frame_of(5), jobs=2, stage_seconds=4)
    table = board.table.set_index("model")
    assert "longer than 4 s" in table.loc["HangsOnOne", "reason"] and table.loc["Theta", "status"] == "complete"
    assert len(board.run.failures) == 1


def test_invalid_limits_are_refused():
    assert [size_of(text) for text in ("2GB", "500 mb", "1.5GiB", 3_000_000)] == [
        2 * 10**9,
        500 * 10**6,
        3 * 2**29,
        3_000_000,
    ]
    for wrong in ("much", "2 gigs", "-1GB", "2"):
        with pytest.raises(BadSetting, match="2GB"):
            size_of(wrong)
    with pytest.raises(BadSetting, match="above 0"):
        run(["Theta"], stage_seconds=0)
    with pytest.raises(BadSetting, match="ray"):
        workers_of(2, executor="spark")
    with pytest.raises(BadSetting, match="local processes only"):
        workers_of(2, 5.0, executor="ray")


# -- the run's own process ------------------------------------------------------------------------------------------
NAMES = ["Naive", "Drift", "Slow", "Slow-SVM"]


class Slow(Last):
    def fit(self, y):
        time.sleep(0.01)
        super().fit(y)


def study(out, jobs=2):
    """Run the study that tests disturb."""
    ht.register_forecaster("Slow", Slow)
    return run(NAMES, windows=6, out=out, jobs=jobs)


def children_of_fork(out):
    """Fork a process that runs the study, to save its imports; return its id."""
    pid = os.fork()
    if pid == 0:
        local.WORTH_WORKERS = 0.0
        study(out)
        os._exit(0)
    return pid


def stages(out):
    """Return the number of finished stages."""
    return len(list(Path(out).glob("stages/*.json")))


def kill_at_random(out):
    """Start the study several times and kill each at another moment; called in a process of its own."""
    rng = np.random.default_rng(0)
    for moment in rng.permutation([*rng.uniform(0.0, 1.5, size=KILLS - 4), *rng.uniform(-8.0, -1.0, size=4)]):
        main = children_of_fork(out)
        time.sleep(max(moment, 0.0))
        wanted, deadline = stages(out) - moment, time.monotonic() + 20
        while moment < 0 and stages(out) < wanted and time.monotonic() < deadline:
            time.sleep(0.001)
        workers = psutil.Process(main).children(recursive=True)
        os.kill(main, signal.SIGKILL)
        os.waitpid(main, 0)
        alive = survivors(workers, 5.0)
        assert not alive, alive
        sys.stdout.write(f"killed at {moment:.2f}: {len(workers)} processes, {stages(out)} stages\n")
    assert os.waitstatus_to_exitcode(os.waitpid(children_of_fork(out), 0)[1]) == 0


def script(call):
    """Start a process, in a session of its own, that runs code with the names of this module."""
    code = f"from tests.engine.test_process_faults import *; {call}"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    from hybridts.names.plugins import registry

    before = {name: dict(held) for name, held in vars(registry()).items()}
    yield study(tmp_path_factory.mktemp("undisturbed"), jobs=1)
    for name, held in before.items():
        vars(registry())[name] = held


def test_a_run_killed_at_random_moments_ends_with_the_same_board(undisturbed, tmp_path):
    with script(f"kill_at_random({str(tmp_path / 'run')!r})") as process:
        said = process.communicate(timeout=100)[0]
    assert process.returncode == 0, said
    # A worker whose parent died while it was starting prints to the same output.
    assert sum(line.startswith("killed at ") for line in said.splitlines()) == KILLS, said
    board = ht.load_board(tmp_path / "run")
    same(board, undisturbed, NAMES)
    assert not list((tmp_path / "run").glob("*pickle*"))


@pytest.mark.parametrize(
    ("group", "pauses"),
    [(False, []), (True, []), (False, [0.0]), (True, [0.05]), (False, [0.3, 0.3])],
    ids=["the process", "its group", "twice at once", "twice, its group", "three within a second"],
)
def test_an_interrupt_stops_at_once_and_the_next_run_goes_on(group, pauses, undisturbed, tmp_path):
    out = tmp_path / "run"
    with script(f"local.WORTH_WORKERS = 0.0; study({str(out)!r})") as process:
        deadline = time.monotonic() + 60
        while stages(out) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert len(workers) >= 2
        start = time.monotonic()
        for pause in [0.0, *pauses]:
            time.sleep(pause)
            with contextlib.suppress(ProcessLookupError):  # it has ended already
                (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
        process.wait(timeout=20)
        alive = survivors(workers, 5.0)
        took = time.monotonic() - start
    assert process.returncode != 0 and not alive
    assert took < 5
    assert not (out / "manifest.json").exists()
    done = stages(out)
    board = study_again(out)
    same(board, undisturbed, NAMES)
    assert board.run.stages["reused"].sum() >= done > 0


def study_again(out):
    """Run the rest of the study in this process, where its names are registered already."""
    return run(NAMES, windows=6, out=out, jobs=1)
