"""Known-future columns: weights, forecasts of all origins, messages on gaps, and no leak between folds."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.data.panel import FloatArray, Panel
from hybridts.errors import DataError
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical._arima.regression_with_errors import RegressionWithArimaErrors
from hybridts.models.statistical._per_series.fit import LocalFitted
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.var import VAR


def driven(length, kit, columns=2, seed=0, gaps=(), persistence=0.7):
    """y = 3 c0 - 2 c1 + ... + AR(1) noise, as a panel of season 4."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(length, columns))
    weights = np.array([3.0, -2.0, 0.5, 1.0])[:columns]
    noise = np.zeros(length)
    for t in range(1, length):
        noise[t] = persistence * noise[t - 1] + 0.5 * rng.normal()
    y = 20 + x @ weights + noise
    y[list(gaps)] = np.nan
    return kit.make(y, season=4, future=x), weights


@pytest.mark.parametrize("gaps", [(), (0, 1, 50, 51, 90)])
@pytest.mark.parametrize(
    "model", [ARIMA(order=(1, 0, 0)), ARIMA(), SARIMA(), AutoSARIMA(max_p=2, max_q=1), ARIMA(engine="statsmodels")]
)
def test_the_weights_are_found_and_improve_the_forecast(model, gaps, kit):
    panel, weights = driven(180, kit, gaps=gaps)
    fitted = model.fit(panel.cut(np.array([149]), 6), 6, 0, 0)
    found = fitted.notes["columns"]["s0"]
    np.testing.assert_allclose([found["c0"], found["c1"]], weights, atol=0.25)
    origins = kit.at(np.arange(149, 174))
    truth = panel.targets(origins, 6)
    error = np.abs(fitted.forecast(panel, origins) - truth).mean()
    plain = replace(model, exogenous=False).fit(panel.cut(np.array([149]), 6), 6, 0, 0)
    assert "columns" not in plain.notes
    assert error < 0.4 * np.abs(plain.forecast(panel, origins) - truth).mean()


@pytest.mark.parametrize(("order", "constant"), [((1, 0, 1), True), ((0, 1, 1), False), ((2, 1, 0), True)])
def test_weights_and_forecasts_equal_the_joint_likelihood_of_statsmodels(order, constant, kit):
    from statsmodels.tsa.arima.model import ARIMA as Reference

    panel, _ = driven(200, kit, columns=3, seed=2)
    future = np.vstack([panel.future, np.ones((4, 3))])
    longer = replace(panel, future=future, reach=panel.reach + 4, times=np.arange(204))
    fitted = ARIMA(order=order, constant=constant).fit(longer, 4, 0, 0)
    trend = ("t" if order[1] else "c") if constant else "n"
    theirs = Reference(panel.values, exog=panel.future, order=order, trend=trend).fit()
    ours = np.array(list(fitted.notes["columns"]["s0"].values()))
    exog = slice(int(constant), int(constant) + 3)  # after the constant; its own name is x1 too
    assert (np.abs(ours - theirs.params[exog]) < 0.1 * theirs.bse[exog]).all()
    expected = theirs.forecast(4, exog=np.ones((4, 3)))
    np.testing.assert_allclose(fitted.forecast(longer, kit.at(199))[0], expected, rtol=3e-3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_pass_over_all_origins_equals_refiltering_at_each(data, kit):
    """Random orders, missing values, columns and transforms: the same frozen model, alone on its own cut panel."""
    draw = data.draw
    order = (draw(st.integers(0, 3)), draw(st.integers(0, 2)), draw(st.integers(0, 3)))
    seasonal = (draw(st.integers(0, 1)), draw(st.integers(0, 1)), draw(st.integers(0, 1)))
    gaps = draw(st.lists(st.integers(0, 119), max_size=25))
    columns = draw(st.integers(0, 3))
    panel, _ = driven(120, kit, columns=max(columns, 1), seed=draw(st.integers(0, 9)), gaps=gaps)
    model = SARIMA(
        order=order,
        seasonal_order=seasonal,
        exogenous=columns > 0,
        constant=draw(st.sampled_from([True, False, "mean", "drift"])),
        transform=draw(st.sampled_from(["none", "log"])),
        estimator="css",
    )
    fitted = model.fit(panel.cut(np.array([89]), 6), 4, 2, 0)
    origins = kit.at(draw(st.lists(st.integers(0, 113), min_size=1, max_size=5)))
    together = fitted.forecast(panel, origins)
    np.testing.assert_allclose(together, kit.alone(fitted, panel, origins, ahead=6), rtol=1e-7, atol=1e-9)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(5, 113), poison=st.sampled_from([1e9, -3.0, np.nan]))
