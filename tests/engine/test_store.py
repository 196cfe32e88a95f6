"""The run directory: its content and format, stores at URLs, and stores shared by runs."""

from __future__ import annotations

import json
import os
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hybridts as ht
from hybridts.engine.stage_store import FORMAT, StageResult, StageStore
from hybridts.errors import BadSetting, StoreError
from hybridts.evaluation.metrics import METRICS, OVER_ALL_CELLS, score
from hybridts.evaluation.run import load_run, writing
from tests.fakes.runs import NAMES, ended, run, same, started

# -- content ------------------------------------------------------------------------------------------------
READER = """
import hashlib, json, sys
from pathlib import Path
import numpy as np, pandas as pd
run = Path({path!r})
manifest = json.loads((run / "manifest.json").read_text())
for name, facts in manifest["tables"].items():
    data = (run / name).read_bytes()
    assert len(data) == facts["bytes"] and hashlib.blake2b(data, digest_size=16).hexdigest() == facts["blake2b"]
    assert len(pd.read_parquet(run / name)) == facts["rows"]
forecasts, cells = pd.read_parquet(run / "forecasts.parquet"), pd.read_parquet(run / "cells.parquet")
rows = forecasts.merge(cells, on=["window", "unique_id"])
mine = ((rows.y - rows.yhat).abs() / rows.mase_scale).groupby(rows.model.astype(str)).mean()
metrics = pd.read_parquet(run / "metrics.parquet")
theirs = metrics.groupby(metrics.model.astype(str)).MASE.mean()
assert np.allclose(mine, theirs[mine.index])
stage = next((run / "stages").glob("*.npz"))
assert np.load(stage)["forecast"].shape[1] == manifest["horizon"]
record = json.loads(stage.with_suffix(".json").read_text())
assert hashlib.blake2b(stage.read_bytes(), digest_size=16).hexdigest() == record["arrays_blake2b"]
assert "hybridts" not in sys.modules
print(theirs.to_json())
"""


def test_a_run_is_read_by_plain_pandas(kept):
    code, out, err = ended(started(READER.format(path=str(kept.path))))
    assert code == 0, err
    board = kept.table.set_index("model")["MASE"]
    assert json.loads(out) == pytest.approx(board[list(json.loads(out))].to_dict())


def test_a_run_is_read_by_duckdb(kept):
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(f"SELECT model, avg(MASE) FROM '{kept.path}/metrics.parquet' GROUP BY model").fetchall()
    assert dict(rows) == pytest.approx(kept.table.set_index("model")["MASE"].to_dict())


def test_the_metrics_on_disk_are_those_of_the_board(kept):
    metrics = pd.read_parquet(kept.path / "metrics.parquet").astype({"model": str, "unique_id": str, "window": int})
    scored = score(kept.run.forecasts, kept.run.cells, [name for name in METRICS if name not in OVER_ALL_CELLS])
    order = ["model", "window", "unique_id"]
    left, right = (frame.sort_values(order, ignore_index=True) for frame in (metrics, scored))
    pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_forecasts_lie_in_a_row_group_per_window_and_model(kept):
    file = pq.ParquetFile(kept.path / "forecasts.parquet")
    groups = [file.read_row_group(i, columns=["model", "window"]).to_pandas() for i in range(file.num_row_groups)]
    assert len(groups) == 2 * len(kept.table)
    assert all(group["model"].nunique() == 1 and group["window"].nunique() == 1 for group in groups)
    assert {str(t) for t in kept.run.forecasts.dtypes[["model", "unique_id"]]} == {"category"}


def test_only_one_piece_is_in_memory_while_a_table_is_written(tmp_path):
    piece = pa.table({"x": np.random.default_rng(0).normal(size=100_000)})
    seen = []

    def pieces():
        for i in range(20):
            seen.append(pa.total_allocated_bytes() - before)
            yield pa.table({"x": pa.array(np.arange(100_000) + float(i))})

    before = pa.total_allocated_bytes()
    with writing(tmp_path / "run", ["forecasts"]) as files:
        files.write_groups("forecasts", piece.schema, pieces())
        files.finish({"format": FORMAT})
    assert max(seen) < 5 * piece.nbytes
    assert pq.ParquetFile(tmp_path / "run" / "forecasts.parquet").metadata.num_rows == 2_000_000


