"""Renaming series changes no forecast: neither what a network draws nor the folds depend on their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from tests.fakes.frames import frame_of

NAMES = ["MLP", "XGBoost", "ARIMA-RF", "LSTM-XGBoost", "LSTM-SVM", "ARIMA-MLP", "stacked(MLP, ETS)"]


@pytest.mark.parametrize("lengths", [(60, 70, 50, 64), (20, 22, 24, 26, 21, 23, 25, 27)])
def test_other_ids_in_another_order_give_the_same_forecasts(lengths):
    frame = frame_of(lengths)
    ids = sorted(frame["unique_id"].unique())
    names = dict(zip(ids, reversed([f"z{i:02d}" for i in range(len(ids))]), strict=True))
    renamed = frame.assign(unique_id=frame["unique_id"].map(names))
    settings = {"Network": {"steps": 20}, "RF": {"trees": 20}, "XGBoost": {"trees": 20}}
    runs = [
        ht.backtest(data, models=NAMES, horizon=3, windows=2, baselines="none", settings=settings, jobs=1).forecasts
        for data in (frame, renamed)
    ]
    keys = ["unique_id", "cutoff", "ds"]
    before = runs[0].assign(unique_id=runs[0]["unique_id"].map(names)).sort_values(keys, ignore_index=True)
    after = runs[1].sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(before[keys], after[keys])
    for name in NAMES:
        np.testing.assert_allclose(before[name], after[name], rtol=1e-7, err_msg=name)
        assert np.isfinite(after[name]).all(), name
