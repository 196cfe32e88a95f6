"""A Ray cluster gives the same forecasts as local runs, even if it loses a machine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridts.app.api import backtest
from hybridts.engine import series_shards as parts
from hybridts.names.plugins import load_plugins
from tests.engine.test_process_faults import frame_of

ray = pytest.importorskip("ray")  # it has no wheels for every Python and machine that hybridts runs on
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ["Theta", "ARIMA-SVM", "Slow", "Slow-SVM", "weighted(Theta, Slow)"]


#: Classes of a plugin file are pickled by value; modules would have to be installed on the other machines.
PLUGIN = """
import sys, time
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

for kind in (Slow, Leaves):
    ht.register_forecaster(kind.__name__, kind)
"""


@pytest.fixture(scope="module")
def cluster():
    """A cluster of one machine, which holds the run and its store; tests add a second."""
    from ray.cluster_utils import Cluster

    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": quick}
    head_only = Cluster(initialize_head=True, head_node_args=head)
    yield head_only
    head_only.shutdown()


def run(**changed):
    models = [*NAMES, "Leaves"]
    return backtest(frame_of(5), models, 4, windows=2, baselines="none", **{"jobs": 1, **changed})


def test_a_cluster_that_loses_a_machine_gives_the_local_forecasts(own_registry, cluster, monkeypatch, tmp_path):
    monkeypatch.setattr(parts, "SERIES_PER_PART", 2)
    (tmp_path / "own.py").write_text(PLUGIN)
    load_plugins(["own.py"], tmp_path)
    second = cluster.add_node(num_cpus=2)
    cluster.wait_for_nodes()
    lost: list[object] = []

    def lose_one(event):
        if event.done >= 2 and not lost:
            lost.append(second)
            cluster.remove_node(second, allow_graceful=False)

    far = run(executor=f"ray:{cluster.address}", jobs=None, watch=lose_one)
    assert lost and not ray.is_initialized()
    near = run()
    for name in NAMES:
        pd.testing.assert_series_equal(far.forecasts[name], near.forecasts[name], check_exact=True)
    assert np.isfinite(far.forecasts[NAMES].to_numpy()).all()
    for board in (far, near):
        failed = board.table.set_index("model").loc["Leaves"]
        assert failed["status"] == "failed" and "SystemExit enough" in failed["reason"]
