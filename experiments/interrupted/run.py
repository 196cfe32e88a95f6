"""Does seed-100, interrupted by Ctrl-C and run again, give the same errors, and how fast does it stop?

    python -m experiments.interrupted.run [--after 60] [--study configs/seed-100.yaml]

The real command in fresh processes: once undisturbed, once with an interrupt to its whole group (as a terminal sends
it) after some seconds, then the same command again. Bars: everything gone within 2 s; every forecast and every error
the same, to the last digit.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import psutil

ROOT = Path(__file__).parents[2]
BY = ["model", "window", "unique_id"]


def main() -> None:
    """Run, interrupt, run again, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after", type=float, default=60.0)
    parser.add_argument("--study", default="configs/seed-100.yaml")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calm, disturbed = Path(folder) / "calm", Path(folder) / "disturbed"
        print(f"undisturbed: {finished(given.study, calm):.0f} s", flush=True)
        stopped, code = interrupted(given.study, disturbed, given.after)
        kept = len(list(disturbed.glob("stages/*.json")))
        print(
            f"interrupted: exit code {code}, all processes gone after {stopped:.2f} s, {kept} stages kept", flush=True
        )
        print(f"run again: {finished(given.study, disturbed):.0f} s", flush=True)
        for table in ("forecasts", "metrics"):
            one, other = (pd.read_parquet(run / f"{table}.parquet") for run in (calm, disturbed))
            by = [name for name in (*BY, "step", "metric") if name in one]
            one, other = (t.sort_values(by, ignore_index=True) for t in (one, other))
            pd.testing.assert_frame_equal(one, other, check_exact=True)
            print(f"{table}: {len(one)} rows, all the same", flush=True)


def start(study: str, run: Path) -> subprocess.Popen[bytes]:
    """Start the command in a process group of its own."""
    command = [sys.executable, "-m", "hybridts", "backtest", study, "--out", str(run), "--quiet"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)


def finished(study: str, run: Path) -> float:
    """Return the seconds of an undisturbed run."""
    began = time.perf_counter()
    if start(study, run).wait():
        raise SystemExit("the run failed")
    return time.perf_counter() - began


def interrupted(study: str, run: Path, after: float) -> tuple[float, int]:
    """Return the seconds from the interrupt until no process is left, and the exit code."""
    process = start(study, run)
    time.sleep(after)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    began = time.perf_counter()
    os.killpg(process.pid, signal.SIGINT)
    code = process.wait()
    while any(map(alive, family)) and time.perf_counter() - began < 20:
        time.sleep(0.01)
    return time.perf_counter() - began, code


def alive(process: psutil.Process) -> bool:
    """Return whether a process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    main()
