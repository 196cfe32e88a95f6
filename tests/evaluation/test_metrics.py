"""Every metric equals its definition written in two lines, known numbers, and identities that hold for any forecast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.errors import BadSetting, StoreError
from hybridts.evaluation.metrics import METRICS, cases_of, metric_names, score

LAST = 0.5  # last known value before every cell
#: Metrics of point forecasts, one cell at a time; OWA and those of quantiles have tests of their own.
POINT = ("MASE", "RMSSE", "MAE", "RMSE", "MSE", "sMAPE", "MAPE", "WAPE", "bias", "MDA", "MaxError")


def naive(name, y, f, mase_scale, rmsse_scale):
    """Return a metric computed as its definition is written."""
    known = [(a, b) for a, b in zip(y, f, strict=True) if not math.isnan(a)]
    e = [b - a for a, b in known]
    mae = sum(abs(x) for x in e) / len(e)
    mse = sum(x * x for x in e) / len(e)
    size = sum(abs(a) for a, _ in known)
    return {
        "MAE": mae,
        "RMSE": math.sqrt(mse),
        "MASE": mae / mase_scale if mase_scale > 0 else math.nan,
        "RMSSE": math.sqrt(mse / rmsse_scale) if rmsse_scale > 0 else math.nan,
        "sMAPE": sum(200 * abs(b - a) / (abs(a) + abs(b)) if abs(a) + abs(b) > 0 else 0.0 for a, b in known) / len(e),
        "WAPE": 100 * sum(abs(x) for x in e) / size if size > 0 else math.nan,
        "bias": sum(e) / len(e),
        "MSE": mse,
        "MaxError": max(abs(x) for x in e),
        "MDA": 100 * sum(np.sign(b - LAST) == np.sign(a - LAST) for a, b in known) / len(e),
        "MAPE": 100 * sum(abs(b - a) / abs(a) for a, b in known) / len(e)
        if min(abs(a) for a, _ in known) > 0.01 * size / len(e)
        else math.nan,
    }[name]


def frames(y, yhats, mase_scale=2.0, rmsse_scale=5.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return forecasts and cells of one cell, as a run stores them."""
    rows = [("m" + str(i), 0, "a", k + 1, y[k], f[k]) for i, f in enumerate(yhats) for k in range(len(y))]
    forecasts = pd.DataFrame(rows, columns=["model", "window", "unique_id", "step", "y", "yhat"])
    cells = pd.DataFrame(
        {"window": [0], "unique_id": ["a"], "cutoff": [9], "mase_scale": [mase_scale], "rmsse_scale": [rmsse_scale]}
    )
    return forecasts, cells


@pytest.mark.parametrize("name", POINT)
def test_every_metric_equals_its_naive_twin_on_a_ragged_panel(name):
    rng = np.random.default_rng(1)
    cells = pd.DataFrame([(w, u) for w in range(3) for u in "abcd"], columns=["window", "unique_id"])
    cells["mase_scale"] = rng.uniform(0.5, 3, len(cells))
    cells["rmsse_scale"] = rng.uniform(0.5, 3, len(cells))
    cells.loc[2, ["mase_scale", "rmsse_scale"]] = 0.0
    cells["last"] = LAST
    parts = []
    c: Any
    for c in cells.itertuples():
        y = rng.normal(0, 3, 5)
        y[rng.random(5) < 0.2] = np.nan
        y[0] = 0.0 if c.Index % 2 else 1.5
        for model in ("x", "y"):
            f = np.where(rng.random(5) < 0.1, 0.0, rng.normal(0, 3, 5))
            step = np.arange(1, 6)
            parts.append(
                pd.DataFrame(
                    {"model": model, "window": c.window, "unique_id": c.unique_id, "step": step, "y": y, "yhat": f}
                )
            )
    forecasts = pd.concat(parts).sample(frac=1, random_state=0).reset_index(drop=True)
    forecasts["model"] = forecasts["model"].astype("category")
    table = score(forecasts, cells, [name])
    assert len(table) == 2 * len(cells)
    scale = cells.set_index(["window", "unique_id"])
    row: Any
    for row in table.itertuples():
        own = forecasts[
            (forecasts["model"] == row.model)
            & (forecasts["window"] == row.window)
            & (forecasts["unique_id"] == row.unique_id)
        ]
        m, r = scale.loc[(row.window, row.unique_id), ["mase_scale", "rmsse_scale"]]
        assert getattr(row, name) == pytest.approx(naive(name, own["y"], own["yhat"], m, r), nan_ok=True)


def test_metrics_of_a_forecast_worked_by_hand():
    table = score(*frames([1.0, 2.0, 0.0, 4.0], [[2.0, 2.0, 0.0, 1.0]]), POINT[:9])
    got = table.iloc[0][list(POINT[:9])].astype(float)
    expected = [0.5, math.sqrt(2.5 / 5), 1.0, math.sqrt(2.5), 2.5, (200 / 3 + 0 + 0 + 120) / 4, math.nan, 400 / 7, -0.5]
    assert list(got) == pytest.approx(expected, nan_ok=True)


