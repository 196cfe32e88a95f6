"""Small backtests, and processes that run them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import hybridts as ht

NAMES = ["ARIMA", "ARIMA-RF"]
ROOT = Path(__file__).resolve().parents[2]


def frame_of(series=3, length=48):
    """Return a long frame of monthly series with a season."""
    ds = pd.date_range("2015-01-01", periods=length, freq="MS")
    rng = np.random.default_rng(0)
    wave = 10 * np.sin(2 * np.pi * np.arange(length) / 12)
    parts = [
        pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": 50 + wave + rng.normal(size=length)}) for i in range(series)
    ]
    return pd.concat(parts, ignore_index=True)


def run(**changed):
    """Run a backtest of two windows."""
    given = {"models": NAMES, "horizon": 4, "windows": 2, "jobs": 1, "baselines": "cheap", "season": 12, **changed}
    settings = {"RF": {"trees": 5}}
    return ht.backtest(frame_of(), settings=settings, **given)


def same(board, other):
    """Assert that two boards are equal except for seconds; return True."""
    drop = ["seconds_alone", "seconds_added"]
    pd.testing.assert_frame_equal(board.table.drop(columns=drop), other.table.drop(columns=drop), check_exact=True)
    pd.testing.assert_frame_equal(board.forecasts, other.forecasts, check_exact=True)
    return True


def started(code, *arguments, cwd=None):
    """Start a Python process that can import the tests."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def ended(process):
    """Wait for a process; return its exit code, output and errors."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@contextlib.contextmanager
def as_nobody():
    """Make a folder, and run the block as an ordinary user who owns it, so that permissions apply."""
    folder = Path(tempfile.mkdtemp(prefix="hybridts-test-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)
