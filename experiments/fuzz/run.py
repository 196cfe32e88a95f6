"""Mutate CSV files, YAML files, names and Arrow tables by a seed, and count tracebacks, hangs and killed processes.

    python -m experiments.fuzz.run csv 5000 [--seed 0]       kinds: csv, yaml, names, parquet, objects, run, model

Every case runs in a forked child of a batch, with limits on time and memory; a batch that is killed or hangs is run
again case by case. A finding is printed with its seed, so that `--only SEED` repeats it.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.fuzz import folders

SECONDS, MEMORY, BATCH = 20, 6 << 30, 100


# -- material -----------------------------------------------------------------------------------------------------
FORMS = [("D", "%Y-%m-%d"), ("D", "%d.%m.%Y"), ("D", "%m/%d/%Y"), ("D", "%Y%m%d"), ("D", "%d%m%Y"), ("B", "%Y-%m-%d")]
FORMS += [
    ("h", "%Y-%m-%d %H:%M"),
    ("h", "%d.%m.%Y %H:%M"),
    ("15min", "%Y-%m-%dT%H:%M:%S+01:00"),
    ("MS", "%Y-%m"),
    ("MS", "%b %Y"),
]
FORMS += [("W-MON", "%G-W%V"), ("W-MON", "%G%V"), ("QS", "%Y-%m-%d"), ("MS", "%Y%m"), ("YS", "%Y")]


def csv_seed(r: random.Random) -> bytes:
    """Return a CSV file that can be read, in one of many ways to write dates, numbers and columns."""
    import pandas as pd

    n = r.randint(5, 40)
    freq, form = r.choice(FORMS)
    dates = pd.date_range("2021-01-25", periods=n, freq=freq).strftime(form)
    sep = r.choice(",;\t|")
    mark = r.choice([".", "."] if sep == "," else [".", ","])
    head = r.choice(
        [
            ["ds", "y"],
            ["unique_id", "ds", "y"],
            ["date", "a", "b"],
            ["shop", "date", "sold"],
            ["Datum", "Größe"],
            ["日期", "销售"],
        ]
    )
    rows = []
    ids = "unique_id" in head or "shop" in head
    for k, date in enumerate(dates.repeat(2) if ids else dates):
        cells = []
        for name in head:
            if name in ("ds", "date", "Datum", "日期"):
                cells.append(date)
            elif name in ("unique_id", "shop"):
                cells.append("ab"[k % 2])
            else:
                cells.append(f"{r.uniform(-1e4, 1e4):.{r.randint(0, 4)}f}".replace(".", mark))
        rows.append(sep.join(cells))
    text = r.choice(["\n", "\n", "\r\n", "\r"]).join([sep.join(head), *rows]) + "\n"
    return text.encode(r.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030"]))


WORDS = [
    "",
    "NA",
    "nan",
    "inf",
    "-",
    "1e400",
    "5e3000000000",
    "0x1f",
    "1,5",
    "1.234",
    "1.234.567",
    "2020-02-30",
    "01/02/2023",
]
WORDS += [
    "\0",
    "\ufeff",
    '"',
    "'",
    ",",
    ";",
    "\n",
    "\r",
    "9" * 400,
    "x" * 3000,
    "[/m]",
    "=1+1",
    "1970-01-01T00:00:00+99:99",
    "٣",
]
WORDS += [
    "2024-03-31T02:30:00+01:00",
    "24:00",
    "12:60",
    "0000-00-00",
    "9999-12-31",
    "2018-1",
    "202353",
    "1600000000",
    "TRUE",
    "−5",
    "%",
    "\u2028",
]


def mutate(data: bytes, r: random.Random) -> bytes:  # noqa: C901 - one case per kind of change
    """Change a few bytes, cells or lines."""
    for _ in range(r.choice([0, 0, 1, 1, 1, 2, 3, 8])):
        at = r.randrange(len(data) + 1)
        match r.randrange(9):
            case 0:
                data = data[:at] + bytes([r.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + r.randint(1, 20) :]
            case 2:
                data = data[:at] + r.choice(WORDS).encode() + data[at:]
            case 3:
                lines = data.split(b"\n")
                lines.insert(r.randrange(len(lines)), r.choice(lines))
                data = b"\n".join(lines)
            case 4:
                lines = data.split(b"\n")
                r.shuffle(lines)
                data = b"\n".join(lines)
            case 5:
                data = data.replace(
                    r.choice([b",", b";", b".", b"-", b"\t", b"2"]),
                    r.choice([b",", b";", b".", b"-", b"/", b""]),
                    r.randint(1, 50),
                )
            case 6:
                data = data[:at]
            case 7:
                cells = data.split(b",")
                cells[r.randrange(len(cells))] = r.choice(WORDS).encode()
                data = b",".join(cells)
            case 8:
                data = data + data[at:]
    return data


OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"decimal": ","},
    {"thousands": "."},
    {"dayfirst": True},
    {"header": "none"},
    {"header": 2},
    {"header": "1,2"},
]
OPTIONS += [
    {"delimiter": ";"},
    {"encoding": "latin-1"},
    {"encoding": "utf-16"},
    {"date_format": "%Y-%q"},
    {"date_format": "unix"},
    {"date_format": "%G-W%V"},
]


def fuzz_csv(r: random.Random, folder: Path) -> None:
    """Load a mutated file, sometimes packed or with options."""
    from hybridts.data.read import Columns, load
    from tests.fakes.files import PACKED

    data = mutate(csv_seed(r), r)
    packed = r.choice(["", "", "", "", *PACKED])
    if packed:
        data = PACKED[packed](data)
        if r.random() < 0.5:
            data = mutate(data, r)
    path = folder / ("a.csv" + packed)
    path.write_bytes(data)
    columns = Columns()
    if r.random() < 0.2:
        columns = r.choice(
            [Columns(time="ds"), Columns(target=("y",)), Columns(id="shop", past=("sold",)), Columns(future=("b",))]
        )
    freq = r.choice(["D", "QS"]) if r.random() < 0.1 else None
    load(path, columns, freq=freq, reading=r.choice(OPTIONS) if r.random() < 0.3 else None)


YAMLS = ["data: my.csv\nmodels: [Naive, ARIMA-RF]\nhorizon: 3\nsettings: {RF: {trees: 5}}\n"]
YAMLS += [
    "data: {source: my.csv, time: ds, decimal: ','}\nmodels: Naive\nhorizon: 2\nwindows: 1\ncombos:\n  Mine: {expression: MLP-RF}\n"
]
YAMLS += ["data: &d my.csv\nmodels: [Naive]\nhorizon: 2\nout: *d\nrefit: 3\nstage_memory: 2GB\n"]
YAML_WORDS = [
    "&a",
    "*a",
    "!!int",
    "!!bool",
    "!!timestamp",
    "!!float",
    "!!python/object:x",
    "!!binary",
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "? ",
    "|",
    ">",
]
YAML_WORDS += [
    "%",
    "@",
    "`",
    "---",
    "...",
    "<<: *a",
    "''",
    '"',
    "\t",
    "\0",
    "\ufeff",
    "1e999",
    "0x",
    "1:99:99",
    "2024-01-01 25:00",
    "~",
    ".inf",
    "x" * 2000,
    "#",
]


def fuzz_yaml(r: random.Random, folder: Path) -> None:
    """Read a mutated study."""
    from hybridts.app.study_file import read_config

    data = r.choice(YAMLS).encode()
    for _ in range(r.randint(1, 6)):
        at = r.randrange(len(data) + 1)
        if r.random() < 0.6:
            data = (
                data[:at]
                + r.choice([b"", b" ", b"\n", b"\n  "])
                + r.choice(YAML_WORDS).encode()
                + r.choice([b"", b" ", b"\n"])
                + data[at:]
            )
        else:
            data = mutate(data, r)
    path = folder / "a.yaml"
    path.write_bytes(data)
    config = read_config(path)
    config.arguments()


PARTS = [
    "ARIMA",
    "LSTM",
    "CNN",
    "RF",
    "XGBoost",
    "Naive",
    "median",
    "greedy",
    "(",
    ")",
    "-",
    "+",
    "|",
    ">",
    ",",
    " ",
    "[/m]",
    "\0",
    "é",
    "x" * 500,
    "@2",
    "Auto-",
    "@",
    "'",
]


def fuzz_names(r: random.Random, _: Path) -> None:
    """Parse a soup of parts of names."""
    from hybridts.names.catalog import default_registry
    from hybridts.names.grammar import parse, split_names

    text = "".join(r.choice(PARTS) for _ in range(r.randint(1, 12)))
    for name in split_names(text):
        parse(name, default_registry())


def fuzz_parquet(r: random.Random, folder: Path) -> None:
    """Load an Arrow table of random types, as Parquet or Feather with changed bytes, or as it is."""
    from pyarrow import feather, parquet

    from hybridts.data.read import load

    table = arrow(r)
    match r.randrange(3):
        case 0:
            parquet.write_table(table, folder / "a.parquet")
            path = folder / "a.parquet"
        case 1:
            feather.write_feather(table, folder / "a.feather", compression="uncompressed")
            path = folder / "a.feather"
        case _:
            load(table)
            return
    data = bytearray(path.read_bytes())
    for _ in range(r.choice([0, 1, 1, 3])):
        data[r.randrange(len(data))] = r.randrange(256)
    path.write_bytes(bytes(data))
    load(path)


def arrow(r: random.Random) -> Any:
    """Return a table of columns of random types and names."""
    import datetime
    import decimal

    import pyarrow as pa

    n = r.randint(0, 12)
    makers: list[Callable[[], Any]] = [
        lambda: pa.array([r.random() for _ in range(n)]),
        lambda: pa.array([r.randint(-5, 2**40) for _ in range(n)]),
        lambda: pa.array([r.choice(["a", "b", None, "1", "2020-01-01"]) for _ in range(n)], pa.string()),
        lambda: pa.array([r.choice("ab") for _ in range(n)]).dictionary_encode(),
        lambda: pa.array([r.choice([True, False, None]) for _ in range(n)], pa.bool_()),
        lambda: pa.array(
            [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=k) for k in range(n)],
            pa.timestamp(r.choice(["s", "ms", "us", "ns"]), tz=r.choice([None, "UTC", "Europe/Berlin"])),
        ),
        lambda: pa.array([datetime.date(r.choice([1, 1500, 2020, 9999]), 1, 1) for _ in range(n)]),
        lambda: pa.array([decimal.Decimal(k) for k in range(n)], pa.decimal128(10, 2)),
        lambda: pa.array([[1]] * n, pa.list_(pa.int64())),
        lambda: pa.array([{"a": 1}] * n, pa.struct([("a", pa.int64())])),
        lambda: pa.array([b"x"] * n, pa.binary()),
        lambda: pa.nulls(n),
        lambda: pa.array([float("inf")] * n, pa.float32()),
        lambda: pa.array([1] * n, pa.duration("s")),
        lambda: pa.array([2**63] * n, pa.uint64()),
    ]
    names = r.sample(
        ["ds", "y", "unique_id", "date", "x", "", "[/m]", "é", "id", "ds", "__index_level_0__"], r.randint(0, 5)
    )
    columns = [makers[5]() if name == "ds" and r.random() < 0.7 else r.choice(makers)() for name in names]
    return pa.Table.from_arrays(columns, names=names)


def fuzz_objects(r: random.Random, _: Path) -> None:
    """Load a pandas frame of random types, index and names."""
    import numpy as np
    import pandas as pd

    from hybridts.data.read import Columns, load

    n = r.randint(0, 20)
    makers: list[Callable[[], Any]] = [
        lambda: np.random.default_rng(r.randrange(9)).random(n),
        lambda: pd.date_range(
            "2020", periods=n, freq=r.choice(["D", "h", "MS"]), tz=r.choice([None, "UTC", "America/New_York"])
        ),
        lambda: pd.period_range("2020", periods=n, freq=r.choice(["D", "M", "Q", "W"])),
        lambda: pd.Categorical([r.choice("ab") for _ in range(n)]),
        lambda: pd.array([r.choice([1, None]) for _ in range(n)], dtype="Int64"),
        lambda: pd.array([r.choice([True, None]) for _ in range(n)], dtype="boolean"),
        lambda: [r.choice(WORDS) for _ in range(n)],
        lambda: [
            r.choice([1, "1", None, 1.5, np.nan, pd.NaT, pd.Timestamp("2020"), b"x", (1,), [2], 1j]) for _ in range(n)
        ],
        lambda: pd.to_timedelta(np.arange(n), unit="D"),
        lambda: np.arange(n) + r.choice([0, 202001, 20200101, 1_600_000_000]),
        lambda: pd.arrays.IntervalArray.from_breaks(np.arange(n + 1)),
        lambda: pd.arrays.SparseArray(np.zeros(n)),
        lambda: np.full(n, 1 + 2j),
    ]
    names = [
        r.choice(["ds", "y", "unique_id", "a", "b", 1, 2.5, None, ("x", "y"), "", pd.Timestamp("2020")])
        for _ in range(r.randint(0, 5))
    ]
    made = [makers[1]() if name == "ds" and r.random() < 0.6 else r.choice(makers)() for name in names]
    frame = (
        pd.DataFrame({k: column for k, column in enumerate(made)}, index=range(n))
        if made
        else pd.DataFrame(index=range(n))
    )
    with contextlib.suppress(ValueError, TypeError):  # names that pandas itself refuses
        frame.columns = pd.Index(names, dtype=object)
    if r.random() < 0.3 and n:
        frame.index = r.choice(makers)()
        frame.index.name = r.choice([None, "ds", "y", 3])
    load(frame, r.choice([None, None, Columns(id="a", past=("b",)), Columns(target=("a", "b"))]))


KINDS = {
    "csv": fuzz_csv,
    "yaml": fuzz_yaml,
    "names": fuzz_names,
    "parquet": fuzz_parquet,
    "objects": fuzz_objects,
    "run": folders.fuzz_run,
    "model": folders.fuzz_model,
}
#: Kind -> what it needs, made once, before the children.
PREPARED: dict[str, Callable[[], object]] = {"run": folders.base_run, "model": folders.base_models}


# -- running ------------------------------------------------------------------------------------------------------
def one(kind: str, seed: int, folder: Path) -> str:
    """Run one case; return "read", "refused", "long" for a long message, or the traceback."""
    from hybridts.errors import HybridtsError

    r = random.Random(f"{kind} {seed}")
    try:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            KINDS[kind](r, folder)
        return "read"
    except HybridtsError as cause:
        return "refused" if len(str(cause)) <= 2100 else f"long: {len(str(cause))}"
    except BaseException:
        return traceback.format_exc()


def batch(kind: str, seeds: list[int], seconds: float) -> dict[int, str] | str:
    """Run cases in a child process; return their outcomes, or "hang" or "killed N"."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with tempfile.TemporaryDirectory() as folder:
            found = {seed: one(kind, seed, Path(folder)) for seed in seeds}
        with os.fdopen(write, "w") as out:
            json.dump(found, out)
        os._exit(0)
    os.close(write)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    start = time.monotonic()
    with os.fdopen(read) as results:
        text = results.read()
    status = os.waitpid(child, 0)[1]
    signal.setitimer(signal.ITIMER_REAL, 0)
    if status == 0:
        return {int(seed): outcome for seed, outcome in json.loads(text).items()}
    return "hang" if time.monotonic() - start >= seconds - 0.1 else f"killed by {status}"


