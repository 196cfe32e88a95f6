"""A model fitted on all data forecasts the next rows as the backtest would, and explains what it cannot forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.errors import DataError, NotApplicable
from tests.fakes.frames import TINY, frame_of


def test_predict_continues_every_series():
    frame = frame_of((60, 50))
    answer = ht.model("MLP-ARIMA-XGBoost", TINY).fit(frame, horizon=6).predict()
    assert list(answer.columns) == ["unique_id", "ds", "MLP-ARIMA-XGBoost"]
    assert len(answer) == 12
    last = frame.groupby("unique_id")["ds"].max()
    first = answer.groupby("unique_id")["ds"].min()
    assert (first == last + pd.DateOffset(months=1)).all()
    assert np.isfinite(answer["MLP-ARIMA-XGBoost"]).all()


def test_a_model_forecasts_as_the_backtest_did_at_its_cutoff():
    frame = frame_of()
    board = ht.backtest(frame, ["MLP-XGBoost"], 4, windows=1, settings=TINY, baselines="none", jobs=1)
    cutoff = board.forecasts["cutoff"].max()
    fitted = ht.model("MLP-XGBoost", {k: TINY[k] for k in TINY}).fit(frame[frame["ds"] <= cutoff], horizon=4, jobs=1)
    assert fitted.predict()["MLP-XGBoost"].to_numpy() == pytest.approx(board.forecasts["MLP-XGBoost"].to_numpy())


def test_integer_time_stays_integer():
    frame = pd.DataFrame({"ds": np.arange(1900, 1950), "y": np.arange(50.0)})
    answer = ht.model("Drift").fit(frame, horizon=3).predict()
    assert answer["ds"].to_list() == [1950, 1951, 1952]
    assert answer["Drift"].to_list() == pytest.approx([50.0, 51.0, 52.0])


def test_known_future_columns_come_with_predict():
    rng = np.random.default_rng(0)
    promo = rng.integers(0, 2, 84).astype(float)
    ds = pd.date_range("2015-01-01", periods=84, freq="MS")
    frame = pd.DataFrame({"unique_id": "a", "ds": ds, "y": 50 + 20 * promo + rng.normal(size=84), "promo": promo})
    from hybridts.data.read import Columns

    fitted = ht.model("XGBoost").fit(frame[:80], horizon=4, columns=Columns(future=("promo",)))
    with pytest.raises(DataError, match=r"has 0 of the 4 rows needed.*as `future`"):
        fitted.predict()
    ahead = fitted.predict(future=frame[80:].drop(columns="y"))["XGBoost"].to_numpy()
    assert np.abs(ahead - frame["y"][80:].to_numpy()).mean() < 8


def test_a_name_that_is_not_applicable_raises():
    frame = pd.DataFrame({"ds": np.arange(40), "y": np.arange(40.0)})
    with pytest.raises(NotApplicable, match="SARIMA"):
        ht.model("SARIMA").fit(frame, horizon=2)


def test_the_any_case_spelling_prints_canonically():
    assert ht.model("cnn-lstm-xgboost").recipe.name == "CNN-LSTM-XGBoost"


def test_a_fitted_model_has_notes_on_gates_and_weights_and_warns_of_members_left_out():
    frame = frame_of((60,))
    with pytest.warns(UserWarning, match=r"greedy\(Theta-RF, Drift, VAR\) leaves out VAR"):
        fitted = ht.model("greedy(Theta-RF, Drift, VAR)", settings={"RF": {"trees": 3}}).fit(frame, 4, jobs=1)
    assert list(fitted.notes)[-1] == "greedy(Theta-RF, Drift, VAR)"
    assert set(fitted.notes["greedy(Theta-RF, Drift, VAR)"]["weights"]) <= {"Theta-RF", "Drift"}
    assert len(fitted.notes["Theta-RF"]["gate"]) == 4 and fitted.notes["Theta-RF"]["gate_reason"]


@pytest.mark.parametrize("name", ["Theta", "Theta-RF", "greedy(Theta, Drift)"])
def test_future_rows_of_a_series_that_was_not_fitted_are_refused(name):
    frame = frame_of((60, 60)).assign(promo=0.0)
    fitted = ht.model(name, settings={"RF": {"trees": 3}} if "RF" in name else {}).fit(frame, 4, future="promo", jobs=1)
    new = frame[frame["unique_id"] == "s0"].assign(unique_id="a0")
    with pytest.raises(DataError, match="`future` has series 'a0', which the model was not fitted on"):
        fitted.predict(new)
