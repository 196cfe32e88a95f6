"""The real command line, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def hybridts(*arguments, cwd=None, path=None):
    """Run the command line as a user does, with a folder of packages where one is given."""
    paths = [str(path)] if path else [p for p in (os.environ.get("PYTHONPATH"),) if p]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)])}
    command = [sys.executable, "-W", "error::FutureWarning", "-m", "hybridts", *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:  # a run without --out is kept in the current one
        return subprocess.run(command, capture_output=True, text=True, cwd=cwd or folder, env=env)
