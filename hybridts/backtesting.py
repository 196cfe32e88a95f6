"""The backtest: execute a drawn study and leave a run directory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hybridts.collect import collect
from hybridts.execute.local import Watcher, default_jobs, execute
from hybridts.store import Run, StageStore, whole_file
from hybridts.study import Drawn


def run_backtest(
    drawn: Drawn,
    notices: Sequence[str] = (),
    out: Path | str | None = None,
    jobs: int | None = None,
    watch: Watcher | None = None,
) -> Run:
    """Execute a drawn study and write its run directory (a temporary one when `out` is None)."""
    start = time.perf_counter()
    path = Path(out) if out is not None else Path(tempfile.mkdtemp(prefix="hybridts-"))
    store = StageStore(path)
    outcome = execute(drawn.plan, drawn.panel, store, jobs, watch)
    run = collect(drawn, outcome, store, path, (*notices, *drawn.notices))
    run.manifest["wall_seconds"] = round(time.perf_counter() - start, 3)
    run.manifest["jobs"] = jobs or default_jobs()
    run.save()
    return run


def write_config(path: Path, resolved: Mapping[str, Any]) -> None:
    """The resolved study beside the results."""
    with whole_file(path / "config.yaml") as file:
        file.write(yaml.safe_dump(dict(resolved), sort_keys=False, allow_unicode=True).encode())
