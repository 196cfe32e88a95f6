"""Damage and forge folders of runs and of models by a seed; read them, and compare with what they held.

A folder that was damaged must be refused, or give the board or the forecasts of the undamaged one. A forged one, whose
checksums were made again, may give others, but never a traceback or a hang.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import random
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ["Drift", "ARIMA", "Drift-RF", "Drift + ARIMA"]
SETTINGS = {"RF": {"trees": 3}}
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 10**6, 10**12, 10**30, 0.5, float("nan"), float("inf"), "", "x", "Naive"),
    *("[/m]", "\0", "\ud800", "é", "9" * 5000, "x" * 100_000, [], {}, [1], ["x"], {"x": 1}, [[]], [{}], {"": None}),
]
TEXTS = [b"", b"{}", b"[]", b"null", b"1", b'"x"', b"{", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"NaN"]
TEXTS += [b'{"format": 2}', b'{"format": 1}', b'{"format": 99}', b'{"format": "2"}', b'{"key": "\\ud800"}', b"1" * 6000]


class Changed(AssertionError):
    """A damaged folder gave something else in silence."""


def sum_of(facts: dict[str, Any]) -> str:
    """Return the checksum of JSON facts, as the forger of a file would make it."""
    text = json.dumps(json.loads(json.dumps(facts)), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def digest(data: bytes) -> str:
    """Return the checksum of a file."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


# -- damage that both kinds know ----------------------------------------------------------------------------------
def damage(folder: Path, r: random.Random) -> None:  # noqa: C901 - one case per kind of damage
    """Change one or two files."""
    for _ in range(r.choice([1, 1, 1, 2])):
        files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink()]
        if not files:
            return
        file = r.choice(files)
        if r.random() < 0.3:
            file = next((f for f in files if f.name in ("manifest.json", "model.json")), file)
        data = file.read_bytes()
        at = r.randrange(len(data) + 1)
        match r.randrange(9):
            case 0 | 1:
                for _ in range(r.choice([1, 1, 2, 9])) if data else ():
                    at = r.randrange(len(data))
                    data = data[:at] + bytes([data[at] ^ (1 << r.randrange(8))]) + data[at + 1 :]
                file.write_bytes(data)
            case 2:
                file.write_bytes(r.choice([data[:at], data[at:], data + data[at:], data + b"\0"]))
            case 3:
                other = r.choice([f for f in files if f.suffix == file.suffix])
                file.write_bytes(other.read_bytes())
                other.write_bytes(data)
            case 4:
                exchange_stages(folder, r)
            case 5:
                file.write_bytes(r.choice(TEXTS))
            case 6:
                replace(file, folder, r)
            case 7:
                stranger(folder, r)
            case 8:
                if file.suffix == ".json":
                    edit_json(file, r)
                else:
                    file.unlink()


def exchange_stages(folder: Path, r: random.Random) -> None:
    """Let two stages change their names."""
    records = sorted(folder.glob("stages/*.json"))
    if len(records) < 2:
        return
    one, two = r.sample(records, 2)
    for suffix in (".json", ".npz"):
        a, b = one.with_suffix(suffix), two.with_suffix(suffix)
        if a.is_file() and b.is_file():
            data = a.read_bytes()
            a.write_bytes(b.read_bytes())
            b.write_bytes(data)


def replace(file: Path, folder: Path, r: random.Random) -> None:
    """Put a pipe, a folder, or a link in place of a file."""
    file.unlink()
    others = [f for f in sorted(folder.rglob("*")) if f.is_file()]
    match r.randrange(7):
        case 0:
            os.mkfifo(file)
        case 1:
            file.mkdir()
        case 2 if others:
            file.symlink_to(r.choice(others))
        case 3:
            file.symlink_to(file)
        case 4:
            file.symlink_to("/dev/zero")
        case 5:
            file.symlink_to("/nowhere")


def stranger(folder: Path, r: random.Random) -> None:
    """Add a file that no version wrote."""
    names = [
        "._x.series",
        ".DS_Store",
        "Thumbs.db",
        "a.b.c.series",
        "x.json",
        "x.npz",
        "é[m]",
        "desktop.ini",
        "-x",
        " ",
    ]
    where = folder / "stages" if (folder / "stages").is_dir() and r.random() < 0.7 else folder
    place = where / r.choice(names)
    if place.exists():
        return
    match r.randrange(3):
        case 0:
            place.write_bytes(r.choice(TEXTS))
        case 1:
            os.mkfifo(place)
        case _:
            place.mkdir()


