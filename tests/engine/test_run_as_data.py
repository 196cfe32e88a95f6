"""A run and a stored model are data of a stranger: what is damaged is noticed, what is forged is one sentence."""

from __future__ import annotations

import json
import os
import random

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import hybridts as ht
from experiments.fuzz import folders
from hybridts.errors import DataError, HybridtsError, StoreError, WrongPlace
from tests.fakes.runs import frame_of, run, same


def rewritten(folder, change):
    """Change the facts of a manifest and make its checksum again, as a forger would."""
    file = folder / "manifest.json"
    facts = json.loads(file.read_text())
    change(facts)
    facts.pop("blake2b", None)
    file.write_text(json.dumps({**facts, "blake2b": folders.sum_of(facts)}))


def forged_table(folder, name, change):
    """Change a table and make the checksums again."""
    file = folder / f"{name}.parquet"
    change(pd.read_parquet(file)).to_parquet(file, index=False)
    data = file.read_bytes()
    sums = {"bytes": len(data), "blake2b": folders.digest(data)}
    rewritten(folder, lambda facts: facts["tables"][file.name].update(sums))


# -- the manifest -------------------------------------------------------------------------------------------------
def test_every_flipped_bit_of_a_manifest_is_noticed(copied):
    file, r = copied / "manifest.json", random.Random(0)
    whole = file.read_bytes()
    facts = json.loads(whole)
    for _ in range(60):
        data = bytearray(whole)
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
        file.write_bytes(bytes(data))
        try:
            found = ht.load_board(copied).run.manifest
        except StoreError as cause:
            assert "manifest.json" in str(cause) or "format" in str(cause)
        else:
            assert {**found, "blake2b": facts["blake2b"]} == facts  # between the values


@pytest.mark.parametrize("text", [b"{}", b"[]", b"null", b"[" * 100_000, b'{"a":' * 50_000, b"\xff", b"1" * 5000])
def test_a_manifest_of_any_json_is_one_sentence(copied, text):
    (copied / "manifest.json").write_bytes(text)
    with pytest.raises(StoreError, match=r"manifest\.json is damaged.*Run the backtest again") as caught:
        ht.load_board(copied)
    assert len(str(caught.value)) < 2100


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(horizon="4"), "horizon: input should be a valid integer"),
        (lambda m: m.update(horizon=10**12), "horizon"),
        (lambda m: m.update(freq="fortnight"), "freq"),
        (lambda m: m["models"].append(m["models"][0]), "a name occurs twice"),
        (lambda m: m["models"][0].update(parts=["x" * 100_000]), "not among the models"),
        (lambda m: m.pop("windows"), "windows"),
        (lambda m: m["windows"][0].update(index=None), "windows.0.index"),
        (lambda m: m["tables"].pop("cells.parquet"), "tables"),
        (lambda m: m.update(tables=True), "tables"),
        (lambda m: m.update(seeds=[[1]]), "seeds"),
    ],
)
def test_a_forged_manifest_is_refused_with_the_place(copied, change, words):
    rewritten(copied, change)
    with pytest.raises(StoreError, match=words) as caught:
        ht.load_board(copied)
    assert len(str(caught.value)) < 2100


def test_a_manifest_without_a_checksum_is_read_with_a_notice_and_gets_one(kept, copied):
    facts = json.loads((copied / "manifest.json").read_text())
    old = {key: value for key, value in facts.items() if key not in ("blake2b", "files")}
    (copied / "manifest.json").write_text(json.dumps(old))
    board = ht.load_board(copied)
    assert same(board, kept) and "older version wrote this run" in board.run.manifest["notices"][-1]
    assert same(run(out=copied), kept)
    assert "older version" not in str(ht.load_board(copied).run.manifest["notices"])
    (copied / "manifest.json").write_text(json.dumps({**old, "clake2b": "0"}))
    with pytest.raises(StoreError, match="unknown key 'clake2b'"):
        ht.load_board(copied)


