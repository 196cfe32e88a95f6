"""No statistical name forecasts what its past cannot support: identification, the guard of paths, and honest data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridts.data.panel import FloatArray, Panel
from hybridts.models.protocols import Explaining, Forecaster
from hybridts.models.statistical._per_series.plausible import Experience
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA, AutoSARIMA
from hybridts.models.statistical.var import VAR
from tests.fakes.statistical import EVERY

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
MODELS: dict[str, Forecaster] = {
    "ARIMA": ARIMA(),
    "AR": ARIMA(order=(2, 0, 0)),
    "SARIMA": SARIMA(),
    "SARIMA-1": SARIMA(order=(0, 1, 1), constant=True),
    "AutoARIMA": AutoARIMA(max_p=1, max_q=1),
    "AutoSARIMA": AutoSARIMA(max_p=1, max_q=1, max_seasonal_p=1, max_seasonal_q=1),
    "SARIMA-statsmodels": SARIMA(engine="statsmodels"),
    "ARIMA-statsmodels": ARIMA(engine="statsmodels"),
    "VAR": VAR(max_lag=2),
}
AHEAD = 10


def sales(length: int, season: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return sales [length + AHEAD] of a store closed in the last phase of its season, and whether it is open."""
    random = np.random.default_rng(seed)
    clock = np.arange(length + AHEAD)
    profile = np.append(random.uniform(0.8, 1.3, season - 1), 0.0)
    y = 8000 * profile[clock % season] * random.lognormal(0, 0.08, len(clock))
    return y, (clock % season != season - 1).astype(float)


def shop(y: FloatArray, columns: FloatArray, season: int) -> Panel:
    """Return a panel of one series whose last AHEAD rows are to be forecast, on integer time."""
    total = len(y)
    zero, stop = np.array([0]), np.array([total - AHEAD])
    names = tuple(f"c{k}" for k in range(columns.shape[1]))
    return Panel(
        y, np.arange(total), zero, stop, np.array([total]), ("s",), season, future=columns, columns={"future": names}
    )