def edit(value: Any, r: random.Random) -> Any:
    """Return a JSON value with one place changed."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    if not inner or r.random() < 0.15:
        if isinstance(value, dict) and r.random() < 0.5:
            return {**value, r.choice(["x", "name", "index", "", "$"]): r.choice(VALUES)}
        return r.choice([*VALUES, value, [value], {"x": value}, str(value)])
    key, old = r.choice(inner)
    if r.random() < 0.1:
        return {k: v for k, v in value.items() if k != key} if isinstance(value, dict) else [*value, old]
    new = edit(old, r)
    if isinstance(value, dict):
        return {**value, key: new}
    return [new if i == key else v for i, v in enumerate(value)]


def edit_json(file: Path, r: random.Random) -> None:
    """Change one value of a JSON file that can be read."""
    try:
        value = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return
    file.write_text(json.dumps(edit(value, r)), encoding="utf-8")


# -- runs ---------------------------------------------------------------------------------------------------------
def _run(out: Path) -> Any:
    import hybridts as ht
    from tests.fakes import runs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame_of: Callable[..., Any] = runs.frame_of
        given: dict[str, Any] = {
            "horizon": 3,
            "windows": 3,
            "jobs": 1,
            "baselines": "none",
            "season": 12,
            "settings": SETTINGS,
        }
        return ht.backtest(frame_of(2, 40), models=NAMES, out=out, verbose=False, **given)


@functools.cache
def base_run() -> tuple[Path, Any]:
    """Return the folder of an undamaged run, made once, and its board."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-run-")) / "run"
    board = _run(folder)
    return folder, shown(board)


def shown(board: Any) -> tuple[str, str]:
    """Return table and forecasts as text, without seconds."""
    table = board.table.drop(columns=["seconds_alone", "seconds_added"])
    return table.to_csv(index=False), board.forecasts.to_csv(index=False)


def fuzz_run(r: random.Random, place: Path) -> None:
    """Damage or forge a run, then read it or run it again."""
    import hybridts as ht
    from hybridts.errors import HybridtsError

    folder, whole = base_run()
    copied = place / "run"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(folder, copied)
    forged = r.random() < 0.5
    (forge_run if forged else damage)(copied, r)
    again = r.random() < 0.4
    if not again:
        board = ht.load_board(copied)
        found = shown(board)
        if r.random() < 0.3:
            formats = ["md", "json", "tex", "csv", *(["html"] if r.random() < 0.02 else [])]
            board.report(place / "report", formats)
    else:
        try:
            found = shown(_run(copied))
        except HybridtsError:
            found = shown(_run(place / "fresh")) if r.random() < 0.05 else whole
        shutil.rmtree(place / "fresh", ignore_errors=True)
    if not forged and found != whole:
        raise Changed("a damaged run gave another board in silence")


def forge_run(folder: Path, r: random.Random) -> None:
    """Change a manifest, a table, a record or the arrays of a stage, and make the checksums again."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    match r.randrange(5):
        case 0 | 1:
            for _ in range(r.choice([1, 1, 3])):
                manifest = edit(manifest, r)
        case 2 | 3:
            name = r.choice(["forecasts", "cells", "failures", "stages", "metrics"])
            forge_table(folder / f"{name}.parquet", r)
            data = (folder / f"{name}.parquet").read_bytes()
            manifest["tables"][f"{name}.parquet"] |= {"bytes": len(data), "blake2b": digest(data)}
        case 4:
            forge_stage(folder, r)
    if isinstance(manifest, dict):
        own = {k: v for k, v in manifest.items() if k != "blake2b"}
        manifest = own if r.random() < 0.1 else {**own, "blake2b": sum_of(own)}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def forge_table(file: Path, r: random.Random) -> None:
    """Change columns, types or values of a table."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = pd.read_parquet(file)
    column = r.choice(list(frame.columns))
    makers: list[Callable[[int], Any]] = [
        lambda n: [None] * n,
        lambda n: np.full(n, np.nan),
        lambda n: np.full(n, np.inf),
        lambda n: np.full(n, 1e300),
        lambda n: np.full(n, -5),
        lambda n: np.full(n, 2**62),
        lambda n: ["x" * r.choice([1, 100_000])] * n,
        lambda n: ["{"] * n,
        lambda n: ["[" * 50_000] * n,
        lambda n: ['{"gate": 3, "importances": [1], "curve": [[]], "notices": 5}'] * n,
        lambda n: pd.date_range("2262-04-11", periods=1).repeat(n),
        lambda n: pd.date_range("1700", periods=n, tz="UTC"),
        lambda n: [[1]] * n,
        lambda n: [b"\xff"] * n,
        lambda n: np.full(n, True),
        lambda n: np.arange(n, dtype="int32"),
        lambda n: np.zeros(n),
    ]
    match r.randrange(8):
        case 0:
            frame = frame.drop(columns=column)
        case 1 | 2:
            frame[column] = r.choice(makers)(len(frame))
        case 3:
            frame = frame.iloc[: r.randrange(len(frame) + 1)] if r.random() < 0.5 else pd.concat([frame, frame])
        case 4 if len(frame):
            values = frame[column].astype(object).tolist()
            values[r.randrange(len(values))] = r.choice([None, values[0], 7, -1, "x", 1e308, pd.Timestamp("2000")])
            frame[column] = pd.Series(values, index=frame.index, dtype=object)
        case 5 if len(frame):
            frame[column] = r.sample(frame[column].tolist(), len(frame))
        case 6:
            frame = frame.rename(columns={column: r.choice(list(frame.columns))})
        case 7 if "notes" in frame:
            found = [json.dumps(edit(json.loads(text), r)) for text in frame["notes"]]
            frame["notes"] = found
    try:
        arrays = [pa.array(frame.iloc[:, k], from_pandas=True) for k in range(frame.shape[1])]
    except (pa.ArrowException, OverflowError, TypeError, ValueError):  # a mixture that Parquet cannot hold
        arrays = [pa.array(frame.iloc[:, k].astype(str)) for k in range(frame.shape[1])]
    pq.write_table(pa.Table.from_arrays(arrays, names=[str(c) for c in frame.columns]), file)


