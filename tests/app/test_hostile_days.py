"""Days on which the system is against the user: each ends with the board of an undisturbed run, or one sentence."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import hybridts as ht
from hybridts.errors import BadSetting
from tests.app.test_streams import NAMED, shell
from tests.fakes.frames import frame_of
from tests.fakes.runs import ROOT, as_nobody

MANY = "--models Naive,Drift,SeasonalNaive-RF --horizon 2 --windows 2 --baselines none --stage-seconds 100 --jobs 2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a file of two series."""
    folder = tmp_path_factory.mktemp("hostile")
    frame_of((40, 40)).to_csv(folder / "my.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder):
    """The board that is printed on a good day."""
    done = shell(f"$H backtest my.csv {NAMED} --out good", folder)
    assert done.returncode == 0
    return without_seconds(done.stdout)


def without_seconds(board):
    """Return the columns of a printed board before the seconds."""
    return [line.split()[:9] for line in board.splitlines()]


# -- surroundings -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "day",
    [
        "unset HOME; ",
        "export LC_ALL=C LANG=C PYTHONUTF8=0; ",
        "export TMPDIR=/nowhere; ",
        "export COLUMNS=20; ",
        "export NO_COLOR=1 TERM=dumb; ",
        "export TZ=Pacific/Kiritimati; ",
        "ulimit -n 32; ",
        "ulimit -v 2500000; ",
        "ulimit -s 1024; ",
        "umask 077; ",
    ],
)
def test_surroundings_do_not_change_the_board(folder, undisturbed, day):
    done = shell(f"{day} rm -rf out; $H backtest my.csv {NAMED} --out out", folder)
    assert done.returncode == 0, done.stderr
    assert without_seconds(done.stdout) == undisturbed
    assert "Traceback" not in done.stderr and "\x1b" not in done.stdout


def test_workers_do_with_few_files(folder):
    done = shell(f"ulimit -n 40; $H backtest my.csv {MANY} --out few", folder)
    assert done.returncode == 0 and done.stdout.count("complete") == 3, done.stderr


@pytest.mark.parametrize("name", ["a b.csv", "é[m].csv", "销售.csv", "-x.csv", "~.csv", "%s.csv", "a\\n.csv"])
def test_paths_of_any_name(folder, undisturbed, name):
    source = shlex.quote(f"./{name}")
    run = shlex.quote(f"run of {name}")
    done = shell(f"cp my.csv {source}; $H backtest {source} {NAMED} --out {run} && $H report {run} --format md", folder)
    assert done.returncode == 0, done.stderr
    assert without_seconds(done.stdout)[: len(undisturbed)] == undisturbed
    assert (folder / f"run of {name}" / "report" / "leaderboard.md").is_file()


def test_a_leading_dash_behind_two_dashes(folder, undisturbed):
    done = shell(f"cp my.csv ./-y.csv; $H backtest {NAMED} --out dash -- -y.csv", folder)
    assert without_seconds(done.stdout) == undisturbed


# -- where a run is written ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("option", ["--out", "--store"])
def test_an_empty_path_is_refused(folder, option):
    before = sorted(folder.iterdir())
    done = shell(f"$H backtest my.csv {NAMED} {option} ''", folder)
    assert done.returncode == 2 and "path of a folder is empty" in done.stderr
    assert sorted(folder.iterdir()) == before


def test_an_empty_path_of_a_report_or_a_model_is_refused(folder, undisturbed):
    for command in ("report good --out ''", "fit my.csv --model Naive --horizon 2 --out ''"):
        done = shell(f"$H {command}", folder)
        assert done.returncode == 2 and "path of a folder is empty" in done.stderr, done.stderr


def test_a_tilde_is_the_home_of_the_user(folder, tmp_path):
    done = shell(f"$H backtest my.csv {NAMED} --out='~/x'", folder, HOME=str(tmp_path))
    assert done.returncode == 0 and (tmp_path / "x" / "manifest.json").is_file()
    assert not (folder / "~").exists()
    with pytest.raises(BadSetting, match="home folder that is not known"):
        ht.backtest(frame_of((40,)), "Naive", 2, out="~nobody-of-this-name/x")