def test_nothing_after_an_origin_and_its_reach_is_read(position, poison, kit):
    panel, _ = driven(120, kit)
    fitted = ARIMA(order=(1, 0, 1)).fit(panel.cut(np.array([89]), 6), 4, 2, 0)
    poisoned = panel.replace_after(np.array([position]), np.full(120, poison))
    future = poisoned.future.copy()
    future[position + 7 :] = poison
    answer = fitted.forecast(replace(poisoned, future=future), kit.at(position))
    np.testing.assert_array_equal(answer, fitted.forecast(panel, kit.at(position)))


def test_a_fold_estimates_its_weights_from_its_own_past(kit):
    panel, _ = driven(150, kit)
    changed = replace(panel, future=np.where(np.arange(150)[:, None] > 95, 1e6, panel.future))
    poisoned = changed.replace_after(np.array([89]), np.full(150, 1e6))
    first = ARIMA().fit(panel.cut(np.array([89]), 6), 6, 0, 0)
    second = ARIMA().fit(poisoned.cut(np.array([89]), 6), 6, 0, 0)
    assert first.notes["columns"] == second.notes["columns"]


def with_hole(panel: Panel, row: int, column: int) -> Panel:
    future = panel.future.copy()
    future[row, column] = np.nan
    return replace(panel, future=future)


def test_a_missing_value_at_a_step_names_series_column_and_time(kit):
    panel, _ = driven(120, kit)
    fitted = ARIMA().fit(panel.cut(np.array([99]), 4), 4, 0, 0)
    assert isinstance(fitted, LocalFitted)
    holed, origins = with_hole(panel, 112, 1), kit.at([107, 108, 110, 111, 112])
    assert np.isnan(fitted.forecast(holed, origins)).all(axis=1).tolist() == [False, True, True, True, False]
    reason = fitted.why(holed, origins)["s0"]
    assert re.search(r"'s0'.*'c1' has no value at 112 \(7 rows before.*set exogenous: false", reason)
    assert fitted.lacks(holed, origins) == {"s0": reason} and not fitted.lacks(holed, kit.at([107, 112]))
    assert np.isnan(fitted.forecast(panel, kit.at(119))).all()
    assert "'c0' has no value at 120 (1 rows after its last target)" in fitted.why(panel, kit.at(119))["s0"]
    assert np.isfinite(fitted.forecast(with_hole(panel, 112, 1), kit.at([100, 112, 115]))).all()


def test_a_hole_among_given_future_rows_fails_its_series_at_once(kit):
    first, _ = driven(80, kit)
    x = np.vstack([first.future, first.future])
    x[77, 0] = np.nan
    panel = kit.make(first.values, first.values, season=4, future=x)
    fitted = ARIMA().fit(panel.cut(np.array([75, 75]), 4), 4, 0, 0)
    assert list(fitted.failures) == ["s0"]
    assert "has no value at 77" in fitted.failures["s0"]


def test_holes_in_the_past_take_the_newest_earlier_value(kit):
    panel, weights = driven(160, kit)
    future = panel.future.copy()
    future[[0, 1, 40, 41, 90]] = np.nan
    holed = replace(panel, future=future)
    fitted = ARIMA(order=(1, 0, 0)).fit(holed.cut(np.array([119]), 4), 4, 0, 0)
    np.testing.assert_allclose(list(fitted.notes["columns"]["s0"].values()), weights, atol=0.5)
    origins = kit.at([0, 38, 40, 89, 119])
    answer = fitted.forecast(holed, origins)
    assert np.isfinite(answer).all()
    np.testing.assert_allclose(answer, kit.alone(fitted, holed, origins, ahead=4), rtol=1e-8)


def test_a_model_can_be_fitted_before_the_future_is_known(kit):
    panel, _ = driven(80, kit)
    fitted = ARIMA().fit(panel, 4, 0, 0)
    longer = replace(
        panel, future=np.vstack([panel.future, np.ones((4, 2))]), reach=panel.reach + 4, times=np.arange(84)
    )
    assert np.isfinite(fitted.forecast(longer, kit.at(79))).all()