@st.composite
def broken_patterns(draw: st.DrawFn) -> tuple[Panel, float]:
    """Draw a store with columns that only rows without sales tell from a season, a line or each other."""
    season, length = draw(st.sampled_from([4, 5, 7])), draw(st.integers(70, 150))
    y, is_open = sales(length, season, draw(st.integers(0, 99)))
    missing = draw(st.lists(st.integers(2 * season, length - 2), min_size=1, max_size=4, unique=True))
    most = float(y[:length].max())
    y[missing] = np.nan
    clock = np.arange(len(y), dtype=float)
    holiday = length + draw(st.integers(0, AHEAD - 1))
    made = {"open": is_open, "counter": clock, "constant": np.ones(len(y)), "twin": 1 - is_open}
    made |= {"promo": (clock % (2 * season) == 1).astype(float), "rounded": np.round(clock / 7, 2)}
    picked = draw(st.lists(st.sampled_from(sorted(made)), min_size=1, max_size=3, unique=True))
    columns = np.column_stack([made[name] for name in picked])
    columns[missing] = np.where(columns[missing] == 0, draw(st.sampled_from([1.0, 5.0])), 0.0)
    columns[holiday] = np.where(columns[holiday] == 0, 1.0, 0.0)
    return shop(y, columns, season), most


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(made=broken_patterns())
def test_a_column_told_apart_only_on_rows_without_a_value_never_explodes(name, made):
    panel, most = made
    fitted = MODELS[name].fit(panel, AHEAD, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    assert np.abs(answer).max() < 2.5 * most
    assert not fitted.failures


@pytest.mark.parametrize("name", ["ARIMA", "SARIMA", "AutoSARIMA", "SARIMA-statsmodels", "VAR"])
@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(seed=st.integers(0, 99), other=st.sampled_from([-7.0, 0.5, 1e4]))
def test_what_columns_show_on_rows_without_a_value_changes_nothing(name, seed, other):
    random = np.random.default_rng(seed)
    y, is_open = sales(100, 7, seed)
    columns = np.column_stack([is_open + (random.random(len(y)) < 0.1), random.normal(size=len(y))])
    y += 300 * columns[:, 1]
    missing = random.choice(np.arange(20, 95), 4, replace=False)
    y[missing] = np.nan
    changed = columns.copy()
    changed[missing] = other
    panels = [shop(y, c, 7) for c in (columns, changed)]
    if name == "VAR":  # its lags carry filled values, and its columns are scaled by all rows
        assert np.isfinite(MODELS[name].fit(panels[1], AHEAD, 0, 0).forecast(panels[1], panels[1].ends())).all()
        return
    first, second = (MODELS[name].fit(p, AHEAD, 0, 0).forecast(p, p.ends()) for p in panels)
    np.testing.assert_allclose(second, first, rtol=1e-6, atol=1e-6 * np.nanmax(y))


def test_columns_without_evidence_are_named(kit):
    y, is_open = sales(120, 7, 0)
    y[50] = np.nan
    columns = np.column_stack([is_open, np.zeros(len(y)), np.random.default_rng(0).normal(size=len(y))])
    columns[50, :2] = 1 - columns[50, :2]
    notes = SARIMA().fit(shop(y, columns, 7), AHEAD, 0, 0).notes
    assert notes["columns_dropped"]["s"] == (
        "constant wherever a value is known: c1; not identifiable beside the differences of (1,0,1)(0,1,1)[7]: c0"
    )
    assert notes["columns"]["s"]["c0"] == 0.0
    both = shop(y, np.column_stack([columns[:, 2], -columns[:, 2]]), 7)
    assert SARIMA().fit(both, AHEAD, 0, 0).notes["columns_shared"]["s"] == "c0, c1"


# -- coming values beyond all that the past knew ------------------------------------------------------------------
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [9999.0, -1e7])
def test_a_column_whose_coming_value_is_beyond_belief_is_left_out_or_the_series_fails(name, value, kit):
    random = np.random.default_rng(3)
    y, _ = sales(140, 7, 3)
    heat = random.normal(20, 5, len(y))
    y += 100 * heat
    heat[143] = value
    panel = shop(y, heat[:, None], 7)
    fitted = MODELS[name].fit(panel, AHEAD, 0, 0) if name != "VAR" else None
    if fitted is not None:
        assert np.abs(fitted.forecast(panel, panel.ends())).max() < 2 * y.max()
        assert "c0: its coming values would move the forecast to" in fitted.notes["columns_dropped"]["s"]
    blind = MODELS[name].fit(panel.cut(panel.lengths - 1), AHEAD, 0, 0)  # the value comes after the fit
    assert np.isnan(blind.forecast(panel, panel.ends())).all()
    assert isinstance(blind, Explaining)
    text = blind.why(panel, panel.ends())["s"]
    assert text.startswith("Series 's': its model forecasts ") and "nothing in it supports such a path" in text
    assert "nown-future column" in text


def test_a_group_goes_on_without_its_columns_and_says_so(kit):
    y, _ = sales(140, 7, 4)
    heat = np.random.default_rng(1).normal(20, 5, len(y))
    panel = shop(y + 50 * heat, heat[:, None], 7)
    twin = replace(
        panel,
        values=np.tile(panel.values, 2),
        times=np.tile(panel.times, 2),
        starts=np.array([0, 150]),
        stops=np.array([140, 290]),
        reach=np.array([150, 300]),
        ids=("s", "t"),
        future=np.tile(np.where(np.arange(150) == 143, 1e6, heat)[:, None], (2, 1)),
    )
    fitted = VAR().fit(twin, AHEAD, 0, 0)
    assert np.abs(fitted.forecast(twin, twin.ends())).max() < 2 * np.abs(panel.values).max()
    assert fitted.notes["refitted"]["s"].startswith(
        "no known-future columns: with them, for series 's', its model forecasts"
    )


