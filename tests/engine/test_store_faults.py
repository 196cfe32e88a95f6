"""Faults of files: damage, no permission, no space, two writers. Errors name the file, finished stages remain."""

from __future__ import annotations

import contextlib
import os
import subprocess

import pytest

import hybridts as ht
from hybridts.errors import StoreError
from hybridts.evaluation.run import load_run, writing
from tests.fakes.runs import NAMES, as_nobody, ended, frame_of, run, same, started

TABLES = ["forecasts", "metrics", "cells", "failures", "stages"]


def truncated(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def altered(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


def emptied(file):
    file.write_bytes(b"")


def removed(file):
    file.unlink()


HARM = [truncated, altered, emptied, removed]


def hidden(folder):
    """Return the temporary files of unfinished writes."""
    return [file.name for file in folder.rglob(".*") if file.is_file()]


# -- damage -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_table_is_refused_by_name_with_what_to_do(copied, table, harm):
    harm(copied / f"{table}.parquet")
    with pytest.raises(StoreError, match=rf"{table}\.parquet.*Run the backtest again; finished stages are kept"):
        load_run(copied)


@pytest.mark.parametrize("harm", [truncated, emptied])
def test_a_damaged_manifest_is_refused_by_name(copied, harm):
    harm(copied / "manifest.json")
    with pytest.raises(StoreError, match=r"manifest\.json is damaged.*Run the backtest again"):
        load_run(copied)


def test_running_again_repairs_a_damaged_run_without_computing(kept, copied):
    truncated(copied / "forecasts.parquet")
    truncated(copied / "manifest.json")
    board = run(out=copied)
    assert board.run.stages["reused"].all()
    assert same(ht.load_board(copied), kept)


def digit_changed(file):
    text = file.read_text()
    at = text.index('"seconds": ') + len('"seconds": 0.')
    file.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])


@pytest.mark.parametrize(
    ("harm", "ending"), [*((h, ".npz") for h in HARM), (truncated, ".json"), (digit_changed, ".json")]
)
def test_a_damaged_stage_is_named_and_computed_again(kept, copied, harm, ending):
    victim = sorted((copied / "stages").glob(f"*{ending}"))[0]
    harm(victim)
    board = run(out=copied)
    again = board.run.stages[~board.run.stages["reused"]]
    assert list(again["key"]) == [victim.stem]
    assert f"stages/{victim.name} was damaged and computed again." in board.run.manifest["notices"]
    assert same(ht.load_board(copied), kept)
    quiet = run(out=copied)
    assert quiet.run.stages["reused"].all() and quiet.run.manifest["notices"] == kept.run.manifest["notices"]


def test_a_stage_without_a_record_had_not_finished(kept, copied):
    sorted((copied / "stages").glob("*.json"))[0].unlink()
    board = run(out=copied)
    assert (~board.run.stages["reused"]).sum() == 1
    assert board.run.manifest["notices"] == kept.run.manifest["notices"]
    assert same(board, kept)


# -- no permission ------------------------------------------------------------------------------------------------
def test_a_run_directory_that_cannot_be_written_is_refused_before_anything_runs():
    def never(event):
        raise AssertionError("something ran")

    with as_nobody() as folder:
        (folder / "closed").mkdir()
        (folder / "closed").chmod(0o555)
        for out in (folder / "closed", folder / "closed" / "new"):
            with pytest.raises(StoreError, match=rf"{out} cannot be written: Permission denied\. Give another --out"):
                run(out=out, watch=never)
    with pytest.raises(StoreError, match="cannot be written"):
        run(out="/proc/run", watch=never)


def test_a_file_in_place_of_the_run_directory_is_refused(tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(StoreError, match=r"run cannot be written: (File exists|Not a directory)"):
        run(out=tmp_path / "run")
    assert (tmp_path / "run").read_text() == "mine"


def test_a_shared_store_that_cannot_be_written_is_read(kept):
    with as_nobody() as folder:
        store = folder / "shared"
        first = run(out=folder / "one", store=store)
        store.chmod(0o555)
        before = sorted(store.iterdir())
        board = run(models=[*NAMES, "ARIMA-SVM"], out=folder / "two", store=store)
        assert sorted(store.iterdir()) == before
        stages = board.run.stages
        assert set(stages[~stages["reused"]]["stage"]) == {"ARIMA-SVM"}
        (notice,) = (n for n in board.run.manifest["notices"] if "store" in n)
        assert str(store) in notice and "cannot be written" in notice and str(folder / "two" / "stages") in notice
        again = run(models=[*NAMES, "ARIMA-SVM"], out=folder / "two", store=store)
        assert again.run.stages["reused"].all()
        assert same(first, kept) and same(again, board)


def test_a_damaged_stage_of_a_read_only_store_is_computed_into_the_run(kept):
    with as_nobody() as folder:
        store = folder / "shared"
        run(out=folder / "one", store=store)
        victim = sorted(store.glob("*.npz"))[0]
        truncated(victim)
        store.chmod(0o555)
        board = run(out=folder / "two", store=store)
        assert list(board.run.stages[~board.run.stages["reused"]]["key"]) == [victim.stem]
        assert f"shared/{victim.name} was damaged and computed again." in board.run.manifest["notices"]
        assert same(board, kept)
        assert run(out=folder / "two", store=store).run.stages["reused"].all()


def test_a_store_that_can_be_neither_made_nor_read_is_refused():
    with as_nobody() as folder:
        (folder / "closed").mkdir()
        (folder / "closed").chmod(0o555)
        with pytest.raises(
            StoreError, match=r"shared can be neither written nor read: Permission denied\. Give a --store"
        ):
            run(out=folder / "run", store=folder / "closed" / "shared")


def test_the_command_line_prints_the_error_in_one_line(tmp_path):
    frame_of().to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "run").write_text("mine")
    arguments = ["backtest", "data.csv", "--models", "ARIMA", "--horizon", "4", "--out", "run"]
    code, out, err = ended(started("from hybridts.app.cli import main; main()", *arguments, cwd=tmp_path))
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "error: The run directory run cannot be written" in err.splitlines()[-1]