def main() -> None:
    """Run the cases and print counts; exit with 1 if there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    import hybridts.app.study_file
    import hybridts.data.read
    import hybridts.names.catalog  # noqa: F401 - loaded once, before the children

    PREPARED.get(given.kind, lambda: None)()
    if given.only is not None:
        with tempfile.TemporaryDirectory() as folder:
            print(one(given.kind, given.only, Path(folder)))
        return
    counts: collections.Counter[str] = collections.Counter()
    findings: dict[str, int] = {}
    seeds = list(range(given.seed, given.seed + given.count))
    start = time.monotonic()
    for at in range(0, len(seeds), BATCH):
        part = seeds[at : at + BATCH]
        found = batch(given.kind, part, SECONDS + BATCH * 0.5)
        if isinstance(found, str):
            found = {}
            for seed in part:
                single = batch(given.kind, [seed], SECONDS)
                found |= {seed: single} if isinstance(single, str) else single
        for seed, outcome in found.items():
            kind = (
                outcome
                if outcome in ("read", "refused")
                else outcome.split(":")[0]
                if "\n" not in outcome
                else "traceback"
            )
            counts[kind] += 1
            if outcome not in ("read", "refused"):
                findings.setdefault("\n".join(outcome.strip().splitlines()[-1:]), seed)
    print(f"{given.kind}: {given.count} cases in {time.monotonic() - start:.0f} s: {dict(counts)}")
    for text, seed in findings.items():
        print(f"  --only {seed}: {text[:300]}")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