def test_tables_are_read_lazily(copied):
    loaded = load_run(copied)
    (copied / "failures.parquet").unlink()
    assert len(loaded.forecasts) == loaded.manifest["tables"]["forecasts.parquet"]["rows"]
    assert loaded.forecasts is loaded.forecasts
    with pytest.raises(StoreError, match=r"failures\.parquet"):
        _ = loaded.failures


def test_a_run_without_a_forecast_has_empty_tables_with_all_columns(own_registry):
    class Broken:
        def fit(self, y):
            raise RuntimeError("no")

        def predict(self, h):
            return np.zeros(h)

    ht.register_forecaster("Broken", Broken)
    board = run(models=["Broken"], baselines="none")
    assert list(board.run.forecasts.columns)[:3] == ["model", "window", "unique_id"] and not len(board.run.forecasts)
    assert list(board.table["status"]) == ["failed"]


# -- stages -------------------------------------------------------------------------------------------------------
def test_equal_arrays_are_equal_bytes_and_come_back(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([], dtype=np.int64)}
    record = {"status": "done", "notes": {"x": (1, 2), "nan": float("nan"), 10: "ten", 9: "nine"}, "words": "词"}
    stores = [StageStore(tmp_path / name) for name in "ab"]
    for store in stores:
        store.save("key", StageResult(arrays, record))
    one, two = ((store.path / "key.npz").read_bytes() for store in stores)
    assert one == two
    loaded = stores[0].load("key")
    assert all(np.array_equal(loaded.arrays[name], arrays[name]) for name in arrays)
    assert loaded.record["words"] == "词" and loaded.record["notes"]["x"] == [1, 2]


def test_a_store_can_be_pickled_without_its_stages(tmp_path):
    store = StageStore(tmp_path)
    store.save("key", StageResult({"a": np.zeros(1000)}, {}))
    sent = pickle.dumps(store)
    assert len(sent) < 500
    assert pickle.loads(sent).has("key")


# -- shared stores ------------------------------------------------------------------------------------------------
def test_runs_that_share_a_store_compute_equal_work_once(kept, tmp_path):
    first = run(out=tmp_path / "one", store=tmp_path / "shared")
    assert not first.run.stages["reused"].any()
    assert not (tmp_path / "one" / "stages").exists()
    second = run(out=tmp_path / "two", store=str(tmp_path / "shared"))
    assert second.run.stages["reused"].all()
    more = run(models=[*NAMES, "ARIMA-SVM"], out=tmp_path / "two", store=tmp_path / "shared").run.stages
    assert set(more[~more["reused"]]["stage"]) == {"ARIMA-SVM"}
    assert same(first, kept) and same(second, kept)


def test_stages_of_a_run_are_found_when_it_continues_with_a_shared_store(copied, tmp_path):
    board = run(out=copied, store=tmp_path / "shared")
    assert board.run.stages["reused"].all()


def test_old_temporary_files_of_killed_processes_are_removed(copied):
    old, fresh = (copied / "stages" / f".0123abcd.npz.{end}" for end in ("aaaa", "bbbb"))
    for file in (old, fresh):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    before = {file.name for file in (copied / "stages").iterdir()}
    run(out=copied)
    assert before - {file.name for file in (copied / "stages").iterdir()} == {old.name}


def test_the_command_line_and_a_study_file_take_a_store():
    from hybridts.app.study_file import study_config

    study = {"data": {"source": "x.csv"}, "models": "ARIMA", "horizon": 2, "store": "s3://bucket/stages"}
    assert study_config(study, "here").arguments()["store"] == "s3://bucket/stages"
    from typer.testing import CliRunner

    from hybridts.app.cli import app

    assert "--store" in CliRunner().invoke(app, ["backtest", "--help"], env={"COLUMNS": "200"}).output


# -- URLs ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def bucket():
    import fsspec

    fs = fsspec.filesystem("memory")
    yield "memory://bucket"
    fs.rm("/bucket", recursive=True)


def test_a_run_behind_a_url_is_like_a_local_one(kept, bucket, tmp_path):
    board = run(out=f"{bucket}/run", jobs=None)
    assert same(board, kept)
    again = run(out=f"{bucket}/run", store=f"{bucket}/run/stages")
    assert again.run.stages["reused"].all()
    loaded = ht.load_board(f"{bucket}/run")
    assert same(loaded, kept) and str(loaded.path) == f"{bucket}/run"
    assert "horizon: 4" in (loaded.path / "config.yaml").read_text()
    assert (tmp_path / "report.html") in loaded.report(tmp_path)
    assert sorted(p.name for p in loaded.path.glob("*.json")) == ["manifest.json"]