def test_owa_is_that_of_m4_a_ratio_of_means_and_one_for_naive2_itself():
    rng = np.random.default_rng(2)
    y, f = rng.uniform(1, 9, (2, 4))
    forecasts = pd.DataFrame(
        {"model": "m", "window": 0, "unique_id": list("aabb"), "step": [1, 2, 1, 2], "y": y, "yhat": f}
    )
    cells = pd.DataFrame({"window": 0, "unique_id": ["a", "b"], "mase_scale": [2.0, 3.0], "rmsse_scale": 1.0})
    own = score(forecasts, cells, ["sMAPE", "MASE"])
    known = cells.assign(naive2_smape=[10.0, 30.0], naive2_mase=[1.0, 0.6])
    wanted = (own["sMAPE"].mean() / 20 + own["MASE"].mean() / 0.8) / 2
    assert score(forecasts, known, ["OWA"])["OWA"].mean() == pytest.approx(wanted)
    itself = cells.assign(naive2_smape=own["sMAPE"], naive2_mase=own["MASE"])
    assert score(forecasts, itself, ["OWA"])["OWA"].mean() == pytest.approx(1.0)
    assert score(forecasts, cells, ["OWA"])["OWA"].isna().all()


finite = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))
pairs = st.lists(st.tuples(finite, finite), min_size=1, max_size=12)


@given(pairs, st.floats(0.01, 100))
@settings(max_examples=60, deadline=None)
def test_scale_free_metrics_do_not_change_when_everything_is_scaled(values, factor):
    y, f = np.array(values).T
    free = ["MASE", "RMSSE", "sMAPE", "WAPE"]
    one = score(*frames(y, [f]), free)
    other = score(*frames(factor * y, [factor * f], 2.0 * factor, 5.0 * factor**2), free)
    assert np.allclose(one[free].astype(float), other[free].astype(float), equal_nan=True)


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_bounds_hold_for_any_forecast(values):
    y, f = np.array(values).T
    row = score(*frames(y, [f]), METRICS).iloc[0]
    assert abs(row["bias"]) <= row["MAE"] + 1e-9 <= row["RMSE"] * (1 + 1e-9) + 2e-9
    assert -1e-9 <= row["sMAPE"] <= 200 + 1e-9
    swapped = score(*frames(f, [y]), ["sMAPE", "MAE"]).iloc[0]
    assert swapped["sMAPE"] == pytest.approx(row["sMAPE"])


def test_a_perfect_forecast_has_no_loss_even_where_everything_is_zero():
    row = score(*frames([0.0, 0.0], [[0.0, 0.0]]), METRICS).iloc[0]
    assert row["sMAPE"] == row["MAE"] == row["MASE"] == 0.0
    assert math.isnan(row["WAPE"])


@pytest.mark.parametrize("scale", [0.0, math.nan, -1.0])
def test_a_scale_that_is_zero_or_unknown_makes_the_metric_undefined(scale):
    row = score(*frames([1.0], [[2.0]], scale, scale), ["MASE", "RMSSE", "MAE"]).iloc[0]
    assert math.isnan(row["MASE"]) and math.isnan(row["RMSSE"]) and row["MAE"] == 1.0


def test_an_infinite_forecast_is_an_infinite_loss_and_not_dropped():
    row = score(*frames([1.0, 1.0], [[math.inf, 1.0]]), ["MAE", "RMSE", "MASE", "sMAPE"]).iloc[0]
    assert row["MAE"] == row["RMSE"] == row["MASE"] == math.inf
    assert row["sMAPE"] == 100.0


def test_a_cell_with_a_blank_or_absent_step_is_not_answered():
    forecasts, cells = frames([1.0, 2.0, math.nan], [[1.0, 2.0, 3.0], [1.0, math.nan, 3.0], [1.0, 2.0, math.nan]])
    cases = cases_of(forecasts, cells)
    assert cases.answered[:, 0].tolist() == [True, False, True]  # a blank where nothing happened costs nothing
    shorter = forecasts.drop(index=1)
    assert cases_of(shorter, cells).answered[:, 0].tolist() == [False, False, True]


def test_a_cell_without_actuals_is_answered_by_no_model():
    assert not cases_of(*frames([math.nan], [[1.0], [2.0]])).answered.any()


def test_an_empty_table_scores_to_an_empty_table():
    forecasts, cells = frames([1.0], [[1.0]])
    assert score(forecasts.iloc[:0], cells).empty


def test_a_forecast_outside_the_cells_is_a_damaged_run():
    forecasts, cells = frames([1.0], [[1.0]])
    with pytest.raises(StoreError, match=r"series 'b'.*belongs to no row of cells"):
        cases_of(forecasts.assign(unique_id="b"), cells)


def test_metric_names_match_in_any_case_and_an_unknown_one_names_the_nearest():
    assert metric_names(["smape", "MASE", "sMAPE"]) == ["sMAPE", "MASE"]
    with pytest.raises(BadSetting, match=r"'MAPEE' is not a metric; there are MASE, .*Did you mean"):
        metric_names(["MAPEE"])