def forge_stage(folder: Path, r: random.Random) -> None:
    """Change the record or the arrays of a stage."""
    import numpy as np

    record_file = r.choice(sorted(folder.glob("stages/*.json")))
    record = json.loads(record_file.read_bytes())
    if r.random() < 0.6:
        record = edit(record, r)
    else:
        with np.load(record_file.with_suffix(".npz")) as archive:
            arrays = dict(archive)
        name = r.choice(list(arrays))
        old = arrays[name]
        change = [
            np.zeros(3),
            old[:-1],
            np.concatenate([old, old]),
            old.astype(str),
            old[..., None],
            np.array(5),
            old * 0,
        ]
        arrays[name] = r.choice(change)
        if r.random() < 0.2:
            del arrays[name]
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        record_file.with_suffix(".npz").write_bytes(buffer.getvalue())
        record |= {"arrays_bytes": len(buffer.getvalue()), "arrays_blake2b": digest(buffer.getvalue())}
    if isinstance(record, dict):
        record = {k: v for k, v in record.items() if k != "record_blake2b"}
        record["record_blake2b"] = sum_of(record)
    record_file.write_text(json.dumps(record), encoding="utf-8")


# -- models -------------------------------------------------------------------------------------------------------
@functools.cache
def base_models() -> list[tuple[Path, str]]:
    """Return undamaged models, made once: folder and forecasts."""
    import hybridts as ht
    from tests.fakes import runs

    frame_of: Callable[..., Any] = runs.frame_of
    root, found = Path(tempfile.mkdtemp(prefix="fuzz-model-")), []
    for k, name in enumerate(["Drift-RF", "ARIMA", "Drift + Theta", "ANN"]):
        settings = SETTINGS if "RF" in name else {}
        model = ht.model(name, settings).fit(frame_of(2, 40), horizon=3, season=12, jobs=1)
        model.save(root / str(k))
        found.append((root / str(k), ht.load(root / str(k)).predict().to_csv()))
    return found


def fuzz_model(r: random.Random, place: Path) -> None:
    """Damage or forge a stored model, as a folder or a .zip, then open it and forecast."""
    import hybridts as ht

    folder, whole = r.choice(base_models())
    copied = place / "model"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(folder, copied)
    forged = r.random() < 0.5
    if forged:
        forge_model(copied, r)
    else:
        damage(copied, r)
    if r.random() < 0.2:
        packed = place / "model.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for file in copied.iterdir():
                if file.is_file() and not file.is_symlink():
                    archive.write(file, file.name)
        if r.random() < 0.5 and not forged:
            data = bytearray(packed.read_bytes())
            data[r.randrange(len(data))] ^= 1 << r.randrange(8)
            packed.write_bytes(bytes(data))
        copied = packed
    found = ht.load(copied).predict().to_csv()
    if not forged and found != whole:
        raise Changed("a damaged model gave other forecasts in silence")


def forge_model(folder: Path, r: random.Random) -> None:
    """Change model.json or a table, and make the checksums again."""
    head = json.loads((folder / "model.json").read_bytes())
    if r.random() < 0.6:
        for _ in range(r.choice([1, 1, 3])):
            head = edit(head, r)
    else:
        name = r.choice(["data.parquet", "series.parquet", "arrays.safetensors"])
        file = folder / name
        if name.endswith(".parquet"):
            forge_table(file, r)
        else:
            content = bytearray(file.read_bytes())
            for _ in range(r.choice([1, 3])):
                content[r.randrange(len(content))] = r.randrange(256)
            file.write_bytes(bytes(content))
        data = file.read_bytes()
        head["files"][name] = {"bytes": len(data), "blake2b": digest(data)}
    if isinstance(head, dict):
        own = {k: v for k, v in head.items() if k != "blake2b"}
        try:
            head = {**own, "blake2b": sum_of(own)}
        except ValueError:
            head = own
    (folder / "model.json").write_text(json.dumps(head), encoding="utf-8")