def test_a_local_run_may_share_stages_behind_a_url(kept, bucket, tmp_path):
    run(out=tmp_path / "one", store=f"{bucket}/stages")
    second = run(out=tmp_path / "two", store=f"{bucket}/stages")
    assert second.run.stages["reused"].all() and same(second, kept)


def test_a_damaged_object_is_computed_again(kept, bucket):
    import fsspec

    run(out=f"{bucket}/run")
    fs = fsspec.filesystem("memory")
    victim = fs.glob("/bucket/run/stages/*.npz")[0]
    fs.pipe_file(victim, fs.cat_file(victim)[:-10])
    board = run(out=f"{bucket}/run")
    assert f"stages/{victim.rpartition('/')[2]} was damaged and computed again." in board.run.manifest["notices"]
    assert same(board, kept)


def test_workers_that_cannot_see_the_store_are_refused(bucket):
    with pytest.raises(BadSetting, match="jobs=1"):
        run(out=f"{bucket}/run", jobs=2)


def test_an_unknown_url_is_refused_with_advice():
    with pytest.raises(BadSetting, match=r"nonsense://.*local path"):
        run(out="nonsense://bucket/run")
    with pytest.raises(StoreError, match="not a directory"):
        ht.load_board("memory://nowhere/run")


def test_a_file_url_is_a_local_path(kept):
    assert ht.load_board(f"file://{kept.path}").path == kept.path


# -- versions -----------------------------------------------------------------------------------------------------
def test_a_run_of_format_1_is_read_and_can_continue(kept, copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    for key in ("tables", "files", "blake2b"):  # later additions
        del manifest[key]
    (copied / "manifest.json").write_text(json.dumps({**manifest, "format": 1}))
    (copied / "metrics.parquet").unlink()
    (copied / "stages" / "FORMAT").unlink()
    kept.run.forecasts.astype({"model": str, "unique_id": str, "window": int, "step": int}).to_parquet(
        copied / "forecasts.parquet"
    )
    for file in (copied / "stages").glob("*.json"):
        record = json.loads(file.read_text())
        file.write_text(json.dumps({k: v for k, v in record.items() if "blake2b" not in k and k != "format"}))
    assert same(ht.load_board(copied), kept)
    board = run(out=copied)
    assert board.run.stages["reused"].all() and board.run.manifest["format"] == 2
    (copied / "manifest.json").write_text(json.dumps({**manifest, "format": 1}))
    (copied / "cells.parquet").write_bytes((copied / "cells.parquet").read_bytes()[:-50])
    with pytest.raises(StoreError, match=r"cells.parquet is damaged.*Run the backtest again"):
        load_run(copied)


def never(event):
    raise AssertionError("something ran")


def contents(folder):
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_run_of_a_newer_version_is_refused_and_left_alone(copied):
    (copied / "manifest.json").write_text('{"format": 99}')
    before = contents(copied)
    with pytest.raises(StoreError, match=r"format 99.*up to 2.*Upgrade"):
        load_run(copied)
    with pytest.raises(StoreError, match=r"format 99.*Upgrade"):
        run(out=copied, watch=never)
    assert contents(copied) == before


@pytest.mark.parametrize("shared", [True, False])
def test_stages_of_a_newer_version_are_refused_and_left_alone(copied, tmp_path, shared):
    (copied / "stages" / "FORMAT").write_text("3\n")
    before = contents(copied)
    where = {"out": tmp_path / "new", "store": copied / "stages"} if shared else {"out": copied}
    with pytest.raises(StoreError, match=r"stages have format 3|have format 3, this hybridts writes 2.*Upgrade"):
        run(**where, watch=never)
    assert contents(copied) == before


def test_forecasts_are_float32_only_on_request(kept, tmp_path):
    short, whole = run(out=tmp_path / "short", float32=True).run, kept.run
    for columns, kind in ((whole, np.float64), (short, np.float32)):
        assert {columns.forecasts[name].dtype for name in ("y", "yhat")} == {np.dtype(kind)}
    np.testing.assert_allclose(short.forecasts["yhat"], whole.forecasts["yhat"], rtol=1e-6)
    assert (tmp_path / "short" / "metrics.parquet").read_bytes() == (whole.path / "metrics.parquet").read_bytes()
    board, exact = (ht.load_board(place).table for place in (short.path, whole.path))
    np.testing.assert_allclose(board["MASE"], exact["MASE"], rtol=1e-5)
