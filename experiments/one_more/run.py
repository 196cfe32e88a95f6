"""What does one more name cost on a finished run of seed-100, and how busy does that run keep the cores?

    python -m experiments.one_more.run [--names LSTM-ANN,...] [--repeats 3]

Runs the real command in fresh processes: seed-100 from nothing, the same with nothing left to do, then on copies of the
finished run one more residual learner each. All of it in one go, because the machine's speed changes from hour to
hour. Bars: at most 3 % of the full run for one name; 90 % of the workers' time inside stages, cores 85 % busy.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
NAMES = "LSTM-ANN,GRU-ANN,CNN-ANN,MLP-ANN,Auto-ARIMA-ANN,Auto-SARIMA-ANN"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", default=NAMES)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        before = _cpu()
        full = seconds(run)
        busy = (_cpu() - before) / full
        stages = pd.read_parquet(run / "stages.parquet")["seconds"].sum()
        cores = len(os.sched_getaffinity(0))
        print(f"seed-100: {full:.0f} s, {stages / (full * cores):.1%} of {cores} workers' time in stages, ", end="")
        print(f"cores {busy / cores:.1%} busy", flush=True)
        nothing = statistics.median(seconds(run) for _ in range(given.repeats))
        print(f"nothing to do: {nothing:.1f} s, {nothing / full:.2%} of the full run", flush=True)
        for name in given.names.split(","):
            took = statistics.median(one_more(name, run) for _ in range(given.repeats))
            print(f"{name}: {took:.1f} s, {took / full:.2%} of the full run", flush=True)


def one_more(name: str, run: Path) -> float:
    """Return the seconds of the same study with one more name, on a copy of its run."""
    copy = run.with_name("copy")
    shutil.copytree(run, copy)
    try:
        return seconds(copy, "--models", f"seed-100,{name}")
    finally:
        shutil.rmtree(copy)


def seconds(run: Path, *more: str) -> float:
    """Return the wall seconds of the command."""
    command = [sys.executable, "-m", "hybridts", "backtest", "configs/seed-100.yaml", "--out", str(run), *more]
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def _cpu() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
