"""Awkward series for every model and engine: each gets finite forecasts or fails alone, by name."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.errors import StageFailure
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.var import VAR
from tests.fakes.statistical import EVERY, LOCAL, RULES


def _awkward(kit):
    base = kit.wave(40)
    late, gaps = base.copy(), base.copy()
    late[:12] = np.nan
    gaps[[0, 5, 6, 7, 20, 39]] = np.nan
    spike = np.zeros(40)
    spike[30] = 1.0
    return {
        "constant": np.full(40, 7.5),
        "zero": np.zeros(40),
        "three": np.array([1.0, 2.0, 4.0]),
        "one": np.array([3.0]),
        "late": late,
        "gaps": gaps,
        "huge": base * 1e12,
        "tiny": base * 1e-12,
        "leading zeros": np.r_[np.zeros(15), base[15:]],
        "shift": np.r_[base[:25], base[25:] + 400],
        "spikes and zeros": np.where(np.arange(40) % 7 == 0, 9.0, 0.0),
        "no end": np.r_[base[:34], np.full(6, np.nan)],
        "two": np.array([2.0, 5.0]),
        "mostly missing": np.where(np.arange(40) % 9 == 0, base, np.nan),
        "line": np.arange(40.0) * 2 + 1,
        "cycle": np.tile([1.0, 5.0, 2.0, 3.0], 10),
        "negative": base - 60,
        "spike": spike,
        "offset": base * 1e-3 + 1e9,
        "nothing": np.full(10, np.nan),
    }


AWKWARD = (
    "constant",
    "zero",
    "three",
    "one",
    "late",
    "gaps",
    "huge",
    "tiny",
    "leading zeros",
    "shift",
    "spikes and zeros",
    "no end",
    "two",
    "mostly missing",
    "line",
    "cycle",
    "negative",
    "spike",
    "offset",
    "nothing",
)
SHORTLIST = ("constant", "zero", "three", "leading zeros", "huge", "tiny", "shift", "gaps", "nothing")
ENGINES: dict[str, Forecaster] = {
    "ARIMA statsmodels": ARIMA(engine="statsmodels"),
    "ARIMA pmdarima": ARIMA(engine="pmdarima"),
    "ARIMA css": ARIMA(order=(2, 0, 1), estimator="css"),
    "SARIMA statsmodels": SARIMA(engine="statsmodels", seasonal_order=(1, 0, 0)),
    "SARIMA pmdarima": SARIMA(engine="pmdarima", seasonal_order=(1, 0, 0)),
    "SARIMA css": SARIMA(estimator="css", seasonal_order=(1, 0, 1)),
    "AutoARIMA pmdarima": AutoARIMA(engine="pmdarima", max_p=1, max_q=1),
    "SARIMA drift": SARIMA(order=(1, 0, 0), seasonal_order=(1, 0, 0), constant="drift"),
}


@pytest.mark.parametrize("name", [*LOCAL, *RULES, *ENGINES])
def test_awkward_series_answer_or_fail_alone(name, kit):
    series = _awkward(kit)
    if name.endswith(("statsmodels", "pmdarima")):  # the references need a second a series
        series = {key: series[key] for key in SHORTLIST}
    panel = kit.make(*series.values(), names=list(series), season=4)
    fitted = {**EVERY, **ENGINES}[name].fit(panel, 6, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    failed = np.array([i in fitted.failures for i in panel.ids])
    # least squares cannot express a unit root and a constant as a mean, and fails by name
    allowed = {"nothing"} | ({"line", "cycle"} if name == "AR-ols" else set())
    if name.endswith(("log", "boxcox")):
        allowed |= {key for key, y in series.items() if (y[np.isfinite(y)] <= 0).any()}
        assert "needs positive values" in fitted.failures["zero"]
    assert fitted.failures.keys() <= allowed
    assert np.isfinite(answer[~failed]).all()
    assert np.isnan(answer[failed]).all()
    assert "shows no value" in fitted.failures["nothing"]
    size = np.array([np.nanmax(np.abs(y)) if np.isfinite(y).any() else 1.0 for y in series.values()])
    assert (np.abs(answer[~failed]) <= 10 * size[~failed, None] + 1e-12).all()
    if "zero" not in fitted.failures:
        np.testing.assert_array_equal(answer[panel.index["zero"]], 0.0)
    if "residual" in name:  # errors vary around zero, so a constant series is not tested
        return
    np.testing.assert_allclose(answer[panel.index["constant"]], 7.5, rtol=1e-6)


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "AutoARIMA", "AutoSARIMA", "ARIMA css", "AR-ols"])
def test_awkward_series_with_columns_answer_or_fail_alone(name, kit):
    series = _awkward(kit)
    rows = sum(len(y) for y in series.values())
    future = np.random.default_rng(0).normal(size=(rows, 2)) * [1.0, 1e9]
    panel = kit.make(*series.values(), names=list(series), season=4, future=future)
    seen = panel.cut(panel.lengths - 3, 2)
    fitted = {**EVERY, **ENGINES}[name].fit(seen, 2, 0, 0)
    answer = fitted.forecast(seen, seen.ends())
    failed = np.array([panel.ids[i] in fitted.failures for i in seen.ends().series])
    assert np.isfinite(answer[~failed]).all()
    assert all(text.startswith(f"Series {key!r}: ") for key, text in fitted.failures.items())
    assert set(fitted.failures) <= {"nothing", "one", "two"} | (set(series) if name == "AR-ols" else set())


@pytest.mark.parametrize("transform", ["log", "boxcox"])
def test_awkward_series_with_a_transform_answer_or_fail_alone(transform, kit):
    series = _awkward(kit)
    panel = kit.make(*series.values(), names=list(series), season=4)
    fitted = SARIMA(transform=transform).fit(panel, 6, 0, 0)
    not_positive = {k for k, y in series.items() if (y[np.isfinite(y)] <= 0).any()}
    assert set(fitted.failures) == not_positive | {"nothing"}
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer[[i not in fitted.failures for i in panel.ids]]).all()


@pytest.mark.parametrize("awkward", AWKWARD)
def test_var_beside_an_awkward_series_answers_or_fails_by_name(awkward, kit):
    y = _awkward(kit)[awkward]
    friend = kit.wave(len(y), seed=5)
    panel = kit.make(y, friend, season=4)
    try:
        fitted = VAR().fit(panel, 6, 0, 0)
    except StageFailure as cause:
        assert len(y) < 7 or awkward in ("nothing", "mostly missing")
        assert "rows; VAR needs at least" in str(cause) or "shows no value" in str(cause)
        return
    answer = fitted.forecast(panel, kit.at(len(y) - 1))
    assert np.isfinite(answer).all()
    size = np.nanmax(np.abs(y))
    assert np.abs(answer).max() <= 10 * size + 1e-12


def test_an_ar_part_that_was_pulled_back_is_noted(kit, monkeypatch):
    """An explosive AR part from a library is never used unchanged, and never changed without a note."""
    from hybridts.models.statistical._arima import estimate as _estimate

    class Explosive:
        @staticmethod
        def arima(*_, **__):
            return {"coef": {"ar1": 1.2}, "model": {"phi": np.array([1.2])}}

    monkeypatch.setattr(_estimate, "maximise", lambda *_: None)
    monkeypatch.setattr(_estimate, "statsforecast_arima", lambda: Explosive)
    panel = kit.make(kit.wave(60))
    fitted = ARIMA(order=(1, 0, 0), constant=False).fit(panel, 40, 0, 0)
    assert "modulus 0.99" in fitted.notes["pulled_back"]["s0"]
    assert np.abs(fitted.forecast(panel, panel.ends())).max() < 100


def test_a_mistake_of_ours_is_not_taken_for_the_datas_fault(kit, monkeypatch):
    from hybridts.models.statistical._arima import regression_fit as _layers

    def broken(*_):
        raise TypeError("our own mistake")

    monkeypatch.setattr(_layers, "estimate", broken)
    with pytest.raises(TypeError, match="our own mistake"):
        ARIMA().fit(kit.make(kit.wave(60)), 4, 0, 0)


def test_a_librarys_refusal_is_a_failure_row_with_its_words(kit, monkeypatch):
    from hybridts.models.statistical import ets

    class Broken:
        @staticmethod
        def ets_f(*_, **__):
            raise ZeroDivisionError("inside the library")

    monkeypatch.setattr(ets, "statsforecast_ets", lambda: Broken)
    with pytest.raises(StageFailure, match=r"statsforecast found no ETS: ZeroDivisionError: inside the library"):
        ETS().fit(kit.make(kit.wave(60)), 4, 0, 0)


def test_gaps_that_leave_no_difference_are_not_taken_for_a_flat_series(kit):
    y = 10 + 2 * np.arange(200.0) + np.random.default_rng(0).normal(size=200)
    y[1::2] = np.nan
    panel = kit.make(y)
    for model in (ARIMA(), ARIMA(estimator="css"), AutoARIMA(max_p=2, max_q=2), ARIMA(engine="statsmodels")):
        fitted = model.fit(panel, 6, 0, 0)
        assert "exact" not in fitted.notes
        filled = fitted.notes.get("gaps", {}).get("s0", "")
        assert ("gaps filled for the estimate" in filled) == (model == ARIMA(estimator="css"))
        np.testing.assert_allclose(fitted.forecast(panel, kit.at(199))[0], 10 + 2 * np.arange(200, 206), atol=4)


@pytest.mark.parametrize("climb", [0.0, 1.3])
def test_the_drift_counts_a_gap_at_its_width(climb, kit):
    day = np.arange(364)
    y = 10 + 0.2 * day + climb * (day % 7) + 0.5 * np.random.default_rng(0).normal(size=364)
    panel = kit.make(np.where(day % 7 == 6, np.nan, y), season=7)
    for model in (ARIMA(), ARIMA(order=(0, 1, 1)), ARIMA(engine="statsmodels"), SARIMA(order=(1, 0, 0))):
        fitted = model.fit(panel, 28, 0, 0)
        answer = fitted.forecast(panel, kit.at(363))[0]
        assert (answer[21] - answer[0]) / 21 == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("model", [SARIMA(), SARIMA(order=(1, 0, 0)), AutoSARIMA(max_p=2, max_q=1)])
def test_a_weekday_that_never_shows_a_value_is_forecast_like_the_others(model, kit):
    """A shop closed on Sundays: with a seasonal difference Sundays would have no level to start from."""
    day = np.arange(140)
    y = 100 + np.array([0, 2, 4, 3, 10, 15, 0])[day % 7] + np.random.default_rng(0).normal(size=140)
    panel = kit.make(np.where(day % 7 == 6, np.nan, y), season=7)
    fitted = model.fit(panel, 14, 0, 0)
    answer = fitted.forecast(panel, kit.at(139))[0]
    assert (answer > 95).all()
    assert (answer < 120).all()
    np.testing.assert_allclose(answer[[0, 5, 7, 12]], [100, 115, 100, 115], atol=4)
    assert fitted.notes["orders"]["s0"]["seasonal"][1] == 0
    assert "a phase of the season never shows a value" in fitted.notes["reduced"]["s0"]


@pytest.mark.parametrize("model", [AutoARIMA(), AutoSARIMA(season=4)])
@pytest.mark.parametrize("values", [[100.0, 101.0, 99.0], [100.0, 101.0], [5.0]])
def test_a_search_on_next_to_nothing_continues_the_last_value(model, values, kit):
    panel = kit.make(np.array(values), season=4)
    fitted = model.fit(panel, 2, 0, 0)
    np.testing.assert_allclose(fitted.forecast(panel, panel.ends())[0], values[-1], rtol=0.05)


def test_one_series_of_the_largest_numbers_leaves_the_others_alone(kit):
    fine = kit.wave(60)
    panel = kit.make(fine, fine * 1e158, season=4)
    for model in (ARIMA(), AutoARIMA(max_p=1, max_q=1), SARIMA()):
        answer = model.fit(panel, 4, 0, 0).forecast(panel, panel.ends())
        np.testing.assert_allclose(answer[1] / 1e158, answer[0], rtol=1e-3)


def test_a_likelihood_that_is_too_slow_is_replaced_and_the_notes_say_so(kit):
    panel = kit.make(kit.wave(1200, season=24), season=24)
    model = SARIMA(order=(1, 0, 0), seasonal_order=(2, 1, 0))
    fitted = model.fit(panel, 4, 0, 0)
    assert "estimated by conditional squares" in fitted.notes["by_squares"]["s0"]
    assert "by_squares" not in ARIMA().fit(kit.make(kit.wave(60)), 4, 0, 0).notes


def test_a_line_beside_the_order_is_noted(kit):
    day = np.arange(210)
    y = np.where(day % 7 == 6, np.nan, 10 + 0.5 * day + np.random.default_rng(0).normal(size=210))
    fitted = SARIMA(order=(1, 0, 0), constant=True).fit(kit.make(y, season=7), 7, 0, 0)
    assert "straight line" in fitted.notes["line"]["s0"]
