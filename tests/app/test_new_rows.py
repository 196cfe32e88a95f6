"""A fitted model forecasts from new rows, and is updated with them; rows that do not continue its data are refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.read import Columns
from hybridts.errors import BadSetting, DataError
from tests.fakes.frames import frame_of

TINY = {"Network": {"steps": 3, "window": 8}}
NAMES = ["ARIMA", "MLP", "Theta-RF", "MLP-ARIMA-RF", "greedy(Theta, Drift, RF)", "VAR"]


def settings_of(name):
    """Return settings that make a name fast, with open gates."""
    chain = {"Chain": {"gate": "open"}} if "-" in name else {}
    return {
        k: v for k, v in {**TINY, "RF": {"trees": 3}}.items() if k in name or (k == "Network" and "MLP" in name)
    } | chain


def fit(name, frame, **more):
    """Fit a name at horizon 4."""
    return ht.model(name, settings_of(name)).fit(frame, 4, jobs=1, **more)


def last(frame, count):
    """Return the last rows of every series, and those before them."""
    late = frame.groupby("unique_id").tail(count)
    return frame.drop(late.index), late


@pytest.mark.parametrize("name", NAMES)
def test_the_new_rows_alone_and_the_whole_history_give_one_forecast(name, tmp_path):
    frame = frame_of((60, 60 if name == "VAR" else 55))
    past, late = last(frame, 5)
    fitted = fit(name, past)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alone = fitted.predict(new_rows=late)
        whole = fitted.predict(new_rows=frame)
    assert alone.equals(whole)
    assert (alone.groupby("unique_id")["ds"].min() > frame.groupby("unique_id")["ds"].max()).all()
    assert np.isfinite(alone[name]).all() and not np.allclose(alone[name], fitted.predict()[name])
    path = tmp_path / "late.parquet"
    late.to_parquet(path)
    assert np.array_equal(ht.load(fitted.save(tmp_path / "m")).predict(new_rows=str(path))[name], alone[name])


def test_new_rows_answer_as_the_fit_does_at_a_later_origin():
    frame = frame_of((60, 60))
    past, _ = last(frame, 3)
    fitted = fit("MLP-ARIMA-RF", past)
    panel = fit("Naive", frame).loaded.panel
    assert np.array_equal(
        fitted.predict(new_rows=frame)["MLP-ARIMA-RF"], fitted.fitted.forecast(panel, panel.ends()).ravel()
    )


def test_only_the_series_of_the_new_rows_are_forecast():
    frame = frame_of((60, 60, 60))
    past, late = last(frame, 2)
    answer = fit("ARIMA", past).predict(new_rows=late[late["unique_id"] == "s1"])
    assert set(answer["unique_id"]) == {"s1"}


def test_a_model_owns_its_data():
    for name in ("Naive", "ARIMA", "MLP", "RF"):
        frame = frame_of((60,))
        fitted = fit(name, frame)
        before = fitted.predict()[name].to_numpy()
        frame["y"] /= 100
        frame.drop(frame.index[-10:], inplace=True)
        assert np.array_equal(fitted.predict()[name], before)


def test_a_model_owns_the_data_of_a_panel():
    panel = ht.synthetic_panel(n_series=1, length=60, freq="MS")
    fitted = fit("Naive", panel)
    before = fitted.predict()["Naive"].to_numpy()
    panel.values.flags.writeable = True
    panel.values[:] = 0
    assert np.array_equal(fitted.predict()["Naive"], before)


def test_a_model_that_was_fitted_on_a_path_takes_future_rows(tmp_path):
    frame = frame_of((60,)).assign(promo=0.0)
    frame.to_csv(tmp_path / "a.csv", index=False)
    fitted = fit("ARIMA", tmp_path / "a.csv", future="promo")
    ahead = frame.tail(4).assign(ds=frame["ds"].tail(4) + pd.DateOffset(months=4))[["ds", "promo"]]
    ahead.to_parquet(tmp_path / "ahead.parquet")
    by_path = fitted.predict(str(tmp_path / "ahead.parquet"))
    assert by_path.equals(fitted.predict(ahead)) and np.isfinite(by_path["ARIMA"]).all()


# -- series that are new ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["MLP", "RF", "MLP-RF", "Naive", "greedy(MLP, RF, Drift)", "MLP + RF"])
def test_a_series_that_was_never_seen_is_forecast_by_global_stages(name, tmp_path):
    frame = frame_of((60, 60, 48))
    known, new = frame[frame["unique_id"] != "s2"], frame[frame["unique_id"] == "s2"]
    fitted = fit(name, known)
    alone = fitted.predict(new_rows=new)[name]
    assert np.isfinite(alone).all() and len(alone) == 4
    both = fitted.predict(new_rows=frame)
    assert both[both["unique_id"] == "s2"][name].to_numpy() == pytest.approx(alone.to_numpy(), rel=1e-6)
    assert np.array_equal(ht.load(fitted.save(tmp_path / "m")).predict(new_rows=new)[name], alone)
    assert np.isfinite(fitted.update(new, "frozen").predict()[name]).all()


@pytest.mark.parametrize("name", ["ARIMA", "VAR", "ARIMA-RF", "Theta + MLP"])
def test_a_series_that_was_never_seen_is_refused_by_local_stages(name):
    frame = frame_of((60, 60, 60))
    fitted = fit(name, frame[frame["unique_id"] != "s2"])
    new = frame[frame["unique_id"] == "s2"]
    for refused in (lambda: fitted.predict(new_rows=new), lambda: fitted.update(new, "frozen")):
        with pytest.raises(DataError, match=r"'s2'.*[Ff]it"):
            refused()


def test_a_local_correction_that_does_not_know_a_series_is_told():
    frame = frame_of((60, 60, 60))
    fitted = fit("MLP-ARIMA", frame[frame["unique_id"] != "s2"])
    with pytest.warns(UserWarning, match="'s2'.*ARIMA"):
        fitted.predict(new_rows=frame[frame["unique_id"] == "s2"])


# -- columns known ahead ------------------------------------------------------------------------------------------
def promoted(rows=64):
    """Return two monthly series that a promotion lifts, with a static column."""
    frame = frame_of((rows, rows))
    frame["promo"] = (np.arange(len(frame)) % 5 == 0).astype(float)
    frame["y"] += 50 * frame["promo"]
    return frame.assign(size=np.where(frame["unique_id"] == "s0", 1.0, 2.0))


@pytest.mark.parametrize("name", ["XGBoost", "ARIMA"])
def test_a_placeholder_target_in_rows_to_come_is_not_read(name):
    past, ahead = last(promoted(), 4)
    fitted = fit(name, past, future="promo", static="size")
    plain = fitted.predict(ahead[["unique_id", "ds", "promo"]])
    for y in (0.0, np.nan, 1e9):
        assert fitted.predict(ahead.assign(y=y)).equals(plain)


def test_rows_of_the_past_in_the_future_are_passed_over():
    frame = promoted()
    past, ahead = last(frame, 4)
    fitted = fit("ARIMA", past, future="promo")
    assert fitted.predict(frame.drop(columns="y")).equals(fitted.predict(ahead.drop(columns="y")))


def test_rows_to_come_may_stand_in_the_new_rows():
    frame = promoted()
    past, late = last(frame, 6)
    fitted = fit("ARIMA", past, future="promo")
    known, ahead = late.groupby("unique_id").head(2), late.groupby("unique_id").tail(4)
    together = pd.concat([known, ahead.assign(y=np.nan)])
    assert fitted.predict(new_rows=together).equals(fitted.predict(ahead.drop(columns="y"), new_rows=known))


def test_an_unknown_series_in_the_future_is_named():
    past, ahead = last(promoted(), 4)
    with pytest.raises(DataError, match="`future` has series 's9', which the model was not fitted on"):
        fit("ARIMA", past, future="promo").predict(ahead.assign(unique_id="s9"))


@pytest.mark.parametrize("argument", ["future", "new_rows"])
@pytest.mark.parametrize("column", ["promo", "ds", "unique_id"])
def test_a_missing_column_is_named(argument, column):
    past, late = last(promoted(), 4)
    fitted = fit("ARIMA", past, future="promo")
    with pytest.raises(DataError, match=f"`{argument}`.*no .*column '{column}'"):
        fitted.predict(**{argument: late.drop(columns=column)})


def test_new_rows_without_a_target_are_refused():
    past, late = last(frame_of((60,)), 4)
    with pytest.raises(DataError, match="no target column 'y'"):
        fit("ARIMA", past).predict(new_rows=late.drop(columns="y"))
    with pytest.raises(DataError, match="no row has a target"):
        fit("ARIMA", past).predict(new_rows=late.assign(y=np.nan))


# -- rows that do not continue ------------------------------------------------------------------------------------
def test_rows_that_contradict_known_ones_are_refused():
    past, late = last(frame_of((60,)), 3)
    overlap = pd.concat([past.tail(2).assign(y=5.0), late])
    with pytest.raises(DataError, match=r"series 's0', 2019-08-01 is known already, with the value .*, not 5"):
        fit("ARIMA", past).predict(new_rows=overlap)


def test_a_whole_history_may_be_revised_and_that_is_told():
    frame = frame_of((60,))
    past, _ = last(frame, 3)
    fitted = fit("Naive", past)
    with pytest.warns(UserWarning, match="57 known values of series 's0' differ"):
        fitted.predict(new_rows=frame.assign(y=frame["y"] + 1))


def test_a_gap_is_refused_unless_the_data_have_such_gaps():
    frame = frame_of((60,))
    past, late = last(frame, 3)
    with pytest.raises(DataError, match=r"1 row is missing before series 's0', 2019-11-01, from 2019-10-01 on"):
        fit("ARIMA", past).predict(new_rows=late.tail(2))
    with pytest.raises(DataError, match=r"1 row is missing before series 's0', 2019-12-01, from 2019-11-01 on"):
        fit("ARIMA", past).predict(new_rows=late.iloc[[0, 2]])
    usual = past.drop(index=past.index[[20, 21]])
    assert np.isfinite(fit("ARIMA", usual).predict(new_rows=late.tail(1))["ARIMA"]).all()


def test_another_frequency_is_refused():
    past, _ = last(frame_of((60,)), 3)
    fitted = fit("ARIMA", past)
    days = pd.DataFrame({"unique_id": "s0", "ds": pd.date_range("2019-10-01", periods=20), "y": 1.0})
    with pytest.raises(DataError, match=r"2019-10-02 is not on the time grid.*spaced daily.*fitted on monthly"):
        fitted.predict(new_rows=days)
    daily = pd.DataFrame({"ds": pd.date_range("2019-01-01", periods=80), "y": np.arange(80.0)})
    months = pd.DataFrame({"ds": pd.date_range("2019-04-01", periods=5, freq="MS"), "y": 1.0})
    with pytest.raises(DataError, match=r"missing before series 'y', 2019-04-01.*spaced monthly"):
        fit("Drift", daily).predict(new_rows=months)
    with pytest.raises(DataError, match="the times are whole numbers"):
        fitted.predict(new_rows=past.assign(ds=np.arange(len(past))))


def test_a_row_twice_is_refused():
    past, late = last(frame_of((60,)), 3)
    with pytest.raises(DataError, match=r"2019-10-01 is there twice: row 0 .* and row 3 "):
        fit("ARIMA", past).predict(new_rows=pd.concat([late, late]))


def test_a_horizon_that_was_not_fitted_is_refused_and_a_shorter_one_is_cut():
    fitted = fit("ARIMA", frame_of((60, 60)))
    short = fitted.predict(horizon=2)
    assert len(short) == 4
    assert short.equals(fitted.predict().groupby("unique_id").head(2).reset_index(drop=True))
    with pytest.raises(BadSetting, match=r"horizon 5 is longer than the 4 steps .*fit it again with horizon=5"):
        fitted.predict(horizon=5)
    for wrong in (0, 1.5, True):
        with pytest.raises(BadSetting, match="whole number"):
            fitted.predict(horizon=wrong)


# -- shapes of the data -------------------------------------------------------------------------------------------
def test_a_wide_table_goes_on_wide_or_long():
    ds = pd.date_range("2015-01-01", periods=60, freq="MS")
    wide = pd.DataFrame({"month": ds, "b": np.arange(60.0), "a": 100 - np.arange(60.0)})
    fitted = fit("VAR", wide[:57])
    assert fitted.loaded.panel.ids == ("a", "b")
    answer = fitted.predict(new_rows=wide[57:])
    long = wide[57:].melt("month", var_name="unique_id", value_name="y").rename(columns={"month": "ds"})
    assert answer.equals(fitted.predict(new_rows=long))


def test_integer_times_go_on():
    frame = pd.DataFrame({"t": np.arange(0, 100, 2), "y": np.arange(50.0)})
    fitted = fit("Drift", frame[:45], time="t")
    assert fitted.predict(new_rows=frame[45:])["t"].to_list() == [100, 102, 104, 106]


def test_a_new_category_in_new_rows_is_told_and_renumbers_nothing():
    frame = promoted().assign(kind=lambda f: np.where(f["promo"] > 0, "feast", "plain"))
    past, ahead = last(frame, 4)
    fitted = fit("RF", past, future="kind")
    plain = fitted.predict(ahead.drop(columns="y"))["RF"]
    strange = ahead.drop(columns="y").copy()
    strange.loc[strange.groupby("unique_id").tail(1).index, "kind"] = "aaa"
    with pytest.warns(UserWarning, match="'aaa' first occurs"):
        moved = fitted.predict(strange)["RF"]
    assert np.array_equal(moved[[0, 1, 2, 4, 5, 6]], plain[[0, 1, 2, 4, 5, 6]])


# -- updates ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ARIMA", "MLP-RF", "greedy(MLP, Theta)"])
def test_a_refit_equals_a_fit_on_all_rows(name):
    frame = frame_of((60, 60))
    past, late = last(frame, 4)
    fitted = fit(name, past)
    before = fitted.predict()
    assert fitted.update(late, jobs=1).predict().equals(fit(name, frame).predict())
    assert fitted.predict().equals(before)


def test_a_frozen_update_keeps_the_parameters_and_moves_the_origin(tmp_path):
    past, late = last(frame_of((60, 60)), 4)
    fitted = fit("MLP-ARIMA-RF", past)
    later = fitted.update(late, "frozen")
    assert later.fitted is fitted.fitted
    assert later.predict().equals(fitted.predict(new_rows=late))
    assert ht.load(later.save(tmp_path / "m")).predict().equals(later.predict())


def test_a_warm_update_starts_from_the_weights_of_the_fit(tmp_path):
    frame = frame_of((60, 60))
    past, late = last(frame, 4)
    settings = {"Network": {"steps": 40, "window": 8, "prior": "none"}}
    fitted = ht.model("MLP + Drift", settings).fit(past, 4, jobs=1)
    warm = fitted.update(late, "warm", jobs=1)
    steps = [m.notes["MLP"]["steps"] for m in (fitted, warm)]
    assert steps == [40, 10]
    assert not warm.predict().equals(fitted.update(late, jobs=1).predict())
    again = ht.load(fitted.save(tmp_path / "m")).update(late, "warm", jobs=1)
    assert again.predict().equals(warm.predict())


def test_a_name_without_networks_is_refitted_warm_as_from_scratch():
    past, late = last(frame_of((60,)), 4)
    fitted = fit("ARIMA", past)
    assert fitted.update(late, "warm", jobs=1).predict().equals(fitted.update(late, jobs=1).predict())


def test_another_kind_of_update_is_refused():
    with pytest.raises(BadSetting, match="use refit, warm or frozen"):
        fit("Naive", frame_of((60,))).update(frame_of((60,)), "cold")


def test_columns_of_the_fit_are_known_after_a_frame_of_other_names():
    frame = frame_of((60,)).rename(columns={"ds": "when", "y": "sales", "unique_id": "shop"})
    fitted = fit("Drift", frame[:57], columns=Columns(time="when", target=("sales",), id="shop"))
    assert fitted.predict(new_rows=frame[57:]).equals(
        fitted.predict(new_rows=frame[57:].rename(columns={"when": "ds", "sales": "y", "shop": "unique_id"}))
    )
