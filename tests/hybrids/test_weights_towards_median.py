"""Learned weights with a share of the median: the more of it the less evidence there is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.panel import Origins
from hybridts.errors import BadSetting
from hybridts.hybrids.ensemble_weights import TowardsMedian, learn_weights
from hybridts.hybrids.settings import EnsembleSettings
from hybridts.models.protocols import Hindcasts

HORIZON = 4


def rows(size: float, blocks: int, seed: int) -> Hindcasts:
    """Return hindcasts of one series over `blocks` horizons, with errors of this size."""
    count = blocks * HORIZON
    error = size * np.random.default_rng(seed).normal(size=(count, HORIZON))
    series, position = np.zeros(count, dtype=np.int64), np.arange(count)
    return Hindcasts(Origins(series, position), series, -error, np.zeros_like(error), np.ones(count))


def learned(blocks: int, half: float) -> TowardsMedian:
    members = [rows(size, blocks, seed) for seed, size in enumerate((0.1, 5.0, 6.0))]
    found = learn_weights("greedy", EnsembleSettings(median_blocks=half), members, 1, HORIZON)
    assert isinstance(found, TowardsMedian)
    return found


def test_the_share_of_learned_weights_grows_with_the_evidence():
    shares = [learned(blocks, 8).share for blocks in (1, 3, 8)]
    assert shares == sorted(shares) and len(set(shares)) == 3
    assert learned(8, 8).share == pytest.approx(0.5)


def test_the_forecast_lies_between_the_learned_mean_and_the_median():
    found = learned(8, 8)
    forecasts = [np.full((1, HORIZON), value) for value in (1.0, 10.0, 40.0)]
    plain = found.by_series[0] @ [1.0, 10.0, 40.0]
    assert found.apply(forecasts, np.zeros(1, dtype=np.int64)) == pytest.approx((plain + 10.0) / 2)


def test_the_shares_of_members_add_up_to_the_forecast():
    found, rng = learned(8, 8), np.random.default_rng(0)
    forecasts = [rng.normal(size=(3, HORIZON)) for _ in range(3)]
    series = np.zeros(3, dtype=np.int64)
    shares = found.shares(forecasts, series)
    assert shares.sum(axis=0) == pytest.approx(1.0)
    assert (shares * np.stack(forecasts)).sum(axis=0) == pytest.approx(found.apply(forecasts, series))


def test_without_it_nothing_changes():
    members = [rows(size, 6, seed) for seed, size in enumerate((0.1, 5.0, 6.0))]
    found = learn_weights("greedy", EnsembleSettings(), members, 1, HORIZON)
    assert not isinstance(found, TowardsMedian)


@pytest.mark.parametrize("wrong", [-1, float("inf"), "8", True])
def test_a_wrong_number_of_blocks_is_refused(wrong):
    with pytest.raises(BadSetting, match="median_blocks is"):
        EnsembleSettings(median_blocks=wrong)


def yearly(rows: int) -> pd.DataFrame:
    ds = pd.date_range("1990-01-01", periods=rows, freq="YS")
    values = 50 + np.random.default_rng(1).normal(size=(3, rows)).cumsum(axis=1)
    return pd.concat([pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": y}) for i, y in enumerate(values)])


def test_auto_gives_the_median_where_series_are_too_short_for_hindcasts(tmp_path: Path):
    """Sixteen years and six ahead: no model of one series can be judged on its own past."""
    frame = yearly(16)
    settings = {"Network": {"steps": 20}}
    board = ht.backtest(
        frame, ["Auto"], 6, windows=1, jobs=1, baselines="none", settings=settings, out=str(tmp_path / "run")
    )
    stages = board.run.stages
    (notes,) = map(json.loads, stages[stages["kind"] == "combine"]["notes"])
    assert {"ARIMA", "Theta", "MLP"} <= set(notes["weights"])
    assert notes["weights_reason"].endswith("the rest is the median of all members")
    assert board.table.loc[0, "status"] == "complete"


def test_a_saved_auto_forecasts_the_same(tmp_path: Path):
    model = ht.model("Auto", {"Network": {"steps": 20}}).fit(yearly(40), horizon=3, jobs=1)
    model.save(tmp_path / "m")
    pd.testing.assert_frame_equal(ht.load(tmp_path / "m").predict(), model.predict())
