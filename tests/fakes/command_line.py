"""The real command line, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def hybridts(*arguments, cwd=None, path=None):
    """Run the command line as a user does, with a folder of packages where one is given."""
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    command = [sys.executable, "-W", "error::FutureWarning", "-m", "hybridts", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env)
