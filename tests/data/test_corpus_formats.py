"""The same table in every format, compression, encoding and layout is the same panel, bit for bit."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from hybridts.data.read import Columns, load
from hybridts.errors import BadSetting, DataError
from tests.fakes.files import PACKED, duckdb, json_lines, sales, sqlite, text_of, workbook, zipped
from tests.fakes.tables import assert_notice

FRAME = sales()
WANTED = load(FRAME).panel.fingerprint
ROUNDED = FRAME.round({"sales": 3})
CHINESE = FRAME.rename(columns={"shop": "门店", "date": "日期", "sales": "销售额"})
GERMAN = FRAME.rename(columns={"shop": "Filiale", "date": "Datum", "sales": "Umsätze in €"})


def written(tmp_path, data, name="data.csv"):
    """Write bytes and return the path."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


# -- text ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", PACKED)
def test_separators_ends_of_lines_and_compressions(tmp_path, separator, end, packed):
    data = PACKED[packed](text_of(FRAME, separator, end).encode())
    assert load(written(tmp_path, data, "data.csv" + packed)).panel.fingerprint == WANTED


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gbk", "gb18030"]
)
def test_encodings_of_chinese_names_are_found(tmp_path, separator, encoding):
    path = written(tmp_path, text_of(CHINESE, separator).encode(encoding))
    loaded = load(path)
    assert loaded.panel.fingerprint == WANTED
    assert_notice(loaded, "column '日期'")
    assert any("text (" in notice for notice in loaded.notices) == (not encoding.startswith("utf-8"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_german_names_are_found(tmp_path, separator, encoding):
    loaded = load(written(tmp_path, text_of(GERMAN, separator).encode(encoding)))
    assert loaded.panel.fingerprint == WANTED
    assert_notice(loaded, "column 'Umsätze in €'")


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        *(("big5", "日期 銷售"), ("shift_jis", "日付 売上"), ("euc_kr", "날짜 매출"), ("cp1251", "дата цена")),
        *(("latin-1", "fecha año"), ("cp1250", "data sprzedaż"), ("gbk", "日期 销售"), ("utf-16-le", "日期 销售")),
        *(("koi8-r", "дата цена"), ("cp932", "日付 売上"), ("mac-roman", "date prévu"), ("cp1254", "tarih satış")),
    ],
)
def test_a_given_encoding_is_used(tmp_path, encoding, names):
    time, target = names.split()
    frame = pd.DataFrame({time: pd.date_range("2020", periods=5), target: [1.5, 2, 3, 4, 5]})
    loaded = load(written(tmp_path, frame.to_csv(index=False).encode(encoding)), reading={"encoding": encoding})
    assert loaded.panel.ids == (target,)
    assert loaded.panel.values.tolist() == [1.5, 2, 3, 4, 5]


@pytest.mark.parametrize(("encoding", "name"), [("big5", "銷售"), ("shift_jis", "売上"), ("cp1251", "цена")])
def test_an_unclear_encoding_shows_the_choice(tmp_path, encoding, name):
    data = f"ds,{name}\n2020-01-01,1\n2020-01-02,2\n".encode(encoding)
    with pytest.raises(DataError, match=f"choose the line that reads well:\n[^$]*--encoding {encoding}: ds,{name}"):
        load(written(tmp_path, data))


@pytest.mark.parametrize("decimal", [",", "."])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("said", [True, False])
def test_decimal_marks(tmp_path, decimal, separator, said):
    path = written(tmp_path, text_of(FRAME, separator, decimal=decimal).encode())
    assert load(path, reading={"decimal": decimal} if said else None).panel.fingerprint == WANTED


@pytest.mark.parametrize("above", range(4))
@pytest.mark.parametrize("between", [0, 1, 3])
def test_blank_lines_change_nothing(tmp_path, above, between):
    lines = text_of(FRAME).splitlines()
    text = "\n" * above + "\n".join([*lines[:5], *[""] * between, *lines[5:]]) + "\n" * between
    assert load(written(tmp_path, text.encode())).panel.fingerprint == WANTED


