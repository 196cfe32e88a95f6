"""Warm refits start from the weights of the cutoff before, use nothing later, and fall back to a cold fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import hybridts as ht
from hybridts.data.datasets import synthetic_panel
from hybridts.evaluation.run import load_run
from hybridts.models.neural.blocks import MLP
from hybridts.models.neural.forecaster import NeuralForecaster
from hybridts.models.neural.training_settings import Training

QUICK: dict[str, dict[str, Any]] = {"Network": {"window": 8, "steps": 40, "batch": 16}}


def frame(rows=70):
    rng = np.random.default_rng(0)
    series = {f"s{i}": 10 * i + np.sin(np.arange(rows) / 2 + i) + 0.1 * rng.normal(size=rows) for i in range(3)}
    return pd.concat([pd.DataFrame({"unique_id": k, "ds": np.arange(rows), "y": y}) for k, y in series.items()])


def run(data, tmp_path, name, refit, **more):
    out = tmp_path / name
    ht.backtest(
        data, models=["MLP", "MLP-SVM"], horizon=4, windows=3, refit=refit, out=out, baselines="none", season=4,
        settings=QUICK, **more,
    )  # fmt: skip
    return load_run(out)


def test_later_cutoffs_start_warm_with_fewer_steps_and_the_first_is_cold(tmp_path):
    warm, cold = (run(frame(), tmp_path, str(refit), refit, jobs=1) for refit in ("warm", True))
    forecasts = [
        r.forecasts.pivot_table(index=["unique_id", "ds"], columns=["cutoff", "model"], observed=True)
        for r in (warm, cold)
    ]
    first, *later = sorted(warm.forecasts["cutoff"].unique())
    for run_of, other in (forecasts,):
        assert run_of.xs(first, level="cutoff", axis=1).equals(other.xs(first, level="cutoff", axis=1))
        assert not run_of.xs(later[0], level="cutoff", axis=1).equals(other.xs(later[0], level="cutoff", axis=1))


def test_a_warm_run_does_not_depend_on_jobs_nor_on_the_other_names(tmp_path):
    one, two = (run(frame(), tmp_path, f"jobs{j}", "warm", jobs=j) for j in (1, 2))
    pd.testing.assert_frame_equal(one.forecasts, two.forecasts)


def test_weights_come_from_earlier_data_only(tmp_path):
    data = frame()
    changed = data.copy()
    changed.loc[changed["ds"] > 61, "y"] = -99.0  # cutoffs are 57, 61 and 65
    one, two = (run(d, tmp_path, n, "warm", jobs=1) for d, n in ((data, "plain"), (changed, "changed")))
    early = [r.forecasts[r.forecasts["cutoff"] <= 61].drop(columns="y") for r in (one, two)]
    assert len(early[0]) == 2 * 2 * 3 * 4
    pd.testing.assert_frame_equal(*early)


def test_a_fit_starts_from_weights_that_suit_it_and_is_cold_where_they_do_not():
    panel = synthetic_panel(3, 60, season=4, freq=None)
    model = NeuralForecaster(expression=MLP(hidden=8), training=Training(**QUICK["Network"], seeds=2))
    cold = model.fit(panel, 3, 0, 1)
    assert cold.notes["start"] == "prior"
    before = torch.random.get_rng_state()
    warm = model.fit_from(cold.weights(), panel, 3, 0, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert warm.notes["start"] == "warm" and warm.notes["steps"] == 10
    wider = NeuralForecaster(expression=MLP(hidden=9), training=model.training)
    np.testing.assert_array_equal(
        wider.fit_from(cold.weights(), panel, 3, 0, 1).forecast(panel, panel.ends()),
        wider.fit(panel, 3, 0, 1).forecast(panel, panel.ends()),
    )


@pytest.mark.parametrize("refit", ["hot", 0, -1])
def test_another_word_is_refused(refit):
    with pytest.raises(ht.UserError, match=r"refit must be true, false, warm or a number"):
        ht.backtest(frame(), models=["Naive"], horizon=2, refit=refit, baselines="none")
