"""How long do the main commands take, and how much memory?

    python -m experiments.speed.measure [quickstart] [seed-100] [models]

Runs the real commands in fresh processes and prints wall seconds, the peak memory of the largest process, and of all
of the command's processes together (proportional set size, sampled five times a second; Linux only).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "models": (["models"], 5),
    "quickstart": (["backtest", "configs/quickstart.yaml"], 1),
    "seed-100": (["backtest", "configs/seed-100.yaml"], 1),
}


def processes_under(root: int) -> list[int]:
    """Return the process and all its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def memory_of(pid: int) -> int:
    """Return the proportional set size in bytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def measured(arguments: list[str]) -> tuple[float, float, float, int]:
    """Return wall seconds, peak of the largest process, peak of all together (MB), exit code."""
    command = [sys.executable, "-m", "hybridts", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = [0, 0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            sizes = [memory_of(pid) for pid in processes_under(process.pid)]
            peaks[0], peaks[1] = max(peaks[0], max(sizes)), max(peaks[1], sum(sizes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    done.set()
    watcher.join()
    return seconds, peaks[0] / 2**20, peaks[1] / 2**20, code


def main() -> None:
    """Measure the commands named, or all."""
    for name in sys.argv[1:] or COMMANDS:
        arguments, runs = COMMANDS[name]
        rows = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                out = ["--out", f"{folder}/run"] if arguments[0] == "backtest" else []
                rows.append(measured([*arguments, *out]))
        seconds = statistics.median(r[0] for r in rows)
        largest, together = max(r[1] for r in rows), max(r[2] for r in rows)
        print(
            f"{name}: {seconds:.2f} s (median of {runs}), largest process {largest:.0f} MB, "
            f"all processes {together:.0f} MB, exit code {rows[-1][3]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
