"""Names come near the noise that remains where covariates explain the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybridts as ht
from tests.fakes.explained import HORIZON, SETS, shop

QUICK = ["MLP", "XGBoost", "RF", "ARIMA-XGBoost"]
OPTIONS: dict[str, Any] = {"baselines": "none", "jobs": 1}


@pytest.mark.parametrize("name", list(SETS))
def test_names_need_little_more_than_the_noise(name):
    make, most = SETS[name]
    made = make()
    names = [*QUICK, *(["LSTM", "CNN-LSTM"] if name == "lead" else [])]
    few = {"Network": {"steps": 150}}
    board = ht.backtest(made.frame, names, HORIZON, windows=8, refit=False, settings=few, **OPTIONS, **made.roles)
    found = board.forecasts
    error = {n: float((found[n] - found.y).abs().mean()) / made.floor for n in names}
    assert max(error.values()) < most, error
    naive = found.groupby(["unique_id", "cutoff"]).y.transform(lambda y: y - y.iloc[0]).abs().mean()
    assert naive > 3 * made.floor or name == "wandering"  # the column is needed


def test_a_shop_is_forecast_as_a_retailer_would_believe():
    frame = shop()
    names = ["XGBoost", "RF", "MLP", "Theta", "Theta-XGBoost"]
    board = ht.backtest(frame, names, horizon=14, windows=2, future=["promo", "open"], **OPTIONS)
    blind = ht.backtest(frame.drop(columns="promo"), ["XGBoost"], horizon=14, windows=2, future=["open"], **OPTIONS)
    mase = board.table.set_index("model").MASE
    assert mase["XGBoost"] < 0.8 * blind.table.set_index("model").MASE["XGBoost"]
    assert mase[["XGBoost", "RF"]].max() < 0.75 * mase["Theta"] and mase["MLP"] < 0.9 * mase["Theta"]
    found = board.forecasts.merge(frame[["unique_id", "ds", "open"]], on=["unique_id", "ds"])
    assert (found[names] >= 0).all().all()
    assert (found.loc[found.open == 0, names] == 0).all().all()
    assert (found.open == 0).sum() > 10 and (found.loc[found.open == 1, "XGBoost"] > 100).all()
    assert any("0 where open=0" in notice for notice in board.run.manifest["notices"])


def test_booleans_and_words_are_columns():
    rng, n = np.random.default_rng(0), 200
    made = SETS["walk"][0]().frame[lambda f: f.unique_id == "s0"][:n].drop(columns="x")
    kind, on = rng.choice(["fair", "gala", "plain"], n), rng.random(n) < 0.3
    y = 10 + 6 * (kind == "gala") - 4 * (kind == "fair") + 5 * on + rng.normal(0, 0.3, n)
    frame = made.assign(kind=kind, on=on, y=y)
    board = ht.backtest(frame, QUICK[:3], horizon=4, windows=8, refit=False, future=["kind", "on"], **OPTIONS)
    error = (board.forecasts[QUICK[:3]].sub(board.forecasts.y, axis=0)).abs().mean()
    assert (error < 2 * 0.24).all(), error