def test_a_folder_that_cannot_be_written_is_said_and_the_board_comes(undisturbed):
    with as_nobody() as closed:
        frame_of((40, 40)).to_csv(closed / "my.csv", index=False)
        closed.chmod(0o555)
        # a child of root is root again: its user is set in the shell's place
        code = "import os, sys; os.setuid(65534) if os.getuid() == 0 else None; os.execv(sys.argv[1], sys.argv[1:])"
        real = os.getuid()
        if real == 0:
            os.seteuid(0)
        command = [sys.executable, "-c", code, sys.executable, "-m", "hybridts", "backtest", "my.csv", *NAMED.split()]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nowhere"}
        done = subprocess.run(command, cwd=closed, capture_output=True, text=True, env=environment, timeout=120)
        refused = subprocess.run(
            [*command, "--out", "mine"], cwd=closed, capture_output=True, text=True, env=environment, timeout=120
        )
    if "Permission denied" in done.stderr and "hybridts" not in done.stderr:
        pytest.skip("the interpreter cannot be read by another user here")
    assert done.returncode == 0, done.stderr
    assert without_seconds(done.stdout) == undisturbed and "cannot be written here" in done.stderr
    assert refused.returncode == 2 and "mine cannot be written: Permission denied" in refused.stderr


def test_two_runs_in_one_folder_at_a_time(folder):
    command = f"$H backtest my.csv {NAMED} --out both"
    done = shell(
        f"{command} & p=$!; {command.replace('Naive', 'Drift')} & q=$!; wait $p; a=$?; wait $q; exit $((a + $?))",
        folder,
    )
    assert done.returncode == 0, done.stderr
    assert set(ht.load_board(folder / "both").table["model"]) <= {"Naive", "Drift"}


def test_a_clock_set_back_does_not_matter(folder, undisturbed):
    shell(f"$H backtest my.csv {NAMED} --out later", folder)
    for file in [*(folder / "later").rglob("*")]:
        os.utime(file, (4e9, 4e9))  # files from the future
    done = shell(f"$H backtest my.csv {NAMED} --out later", folder)
    assert done.returncode == 0 and without_seconds(done.stdout) == undisturbed


# -- small and full disks -----------------------------------------------------------------------------------------
def mounted(command, folder, place, size, **environment):
    """Run a command line with a file system of its own at `place`, seen by it alone."""
    script = f"mount -t tmpfs -o size={size} tmpfs {place} && {command}"
    if shell("unshare -m true", folder).returncode:
        pytest.skip("needs the right to mount")
    return shell(f"export H; unshare -m bash -c {shlex.quote(script)}", folder, **environment)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts of a process are those of Linux")
@pytest.mark.parametrize("size", ["4k", "64k"])
def test_a_small_shared_memory(folder, size):
    done = mounted(f"rm -rf shm; $H backtest my.csv {MANY} --out shm", folder, "/dev/shm", size)
    assert done.returncode == 0 and done.stdout.count("complete") == 3, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="mounts of a process are those of Linux")
def test_a_full_folder_of_temporary_files(folder, tmp_path):
    fill = f"{{ head -c 100k /dev/zero > {tmp_path}/all || true; }} 2>&1"  # it is full then
    done = mounted(
        f"{fill}; rm -rf full; $H backtest my.csv {MANY} --out full", folder, tmp_path, "16k", TMPDIR=str(tmp_path)
    )
    assert done.returncode == 0 and done.stdout.count("complete") == 3, done.stderr
    assert "Traceback" not in done.stderr
    none = mounted(f"{fill}; cd {tmp_path}; $H inspect {folder}/my.csv", folder, tmp_path, "16k", TMPDIR=str(tmp_path))
    assert none.returncode == 0, none.stderr


def test_a_closed_stdin(folder, undisturbed):
    done = shell(f"rm -rf closed; $H backtest my.csv {NAMED} --out closed <&-", folder)
    assert done.returncode == 0 and without_seconds(done.stdout) == undisturbed, done.stderr
    refused = shell(f"$H backtest - {NAMED} <&-", folder)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr, refused.stderr


