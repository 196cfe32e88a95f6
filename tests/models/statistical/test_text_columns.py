"""Text columns in statistical models: nominal, whatever names and order, with a rule for unknown categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hybridts as ht
from hybridts.data.panel import Panel
from hybridts.data.read import Columns, load
from hybridts.errors import StageFailure
from hybridts.models.protocols import Forecaster
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA
from hybridts.models.statistical.var import VAR

SLOW = [HealthCheck.function_scoped_fixture]
MODELS: dict[str, Forecaster] = {
    "ARIMA": ARIMA(),
    "ARIMA-statsmodels": ARIMA(engine="statsmodels"),
    "SARIMA": SARIMA(season=7),
    "AutoARIMA": AutoARIMA(max_p=1, max_q=1),
    "VAR": VAR(max_lag=2),
}
EFFECT = {"plain": 0.0, "sale": 10.0, "closed": -5.0}


def frame(rename=None, last=None, seed=0, n=120, ahead=6):
    """Return a long frame of one series that a text column explains; `last` is the category at its end."""
    random = np.random.default_rng(seed)
    kind = random.choice(list(EFFECT), n + ahead)
    y = 50 + np.array([EFFECT[k] for k in kind]) + 0.2 * random.normal(size=n + ahead)
    kind = np.array([(rename or {}).get(k, k) for k in kind], dtype=object)
    kind[-1] = kind[-1] if last is None else last
    ds = pd.date_range("2024-01-01", periods=n + ahead)
    y[n:] = np.nan
    return pd.DataFrame({"unique_id": "s", "ds": ds, "y": y, "kind": kind})


def panel_of(data) -> Panel:
    return load(data, Columns(future=("kind",))).panel


@pytest.mark.parametrize("name", MODELS)
def test_categories_have_effects_of_their_own(name):
    panel = panel_of(frame())
    fitted = MODELS[name].fit(panel, 6, 0, 0)
    names = panel.categories["kind"]
    truth = 50 + np.array([EFFECT[names[int(code)]] for code in panel.future[-6:, 0]])
    assert np.abs(fitted.forecast(panel, panel.ends())[0] - truth).max() < 0.5
    if name != "VAR":
        assert len(fitted.notes["columns"]["s"]) == 2  # the commonest category is what the others are compared with


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(words=st.permutations(["none", "NA", "x"]), seed=st.integers(0, 20))
def test_names_and_their_order_change_nothing(name, words, seed):
    plain, renamed = (panel_of(frame(rename=r, seed=seed)) for r in (None, dict(zip(EFFECT, words, strict=True))))
    first, second = (MODELS[name].fit(p, 6, 0, 0).forecast(p, p.ends()) for p in (plain, renamed))
    np.testing.assert_allclose(second, first, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(new=st.sampled_from(["aaa", "christmas", "zzz"]), seed=st.integers(0, 20))
def test_an_unknown_category_counts_as_average_and_moves_no_other_step(name, new, seed):
    known, other = panel_of(frame(seed=seed)), panel_of(frame(seed=seed, last=new))
    for reach in (0, 6):  # the future is given after the fit, or before it
        fits = [MODELS[name].fit(p.cut(p.lengths - 1, reach), 6, 0, 0) for p in (known, other)]
        first, second = (f.forecast(p, p.ends())[0] for f, p in zip(fits, (known, other), strict=True))
        np.testing.assert_allclose(second[:-1], first[:-1], rtol=1e-9)
        past = known.values[np.isfinite(known.values)]
        assert abs(second[-1] - past.mean()) < 1.0
    if name != "VAR":
        assert fits[1].notes["categories_average"]["s"] == f"kind: {new}"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_one_category_and_true_or_false_are_accepted_by_a_backtest(library):
    data = frame().iloc[:120].assign(kind=pd.Categorical(["DE"] * 120), promo=np.arange(120) % 3 == 0)
    if library == "polars":
        polars = pytest.importorskip("polars")
        data = polars.from_pandas(data.astype({"kind": str})).with_columns(polars.col("kind").cast(polars.Categorical))
    board = ht.backtest(data, ["ARIMA", "VAR"], 4, windows=1, future=["kind", "promo"], baselines="none", jobs=1)
    assert board.run.failures.empty and len(board.table) == 2
    told = " ".join(board.run.manifest["notices"])
    assert "column 'kind' is text with 1 category: DE." in told


def test_predict_warns_of_a_category_that_no_row_has_shown():
    data = frame(last="christmas")
    model = ht.model("ARIMA").fit(data.iloc[:120], 6, future="kind", jobs=1)
    with pytest.warns(UserWarning, match="column 'kind': 'christmas' first occurs in rows without a known target"):
        answer = model.predict(data.iloc[120:].drop(columns="y"))
    plain = model.predict(frame().iloc[120:].drop(columns="y"))
    np.testing.assert_allclose(answer["ARIMA"][:-1], plain["ARIMA"][:-1])


def test_rare_categories_leave_rows_for_the_rest():
    data = frame()
    data.loc[data.index[::2], "kind"] = [f"note {k}" for k in range(len(data.index[::2]))]
    fitted = ARIMA().fit(panel_of(data), 6, 0, 0)
    assert len(fitted.notes["columns"]["s"]) <= 120 // 4
    assert "note 59" in fitted.notes["categories_average"]["s"] or " more" in fitted.notes["categories_average"]["s"]
    assert np.isfinite(fitted.forecast(panel_of(data), panel_of(data).ends())).all()


def test_an_ensemble_fails_with_the_reason_of_a_member_without_support_and_does_not_average_it():
    random = np.random.default_rng(1)
    heat = random.normal(20, 5, 106)
    data = pd.DataFrame({"unique_id": "s", "ds": pd.date_range("2024-01-01", periods=106), "heat": heat})
    data["y"] = 100 + 3 * heat + random.normal(size=106)
    model = ht.model("ARIMA + Theta").fit(data[:100], 6, future="heat", jobs=1)
    ahead = data[100:].drop(columns="y")
    assert model.predict(ahead)["ARIMA + Theta"].between(80, 250).all()
    ahead.loc[103, "heat"] = 99999.0  # a code for a missing reading
    with pytest.raises(StageFailure, match=r"its model forecasts .* Known-future column 'heat' drives it"):
        model.predict(ahead)


# -- VAR with known-future columns --------------------------------------------------------------------------------
def test_var_models_one_series_beside_its_known_future_columns(kit):
    random = np.random.default_rng(0)
    x = random.normal(size=(204, 1))
    y = np.full(204, np.nan)
    y[0] = 0.0
    for t in range(1, 200):
        y[t] = 0.5 * y[t - 1] + 3 * x[t, 0] + 0.1 * random.normal()
    data = pd.DataFrame({"ds": np.arange(204), "y": y, "x": x[:, 0]})
    panel = load(data, Columns(future=("x",), time="ds")).panel
    answer = VAR().fit(panel, 4, 0, 0).forecast(panel, panel.ends())[0]
    expected, level = [], y[199]
    for step in range(4):
        level = 0.5 * level + 3 * x[200 + step, 0]
        expected.append(level)
    np.testing.assert_allclose(answer, expected, atol=0.3)