def test_a_run_over_a_damaged_manifest_says_that_names_may_be_gone(copied):
    (copied / "manifest.json").write_text("{")
    notices = run(models=["Naive"], out=copied).run.manifest["notices"]
    assert any("manifest.json was damaged" in text and "left out" in text for text in notices)


def test_names_are_not_added_to_a_board_whose_study_was_changed(copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text().replace("ARIMA-RF", "ARIMA-SVM"))
    with pytest.raises(WrongPlace, match=r"config\.yaml is damaged or was changed .*only=True"):
        run(models=["Drift-RF"], out=copied)
    assert list(run(models=["Naive"], baselines="none", out=copied, only=True).table["model"]) == ["Naive"]


# -- tables -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("forecasts", lambda t: t.drop(columns="yhat"), "no column 'yhat'"),
        ("forecasts", lambda t: t.assign(step="x"), "the column 'step' is"),
        ("forecasts", lambda t: t.assign(step=t["step"] + 90), "the column 'step' has the value"),
        ("forecasts", lambda t: t.assign(yhat=np.inf), "not finite"),
        ("forecasts", lambda t: pd.concat([t, t]), "two rows have the same model"),
        ("forecasts", lambda t: t.assign(model="Other"), "'Other' is not in the manifest"),
        ("cells", lambda t: t.assign(length=10**12), "length"),
        ("cells", lambda t: t.assign(cutoff=np.arange(len(t))), "does not fit the frequency"),
        ("failures", lambda t: t.drop(columns="error"), "no column 'error'"),
        ("stages", lambda t: t.assign(notes="[" * 50_000), "nested too deep"),
        ("stages", lambda t: t.assign(names='{"a": 1}'), "no JSON list of names"),
        ("stages", lambda t: t.assign(seconds=np.nan), "no duration"),
    ],
)
def test_a_forged_table_is_refused_by_name(copied, name, change, words):
    forged_table(copied, name, change)
    with pytest.raises(StoreError, match=rf"{name}\.parquet is damaged.*{words}"):
        board = ht.load_board(copied)
        board.table, board.forecasts, board.run.stages, board.run.failures  # noqa: B018


def test_notes_of_any_form_do_not_end_a_report(copied, tmp_path):
    notes = '{"gate": 3, "importances": [1], "curve": [[]], "notices": 5, "orders": {"s0": []}}'
    forged_table(copied, "stages", lambda t: t.assign(notes=notes))
    assert len(ht.load_board(copied).report(tmp_path / "report", ["md", "json"])) == 2


# -- stages -------------------------------------------------------------------------------------------------------
def test_two_exchanged_stages_are_noticed_and_computed_again(kept, copied):
    one, two = sorted((copied / "stages").glob("*.json"))[:2]
    for suffix in (".json", ".npz"):
        a, b = one.with_suffix(suffix), two.with_suffix(suffix)
        data = a.read_bytes()
        a.write_bytes(b.read_bytes())
        b.write_bytes(data)
    board = run(out=copied)
    assert set(board.run.stages.loc[~board.run.stages["reused"], "key"]) >= {one.stem, two.stem}
    assert same(board, kept)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"null", b"[" * 100_000, b""])
def test_a_record_of_any_json_is_a_damaged_stage(kept, copied, text):
    victim = sorted((copied / "stages").glob("*.json"))[0]
    victim.write_bytes(text)
    board = run(out=copied)
    assert f"stages/{victim.name} was damaged and computed again." in board.run.manifest["notices"]
    assert same(board, kept)


def test_a_forged_stage_with_other_origins_is_computed_again(kept, copied):
    file = sorted((copied / "stages").glob("*.json"))[0]
    with np.load(file.with_suffix(".npz")) as archive:
        arrays = {**archive, "position": archive["position"] + 1}
    np.savez(file.with_suffix(".npz"), **arrays)
    record = json.loads(file.read_text())
    record["arrays_blake2b"] = folders.digest(file.with_suffix(".npz").read_bytes())
    del record["record_blake2b"]
    file.write_text(json.dumps({**record, "record_blake2b": folders.sum_of(record)}))
    board = run(out=copied)
    assert not board.run.stages.set_index("key").loc[file.stem, "reused"] and same(board, kept)


