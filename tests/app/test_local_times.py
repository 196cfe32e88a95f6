"""Times come back in the zone in which they were given, from forecasts and from boards."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import DataError

OPTIONS: dict[str, Any] = {"horizon": 2, "windows": 2, "baselines": "none", "jobs": 1, "verbose": False}


def frame_at(freq, rows=60):
    """Return a frame over the change of clocks in spring, in local time."""
    ds = pd.date_range("2024-03-30", periods=rows, freq=freq, tz="Europe/Berlin")
    return pd.DataFrame({"ds": ds, "y": [float(k % 7) for k in range(rows)]})


@pytest.mark.parametrize("freq", ["D", "h"])
def test_forecasts_of_a_board_join_the_table_of_the_user(freq, tmp_path):
    df = frame_at(freq)
    board = ht.backtest(df, "Naive", out=tmp_path / "run", **OPTIONS)
    joined = board.forecasts.merge(df.rename(columns={"y": "mine"}), on="ds")
    assert len(joined) == 4 and (joined["y"] == joined["mine"]).all()
    assert board.forecasts["cutoff"].isin(df["ds"]).all()
    assert ht.load_board(tmp_path / "run").forecasts.equals(board.forecasts)
    ahead = ht.model("Naive").fit(df, horizon=1).predict()["ds"]
    assert ahead.iloc[0] == df["ds"].iloc[-1] + pd.tseries.frequencies.to_offset(freq)


def test_cutoffs_of_hours_are_told_in_local_time(tmp_path):
    manifest = ht.backtest(frame_at("h"), "Naive", **OPTIONS).run.manifest
    assert [window["cutoff"] for window in manifest["windows"]] == [
        "2024-04-01 08:00:00+02:00",
        "2024-04-01 10:00:00+02:00",
    ]
    assert [w["cutoff"] for w in ht.backtest(frame_at("D"), "Naive", **OPTIONS).run.manifest["windows"]] == [
        "2024-05-24",
        "2024-05-26",
    ]


def test_months_of_weeks_are_refused_with_what_to_do():
    ends = pd.Timestamp("2020-12-27") + pd.to_timedelta([7 * w for w in _weeks()], unit="D")
    frame = pd.DataFrame({"ds": ends, "y": range(len(ends))})
    with pytest.raises(DataError, match=r"months of 4-4-5 weeks: number them 1, 2, 3 .* --season 12"):
        ht.backtest(frame, "Naive", **OPTIONS)


def _weeks():
    total = 0
    for k in range(36):
        total += 5 if k % 3 == 2 else 4
        yield total
