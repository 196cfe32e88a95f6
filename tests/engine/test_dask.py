"""A Dask cluster gives the same forecasts as local runs, even if it loses a worker."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import psutil
import pytest

from hybridts.app.api import backtest
from hybridts.engine import series_shards as parts
from hybridts.engine.executors import workers_of
from hybridts.errors import UserError
from hybridts.names.plugins import load_plugins
from tests.engine.test_process_faults import frame_of

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.fault]

NAMES = ["Theta", "ARIMA-SVM", "Slow", "Slow-SVM", "weighted(Theta, Slow)"]

#: Classes of a plugin file are pickled by value; modules would have to be installed on the other machines.
PLUGIN = """
import os, sys, time
import numpy as np
import hybridts as ht

class Slow:
    def fit(self, y):
        time.sleep(0.02)
        self.last = y[-1]
    def predict(self, h):
        return np.full(h, self.last)

class Leaves(Slow):
    def fit(self, y):
        sys.exit("enough")

class Kills(Slow):
    def fit(self, y):
        os._exit(3)

for kind in (Slow, Leaves, Kills):
    ht.register_forecaster(kind.__name__, kind)
"""


@pytest.fixture
def plugin(own_registry, tmp_path):
    (tmp_path / "own.py").write_text(PLUGIN)
    load_plugins(["own.py"], tmp_path)


@pytest.fixture
def cluster():
    """The address of a scheduler with two workers in processes of their own, as on other machines, and the workers."""
    ours = distributed.LocalCluster(n_workers=0, protocol="tcp://", host="127.0.0.1", dashboard_address=None)
    address = ours.scheduler_address
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    quiet = subprocess.DEVNULL
    workers = [subprocess.Popen([*command, "--no-dashboard"], stdout=quiet, stderr=quiet) for _ in range(2)]
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield address.removeprefix("tcp://"), workers
    for worker in workers:
        worker.kill()
        worker.wait()
    ours.close()


def run(names, **changed):
    return backtest(frame_of(5), names, 4, windows=2, baselines="none", **{"jobs": 1, "verbose": False, **changed})


def same(far, near):
    for name in NAMES:
        pd.testing.assert_series_equal(far.forecasts[name], near.forecasts[name], check_exact=True)
    assert np.isfinite(far.forecasts[NAMES].to_numpy()).all()
    for board in (far, near):
        failed = board.table.set_index("model").loc["Leaves"]
        assert failed["status"] == "failed" and "SystemExit enough" in failed["reason"]


def test_a_cluster_that_loses_a_worker_gives_the_local_forecasts(plugin, cluster, monkeypatch):
    monkeypatch.setattr(parts, "SERIES_PER_PART", 2)
    address, workers = cluster
    lost: list[int] = []

    def lose_one(event):
        if event.done >= 2 and not lost:
            lost.append(workers[0].pid)
            workers[0].kill()

    far = run([*NAMES, "Leaves"], executor=f"dask:{address}", jobs=None, watch=lose_one)
    assert lost and workers[1].poll() is None  # the cluster of the user stays
    same(far, run([*NAMES, "Leaves"]))


def test_workers_of_this_machine_are_replaced_and_end_with_the_run(plugin):
    killed: list[int] = []

    def kill(event):
        own = [p for p in psutil.Process().children() if "distributed.cli.dask_worker" in " ".join(p.cmdline())]
        if event.done >= 1 and own and not killed:
            killed.append(own[0].pid)
            own[0].kill()

    far = run([*NAMES, "Leaves"], executor="dask", jobs=1, watch=kill)  # the only worker
    assert killed
    same(far, run([*NAMES, "Leaves"]))
    left = [p for p in psutil.Process().children() if "distributed.cli.dask_worker" in " ".join(p.cmdline())]
    assert not left


def test_a_model_that_kills_its_workers_is_a_failure(plugin):
    board = run(["Theta", "Kills"], executor="dask", jobs=1)
    table = board.table.set_index("model")
    assert table.loc["Theta", "status"] == "complete"
    assert table.loc["Kills", "status"] == "failed" and "its worker died" in table.loc["Kills", "reason"]


def test_no_scheduler_and_no_package_are_one_sentence(monkeypatch):
    monkeypatch.setattr("hybridts.engine.executors.dask.ANSWER", 1.0)
    with pytest.raises(UserError, match=r"executor=dask: no cluster answers at 127\.0\.0\.1:9 .*Check the address"):
        run(["Theta"], executor="dask:127.0.0.1:9")
    for name, module in (("dask", "distributed"), ("ray", "ray")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(UserError, match=rf"executor={name} needs .*pip install -e '\.\[{name}\]'"):
            run(["Theta"], executor=name)
    with pytest.raises(UserError, match="local, ray, dask, ray:ADDRESS or dask:ADDRESS, found 'spark'"):
        workers_of(1, executor="spark")


SCRIPT = """
import numpy as np, pandas as pd, hybridts as ht
df = pd.DataFrame({"ds": pd.date_range("2020-01-01", periods=60, freq="MS"), "y": np.arange(60.0) % 12})
board = ht.backtest(df, "Naive, Theta", horizon=2, windows=2, baselines="none", jobs=1, executor="dask", verbose=False)
print("rows", len(board.forecasts))
"""


def test_a_script_without_a_main_guard_runs(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "rows 4\n", done.stderr