def test_constant_and_repeated_columns_do_no_harm(kit):
    panel, _ = driven(120, kit)
    odd = np.column_stack([panel.future, panel.future[:, 0], np.full(120, 5.0), np.arange(120.0) * 1e9])
    wide = kit.make(panel.values, season=4, future=odd)
    for model in (ARIMA(order=(1, 0, 0)), SARIMA()):
        plain = model.fit(panel.cut(np.array([109]), 6), 6, 0, 0).forecast(panel, kit.at(109))
        fitted = model.fit(wide.cut(np.array([109]), 6), 6, 0, 0)
        assert fitted.notes["columns"]["s0"]["c3"] == 0.0
        np.testing.assert_allclose(fitted.forecast(wide, kit.at(109)), plain, rtol=0.05)


def test_too_many_columns_for_the_data_are_left_out_and_named(kit):
    rng = np.random.default_rng(0)
    panel = kit.make(rng.normal(size=12), future=rng.normal(size=(12, 9)))
    fitted = ARIMA().fit(panel.cut(np.array([9]), 2), 2, 0, 0)
    assert "10 values are too few for" in fitted.notes["columns_left_out"]["s0"]
    assert np.isfinite(fitted.forecast(panel, kit.at(9))).all()
    model = fitted.models["s0"]
    assert isinstance(model, RegressionWithArimaErrors) and not len(model.needed)


def test_a_series_that_the_columns_explain_exactly_is_continued_exactly(kit):
    x = np.random.default_rng(0).normal(size=(60, 2))
    panel = kit.make(7 + 2 * x[:, 0], future=x)
    answer = ARIMA().fit(panel.cut(np.array([49]), 8), 8, 0, 0).forecast(panel, kit.at(49))
    np.testing.assert_allclose(answer[0], 7 + 2 * x[50:58, 0], rtol=1e-6)


@pytest.mark.parametrize("factor", [1e12, 1e-12])
def test_units_of_columns_and_values_do_not_matter(factor, kit):
    panel, _ = driven(100, kit)
    plain = ARIMA().fit(panel.cut(np.array([89]), 6), 6, 0, 0).forecast(panel, kit.at(89))
    odd = kit.make(panel.values * factor, season=4, future=panel.future / factor)
    answer = ARIMA().fit(odd.cut(np.array([89]), 6), 6, 0, 0).forecast(odd, kit.at(89))
    np.testing.assert_allclose(answer / factor, plain, rtol=1e-4)


def test_a_drift_by_name_is_a_line_where_nothing_is_differenced(kit):
    rng = np.random.default_rng(0)
    y = 5 + 0.5 * np.arange(120) + rng.normal(size=120)
    panel = kit.make(y)
    fitted = ARIMA(order=(1, 0, 0), constant="drift").fit(panel, 10, 0, 0)
    assert fitted.notes["columns"]["s0"]["row"] == pytest.approx(0.5, abs=0.01)
    np.testing.assert_allclose(fitted.forecast(panel, kit.at(119))[0], 5 + 0.5 * np.arange(120, 130), atol=1.0)
    flat = ARIMA(order=(0, 1, 1), constant="mean").fit(panel, 10, 0, 0)
    assert np.ptp(flat.forecast(panel, kit.at(119))) < 1e-9
    drifting = ARIMA(order=(0, 1, 1), constant="drift").fit(panel, 10, 0, 0)
    np.testing.assert_allclose(np.diff(drifting.forecast(panel, kit.at(119))), 0.5, atol=0.05)


def test_the_search_walks_on_what_the_columns_leave(kit):
    panel, _ = driven(150, kit, persistence=0.0)
    fitted = AutoARIMA().fit(panel, 4, 0, 0)
    assert isinstance(fitted, LocalFitted)
    assert fitted.notes["orders"]["s0"]["order"][1] == 0
    assert sum(fitted.notes["orders"]["s0"]["order"]) <= 1


