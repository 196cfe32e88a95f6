"""The backtest: execute a planned study and leave a run directory."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hybridts.engine.engine import run
from hybridts.engine.executors import executor_of
from hybridts.engine.progress_state import Watcher
from hybridts.engine.resources import Workers, default_jobs
from hybridts.engine.stage_store import StageStore, open_stages
from hybridts.errors import BadSetting
from hybridts.evaluation.results import LISTED, collect
from hybridts.evaluation.run import EXTRA, TABLES, Run, refuse_newer, stored_run, writing
from hybridts.evaluation.study import PlannedStudy
from hybridts.files import Place, must_write, place_of, whole_file


class RunLocation(NamedTuple):
    """Where a run is kept, and how.

    Attributes:
        out: the run directory, a path or a URL; when None, one that is removed when the process ends.
        store: where finished stages lie and go, a path or a URL, shared by runs; inside the run when None.
        float32: forecasts and actuals are written with seven digits; stages and metrics keep all of theirs.
        source: what the data were read from, as far as it has a name.
    """

    out: Path | str | None = None
    store: Path | str | None = None
    float32: bool = False
    source: str = ""


TEMPORARY = RunLocation()


def run_backtest(
    planned: PlannedStudy,
    kept: RunLocation = TEMPORARY,
    workers: Workers | None = None,
    watch: Watcher | None = None,
) -> Run:
    """Execute a planned study and write its run directory.

    Args:
        planned: what to run.
        kept: where and how.
        workers: who runs the stages.
        watch: told after every task.

    Raises:
        StoreError: a place cannot be written, or holds what a newer version wrote.
    """
    start = time.perf_counter()
    path = place_of(kept.out) if kept.out is not None else _scratch()
    replaced = _replaced(path, refuse_newer(path), planned)
    stages, found = open_stages(path, place_of(kept.store) if kept.store is not None else None)
    workers = _seeing(stages, workers)
    finished = run(planned.job, stages, plan=planned.plan, workers=workers, watch=watch)
    found += [f"{name} was damaged and computed again." for name in stages.damaged.values()]
    with writing(path, (*TABLES, *EXTRA)) as files:
        manifest = collect(planned, finished, files, (*replaced, *planned.notices, *found), float32=kept.float32)
        manifest["data"]["source"] = kept.source
        manifest["wall_seconds"] = round(time.perf_counter() - start, 3)
        manifest["jobs"] = (workers.jobs if workers else None) or default_jobs()
        files.finish(manifest)
    return stored_run(path, manifest)


def _replaced(path: Place, before: Mapping[str, Any], planned: PlannedStudy) -> list[str]:
    """A notice if the run directory holds the board of other data, of another horizon, or of names not asked again."""
    try:
        data, horizon = before["data"], before["horizon"]
        same = data["fingerprint"] == planned.panel.fingerprint and horizon == planned.study.schedule.horizon
        held = f"{data['series']} series of {data['rows']} rows in all, horizon {horizon}"
        gone = [m["name"] for m in before["models"] if m["shown"]]
    except (LookupError, TypeError):
        return []  # none
    gone = [name for name in gone if name not in {r.name for r in planned.recipes}]
    if same and gone:
        more = f" and {len(gone) - LISTED} more" if len(gone) > LISTED else ""
        return [f"{path} held a board with {', '.join(gone[:LISTED])}{more}, not asked for now; its stages are kept."]
    return [] if same else [f"{path} held another board ({held}), which this one replaces; its stages are kept."]


def _scratch() -> Path:
    """A run directory that nobody named: there while this process lives, and not left behind on the user's disk."""
    folder = Path(tempfile.mkdtemp(prefix="hybridts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _seeing(stages: StageStore, workers: Workers | None) -> Workers | None:
    """Workers that see the store.

    Raises:
        BadSetting: more of them are asked for than can.
    """
    if not stages.own_process_only:
        return workers
    workers = workers or Workers()
    if (workers.jobs or 1) > 1 or workers.limits or executor_of(workers).on_request:
        raise BadSetting(
            f"Other processes cannot see {stages.path}. Use jobs=1 without limits, or a store that all can reach.",
            "jobs",
            workers.jobs,
        )
    return replace(workers, jobs=1)


def write_config(path: Place, resolved: Mapping[str, Any]) -> None:
    """The resolved study beside the results."""
    file = path / "config.yaml"
    with must_write(file), whole_file(file) as content:
        content.write(yaml.safe_dump(dict(resolved), sort_keys=False, allow_unicode=True).encode())
