"""Priors in runs: learned once for all fits, equal for any number of workers, reported, left out by a combo."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from tests.fakes.frames import frame_of

SMALL = {"LSTM": {"hidden": 8}, "XGBoost": {"trees": 5}}
STUDY: dict[str, Any] = {
    "models": ["LSTM", "LSTM-XGBoost"],
    "horizon": 3,
    "windows": 2,
    "baselines": "none",
    "settings": SMALL,
}


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HYBRIDTS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_one_stage_learns_the_prior_of_all_fits_and_says_so(own_cache, tmp_path):
    board = ht.backtest(frame_of(), **STUDY, jobs=1, out=tmp_path / "run")
    stages = board.run.stages
    (prior,) = stages[stages["kind"] == "prior"].to_dict("records")
    assert prior["stage"] == "prior of LSTM" and prior["window"] == -1 and json.loads(prior["names"]) == STUDY["models"]
    notes = [json.loads(text) for text in stages.loc[stages["stage"] == "LSTM", "notes"]]
    assert len(notes) > 2 and all(n["start"] == "prior" and 0 < n["own_share"] < 1 and n["rows"] for n in notes)
    page = board.report(tmp_path / "report", formats="md")
    text = "".join(path.read_text() for path in (tmp_path / "report").glob("*.md"))
    assert "started from simulated series (prior); " in text and "own windows" in text, page


def test_any_number_of_workers_gives_the_same_forecasts(own_cache, monkeypatch, tmp_path):
    serial = ht.backtest(frame_of(), **STUDY, jobs=1).forecasts
    monkeypatch.setenv("HYBRIDTS_CACHE", str(tmp_path / "another"))
    pd.testing.assert_frame_equal(serial, ht.backtest(frame_of(), **STUDY, jobs=2).forecasts)
    monkeypatch.setenv("HYBRIDTS_CACHE", "off")
    pd.testing.assert_frame_equal(serial, ht.backtest(frame_of(), **STUDY, jobs=1).forecasts)


def test_a_combo_without_prior_stands_beside_the_network(own_registry):
    ht.register("LSTM-alone", "LSTM", settings={"Network": {"prior": "none"}})
    board = ht.backtest(frame_of(), models=["LSTM", "LSTM-alone"], horizon=3, windows=1, baselines="none", jobs=1)
    assert not np.allclose(board.forecasts["LSTM"], board.forecasts["LSTM-alone"])
    assert set(board.table["status"]) == {"complete"}