@pytest.mark.parametrize("name", ["ARIMA", "VAR"])
def test_predict_takes_the_future_and_refuses_to_go_without(name):
    import pandas as pd

    import hybridts as ht
    from hybridts.data.read import Columns

    rng = np.random.default_rng(0)
    parts, later = [], []
    for k, series in enumerate("ab"):
        x = rng.normal(size=66)
        days = pd.date_range("2024-01-01", periods=66, freq="D")
        frame = pd.DataFrame({"unique_id": series, "ds": days, "promo": x})
        y = 10 + 3 * x + 0.3 * rng.normal(size=66) + k
        parts.append(frame.assign(y=y).iloc[:60])
        later.append(frame.iloc[60:])
    columns = Columns(future=("promo",))
    model = ht.model(name).fit(pd.concat(parts), horizon=6, columns=columns, jobs=1)
    with pytest.raises(DataError, match="0 of the 6 rows needed after its last target"):
        model.predict()
    answer = model.predict(future=pd.concat(later))
    expected = np.concatenate([10 + 3 * frame["promo"].to_numpy() + k for k, frame in enumerate(later)])
    np.testing.assert_allclose(answer[name], expected, atol=2.0)
    later[0].loc[62, "promo"] = np.nan
    with pytest.raises(DataError, match=r"'promo' is missing for series 'a' at 2024-03-03"):
        model.predict(future=pd.concat(later))


def test_columns_that_differencing_takes_away_leave_the_forecast_as_it_is(kit):
    t = np.arange(156.0)
    panel = kit.make(kit.wave(144, season=12), season=12)
    months = (t[:, None] % 12 == np.arange(12)).astype(float)
    cases: dict[str, tuple[Forecaster, FloatArray]] = {
        "wave": (SARIMA(), np.column_stack([np.sin(2 * np.pi * t / 12), np.cos(2 * np.pi * t / 12)])),
        "months": (SARIMA(), months),
        "line": (ARIMA(), 3.0 * t[:, None]),
        "year": (ARIMA(), 2010 + t[:, None] / 12),
        "year beside seasons": (SARIMA(order=(1, 1, 1)), 2010 + t[:, None] / 12),
    }
    for name, (model, future) in cases.items():
        wide = replace(panel, future=future, reach=panel.reach + 12, times=np.arange(156))
        fitted = model.fit(wide, 12, 0, 0)
        plain = model.fit(panel, 12, 0, 0).forecast(panel, kit.at(143))
        np.testing.assert_allclose(fitted.forecast(wide, kit.at(143)), plain, rtol=1e-6, err_msg=name)
        assert "not identifiable beside the differences" in fitted.notes["columns_dropped"]["s0"]
        assert set(fitted.notes["columns"]["s0"].values()) == {0.0}


def test_collinear_month_columns_keep_ordinary_weights(kit):
    t = np.arange(156)
    y = kit.wave(144, season=12)
    future = (t[:, None] % 12 == np.arange(12)).astype(float)
    panel = replace(kit.make(y, season=12), future=future, reach=np.array([156]), times=t)
    for model in (ARIMA(), ARIMA(order=(1, 0, 0))):
        fitted = model.fit(panel, 12, 0, 0)
        assert np.abs(list(fitted.notes["columns"]["s0"].values())).max() < 2 * np.ptp(y)
        assert "columns_dropped" not in fitted.notes


def test_an_origin_before_the_first_fitted_row_takes_the_usual_columns(kit):
    panel, _ = driven(120, kit)
    fitted = ARIMA(order=(1, 0, 0)).fit(panel.cut(np.array([99]), 4), 4, 0, 0)
    model = fitted.models["s0"]
    assert isinstance(model, RegressionWithArimaErrors)
    answer = model.given(np.empty((0, 2))).forecast(np.empty(0), np.array([-5]), np.arange(1, 5))
    assert np.isfinite(answer).all()


@pytest.mark.parametrize("model", [ARIMA(), SARIMA(transform="log"), VAR()])
def test_a_model_with_columns_refuses_data_without_any(model, kit):
    first, _ = driven(100, kit)
    panel = kit.make(first.values, first.values[::-1], season=4, future=np.vstack([first.future, first.future[::-1]]))
    fitted = model.fit(panel.cut(np.array([89, 89]), 4), 4, 0, 0)
    bare = replace(panel, future=np.empty((0, 0)), columns={})
    with pytest.raises(DataError, match="'s0': its model was fitted with known-future columns, and this data has none"):
        fitted.forecast(bare, kit.at(89))
