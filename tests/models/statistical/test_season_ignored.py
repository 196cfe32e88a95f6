"""Names without a season say where the past shows a clear one, and hardly ever where it shows none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical._seasonal_adjustment import clear_season
from hybridts.models.statistical.arima import ARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA
from hybridts.models.statistical.var import VAR

MODELS: dict[str, Forecaster] = {"ARIMA": ARIMA(), "AutoARIMA": AutoARIMA(max_p=1, max_q=1), "VAR": VAR(max_lag=2)}


@pytest.mark.parametrize("name", MODELS)
def test_a_clear_season_is_noted_and_noise_is_not(name, kit):
    random = np.random.default_rng(0)
    clock = np.arange(96)
    season = 100 + 0.3 * clock + 10 * np.sin(2 * np.pi * clock / 12) + random.normal(size=96)
    noise, walk = random.normal(size=96), random.normal(size=96).cumsum()
    model = MODELS[name]
    notes = model.fit(kit.make(season, noise, walk, season=12), 6, 0, 0).notes
    assert list(notes["season_ignored"]) == ["s0"] and notes["season_ignored"]["s0"].startswith("season 12 explains")
    assert "season_ignored" not in model.fit(kit.make(noise, walk, season=12), 6, 0, 0).notes
    if isinstance(model, ARIMA | AutoARIMA):
        assert "season_ignored" not in model.for_residuals().fit(kit.make(season, season=12), 6, 0, 0).notes
        months = (clock[:, None] % 12 == np.arange(12)).astype(float)
        explained = kit.make(season, season=12, future=months)
        assert "season_ignored" not in model.fit(explained, 6, 0, 0).notes


@pytest.mark.parametrize(("season", "cycles"), [(4, 3), (4, 10), (7, 6), (12, 3), (12, 8)])
def test_white_noise_and_random_walks_hardly_ever_show_a_clear_season(season, cycles):
    noise = np.random.default_rng(0).normal(size=(1000, season * cycles))
    for series in (noise, noise.cumsum(axis=1)):
        assert np.mean([clear_season(y, season) > 0 for y in series]) <= 0.004


def test_a_run_says_once_that_a_name_has_no_season():
    ds = pd.date_range("2015-01-01", periods=84, freq="MS")
    random = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {"unique_id": i, "ds": ds, "y": 50 + 9 * np.sin(np.arange(84) * np.pi / 6) + random.normal(size=84)}
        )
        for i in ("a", "b")
    ]
    board = ht.backtest(pd.concat(parts), ["ARIMA", "SARIMA"], 6, windows=2, baselines="none", jobs=1)
    told = [text for text in board.run.manifest["notices"] if "has no season" in text]
    assert len(told) == 1 and told[0].startswith("ARIMA: has no season, and the past shows a clear one: consider")
    assert "for 2 of 2 series (first 'a': season 12 explains" in told[0]
