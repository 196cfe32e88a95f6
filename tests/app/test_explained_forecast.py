"""A forecast taken apart: the contributions of base, corrections, members and limits add up to it exactly."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import DataError
from tests.fakes.frames import TINY, frame_of

NAMES = (
    *("Theta", "MLP-XGBoost", "MLP-ARIMA-XGBoost", "Theta + Naive", "(Theta + Naive)-XGBoost"),
    *("median(Theta, Naive, Drift)", "median(Theta, Drift)", "greedy(Theta, MLP-XGBoost, Naive)", "Theta-RF + Drift"),
)
OPEN: dict[str, dict[str, Any]] = {**TINY, "Chain": {"gate": "open"}, "RF": {"trees": 3}}


def settings_of(name):
    """Return the settings of the tokens of a name; all gates are open."""
    tokens = {"Network": "MLP" in name, "XGBoost": "XGBoost" in name, "RF": "RF" in name, "Chain": "-" in name}
    return {token: OPEN[token] for token, used in tokens.items() if used}


def _added(values):
    """Return the sum from the first to the last; the built-in one of Python 3.12 and later keeps more digits."""
    return functools.reduce(operator.add, values.tolist())


def sums(parts):
    """Return the contributions of every step, added in order."""
    return parts.groupby(["unique_id", "ds"], sort=False)["contribution"].agg(_added)


@pytest.mark.parametrize("name", NAMES)
def test_contributions_add_up_to_the_forecast_to_the_last_digit(name):
    settings = settings_of(name)
    fitted = ht.model(name, settings).fit(frame_of((60, 50)), 4, jobs=1)
    parts, forecast = fitted.explain_forecast(), fitted.predict()
    assert sums(parts).to_numpy().tolist() == forecast[fitted.recipe.name].tolist()
    assert parts.groupby("part", sort=False).size().eq(8).all()
    assert ((parts["factor"] >= 0) & (parts["factor"] <= 1)).all()
    product = parts["factor"] * parts["value"]
    assert np.allclose(parts["contribution"], product, rtol=1e-9, atol=1e-9)


def test_a_chain_shows_its_base_and_the_gate_of_each_correction():
    fitted = ht.model("MLP-ARIMA-XGBoost", settings_of("MLP-ARIMA-XGBoost")).fit(frame_of((60, 60)), 3, jobs=1)
    parts = fitted.explain_forecast("s1")
    assert parts["part"].iloc[:3].tolist() == ["MLP", "ARIMA", "XGBoost"]
    assert parts["kind"].iloc[:3].tolist() == ["base", "correction", "correction"]
    assert set(parts["unique_id"]) == {"s1"}
    gates = parts[parts["part"] == "XGBoost"]["factor"]
    assert gates.tolist() == [1.0, 1.0, 1.0]


def test_members_show_their_weights_and_a_median_its_middle():
    fitted = ht.model("median(Theta, Naive, Drift)").fit(frame_of((40,)), 2, jobs=1)
    parts = fitted.explain_forecast()
    assert parts.groupby("ds")["factor"].sum().eq(1.0).all()
    assert set(parts["factor"]) == {0.0, 1.0}


def test_what_the_limits_change_is_a_part_of_its_own():
    frame = pd.DataFrame({"ds": np.arange(20), "y": np.arange(20.0, 0.0, -1.0)})
    fitted = ht.model("Drift").fit(frame, 3, jobs=1)
    parts = fitted.explain_forecast()
    assert parts["part"].tolist() == ["Drift", "limits"] * 3
    assert sums(parts).tolist() == fitted.predict()["Drift"].tolist()
    assert (parts[parts["part"] == "limits"]["contribution"] >= 0).all()


def test_an_unknown_series_is_named_with_the_nearest():
    fitted = ht.model("Naive").fit(frame_of((40, 40)), 2, jobs=1)
    with pytest.raises(DataError, match="no series 's9'"):
        fitted.explain_forecast("s9")


def test_new_rows_are_explained_as_they_are_forecast():
    frame = frame_of((60, 60))
    late = frame.groupby("unique_id").tail(3)
    fitted = ht.model("Theta + Drift").fit(frame.drop(late.index), 2, jobs=1)
    parts, forecast = fitted.explain_forecast(new_rows=late), fitted.predict(new_rows=late)
    assert sums(parts).tolist() == forecast["Theta + Drift"].tolist()


@pytest.mark.parametrize("name", ["Theta-RF", "Theta + Drift", "median(Theta, Naive, Drift)", "(Theta + Naive)-RF"])
def test_the_stages_of_a_run_are_taken_apart_as_a_fitted_model_is(name, tmp_path):
    from hybridts.app import forecasting

    frame, settings = frame_of((60, 60)), settings_of(name)
    frame.to_csv(tmp_path / "y.csv", index=False)
    options = {"windows": 1, "baselines": "none", "jobs": 1, "settings": settings, "out": tmp_path / "run"}
    ht.backtest(str(tmp_path / "y.csv"), [name], 3, verbose=False, **options)
    from hybridts.app.study_file import read_config

    answer = forecasting.forecast_run(read_config(tmp_path / "run" / "config.yaml"), name, tmp_path / "run", None)
    assert answer.parts is not None
    parts = answer.parts()
    fitted = ht.model(name, settings).fit(frame, 3, jobs=1)
    mine = fitted.explain_forecast()
    assert sums(parts).tolist() == answer.table[name].tolist()
    assert parts["part"].tolist()[: parts["part"].nunique()] == mine["part"].tolist()[: mine["part"].nunique()]
    assert parts["contribution"].to_numpy() == pytest.approx(mine["contribution"].to_numpy(), rel=1e-6, abs=1e-6)