# -- no space ------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def files_up_to(size):
    """Limit the size of every file of this process; writing more fails as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_space_for_a_stage_ends_the_run_and_the_next_run_continues(kept, tmp_path):
    sizes = {file.name: file.stat().st_size for file in (kept.path / "stages").iterdir()}
    largest = max(sizes, key=lambda name: sizes[name])
    with (
        files_up_to(sizes[largest] - 1),
        pytest.raises(StoreError, match=r"stages/.*cannot be written: File too large"),
    ):
        run(out=tmp_path / "run")
    there = {file.name for file in (tmp_path / "run" / "stages").iterdir()}
    assert largest not in there and not hidden(tmp_path) and not (tmp_path / "run" / "manifest.json").exists()
    for name in there:
        assert (
            name.endswith(".json")
            or (tmp_path / "run" / "stages" / name).read_bytes() == (kept.path / "stages" / name).read_bytes()
        )
    board = run(out=tmp_path / "run")
    finished = {name.removesuffix(".json") for name in there if name.endswith(".json")}
    stages = board.run.stages
    assert finished and set(stages[stages["reused"]]["key"]) == finished
    assert same(board, kept)


def test_no_space_for_the_tables_keeps_the_stages_and_no_part_of_a_table(kept, tmp_path):
    size = {file: file.stat().st_size for file in kept.path.rglob("*") if file.is_file()}
    table = max(size[kept.path / f"{name}.parquet"] for name in TABLES)
    assert table > max(s for file, s in size.items() if file.parent.name == "stages")
    with (
        files_up_to(table - 1),
        pytest.raises(StoreError, match=r"run cannot be written: File too large.*run the same"),
    ):
        run(out=tmp_path / "run")
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["stages"] and not hidden(tmp_path)
    board = run(out=tmp_path / "run")
    assert board.run.stages["reused"].all() and same(board, kept)


def test_a_finished_run_survives_a_failure_to_write_it_again(copied):
    before = {file: file.read_bytes() for file in copied.glob("*.parquet")}
    with files_up_to(2000), pytest.raises(StoreError):
        run(out=copied)
    assert {file: file.read_bytes() for file in copied.glob("*.parquet")} == before
    assert len(load_run(copied).forecasts)
    with pytest.raises(KeyboardInterrupt), writing(copied):
        raise KeyboardInterrupt
    assert len(load_run(copied).forecasts) and not hidden(copied)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with space for a few stages."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("needs the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_ends_the_run_and_it_continues_on_a_larger_one(kept, small_disk):
    with pytest.raises(StoreError, match=r"cannot be written: No space left on device.*stages are kept"):
        run(out=small_disk / "run")
    there = {file.stem for file in (small_disk / "run" / "stages").glob("*.json")}
    assert there and not hidden(small_disk)
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    board = run(out=small_disk / "run")
    assert set(board.run.stages[board.run.stages["reused"]]["key"]) >= there
    assert same(board, kept)


# -- two at once --------------------------------------------------------------------------------------------------
TWO = """
import sys, time
from pathlib import Path
from tests.fakes.runs import run
import hybridts.models.learners, hybridts.models.statistical
me, other, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
for round, (out, store) in enumerate([(folder / f"run{me}", folder / "shared"), (folder / "run", None)]):
    (folder / f"ready{me}{round}").touch()
    while not (folder / f"ready{other}{round}").exists():
        time.sleep(0.001)
    run(out=out, store=store)
"""


def test_two_processes_may_write_one_store_or_one_run_at_once(kept, tmp_path):
    both = [started(TWO, me, other, str(tmp_path)) for me, other in ("01", "10")]
    for code, _, err in map(ended, both):
        assert code == 0, err
    for name in ("run0", "run1", "run"):
        board = ht.load_board(tmp_path / name)
        assert same(board, kept) and board.run.manifest["notices"] == kept.run.manifest["notices"]
    assert not hidden(tmp_path)
    assert run(out=tmp_path / "run").run.stages["reused"].all()
    assert run(out=tmp_path / "run0", store=tmp_path / "shared").run.stages["reused"].all()