def test_quotes_may_hold_separators_and_ends_of_lines(tmp_path):
    text = 'ds,"sold, net\nof tax"\n2020-01-01,"1"\n2020-01-02,2\n2020-01-03,x\n'
    with pytest.raises(DataError, match="column 'sold, net of tax' is not numeric: 'x' in line 5"):
        load(written(tmp_path, text.replace("net\nof", "net of").replace('"1"\n', '"1"\n\n').encode()))
    notes = 'note,ds,y\n"a\nb",2020-01-01,1\nc,2020-01-02,x\nc,2020-01-03,2\nc,2020-01-04,2\n'
    with pytest.raises(DataError, match="column 'y' is not numeric: 'x' in line 4"):
        load(written(tmp_path, notes.encode()), Columns(time="ds", target=("y",), past=("note",)))


# -- other formats ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "none"])
@pytest.mark.parametrize("name", ["data.parquet", "data.pq", "data.bin"])
def test_parquet(tmp_path, compression, name):
    FRAME.to_parquet(tmp_path / name, compression=None if compression == "none" else compression)
    assert load(tmp_path / name).panel.fingerprint == WANTED


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed"])
@pytest.mark.parametrize("name", ["data.feather", "data.arrow", "data.bin"])
def test_feather(tmp_path, compression, name):
    FRAME.to_feather(tmp_path / name, compression=compression)
    assert load(tmp_path / name).panel.fingerprint == WANTED


def rows_of(frame):
    """Return names and rows for a workbook, in which numbers have 16 digits."""
    cells = frame.astype(object).where(frame.notna(), None)
    dated = [[c.to_pydatetime() if isinstance(c, pd.Timestamp) else c for c in row] for row in cells.values.tolist()]
    return [list(frame.columns), *dated]


@pytest.mark.parametrize("above", [0, 2])
@pytest.mark.parametrize("sheet", [None, "Sales", 1, "1"])
def test_workbooks(tmp_path, above, sheet):
    path = workbook(tmp_path / "book.xlsx", {"Sales": [[]] * above + rows_of(ROUNDED), "Empty": []})
    loaded = load(path, reading=None if sheet is None else {"sheet": sheet})
    assert loaded.panel.fingerprint == load(ROUNDED).panel.fingerprint
    assert_notice(loaded, "sheet 'Sales' of book.xlsx.")


def test_one_of_two_sheets_must_be_chosen(tmp_path):
    path = workbook(tmp_path / "book.xlsx", {"2023": rows_of(ROUNDED), "2024": rows_of(ROUNDED)})
    with pytest.raises(DataError, match=r"book.xlsx: 2 sheets hold data \(2023, 2024\). Choose one with --sheet NAME"):
        load(path)
    with pytest.raises(DataError, match=r"there is no sheet '2025'. Its sheets: 2023, 2024"):
        load(path, reading={"sheet": "2025"})
    assert load(path, reading={"sheet": "2024"}).panel.fingerprint == load(ROUNDED).panel.fingerprint


def test_a_workbook_with_two_rows_of_names(tmp_path):
    rows: list[list[object]] = [["date", "north", None, "south"], [None, "sales", "stock", "sales"]]
    rows += [[f"2024-01-{d:02d}", d, d * 2.5, d + 1] for d in range(1, 9)]
    path = workbook(tmp_path / "book.xlsx", {"s": rows})
    with pytest.raises(
        DataError, match=r"book.xlsx: row 2 \(.*sales.*\) looks like a second .* Say --header 1,2 to join"
    ):
        load(path)
    panel = load(path, reading={"header": "1,2"}).panel
    assert panel.ids == ("north sales", "north stock", "south sales")
    assert panel.values[8:10].tolist() == [2.5, 5.0]


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("shape", ["lines", "list"])
def test_json(tmp_path, packed, shape):
    text = json_lines(FRAME)
    if shape == "list":
        text = "[" + ",".join(text.splitlines()) + "]"
    path = written(tmp_path, PACKED[packed](text.encode()), "data.json" + packed)
    assert load(path).panel.fingerprint == WANTED


