"""Auto-ARIMA and Auto-SARIMA: the library's own choice, orders of earlier fits, and limits."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from hybridts.errors import BadSetting, NotApplicable
from hybridts.models.protocols import Reusing
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.names.catalog import default_registry


def test_forecasts_are_close_to_the_engines_default(kit):
    """The same search, but the likelihood reaches its maximum after differencing: close, not equal."""
    from statsforecast.arima import auto_arima_f, forecast_arima

    y = kit.wave(100, seed=3)
    panel = kit.make(y, season=4)
    ours = AutoSARIMA().fit(panel, 8, 0, 0).forecast(panel, kit.at(99))[0]
    theirs = forecast_arima(auto_arima_f(y, period=4), 8)["mean"]
    np.testing.assert_allclose(ours, theirs, rtol=0.03)


def test_reuse_takes_known_orders_and_searches_the_rest(kit):
    panel = kit.make(kit.wave(80), kit.wave(80, seed=1), season=4)
    model = AutoSARIMA(max_p=2, max_q=2)
    searched = model.fit(panel, 4, 0, 0)
    assert isinstance(model, Reusing)
    assert searched.notes["searched"] == 2
    notes = {"orders": {"s0": {"order": [1, 0, 0], "seasonal": [0, 1, 1], "season": 4, "constant": False}}}
    taken = model.reuse(notes).fit(panel, 4, 0, 0)
    assert taken.notes["searched"] == 1
    assert taken.notes["orders"]["s0"] == notes["orders"]["s0"]
    assert taken.notes["orders"]["s1"] == searched.notes["orders"]["s1"]


def test_reuse_on_the_same_data_gives_the_same_forecasts(kit):
    panel = kit.make(kit.wave(80), kit.wave(160, season=30), season=4)
    for model in (AutoARIMA(max_p=2, max_q=2), AutoSARIMA(season=30, max_p=1, max_q=1)):
        first = model.fit(panel, 4, 0, 0)
        again = model.reuse(first.notes).fit(panel, 4, 0, 0)
        assert again.notes["searched"] == 0
        np.testing.assert_array_equal(first.forecast(panel, panel.ends()), again.forecast(panel, panel.ends()))


def test_plain_auto_never_has_seasonal_terms(kit):
    panel = kit.make(kit.wave(80), season=4)
    order = AutoARIMA(max_p=2, max_q=2).fit(panel, 4, 0, 0).notes["orders"]["s0"]
    assert order["seasonal"] == [0, 0, 0]


def test_residual_variants_search_without_differences(kit):
    panel = kit.make(kit.wave(80) - 50, season=4)
    for model in (AutoARIMA(max_p=2, max_q=2), AutoSARIMA(max_p=1, max_q=1)):
        order = model.for_residuals().fit(panel, 4, 0, 0).notes["orders"]["s0"]
        assert order["order"][1] == order["seasonal"][1] == 0
        assert order["constant"] is False


def test_the_reference_engine_searches_too(kit):
    panel = kit.make(np.random.default_rng(0).normal(size=80).cumsum())
    model = AutoARIMA(engine="pmdarima", max_p=1, max_q=1)
    fitted = model.fit(panel, 3, 0, 0)
    assert fitted.notes["orders"]["s0"]["order"][1] == 1
    assert "reduced" not in fitted.notes
    assert np.isfinite(fitted.forecast(panel, kit.at(79))).all()


def test_season_one_is_not_applicable(kit):
    with pytest.raises(NotApplicable, match=r"^season 1: Auto-SARIMA needs"):
        AutoSARIMA().fit(kit.make(kit.wave(50)), 3, 0, 0)


def test_hourly_data_keep_their_seasonal_lags(kit):
    y = kit.wave(720, season=24, noise=0.2)
    panel = kit.make(y, season=24)
    fitted = AutoSARIMA(max_p=2, max_q=1, max_seasonal_p=1).fit(panel.cut(np.array([671])), 24, 0, 0)
    assert sum(fitted.notes["orders"]["s0"]["seasonal"]) > 0
    error = fitted.forecast(panel, kit.at(671))[0] - y[672:696]
    naive = y[648:672] - y[672:696]
    assert np.abs(error).mean() < np.abs(naive).mean() * 1.1


def test_wrong_settings_say_what_is_allowed():
    with pytest.raises(BadSetting, match="use one of statsforecast, pmdarima"):
        AutoARIMA(engine=cast(Any, "statsmodels"))
    with pytest.raises(BadSetting, match="max_p is -1; it must be a whole number, 0 or more"):
        AutoSARIMA(max_p=-1)
    with pytest.raises(BadSetting, match="max_models is 1; it must be a whole number, 5 or more"):
        AutoSARIMA(max_models=1)


@pytest.mark.parametrize("model", [AutoARIMA, AutoSARIMA])
def test_what_the_reference_engine_would_ignore_is_refused(model):
    for key, value in (("max_models", 50), ("finalists", 3)):
        with pytest.raises(
            BadSetting, match=rf"{key} is {value}, .*'pmdarima' would ignore it.*Leave {key} out"
        ) as caught:
            model(engine="pmdarima", **{key: value})
        assert caught.value.key == key
        default = getattr(model(), key)
        assert getattr(model(engine="pmdarima", **{key: default}), key) == default
        assert getattr(model(**{key: value}), key) == value


@pytest.mark.parametrize("name", ["Auto-ARIMA", "Auto-SARIMA"])
def test_what_only_our_own_code_sets_is_no_setting(name):
    component = default_registry().component(name)
    assert component is not None
    for key, value in (("known", ()), ("stationary", True)):
        with pytest.raises(BadSetting, match=f"{name} has no setting '{key}'") as caught:
            component.create({key: value})
        assert "known" not in str(caught.value.expected) and "stationary" not in str(caught.value.expected)
    model = component.create({"max_p": 2})
    taken = model.reuse({"orders": {"s0": {"order": [1, 0, 0], "seasonal": [0, 0, 0], "season": 1, "constant": False}}})
    assert [key for key, _ in taken.known] == ["s0"]
    assert model.for_residuals().stationary and not model.stationary


def test_orders_of_hardly_searched_series_are_searched_again(kit):
    y, short = kit.wave(80), kit.wave(80, seed=1)
    flat = np.r_[np.full(60, 3.0), kit.wave(20, seed=2)]
    short[:69] = np.nan
    panel = kit.make(y, short, flat, season=4)
    model = AutoSARIMA(max_p=1, max_q=1)
    first = model.fit(panel.cut(np.array([59, 78, 59])), 4, 0, 0)
    again = model.reuse(first.notes).fit(panel, 4, 0, 0)
    assert again.notes["searched"] == 2
    assert set(again.notes["searched_again"]) == {"s1", "s2"}
    assert again.notes["orders"]["s0"] == first.notes["orders"]["s0"]
    fresh = model.fit(panel, 4, 0, 0)
    assert again.notes["orders"]["s2"] == fresh.notes["orders"]["s2"] != first.notes["orders"]["s2"]


@pytest.mark.parametrize(
    ("key", "value"), [("exact", "x"), ("reduced", "x"), ("models_tried", 0), ("rows_searched", 10)]
)
def test_what_keeps_an_order_from_being_taken_over(key, value, kit):
    order = {"order": [1, 0, 0], "seasonal": [0, 1, 1], "season": 4, "constant": False}
    notes = {"orders": {"s0": order}, key: {"s0": value}}
    fitted = AutoSARIMA(max_p=1, max_q=1).reuse(notes).fit(kit.make(kit.wave(60), season=4), 4, 0, 0)
    assert fitted.notes["searched"] == 1
    assert fitted.notes["searched_again"]["s0"].startswith("the earlier fit")