# -- signals ------------------------------------------------------------------------------------------------------
def _default_signals():
    """Let signals act as in a terminal: a job in the background, or under nohup, ignores some of them."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def started(folder, out):
    """Start a run of slow stages on workers, and return its process once stages are finished."""
    plugin = folder / "slow.py"
    plugin.write_text(
        "import time, hybridts as ht\n"
        "class Slow:\n"
        "    def fit(self, y): time.sleep(0.3); self.last = y[-1]; return self\n"
        "    def predict(self, h): import numpy as np; return np.full(h, self.last)\n"
        "ht.register_forecaster('Slow', Slow)\n"
    )
    command = [sys.executable, "-m", "hybridts", "backtest", "my.csv", "--models", "Naive,Slow", "--plugins", "slow.py"]
    command += ["--horizon", "2", "--windows", "6", "--baselines", "none", "--jobs", "2", "--stage-seconds", "60"]
    process = subprocess.Popen(
        [*command, "--out", str(out)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        preexec_fn=_default_signals,
    )
    deadline = time.monotonic() + 60
    while len(list(Path(out).glob("stages/*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_is_as_an_interrupt(folder, tmp_path, number):
    process = started(folder, tmp_path / "run")
    workers = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and "finished stages are kept" in said and "Traceback" not in said, said
    assert not psutil.wait_procs(workers, timeout=5)[1]
    again = started(folder, tmp_path / "run")
    board, said = again.communicate(timeout=60)
    assert again.returncode == 0 and board.count("complete") == 2, said


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_a_run_that_dies_leaves_no_worker_and_goes_on(folder, tmp_path, number):
    process = started(folder, tmp_path / "run")
    workers = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, number)
    process.communicate(timeout=30)
    assert process.returncode == -number
    assert not psutil.wait_procs(workers, timeout=10)[1]
    again = started(folder, tmp_path / "run")
    board, said = again.communicate(timeout=60)
    assert again.returncode == 0 and board.count("complete") == 2, said


def test_a_run_that_is_stopped_and_continued(folder, tmp_path):
    process = started(folder, tmp_path / "run")
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGCONT)
    board, said = process.communicate(timeout=60)
    assert process.returncode == 0 and board.count("complete") == 2, said


# -- in Python ----------------------------------------------------------------------------------------------------
def python(code, folder):
    """Run a script without a guard for its main part."""
    (folder / "script.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, env=environment, timeout=120
    )


def test_a_script_without_a_guard_runs_on_workers_with_its_own_class(folder):
    code = """
import numpy as np, hybridts as ht
print("once")
class Flat:
    def fit(self, y): self.last = y[-1]; return self
    def predict(self, h): return np.full(h, self.last)
ht.register_forecaster("Flat", Flat)
board = ht.backtest("my.csv", "Flat,Naive", 2, windows=2, baselines="none", jobs=2, stage_seconds=60, verbose=False)
print(board.table["MASE"].nunique(), set(board.table["status"]))
"""
    done = python(code, folder)
    assert done.stdout.split("\n")[:2] == ["once", "1 {'complete'}"], done.stderr


PASTED = """
import numpy as np, hybridts as ht
class Flat:
    def fit(self, y):
        self.last = y[-1]
        return self
    def predict(self, h):
        return np.full(h, self.last {more})

ht.register_forecaster("Flat", Flat, replace=True)
board = ht.backtest("my.csv", "Flat,Naive", 2, windows=2, baselines="none", jobs=2, stage_seconds=60, verbose=False)
print(board.table["MASE"].nunique(), set(board.table["status"]))
"""


def test_a_class_of_a_script_on_stdin(folder):
    """Its module has no file: what it says cannot be read, only what it does."""
    done = shell(f"{shlex.quote(sys.executable)} - <<'END'\n{PASTED.format(more='')}\nEND", folder)
    assert done.stdout == "1 {'complete'}\n", done.stderr


def test_a_class_of_a_notebook_that_is_changed_in_the_next_cell(folder):
    cells = [PASTED.format(more=""), PASTED.format(more="+ 5")]
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        f"for cell in {cells!r}:\n    shell.run_cell(cell).raise_error()\n"
    )
    done = python(code, folder)
    assert done.stdout.splitlines() == ["1 {'complete'}", "2 {'complete'}"], done.stderr


def test_a_forked_child_that_ends_leaves_the_parent_its_run(folder):
    code = """
import os, sys, hybridts as ht
board = ht.backtest("my.csv", "Naive", 2, windows=1, baselines="none", jobs=1, verbose=False)
child = os.fork()
if child == 0:
    sys.exit(0)
os.waitpid(child, 0)
print(len(board.forecasts), len(ht.load_board(board.path).forecasts))
"""
    assert python(code, folder).stdout == "4 4\n"


def test_many_backtests_in_one_process_leave_nothing(folder, tmp_path):
    code = f"""
import gc, os, tempfile, threading, psutil, hybridts as ht
tempfile.tempdir = {str(tmp_path)!r}
me = psutil.Process()
for k in range(50):
    board = ht.backtest("my.csv", "Naive", 2, windows=1, baselines="none", jobs=1, verbose=False)
    board.table
    if k in (9, 49):
        gc.collect()
        print(threading.active_count(), me.num_fds(), len(os.listdir(tempfile.tempdir)), me.memory_info().rss >> 20)
"""
    early, late = ([int(word) for word in line.split()] for line in python(code, folder).stdout.splitlines())
    assert late[:3] == early[:3] and early[2] == 1
    assert late[3] < early[3] + 30  # MB
    assert not any(tmp_path.iterdir())
