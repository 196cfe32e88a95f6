"""A run directory grows by names on the same data and windows; any other run in it is refused and kept."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pandas as pd
import pytest

import hybridts as ht
from hybridts.app.live import NotebookLine
from hybridts.errors import WrongPlace
from hybridts.names.catalog import default_registry
from hybridts.names.plugins import using
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of

OPTIONS = {"horizon": 2, "windows": 2, "jobs": 1, "baselines": "none"}


def board(out, models, df=None, **changed):
    """Run a small backtest."""
    return ht.backtest(frame_of((40,)) if df is None else df, models, out=out, **{**OPTIONS, **changed})


def names(board):
    """Return the names on a board, sorted."""
    return sorted(board.table["model"])


def test_names_are_added_to_equal_data_and_windows(tmp_path):
    board(tmp_path / "run", ["Naive", "Drift"])
    both = board(tmp_path / "run", ["Drift-RF", "drift"], settings={"RF": {"trees": 3}})
    assert names(both) == ["Drift", "Drift-RF", "Naive"]
    fresh = board(tmp_path / "fresh", ["Naive", "Drift-RF", "Drift"], settings={"RF": {"trees": 3}})
    columns = ["model", "MASE", "p"]
    assert (
        both.table[columns]
        .sort_values("model", ignore_index=True)
        .equals(fresh.table[columns].sort_values("model", ignore_index=True))
    )
    assert names(board(tmp_path / "run", ["Naive"])) == ["Drift", "Drift-RF", "Naive"]  # its settings are kept


def test_only_narrows_the_board(tmp_path):
    board(tmp_path / "run", ["Naive", "Drift"])
    assert names(board(tmp_path / "run", ["Theta"], only=True)) == ["Theta"]


def test_baselines_and_metrics_of_the_run_stay(tmp_path):
    board(tmp_path / "run", ["Naive"], baselines="cheap", metrics=["MASE", "WAPE"])
    more = board(tmp_path / "run", ["SeasonalNaive-RF"], settings={"RF": {"trees": 3}})
    assert {"Theta", "Drift", "SeasonalNaive-RF"} <= set(names(more))
    assert {"MASE", "WAPE", "sMAPE"} <= set(more.table.columns)


def test_combos_of_the_run_are_known_again(tmp_path):
    with using(default_registry()):
        ht.register("Mine", "Drift + Naive")
        board(tmp_path / "run", ["Mine"])
    with using(default_registry()):
        assert names(board(tmp_path / "run", ["Theta"])) == ["Mine", "Theta"]
    with using(default_registry()):
        ht.register("Mine", "Drift + Theta")
        with pytest.raises(WrongPlace, match="combo of another meaning"):
            board(tmp_path / "run", ["Theta"])


CHANGED = [
    ({"horizon": 3}, "horizon 2 there, 3 now"),
    ({"windows": 3}, "2 windows there, 3 now"),
    ({"step": 4}, "step 2 there, 4 now"),
    ({"gap": 1}, "gap 0 there, 1 now"),
    ({"seed": 7}, "seed 0 there, 7 now"),
    ({"scheme": "sliding"}, "scheme expanding there, sliding now"),
    ({"refit": False}, "refit True there, False now"),
    ({"season": 4}, "season 12 there, 4 now"),
    ({"df": frame_of((41,))}, "data of 1 series of 40 rows in all there, of 1 series of 41 rows in all now"),
    ({"df": frame_of((40,), seed=1)}, "other values in the 1 series with 40 rows"),
    ({"settings": {"RF": {"trees": 4}}, "models": ["Drift-RF"]}, "other settings of RF: {'trees': 3} there"),
]


@pytest.mark.parametrize(("changed", "words"), CHANGED, ids=[words for _, words in CHANGED])
@pytest.mark.parametrize("only", [False, True])
def test_another_run_is_refused_with_what_differs_and_kept(tmp_path, changed, words, only):
    if only and "settings" in changed:
        return  # the old name leaves the board, and its settings with it
    before = board(tmp_path / "run", ["Naive", "Drift-RF"], settings={"RF": {"trees": 3}})
    with pytest.raises(WrongPlace) as caught:
        board(tmp_path / "run", **{"models": ["Drift"], "only": only, **changed})
    assert words in str(caught.value) and "another --out" in str(caught.value)
    kept = ht.load_board(tmp_path / "run")
    assert kept.table.drop(columns=["seconds_alone", "seconds_added"]).equals(
        before.table.drop(columns=["seconds_alone", "seconds_added"])
    )


def test_a_damaged_or_unfinished_run_is_run_again(tmp_path):
    board(tmp_path / "run", ["Naive"])
    (tmp_path / "run" / "manifest.json").write_text("{")
    assert names(board(tmp_path / "run", ["Drift"], horizon=3)) == ["Drift"]


# -- where a run is kept, and what is said ------------------------------------------------------------------------
def test_a_run_without_out_is_kept_and_the_printed_command_works(csv, tmp_path):
    options = ["--models", "Drift", "--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", 1]
    first = hybridts("backtest", csv, *options, cwd=tmp_path)
    second = hybridts("backtest", csv, *options, cwd=tmp_path)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    kept = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(kept) == 2 and all(name.startswith("my-2") for name in kept)
    command = first.stderr.rpartition("report: hybridts ")[2].split()
    assert hybridts(*command, cwd=tmp_path).returncode == 0
    assert (tmp_path / "report" / "leaderboard.md").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch, capsys):
    from hybridts.app.cli.run_place import with_place
    from hybridts.app.study_file import study_config

    monkeypatch.setattr(os, "access", lambda *_: False)
    config = study_config({"data": {"source": "a.csv"}, "models": ["Naive"], "horizon": 2}, "test")
    assert with_place(config, "a.csv").out is None
    assert "not kept: give --out" in capsys.readouterr().err


def test_names_are_added_and_narrowed_on_the_command_line(csv, tmp_path):
    options = ["--horizon", 2, "--windows", 1, "--baselines", "none", "--jobs", 1, "--out", tmp_path / "run", "--json"]
    hybridts("backtest", csv, "--models", "Drift", *options)
    both = hybridts("backtest", csv, "--models", "Drift-RF", "--settings", "RF.trees=3", *options)
    assert {row["model"] for row in json.loads(both.stdout)} == {"Drift", "Drift-RF"}
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["settings"] == {"RF": {"trees": 3}}
    alone = hybridts("backtest", csv, "--models", "Theta", "--only", *options)
    assert {row["model"] for row in json.loads(alone.stdout)} == {"Theta"}
    refused = hybridts("backtest", csv, "--models", "Theta", *options, "--windows", 2)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "1 windows there, 2 now" in refused.stderr


def test_a_name_alone_that_forecasts_nothing_ends_with_exit_1_and_says_so_last(tmp_path):
    frame_of((40,)).to_csv(tmp_path / "one.csv", index=False)
    options = ["--horizon", 2, "--windows", 1, "--baselines", "cheap", "--jobs", 1]
    done = hybridts("backtest", tmp_path / "one.csv", "--models", "VAR", *options)
    assert done.returncode == 1
    assert "no name that was asked for has a forecast (VAR)" in done.stderr.splitlines()[-1]
    assert hybridts("backtest", tmp_path / "one.csv", "--models", "VAR,ARIMA", *options).returncode == 0


def test_python_logs_notices_unless_it_is_to_be_silent(tmp_path, caplog):
    frame = frame_of((40, 30))
    with caplog.at_level(logging.WARNING, logger="hybridts"):
        board(None, ["Naive"], df=frame)
    assert any("2 series of 30 to 40 rows" in text for text in caplog.messages)
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="hybridts"):
        board(None, ["Naive"], df=frame, verbose=False)
    assert not caplog.messages


def test_python_shows_progress_where_it_is_asked_to(capsys):
    board(None, ["Naive"])
    assert "stages" not in capsys.readouterr().err  # no terminal
    seen: list[object] = []
    board(None, ["Naive"], verbose=True, watch=seen.append)
    assert "2/2 stages" in capsys.readouterr().err
    assert len(seen) == 3


def test_a_terminal_has_a_live_line(tmp_path):
    code = (
        "import pty, sys, os\n"
        "def child():\n"
        "    import hybridts as ht\n"
        "    ht.backtest('dataset:airpassengers', 'Naive', 2, windows=2, baselines='none', jobs=1)\n"
        "pid, fd = pty.fork()\n"
        "if pid == 0:\n"
        "    child(); os._exit(0)\n"
        "text = b''\n"
        "try:\n"
        "    while part := os.read(fd, 4096): text += part\n"
        "except OSError: pass\n"
        "sys.stdout.buffer.write(text)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert b"2/2 stages" in done.stdout, done.stderr


def test_the_line_of_a_notebook_is_rewritten(capsys):
    line = NotebookLine()
    board(None, ["Naive", "Drift"], watch=line)
    text = capsys.readouterr().err
    assert text.startswith("\r0/4 stages") and text.count("\n") == 1
    assert "4/4 stages" in text.rpartition("\r")[2]


def test_forecasts_of_a_grown_run_are_those_of_a_fresh_one(tmp_path):
    board(tmp_path / "run", ["Naive"])
    grown = board(tmp_path / "run", ["Drift", "Theta"]).forecasts
    fresh = board(tmp_path / "fresh", ["Naive", "Drift", "Theta"]).forecasts
    pd.testing.assert_frame_equal(grown, fresh)