@pytest.mark.parametrize("make", [sqlite, duckdb])
@pytest.mark.parametrize("query", [None, "select shop, date, sales from sold", "select * from sold where 1 = 1"])
def test_databases(tmp_path, make, query):
    path = make(tmp_path / "data.db", sold=FRAME)
    assert load(path, reading=None if query is None else {"query": query}).panel.fingerprint == WANTED


@pytest.mark.parametrize("make", [sqlite, duckdb])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, r"the database has 2 tables \(other, sold\). Choose with --query 'SELECT ... FROM ...'"),
        ("select nothing from sold", r"the query 'select nothing from sold' failed \("),
        ("drop table sold", "the query 'drop table sold' failed"),
        ("delete from sold", "the query 'delete from sold' failed"),
        ("create table x as select 1", "failed"),
        ("nonsense", "failed"),
    ],
)
def test_a_query_only_reads(tmp_path, make, query, message):
    path = make(tmp_path / "data.db", sold=FRAME, other=FRAME)
    before = path.read_bytes()
    with pytest.raises(DataError, match=message):
        load(path, reading=None if query is None else {"query": query})
    assert path.read_bytes() == before


# -- objects ------------------------------------------------------------------------------------------------------
OBJECTS = {
    "nullable": lambda f: f.convert_dtypes(),
    "pyarrow": lambda f: f.convert_dtypes(dtype_backend="pyarrow"),
    "categories": lambda f: f.astype({"shop": "category"}),
    "float32 kept as float64": lambda f: f.assign(sales=f["sales"].astype("Float64")),
    "text dates": lambda f: f.assign(date=f["date"].dt.strftime("%Y-%m-%d")),
    "python dates": lambda f: f.assign(date=f["date"].dt.date),
    "days": lambda f: f.assign(date=f["date"].astype("datetime64[s]")),
    "periods": lambda f: f.assign(date=f["date"].dt.to_period("D")),
    "index": lambda f: f.set_index("date"),
    "two indexes": lambda f: f.set_index(["shop", "date"]),
    "text numbers": lambda f: f.assign(sales=[repr(v) for v in f["sales"].tolist()]),
    "objects": lambda f: f.astype(object),
    "polars": pl.from_pandas,
    "lazy polars": lambda f: pl.from_pandas(f).lazy(),
    "polars categories": lambda f: pl.from_pandas(f).with_columns(pl.col("shop").cast(pl.Categorical)),
    "arrow": pa.Table.from_pandas,
    "arrow batches": lambda f: pa.Table.from_pandas(f).to_reader(),
    "structured array": lambda f: f.assign(shop=f["shop"].astype("U1"), date=f["date"]).to_records(index=False),
    "shuffled": lambda f: f.sample(frac=1, random_state=0),
    "columns in another order": lambda f: f[["sales", "shop", "date"]],
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_objects(kind):
    assert load(OBJECTS[kind](FRAME)).panel.fingerprint == WANTED


def test_a_duckdb_relation():
    import duckdb as library

    assert load(library.sql("select * from FRAME")).panel.fingerprint == WANTED


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64"])
def test_an_array_is_a_series_that_counts_its_rows(dtype):
    panel = load(np.arange(1, 9, dtype=dtype)).panel
    assert (panel.ids, panel.freq) == (("y",), None)
    assert panel.values.tolist() == list(range(1, 9))


# -- types that are not read --------------------------------------------------------------------------------------
STRANGE = {
    "lists": pa.array([[1.0]] * 5),
    "structures": pa.array([{"a": 1}] * 5),
    "binary": pa.array([b"x"] * 5),
    "durations": pa.array([1] * 5, type=pa.duration("s")),
    "clock times": pa.array([1] * 5, type=pa.time32("s")),
    "maps": pa.array([[("a", 1)]] * 5, type=pa.map_(pa.string(), pa.int64())),
}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("form", ["parquet", "feather", "object"])
def test_columns_of_other_types_are_left_out_by_name(tmp_path, kind, form):

    table = pa.table({"ds": pa.array(pd.date_range("2020", periods=5)), "y": [1.0] * 5, "odd": STRANGE[kind]})
    source: Any = table
    if form == "parquet":
        parquet.write_table(table, tmp_path / "data.parquet")
        source = tmp_path / "data.parquet"
    elif form == "feather":
        feather.write_feather(table, tmp_path / "data.feather")
        source = tmp_path / "data.feather"
    loaded = load(source)
    assert loaded.panel.ids == ("y",)
    assert_notice(loaded, "not read, because a column must hold numbers, text or dates: 'odd' (")
    with pytest.raises(DataError, match="there is no column 'odd'"):
        load(source, Columns(past=("odd",), target=("y",)))


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("zone", [None, "UTC"])
@pytest.mark.parametrize("backend", ["numpy", "pyarrow"])
def test_dates_at_which_pandas_ends_the_process_are_refused(unit, zone, backend):
    far = {"s": 10**15, "ms": 10**18, "us": 9 * 10**18}[unit]
    column = pa.array([far, 1, 2], type=pa.timestamp(unit, tz=zone))
    source: Any = pa.table({"ds": column, "y": [1.0, 2.0, 3.0]})
    if backend == "pyarrow":
        source = pd.DataFrame({"ds": pd.Series(pd.arrays.ArrowExtensionArray(column)), "y": 1.0})
    with pytest.raises(DataError, match="the column 'ds' holds dates beyond the years 1 to 9999"):
        load(source)


# -- options that a source does not know --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "option", "value"),
    [
        *(("csv", "sheet", "a"), ("csv", "query", "select 1"), ("parquet", "delimiter", ";"), ("parquet", "header", 1)),
        *(("parquet", "encoding", "utf-8"), ("parquet", "query", "select 1"), ("frame", "delimiter", ";")),
        *(
            ("frame", "encoding", "gbk"),
            ("frame", "query", "select 1"),
            ("frame", "header", 1),
            ("frame", "sheet", "a"),
        ),
    ],
)
def test_an_option_that_does_not_apply_is_refused(tmp_path, form, option, value):
    source: Any = FRAME
    if form == "csv":
        source = written(tmp_path, text_of(FRAME).encode())
    elif form == "parquet":
        FRAME.to_parquet(tmp_path / "data.parquet")
        source = tmp_path / "data.parquet"
    with pytest.raises(BadSetting, match=option):
        load(source, reading={option: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"decimal": ";"}, "decimal must be one of . ,, found ';'"),
        ({"thousands": "x"}, "thousands must be one of"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        ({"dayfirst": True, "monthfirst": True}, "dayfirst and monthfirst cannot both be true"),
        ({"dayfirst": "yes"}, "dayfirst must be true or false"),
        ({"delimiter": ";;"}, "delimiter must be one ASCII character"),
        ({"delimiter": "\n"}, "delimiter must be one ASCII character"),
        ({"encoding": "klingon"}, "encoding 'klingon' is not known"),
        ({"encoding": "zip"}, "encoding 'zip' is not known"),
        ({"header": 0}, "header must be a line counted from 1"),
        ({"header": "first"}, "header must be a line counted from 1"),
        ({"header": True}, "header must be a line counted from 1"),
        ({"max_size": "big"}, "max_size must be a size such as 500MB"),
        ({"max_size": 0}, "max_size must be a size such as 500MB"),
        ({"fill_future": "mean"}, "fill_future must be ffill or zero"),
        ({"date_format": ""}, "date_format must be a text"),
        ({"decimel": ","}, "unknown key 'decimel' in reading. Did you mean decimal"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path, given, message):
    with pytest.raises(BadSetting) as caught:
        load(written(tmp_path, text_of(FRAME).encode()), reading=given)
    assert message in str(caught.value)


# -- every number, bit for bit ------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30), st.sampled_from(",;\t|"))
def test_every_float_comes_back_exactly(tmp_path_factory, values, separator):
    frame = pd.DataFrame({"ds": pd.date_range("2020", periods=len(values)), "y": values})
    path = tmp_path_factory.mktemp("exact") / "a.csv"
    frame.to_csv(path, index=False, sep=separator)
    clear = {"decimal": "."}
    assert load(path, reading=clear).panel.values.tobytes() == np.asarray(values).tobytes()


@settings(deadline=None, max_examples=12)
@given(st.integers(2, 20), st.sampled_from(["h", "D", "W-MON", "MS", "QS-JAN"]), st.randoms(use_true_random=False))
def test_any_panel_survives_every_format(tmp_path_factory, n, freq, random):
    values = [
        random.choice([round(random.uniform(-1e6, 1e6), 3) + 0.0, random.randint(-5, 5), np.nan]) for _ in range(n)
    ]
    values[0], values[-1] = 0.5, 1.5
    frame = pd.DataFrame({"shop": "x", "date": pd.date_range("2021-03-01", periods=n, freq=freq), "sales": values})
    folder = tmp_path_factory.mktemp("formats")
    wanted = load(frame, freq=freq).panel.fingerprint
    frame.to_parquet(folder / "a.parquet")
    frame.to_feather(folder / "a.feather")
    (folder / "a.csv").write_text(text_of(frame))
    (folder / "a.tsv.zip").write_bytes(zipped(text_of(frame, "\t").encode(), "a.tsv"))
    (folder / "a.jsonl").write_text(json_lines(frame))
    workbook(folder / "a.xlsx", {"s": rows_of(frame)})
    sqlite(folder / "a.db", t=frame)
    for name in ("a.parquet", "a.feather", "a.csv", "a.tsv.zip", "a.xlsx", "a.db", "a.jsonl"):
        options = {"decimal": "."} if name == "a.tsv.zip" else None
        columns = Columns(time="date", target=("sales",), id="shop")
        assert load(folder / name, columns, freq=freq, reading=options).panel.fingerprint == wanted, name


# -- large files --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["parquet", "feather"])
def test_columns_that_no_role_can_need_are_not_read(tmp_path, kind):
    days_of = pd.date_range("2024-01-01", periods=20)
    frame = pd.DataFrame({"day": days_of, "shop": "a", "sales": np.arange(20.0), "x": 1.0, "note": "words"})
    path = tmp_path / f"a.{kind}"
    getattr(frame, f"to_{kind}")(path)
    every = load(path, Columns(target=("sales",), time="day", id="shop"))
    assert every.panel.series(0).tolist() == frame["sales"].tolist()
    assert any("not used: 'x', 'note'" in notice for notice in every.notices)
    getattr(frame.drop(columns="note"), f"to_{kind}")(path)
    some = load(path, Columns(target=("sales",)))
    assert some.roles is not None and some.roles.id == "shop"
    with pytest.raises(DataError, match=r"there is no column 'sale'.*Did you mean sales.*x"):
        load(path, Columns(target=("sale",)))


def test_an_unnamed_index_of_dates_is_found_beside_columns_that_are_not_read(tmp_path):
    frame = pd.DataFrame({"sales": np.arange(20.0), "x": 1.0}, index=pd.date_range("2024-01-01", periods=20))
    frame.to_parquet(tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet", Columns(target=("sales",))).panel.freq == "D"


LARGE = """
import resource, sys
import numpy as np, pandas as pd
from hybridts.data.read import Columns, load
from hybridts.errors import DataError
import psutil
now = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (now + 400_000_000, resource.RLIM_INFINITY))
try:
    load(sys.argv[1], Columns(time="ds", target=("y",), id="unique_id"))
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
def test_a_file_that_memory_cannot_hold_is_refused(tmp_path):
    rows = 5_000_000
    table = pa.table({"unique_id": pa.array(np.zeros(rows, np.int8)), "ds": np.arange(rows), "y": np.zeros(rows)})
    parquet.write_table(table, tmp_path / "large.parquet")
    done = subprocess.run([sys.executable, "-c", LARGE, tmp_path / "large.parquet"], capture_output=True, text=True)
    assert "5,000,000 rows of 3 columns need about 0.6 GB of memory, and 0." in done.stdout, done.stderr
    assert "--query on a DuckDB file" in done.stdout
