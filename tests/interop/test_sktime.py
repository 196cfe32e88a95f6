"""The adapter of sktime passes sktime's own checks, and forecasts as the name itself does."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from tests.fakes.frames import frame_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of sktime's own imports
    sktime = pytest.importorskip("sktime")
    from hybridts.interop.sktime import HybridForecaster


@pytest.fixture
def series():
    frame = frame_of((60,))
    return pd.Series(frame["y"].to_numpy(), index=pd.PeriodIndex(frame["ds"], freq="M"), name="sales")


@pytest.mark.parametrize("index", ["periods", "timestamps", "numbers"])
def test_it_forecasts_the_asked_steps_of_the_name(series, index):
    expected = ht.model("Drift-RF").fit(frame_of((60,)), horizon=5, jobs=1).predict()["Drift-RF"].to_numpy()
    y = {
        "periods": series,
        "timestamps": series.set_axis(series.index.to_timestamp()).asfreq("MS"),
        "numbers": series.reset_index(drop=True),
    }[index]
    forecaster = HybridForecaster("Drift-RF").fit(y, fh=[2, 5])
    answer = forecaster.predict()
    if index != "numbers":  # which have no season
        np.testing.assert_array_equal(answer, expected[[1, 4]])
    assert np.isfinite(answer).all() and answer.index.equals(forecaster.fh.to_absolute_index(forecaster.cutoff))


def test_it_passes_the_checks_of_sktime():
    from sktime.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sktime's own tests
        found = check_estimator(HybridForecaster, raise_exceptions=False, verbose=False)
    failed = {name: str(result)[:200] for name, result in found.items() if result != "PASSED"}
    assert not failed and len(found) > 100