# -- the guard itself ---------------------------------------------------------------------------------------------
@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 999),
    factor=st.sampled_from([1e-9, 0.5, -1.0, 1e9]),
    shift=st.sampled_from([0.0, 3.0, -1e3]),
    reach=st.floats(0.1, 100),
)
def test_shift_and_scale_move_the_limits_along(seed, factor, shift, reach):
    random = np.random.default_rng(seed)
    y = random.normal(size=40).cumsum()
    y[random.random(40) < 0.2] = np.nan
    y[0], y[5], y[39] = 1.0, 2.0, 3.0
    path = (reach * random.normal(size=6).cumsum())[None]
    here, steps = np.array([39]), np.arange(1, 7)

    def excess(scale: float, move: float) -> bool:
        moved = scale * (y + move)
        return bool(Experience.of(moved).excess(moved, here, steps, scale * (path + move))[0])

    assert excess(factor, shift) == excess(1.0, 0.0)


def honest(kind: str, t: FloatArray, e: FloatArray) -> FloatArray:
    """Return a series [T] at times t with noise e, none of which a guard should stop."""
    made = {
        "exponential": np.exp(0.08 * t + 0.02 * e),
        "epidemic": np.exp(0.25 * np.maximum(t - 50, 0) + 0.02 * e),
        "fast line": 50.0 * t + e,
        "square": t**2 + e,
        "falling": 1000 * 0.9**t * np.exp(0.01 * e),
        "sparse": np.where(e > 1.5, 5.0, 0.0),
        "tiny": 1e-12 * (3 + e),
        "huge": 1e12 * (3 + e),
        "far from zero": 1e9 + e,
        "shift": np.where(t > 60, 1000.0, 0.0) + e,
        "spike at the end": e + np.where(t == 79, 100.0, 0.0),
        "flat, then growth": 5 + 0.01 * e + np.maximum(t - 60, 0.0) ** 2,
        "season": 10 + 5 * np.sin(np.pi * t / 2) + 0.1 * e,
    }
    return np.asarray(made[kind], dtype=np.float64)


HONEST = (
    "exponential",
    "epidemic",
    "fast line",
    "square",
    "falling",
    "sparse",
    "tiny",
    "huge",
    "far from zero",
    "shift",
    "spike at the end",
    "flat, then growth",
    "season",
)


@pytest.mark.parametrize("kind", HONEST)
@pytest.mark.parametrize("name", [n for n in EVERY if "pmdarima" not in n and "statsmodels" not in n])
def test_honest_data_are_never_stopped(name, kind, kit):
    random = np.random.default_rng(5)
    clock = np.arange(80.0)
    first, second = (honest(kind, clock, random.normal(size=80)) for _ in range(2))
    if name.endswith(("log", "boxcox")):
        first, second = (np.abs(y) + 0.1 * np.abs(y).max() for y in (first, second))
    panel = kit.make(first, second, season=4)
    fitted = EVERY[name].fit(panel, 12, 0, 0)
    assert np.isfinite(fitted.forecast(panel, panel.ends())).all(), fitted.failures
    # least squares of a spike have an explosive root, and the likelihood takes over
    assert "refitted" not in fitted.notes or (kind == "spike at the end" and name in ("AR-ols", "ARIMA-css"))


def test_a_calmer_model_takes_over_and_is_noted(kit):
    """A last row far from everything, which a second difference would carry on."""
    y = np.r_[np.random.default_rng(0).normal(size=30), 3.0, 40.0, 400.0]
    panel = kit.make(y)
    fitted = ARIMA(order=(0, 2, 0)).fit(panel, 20, 0, 0)
    assert np.abs(fitted.forecast(panel, panel.ends())).max() <= 400.001
    text = fitted.notes["refitted"]["s0"]
    assert text.startswith(
        "by exact likelihood, no known-future columns, at most one difference, no drift: as asked for"
    )
    again = ARIMA(order=(0, 2, 0)).fit(kit.make(y[:30]), 20, 0, 0)  # the frozen model meets the jump later
    later = kit.make(y)
    assert np.isnan(again.forecast(later, kit.at(32))).all()
    assert "nothing in it supports such a path" in again.why(later, kit.at(32))["s0"]
