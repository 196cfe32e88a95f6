"""Columns that are no series of their own are not averaged in: the roles are asked for, with a proposal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridts.data.read import Columns, load
from hybridts.errors import DataError
from tests.fakes.tables import assert_notice, csv, days

N = 60
RANDOM = np.random.default_rng(0)
SALES = RANDOM.integers(800, 1200, N)
WIDE: dict[str, tuple[dict[str, Any], str]] = {
    "a temperature by name": (
        {"sales": SALES, "temperature": SALES + 0.5},
        "'temperature' sounds like",
    ),
    "OT of ETTh1": (
        {"HUFL": RANDOM.normal(7, 3, N), "OT": RANDOM.normal(13, 8, N)},
        "'OT' sounds like",
    ),
    "a price": ({"sold": SALES, "unit_price": SALES * 0.9}, "'unit_price' sounds like a condition of 'sold'"),
    "a flag": ({"sold": SALES, "x": SALES % 2}, "'x' is only 0 and 1, and 'sold' is not"),
    "another scale": ({"sold": SALES, "x": SALES / 1e4}, "'sold' is usually near"),
    "a count of the rows": ({"sold": SALES, "x": np.arange(N) + 700}, "'x' counts the rows"),
    "a weekday": ({"sold": SALES % 50, "x": np.arange(N) % 7 + 1}, "'x' repeats a count"),
    "a share": ({"sold": SALES % 50, "x": RANDOM.uniform(0, 1, N)}, "'x' lies between 0 and 1"),
    "counts and measurements": (
        {"sold": SALES % 50, "x": RANDOM.normal(0, 20, N)},
        "'sold' counts (whole",
    ),
}


@pytest.mark.parametrize("kind", WIDE)
def test_columns_that_differ_in_kind_are_asked_for(kind):
    columns, why = WIDE[kind]
    frame = pd.DataFrame({"date": days(N), **columns})
    with pytest.raises(DataError) as caught:
        load(frame)
    assert why in str(caught.value) and "Name what to forecast with --target COL" in str(caught.value)
    first, second = columns
    assert load(frame, Columns(target=(first,), past=(second,))).panel.ids == (first,)
    assert load(frame, Columns(target=("*",))).panel.ids == tuple(sorted(columns))


ALIKE: dict[str, dict[str, Any]] = {
    "shops": {f"shop {k}": RANDOM.integers(5 * k + 5, 20 * k + 60, N) for k in range(6)},
    "loads": {name: RANDOM.normal(k + 3, 2, N) for k, name in enumerate(["HUFL", "HULL", "MUFL", "MULL"])},
    "constant and not": {"a": np.ones(N), "b": SALES / 100},
    "flags alone": {"a": SALES % 2, "b": (SALES + 1) % 2},
    "temperatures alone": {"temp in": RANDOM.normal(15, 5, N), "temp out": RANDOM.normal(15, 5, N)},
    "short": {"a": np.arange(5.0), "b": np.arange(5) * 1000.0},
}


@pytest.mark.parametrize("kind", ALIKE)
def test_columns_of_one_kind_are_series(kind):
    columns = ALIKE[kind]
    n = len(next(iter(columns.values())))
    loaded = load(pd.DataFrame({"date": days(n), **columns}))
    assert loaded.panel.ids == tuple(sorted(columns))
    assert_notice(loaded, "target: every numeric column is a series")


def stores(label, n=20):
    """Return sales of three stores under whole numbers, with a text column that is no name."""
    return pd.DataFrame(
        {
            "Store": np.repeat([1, 2, 3], n),
            "Date": list(days(n)) * 3,
            "Sales": np.arange(3 * n) + 1.0,
            label[0]: [label[1][k % len(label[1])] for k in range(3 * n)],
        }
    )


@pytest.mark.parametrize("label", [("Open", ["yes", "yes", "no"]), ("Holiday", ["0", "a", "0"]), ("Open", ["open"])])
def test_a_text_column_that_names_no_series_is_not_taken_for_the_id(label):
    frame = stores(label).replace("0", "none at all")
    with pytest.raises(DataError) as caught:
        load(frame)
    assert f"column '{label[0]}'" in str(caught.value) and "(column 'Store' would fit)" in str(caught.value)
    columns = Columns(id="Store", target=("Sales",), future=(label[0],))
    assert load(frame, columns).panel.ids == ("1", "2", "3")


def test_true_and_false_in_a_file_are_numbers(tmp_path):
    rows = "".join(f"{day:%Y-%m-%d},{k},{['True', 'False'][k % 2]}\n" for k, day in enumerate(days(10)))
    loaded = load(csv(tmp_path, "ds,y,promo\n" + rows), Columns(future=("promo",)))
    assert loaded.panel.future[:, 0].tolist() == [1, 0] * 5


@pytest.mark.parametrize("rule", ["ffill", "zero"])
def test_holes_of_known_future_columns_are_filled_by_a_rule(rule):
    frame = pd.concat(
        [pd.DataFrame({"unique_id": i, "ds": days(8), "y": np.arange(8.0), "price": np.arange(8.0) + 1}) for i in "ab"]
    ).reset_index(drop=True)
    frame.loc[[2, 3, 10], "price"] = np.nan
    frame = frame.drop(index=5)  # a closed day
    columns = Columns(future=("price",))
    with pytest.raises(DataError, match=r"'price' is missing for series 'a' at 2020-01-03.* --fill-future ffill"):
        load(frame, columns)
    loaded = load(frame, columns, reading={"fill_future": rule})
    filled = loaded.panel.future[[2, 3, 5, 10], 0].tolist()
    assert filled == ([2, 2, 5, 2] if rule == "ffill" else [0, 0, 0, 0])
    assert loaded.panel.future[4, 0] == 5
    assert_notice(loaded, "4 holes of the known-future column 'price' filled with")


def test_a_hole_at_the_start_of_a_series_is_not_filled_from_another_series():
    frame = pd.concat(
        [pd.DataFrame({"unique_id": i, "ds": days(8), "y": np.arange(8.0), "price": 7.0}) for i in "ab"]
    ).reset_index(drop=True)
    frame.loc[8, "price"] = np.nan
    with pytest.raises(DataError, match="'price' is missing for series 'b' at 2020-01-01"):
        load(frame, Columns(future=("price",)), reading={"fill_future": "ffill"})


def test_a_number_of_the_store_is_proposed_as_the_series_and_not_as_the_target():
    rows = {"Store": np.repeat([3, 7], N), "Sales": np.tile(SALES, 2), "Promo": np.tile(SALES % 2, 2)}
    table = pd.DataFrame({"Date": np.tile(pd.date_range("2023-01-01", periods=N), 2), **rows})
    with pytest.raises(DataError, match=r"'Promo' sounds like a condition of 'Sales'.*--target Sales.*--id Store"):
        load(table)