# -- files of strangers -------------------------------------------------------------------------------------------
def test_files_of_strangers_are_ignored_with_a_notice_and_kept(kept, copied):
    for name in ("._x.series", ".DS_Store", "a.b.c.series"):
        (copied / "stages" / name).write_bytes(b"\0")
        os.utime(copied / "stages" / name, (0, 0))
    board = run(out=copied)
    assert same(board, kept) and board.run.stages["reused"].all()
    notice = "Files among the stages that are not of hybridts are ignored: .DS_Store, ._x.series, a.b.c.series."
    assert notice in board.run.manifest["notices"]
    assert (copied / "stages" / "._x.series").exists()


@pytest.mark.parametrize("name", ["manifest.json", "forecasts.parquet", "config.yaml", "stages/FORMAT"])
@pytest.mark.parametrize("kind", ["pipe", "loop", "device", "folder"])
def test_only_regular_files_are_read(kept, copied, name, kind):
    file = copied / name
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(file if kind == "loop" else "/dev/zero")
    if name in ("manifest.json", "forecasts.parquet"):
        with pytest.raises(StoreError, match=name):
            ht.load_board(copied)
    elif kind == "loop":  # as if it were missing
        assert same(run(out=copied), kept)
    else:
        with pytest.raises(HybridtsError, match=name):
            run(out=copied)


def test_a_pipe_in_place_of_a_stage_is_computed_again(kept, copied):
    for file in sorted((copied / "stages").glob("*.npz"))[:2]:
        file.unlink()
        os.mkfifo(file)
    assert same(run(out=copied), kept)


def test_a_link_to_the_same_bytes_is_read(kept, copied, tmp_path):
    moved = tmp_path / "elsewhere"
    (copied / "stages").rename(moved)
    (copied / "stages").symlink_to(moved)
    assert run(out=copied).run.stages["reused"].all()


# -- models -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "m"
    ht.model("Drift-RF", {"RF": {"trees": 3}}).fit(frame_of(2, 40), horizon=3, season=12, jobs=1).save(folder)
    return folder


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head["panel"].update(season="12"),
        lambda head: head["panel"].update(freq={"a": 1}),
        lambda head: head["given"].update(zone=5),
        lambda head: head.update(horizon=2.5),
        lambda head: head.update(horizon=2),
        lambda head: head["fitted"].update({"$": "os:system"}),
        lambda head: head["recipe"].update(name={"a": 1}),
    ],
)
def test_a_forged_model_is_refused_while_it_is_opened(model, tmp_path, change):
    forged = tmp_path / "m"
    forged.mkdir()
    for file in model.iterdir():
        (forged / file.name).write_bytes(file.read_bytes())
    head = json.loads((forged / "model.json").read_text())
    change(head)
    del head["blake2b"]
    (forged / "model.json").write_text(json.dumps({**head, "blake2b": folders.sum_of(head)}))
    with pytest.raises(DataError, match="not a model that this hybridts can open"):
        ht.load(forged)


@pytest.mark.parametrize(("at", "value"), [(8, 99), (6, 1)], ids=["unknown compression", "encrypted"])
def test_an_archive_that_cannot_be_unpacked_is_one_sentence(model, tmp_path, at, value):
    packed = tmp_path / "m.zip"
    ht.load(model).save(packed)
    data = bytearray(packed.read_bytes())
    for mark, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        place = data.find(mark)
        while place >= 0:
            data[place + at + shift] = value
            place = data.find(mark, place + 4)
    packed.write_bytes(bytes(data))
    with pytest.raises(DataError, match="cannot be read as a model"):
        ht.load(packed)


def test_what_the_fuzzer_makes_of_runs_and_models_is_read_or_refused(tmp_path):
    for kind, count in ((folders.fuzz_run, 12), (folders.fuzz_model, 25)):
        for seed in range(count):
            try:
                kind(random.Random(seed), tmp_path)
            except HybridtsError as cause:
                assert len(str(cause)) <= 2100
    assert pq.ParquetFile(folders.base_run()[0] / "forecasts.parquet").metadata.num_rows
