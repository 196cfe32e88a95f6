"""Reading data: the message for every unusable file, column and number names the finding, its place and the remedy."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hybridts.data.read import Columns, load
from hybridts.errors import DataError
from tests.fakes.tables import assert_notice, csv, days, long, single


# -- bad numbers --------------------------------------------------------------------------------------------------
def test_text_in_the_target_names_column_line_and_value(tmp_path):
    path = csv(tmp_path, "ds,y\n2020-01-01,1\n2020-01-02,abc\n2020-01-03,3\n2020-01-04,4\n")
    with pytest.raises(
        DataError, match=r"the target column 'y' is not numeric: 'abc' in line 3\. Write a plain number"
    ):
        load(path)


def test_the_usual_words_for_missing_are_missing(tmp_path):
    path = csv(
        tmp_path, "ds,y\n2020-01-01,1\n2020-01-02,NA\n2020-01-03,null\n2020-01-04,NaN\n2020-01-05,\n2020-01-06,4\n"
    )
    assert np.isnan(load(path).panel.values).tolist() == [False, True, True, True, True, False]


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_values_are_named(bad):
    with pytest.raises(DataError, match=r"the target column 'y' is infinite in row 1 .* Only finite numbers"):
        load(single(3).assign(y=[1, bad, 3]))


def test_true_and_false_are_no_target():
    with pytest.raises(DataError, match=r"the target column 'y' holds true and false. A target must be numeric"):
        load(single(3).assign(y=[True, False, True]), Columns(target=("y",)))


def test_decimal_commas_are_read_when_nothing_else_fits(tmp_path):
    loaded = load(csv(tmp_path, "date;v\n2020-01-01;1,5\n2020-01-02;1.234,25\n2020-01-03;3\n"))
    assert loaded.panel.values.tolist() == [1.5, 1234.25, 3]
    assert_notice(loaded, "data.csv is separated by semicolon.")
    assert_notice(loaded, "column 'v' has decimal commas: '1,5' was read as 1.5.")


def test_thousands_are_read_when_nothing_else_fits(tmp_path):
    loaded = load(csv(tmp_path, 'date,v\n2020-01-01,"1,234,567"\n2020-01-02,"1,234.5"\n2020-01-03,3\n'))
    assert loaded.panel.values.tolist() == [1234567, 1234.5, 3]
    assert_notice(loaded, "column 'v' has commas between thousands: '1,234,567' was read as 1234567.0.")


def test_a_comma_that_may_be_either_is_an_error(tmp_path):
    with pytest.raises(DataError, match="the comma of '1,234' may separate decimals or thousands"):
        load(csv(tmp_path, "date;v\n2020-01-01;1,234\n2020-01-02;2,345\n"))


def test_decimal_commas_and_points_do_not_mix(tmp_path):
    text = r"column 'v' has decimal commas, but column 'w' is written with points \(1.234\)"
    with pytest.raises(DataError, match=text):
        load(csv(tmp_path, "date;v;w\n2020-01-01;1,5;1.234\n2020-01-02;2,25;2.345\n"))


def test_a_target_without_any_value():
    with pytest.raises(DataError, match="the target has no value at all"):
        load(single(3).assign(y=np.nan))
    loaded = load(long(4).assign(y=[1, 2, 3, 4] + [np.nan] * 4))
    assert loaded.panel.ids == ("a",)
    assert_notice(loaded, "1 series without any value dropped: 'b'.")


# -- bad columns --------------------------------------------------------------------------------------------------
def test_two_text_columns_show_the_choice():
    frame = pd.DataFrame({"day": days(4), "shop": list("aabb"), "item": list("xyxy"), "sold": range(4)})
    with pytest.raises(DataError) as info:
        load(frame)
    assert str(info.value) == (
        "the DataFrame: 2 columns are text (shop, item): which one names the series? Give it with --time COL, --target "
        "COL, --id COL, and list covariates with --static, --past or --future. The columns begin:\n"
        "  day: 2020-01-01 00:00:00, 2020-01-02 00:00:00, 2020-01-03 00:00:00\n"
        "  shop: a, a, b\n  item: x, y, x\n  sold: 0, 1, 2"
    )


@pytest.mark.parametrize(
    ("columns", "asked", "text"),
    [
        ({"a": [1.0, 2], "b": [3.0, 4]}, {}, "no column looks like a time. Name it with --time COL"),
        ({"start": days(2), "end": days(2), "y": 1.0}, {}, "'start' and 'end' could each be the time column"),
        ({"year": [1, 2], "month": [1, 2], "v": 1.0}, {}, "'year' and 'month' could each be the time column"),
        ({"ds": days(2), "w": list("ab")}, {}, "column 'w' is text, but no time occurs twice: it may name series"),
        ({"ds": list(days(2)) * 2, "w": list("aabb")}, {}, "no numeric column is left for the target"),
        (
            {"unique_id": "a", "ds": days(2), "p": 1.0, "q": 2.0},
            {},
            "'p' and 'q' could each be the target column. Choose one with --target COL",
        ),
        ({"ds": days(2), "y": 1.0}, {"target": "Y2"}, "there is no column 'Y2' (given as target)"),
        ({"ds": days(2), "yield": 1.0}, {"past": "yeild", "target": "yield"}, "Did you mean yield?"),
        ({"ds": days(2), "y": 1.0}, {"target": "y", "past": "y"}, "column 'y' is given as target and as past"),
        ({"ds": days(2), "a": 1.0, "b": 2.0, "i": "x"}, {"target": ("a", "b"), "id": "i"}, "2 targets ('a', 'b') and"),
        ({"ds": days(2), "a": 1.0, "b": 2.0, "s": 1.0}, {"static": "s"}, "the static column 's' needs a long table"),
        ({"item_id": [1, 2], "ds": days(2), "y": 1.0}, {}, "every value of the id column 'item_id' occurs once"),
        ({"unique_id": ["a", None], "ds": days(2), "y": 1.0}, {}, "the id column 'unique_id' is empty in row 1"),
        ({"ds": days(2), "y": 1.0, "d": days(2)}, {"past": "d"}, "the past column 'd' holds dates"),
        ({"ds": days(2), "y": 1.0, "s": [1.0, np.nan]}, {"static": "s"}, "the static column 's' is missing for series"),
    ],
)
def test_columns_that_cannot_be_used(columns, asked, text):
    with pytest.raises(DataError, match=re.escape(text)):
        load(pd.DataFrame(columns), Columns(**asked))


def test_columns_that_appear_twice(tmp_path):
    with pytest.raises(DataError, match=r"the column 'y' appears more than once. Rename or drop one"):
        load(csv(tmp_path, "ds,y,y\n2020-01-01,1,2\n"))


# -- bad files ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "data.csv: the file is empty. It needs a header line and at least one row."),
        ("\n\n", "data.csv: the file holds only blank lines."),
        ("ds,y\n", "data.csv: there are columns (ds, y) but no rows. At least one row of data is needed."),
        ("ds,y\n\n\n", "data.csv: there are columns (ds, y) but no rows."),
        ("ds,y\n2020-01-01,1\n2020-01-02,2,3\n", "the rows do not fit the header (Expected 2 fields in line 3, saw 3)"),
        ("ds,y\n2020-01-01,1,9\n2020-01-02,2,3\n", "the rows do not fit the header"),
        ("just some words\nand more\n", "no column looks like a time"),
    ],
)
def test_files_that_hold_no_table(tmp_path, text, message):
    with pytest.raises(DataError, match=re.escape(message)):
        load(csv(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path):
    csv(tmp_path, "ds,y\n", "sales.csv")
    with pytest.raises(DataError, match=r"there is no file '.*slaes.csv'. Did you mean sales.csv\? Check the path"):
        load(tmp_path / "slaes.csv")
    with pytest.raises(DataError, match=r"is a folder. Give one file, such as a CSV"):
        load(tmp_path)
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"'xxx.*' cannot be opened \(File name too long\)"):
        load("x" * 5000)
    with pytest.raises(DataError, match=r"book.xlsx: there are columns \(PK\) but no rows"):
        load(tmp_path / "book.xlsx")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match=r"broken.parquet: this is not a readable Parquet file"):
        load(tmp_path / "broken.parquet")


@pytest.mark.parametrize("source", [None, 3, [1, 2, 3], {"y": [1]}, b"ds,y"])
def test_objects_that_are_no_table(source):
    with pytest.raises(DataError, match=r"data of type '.*' cannot be read. hybridts reads CSV"):
        load(source)


def test_cells_that_are_lists_are_text_and_never_a_traceback():
    frame = pd.DataFrame({"ds": days(3), "y": [[1], [2], [3]]})
    with pytest.raises(DataError, match=r"the target column 'y' is not numeric: '\[1\]' in row 0"):
        load(frame)
    with pytest.raises(DataError, match=r"the polars DataFrame: the target column 'y' is not numeric"):
        load(pl.from_pandas(frame))
