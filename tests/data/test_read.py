"""Reading data: every accepted format and shape gives the same panel, and every decision becomes a notice."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hybridts.data.datasets import synthetic_panel
from hybridts.data.read import Columns, load
from hybridts.errors import DataError
from tests.fakes.tables import assert_notice, csv, days, long, single


# -- accepted shapes ----------------------------------------------------------------------------------------------
def test_a_long_frame_with_the_usual_names_needs_no_notice():
    loaded = load(long())
    panel = loaded.panel
    assert panel.ids == ("a", "b")
    assert panel.series(1).tolist() == [1, 2, 3, 4, 5, 6]
    assert (panel.freq, panel.season, panel.groups) == ("D", 7, None)
    assert panel.columns == {"past": (), "future": (), "static": ()}
    assert loaded.notices == ("the DataFrame: 2 series of 6 rows, freq 'D', season 7.",)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_are_detected(tmp_path, separator):
    frame = long()
    path = tmp_path / "data.csv"
    frame.to_csv(path, sep=separator, index=False)
    assert load(path).panel.fingerprint == load(frame).panel.fingerprint
    assert load(str(path)).panel.fingerprint == load(frame).panel.fingerprint
    with os.scandir(tmp_path) as entries:  # an entry is an os.PathLike, but no Path
        assert load(next(entries)).panel.fingerprint == load(frame).panel.fingerprint


def test_parquet_polars_lazy_and_pandas_agree(tmp_path):
    frame = long()
    frame.to_parquet(tmp_path / "data.parquet")
    table = pl.DataFrame({name: frame[name].to_list() for name in frame.columns})
    sources = [tmp_path / "data.parquet", table, table.lazy(), table.with_columns(pl.col("ds").cast(pl.Date))]
    for source in sources:
        assert load(source).panel.fingerprint == load(frame).panel.fingerprint


def test_an_index_of_dates_or_a_named_index_is_a_column():
    bare = pd.DataFrame({"sales": np.arange(10.0)}, index=days(10))
    assert load(bare).panel.ids == ("sales",)
    assert load(bare["sales"]).panel.fingerprint == load(bare).panel.fingerprint
    assert load(bare.to_period("D")).panel.fingerprint == load(bare).panel.fingerprint
    assert load(long().set_index(["unique_id", "ds"])).panel.fingerprint == load(long()).panel.fingerprint


def test_named_columns_are_used_and_the_rest_is_noted_as_unused():
    frame = pd.DataFrame({"when": days(5), "shop": "x", "sold": range(5), "price": 1.0})
    loaded = load(frame, Columns(time="when", target=("sold",), id="shop"))
    assert loaded.panel.ids == ("x",)
    assert_notice(loaded, "not used: 'price'. List a column under past, future or static")


def test_one_text_column_names_the_series_when_times_repeat():
    frame = long().rename(columns={"unique_id": "shop", "ds": "when", "y": "sold"})
    loaded = load(frame)
    assert loaded.panel.ids == ("a", "b")
    for text in ("time: column 'when'.", "id: column 'shop'.", "target: column 'sold'."):
        assert_notice(loaded, text)


def test_a_wide_table_makes_every_numeric_column_a_series_of_one_group():
    frame = pd.DataFrame({"date": days(5), "b": range(5), "a": np.arange(5) * 2.0})
    loaded = load(frame)
    assert loaded.panel.ids == ("a", "b")
    assert loaded.panel.groups == ("wide", "wide")
    assert loaded.panel.series(0).tolist() == [0, 2, 4, 6, 8]
    assert_notice(loaded, "target: every numeric column is a series ('b', 'a').")


def test_some_columns_of_a_wide_table_with_shared_covariates():
    frame = pd.DataFrame({"date": days(5), "a": 1.0, "b": 2.0, "c": 3.0, "heat": range(5)})
    loaded = load(frame, Columns(target=("a", "b"), past=("heat",)))
    assert loaded.panel.ids == ("a", "b")
    assert loaded.panel.past[:, 0].tolist() == [0, 1, 2, 3, 4] * 2
    assert_notice(loaded, "not used: 'c'")


def test_one_named_target_of_many_columns_is_a_single_series():
    frame = pd.DataFrame({"date": days(5), "load": 1.0, "OT": range(5)})
    loaded = load(frame, Columns(target=("OT",)))
    assert (loaded.panel.ids, loaded.panel.groups) == (("OT",), None)
    assert_notice(loaded, "not used: 'load'")


def test_wide_series_may_start_and_end_at_different_times():
    frame = pd.DataFrame({"date": days(5), "a": [np.nan, 1, 2, 3, 4], "b": [1, 2, np.nan, 3, np.nan]})
    loaded = load(frame)
    assert loaded.panel.lengths.tolist() == [4, 4]
    assert np.isnan(loaded.panel.series(1)).tolist() == [False, False, True, False]
    assert_notice(loaded, "1 rows after the last known target dropped (first series 'b': 1).")


def test_numeric_names_keep_their_zeros_and_na_is_a_name(tmp_path):
    path = csv(tmp_path, "unique_id,ds,y\n001,2020-01-01,1\n001,2020-01-02,2\nNA,2020-01-01,3\nNA,2020-01-02,NA\n")
    assert load(path).panel.ids == ("001", "NA")


def test_row_numbers_and_trailing_separators_of_other_programs_are_dropped(tmp_path):
    single().to_csv(tmp_path / "index.csv")
    assert load(tmp_path / "index.csv").panel.ids == ("y",)
    assert load(csv(tmp_path, "date;v;\n2020-01-01;1;\n2020-01-02;2;\n")).panel.ids == ("v",)


def test_a_panel_passes_through_and_only_its_season_can_change():
    panel = synthetic_panel(2, 20)
    assert load(panel).panel is panel
    assert load(panel, season=6).panel.season == 6
    with pytest.raises(DataError, match=r"Panel with freq 'MS', but freq 'h' was given. Leave freq out"):
        load(panel, freq="h")


# -- covariates ---------------------------------------------------------------------------------------------------
def test_rows_beyond_the_last_target_with_known_covariates_are_reach():
    frame = long(6, promo=1.0, seen=2.0)
    frame.loc[frame["ds"] > "2020-01-04", ["y", "seen"]] = np.nan
    panel = load(frame, Columns(future=("promo",), past=("seen",))).panel
    assert panel.lengths.tolist() == [4, 4]
    assert (panel.reach - panel.starts).tolist() == [6, 6]
    assert np.isfinite(panel.future_window(panel.ends(), 2)).all()


def test_text_covariates_are_numbered_by_their_first_time_and_then_by_name():
    frame = long(3, kind=["u", "a", "u", "v", "u", "u"], region=["n"] * 3 + ["e"] * 3)
    loaded = load(frame, Columns(future=("kind",), static=("region",)))
    assert loaded.panel.categories == {"kind": ("u", "v", "a"), "region": ("e", "n")}
    assert loaded.panel.future[:, 0].tolist() == [0, 2, 0, 1, 0, 0]
    assert loaded.panel.static.tolist() == [[1], [0]]
    assert loaded.panel.nominal("future") == {0: ("u", "v", "a")}
    assert_notice(loaded, "column 'region' is text with 2 categories: e, n.")


@settings(deadline=None, max_examples=30)
@example([""] * 6, "a")
@given(
    st.lists(st.sampled_from(["b", "none", "NA", "ä", ""]), min_size=6, max_size=6),
    st.text("abz", min_size=1, max_size=3),
)
def test_a_category_that_comes_later_changes_no_earlier_number(kinds, later):
    plain = long(6, kind=[*kinds, *reversed(kinds)], price=1.0)
    plain.loc[plain["ds"] == plain["ds"].max(), ["y", "kind"]] = [np.nan, kinds[0]]
    other = plain.copy()
    other.loc[other["ds"] == other["ds"].max(), "kind"] = later
    first, second = (load(frame, Columns(future=("kind", "price"))) for frame in (plain, other))
    ahead = np.arange(len(first.panel.future)) % 6 == 5
    assert np.array_equal(first.panel.future[~ahead], second.panel.future[~ahead])
    assert first.panel.cut(np.array([4, 4])).fingerprint == second.panel.cut(np.array([4, 4])).fingerprint
    new = later not in kinds
    assert bool(second.unseen) == new
    if new:
        assert_notice(second, f"column 'kind': {later!r} first occurs in rows without a known target, so no model can")


@pytest.mark.parametrize("word", ["none", "None", "NA", "null"])
def test_a_word_for_nothing_is_a_category_of_a_text_column(word):
    loaded = load(long(3, kind=["sale", word, word, word, "sale", word]), Columns(future=("kind",)))
    assert set(loaded.panel.categories["kind"]) == {"sale", word}
    assert np.isfinite(loaded.panel.future).all()
    assert_notice(loaded, f"The word {word!r} is a category like the others")


def test_an_empty_cell_beside_a_known_target_is_a_category_and_is_an_error_elsewhere():
    frame = long(3, kind=["sale", None, None, np.nan, "sale", ""])
    loaded = load(frame, Columns(future=("kind",)))
    assert loaded.panel.categories == {"kind": ("(empty)", "sale")}
    assert_notice(loaded, "Its empty cells are a category of their own, (empty).")
    frame = long(3, kind=["sale", "x", None, "x", "sale", "x"])
    frame.loc[2, "y"] = np.nan
    with pytest.raises(DataError, match="covariate 'kind' is missing for series 'a'"):
        load(frame.assign(other=1.0), Columns(future=("kind", "other")))


@pytest.mark.parametrize("cells", [[True, False, True], ["true", "False", "TRUE"], pd.array([True, False, True])])
def test_true_and_false_are_one_and_zero(cells):
    frame = long(3).iloc[:3].assign(promo=cells)
    loaded = load(frame, Columns(future=("promo",)))
    assert loaded.panel.future[:, 0].tolist() == [1, 0, 1]
    assert not loaded.panel.categories


@pytest.mark.parametrize("role", ["id", "past", "future", "static", None])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_categorical_column_of_one_category_is_read(role, library):
    frame = long(4).iloc[:4].drop(columns="unique_id").assign(place=pd.Categorical(["DE"] * 4))
    if library == "polars":
        polars = pytest.importorskip("polars")
        frame = polars.from_pandas(frame.astype({"place": str})).with_columns(
            polars.col("place").cast(polars.Categorical)
        )
    given: dict[str, Any] = {role: "place" if role == "id" else ("place",)} if role else {}
    panel = load(frame, Columns(**given, target=("y",))).panel
    assert panel.lengths.tolist() == [4]
    assert panel.categories == ({"place": ("DE",)} if role not in ("id", None) else {})


def test_groups_come_from_their_column():
    panel = load(long(3, city=["x"] * 3 + ["y"] * 3), Columns(group="city")).panel
    assert panel.groups == ("x", "y")


@pytest.mark.parametrize("role", ["past", "future"])
def test_a_missing_covariate_names_column_series_and_time(role):
    frame = long(4, heat=[1, 2, 3, 4, 1, np.nan, 3, 4.0])
    text = f"the {role} covariate 'heat' is missing for series 'b' at 2020-01-02"
    with pytest.raises(DataError, match=text):
        load(frame, Columns(past=("heat",)) if role == "past" else Columns(future=("heat",)))


def test_a_gap_has_no_covariate_either():
    with pytest.raises(DataError, match=r"'heat' is missing for series 'a' at 2020-01-03.*add the row"):
        load(long(6, heat=1.0).drop(index=2), Columns(past=("heat",)))


def test_a_static_column_that_changes_names_series_and_values():
    text = r"static column 'size' must be constant in a series, but series 'b' has 5.0 and 6.0 \(row 7 .*\)"
    with pytest.raises(DataError, match=text):
        load(long(4, size=[1.0] * 4 + [5.0, 5.0, 5.0, 6.0]), Columns(static=("size",)))


def test_a_group_that_changes_is_an_error():
    with pytest.raises(
        DataError, match="the group column 'g' must be constant in a series, but series 'a' has x and z"
    ):
        load(long(2, g=["x", "z", "y", "y"]), Columns(group="g"))


def test_too_many_categories_are_an_error():
    frame = pd.DataFrame({"ds": days(1500), "y": 1.0, "note": [f"n{i}" for i in range(1500)]})
    with pytest.raises(DataError, match=r"the past column 'note' is text with 1500 different values \(n0, n1, n10"):
        load(frame, Columns(past=("note",), target=("y",)))


# -- properties ---------------------------------------------------------------------------------------------------
@st.composite
def frames(draw):
    """Draw a long frame of a few series with gaps, of any frequency."""
    freq = draw(st.sampled_from(["h", "D", "B", "W-MON", "MS", "ME", "QS-JAN", "YS-JAN", None]))
    frames = []
    for name in draw(st.sets(st.sampled_from(["a", "B", "x 1", "007", "é", "NA"]), min_size=1, max_size=4)):
        n = draw(st.integers(4, 12))
        y = draw(
            st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)) | st.just(float("nan")), min_size=n, max_size=n)
        )
        y[0], y[-1] = 1.0, 2.0
        times = np.arange(n) if freq is None else days(n, freq=freq)
        frames.append(pd.DataFrame({"unique_id": name, "ds": times, "y": y}))
    return pd.concat(frames, ignore_index=True), freq


@settings(deadline=None, max_examples=40)
@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(made, random):
    frame, freq = made
    order = list(range(len(frame)))
    random.shuffle(order)
    assert load(frame.iloc[order], freq=freq).panel.fingerprint == load(frame, freq=freq).panel.fingerprint


@settings(deadline=None, max_examples=40)
@given(frames())
def test_polars_csv_and_pandas_are_one(tmp_path_factory, made):
    frame, freq = made
    want = load(frame, freq=freq).panel.fingerprint
    assert load(pl.from_pandas(frame), freq=freq).panel.fingerprint == want
    path = tmp_path_factory.mktemp("properties") / "a.csv"
    frame.to_csv(path, index=False)
    assert load(path, freq=freq).panel.fingerprint == want


@settings(deadline=None, max_examples=40)
@given(frames())
def test_long_and_wide_are_one(made):
    frame, freq = made
    wide = frame.pivot(index="ds", columns="unique_id", values="y").reset_index()
    names = tuple(c for c in wide.columns if c != "ds")
    grouped = Columns(group="g") if len(names) > 1 else Columns()
    want = load(frame.assign(g="wide") if len(names) > 1 else frame, grouped, freq=freq).panel
    assert load(wide, Columns(target=names), freq=freq).panel.fingerprint == want.fingerprint


@settings(deadline=None, max_examples=40)
@given(frames())
def test_leaving_out_the_rows_of_missing_values_changes_nothing(made):
    frame, freq = made
    dropped = frame.dropna()
    neighbours = dropped.groupby("unique_id")["ds"].count().min() > 2 and len(dropped) > 0.7 * len(frame)
    if freq is not None and neighbours:
        assert load(dropped, freq=freq).panel.fingerprint == load(frame, freq=freq).panel.fingerprint


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet='ds,y;\t\n"0123456789-:./ aé', max_size=80))
def test_any_text_is_a_panel_or_one_of_our_errors(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "a.csv"
    path.write_text("ds,y\n" + text, encoding="utf-8")
    try:
        assert len(load(path).panel) > 0
    except DataError as error:
        assert str(error).startswith("a.csv: ")


def test_thousands_of_series_load_at_once():
    n, length = 2000, 60
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{i}" for i in range(n)], length),
            "ds": np.tile(days(length, freq="MS").to_numpy(), n),
            "y": np.random.default_rng(0).random(n * length),
        }
    )
    assert len(load(frame).panel) == n
