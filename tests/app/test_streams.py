"""Streams that are closed, full, dead or ASCII cost no result, and what is not a regular file never hangs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from tests.fakes.frames import frame_of
from tests.fakes.runs import ROOT

NAMED = "--models Naive --horizon 2 --windows 1 --baselines none --jobs 1"


def shell(command, cwd, **environment):
    """Run a command line in bash, in which H stands for hybridts."""
    program = f"{shlex.quote(sys.executable)} -m hybridts"
    return subprocess.run(
        ["bash", "-c", f"H={shlex.quote(program)}; {command}"],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a file of two series, one of which is named like markup, and a pipe without a writer."""
    folder = tmp_path_factory.mktemp("streams")
    frame = frame_of((40, 40))
    frame["unique_id"] = frame["unique_id"].map(
        dict(zip(frame["unique_id"].unique(), ("[/m]", "load [kWh]"), strict=True))
    )
    frame.to_csv(folder / "my.csv", index=False)
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("broken", ["2>/dev/full", "2>&-", "2> >(true)", "<&-"])
def test_a_broken_stderr_costs_nothing(folder, broken):
    done = shell(f"sleep 0.1; $H backtest my.csv {NAMED} {broken}", folder)
    assert done.returncode == 0
    assert "Naive" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        (">&-", 0, "run: out"),
        (">/dev/full", 1, "the result could not be written to stdout: No space left on device."),
        ("<&- >&- 2>&-", 0, ""),
    ],
)
def test_a_broken_stdout_keeps_the_run(folder, broken, code, said):
    done = shell(f"rm -rf out; $H backtest my.csv {NAMED} --out out {broken}", folder)
    assert done.returncode == code and said in done.stderr and "Traceback" not in done.stderr
    assert (folder / "out" / "manifest.json").is_file()


def test_a_reader_that_leaves_early_gets_no_traceback(folder):
    done = shell("$H models | head -1; exit ${PIPESTATUS[0]}", folder)
    assert done.returncode == 0 and done.stderr == "" and len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("events", ["/dev/full"])
def test_events_that_cannot_be_written_end_and_the_run_goes_on(folder, events):
    done = shell(f"$H backtest my.csv {NAMED} --events {events}", folder)
    assert done.returncode == 0 and "Naive" in done.stdout
    assert f"--events {events} ends early: No space left on device; the run itself is complete." in done.stderr


@pytest.mark.parametrize("place", ["pipe", "missing/events.jsonl", "."])
def test_events_that_cannot_be_opened_are_refused_at_once(folder, place):
    done = shell(f"$H backtest my.csv {NAMED} --events {place}", folder)
    assert done.returncode == 2 and f"events cannot be written to {place}" in done.stderr


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_chinese_under_an_ascii_locale(folder, environment):
    done = shell("$H explain LSTM --lang zh", folder, **environment)
    assert done.returncode == 0 and "长短期记忆" in done.stdout
    (folder / "study.yaml").write_text("data: my.csv\nmodels: [Naive]\nhorizont: größe\nhorizon: 2\n", encoding="utf-8")
    done = shell("$H backtest study.yaml", folder, **environment)
    assert done.returncode == 2 and "unknown key 'horizont'" in done.stderr


def test_names_with_brackets_are_printed_as_they_are(folder):
    done = shell(f"$H backtest my.csv {NAMED} --out '[/m] [kWh]'", folder)
    assert done.returncode == 0 and "run: [/m] [kWh] " in done.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<(cat my.csv)", "is a pipe, not a regular file"),
        ("pipe", "is a pipe, not a regular file"),
        ("/dev/zero", "is a device, not a regular file"),
        ("- <&-", "stdin: the file is empty"),
        ("- </dev/null", "stdin: the file is empty"),
    ],
)
def test_only_regular_files_are_opened(folder, source, said):
    done = shell(f"timeout 30 $H backtest {source} {NAMED}", folder)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "source", ["cat my.csv | $H backtest -", "$H backtest - <my.csv", "gzip -c my.csv | $H backtest -"]
)
def test_stdin_is_read_once_and_whole(folder, source):
    wanted = shell(f"$H backtest my.csv {NAMED} --json --quiet", folder)
    done = shell(f"{source} {NAMED} --json --quiet", folder)
    drop = [text[: text.index('"seconds_alone"')] for text in (wanted.stdout, done.stdout)]
    assert done.returncode == 0 and drop[0] == drop[1]
