"""Run a planned study and write its run directory."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
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
from hybridts.errors import BadSetting, StoreError
from hybridts.evaluation.results import LISTED, write_results
from hybridts.evaluation.run import Run, damage_of, existing_manifest, lazy_run, writing
from hybridts.evaluation.run_format import CONFIG, EXTRA, MANIFEST, TABLES
from hybridts.evaluation.study import PlannedStudy
from hybridts.files import AnyPath, path_of, reason


class RunLocation(NamedTuple):
    """AnyPath and precision of a run on disk.

    Attributes:
        out: run directory, a path or a URL; None: a temporary one that is removed with its board.
        store: directory or URL of finished stages that runs share; None: inside the run directory.
        float32: store forecasts and actuals with seven digits; stages and metrics keep full precision.
        source: path or name of the data, "" where they are in memory.
        resolved: the study with every default filled in, for config.yaml; None writes none.
    """

    out: Path | str | None = None
    store: Path | str | None = None
    float32: bool = False
    source: str = ""
    resolved: Mapping[str, Any] | None = None


TEMPORARY = RunLocation()


def run_backtest(
    planned: PlannedStudy,
    location: RunLocation = TEMPORARY,
    workers: Workers | None = None,
    watch: Watcher | None = None,
) -> Run:
    """Run a planned study and write its run directory.

    Args:
        planned: the study on its data.
        location: where the run is written.
        workers: worker processes; None: one per core.
        watch: called after every finished stage.

    Raises:
        BadSetting: more workers are asked for than can see the store.
        StoreError: a place cannot be written, or a newer version of hybridts wrote it.
    """
    start = time.perf_counter()
    path = path_of(location.out) if location.out is not None else _temporary_folder()
    replaced = _replacement_notices(path, existing_manifest(path), planned)
    stages, found = open_stages(path, path_of(location.store) if location.store is not None else None)
    workers = _workers_for(stages, workers)
    finished = run(planned.job, stages, plan=planned.plan, workers=workers, watch=watch)
    repeats = [run(r.job, stages, plan=r.plan, workers=workers, watch=watch) for r in planned.repeats]
    found += [f"{name} was damaged and computed again." for name in stages.damaged.values()]
    notices = (*replaced, *planned.notices, *found)
    config = [] if location.resolved is None else [CONFIG]
    with writing(path, (*TABLES, *EXTRA), config) as files:
        if location.resolved is not None:
            files.write_text(CONFIG, yaml.safe_dump(dict(location.resolved), sort_keys=False, allow_unicode=True))
        manifest = write_results(planned, (finished, *repeats), files, notices, float32=location.float32)
        manifest["data"]["source"] = location.source
        manifest["wall_seconds"] = round(time.perf_counter() - start, 3)
        manifest["jobs"] = (workers.jobs if workers else None) or default_jobs()
        files.finish(manifest)
    return lazy_run(path, manifest)


def _replacement_notices(path: AnyPath, before: Mapping[str, Any], planned: PlannedStudy) -> list[str]:
    """Return a notice if the run directory has names that are left out now."""
    if not before:
        why = damage_of(path)
        text = f"{path / MANIFEST} was damaged ({why}): the names it held are left out unless they are asked for now."
        return [text] if why else []
    gone = [m["name"] for m in before["models"] if m["shown"]]
    gone = [name for name in gone if name not in {r.name for r in planned.recipes}]
    if not gone:
        return []
    more = f" and {len(gone) - LISTED} more" if len(gone) > LISTED else ""
    return [f"{path} held a board with {', '.join(gone[:LISTED])}{more}, not asked for now; its stages are kept."]


class _TemporaryPath(type(Path())):  # type: ignore[misc]
    """Path of a temporary run; boards hold it, and the folder goes with the last of them."""


def _temporary_folder() -> Path:
    """Return a new folder, which is removed when its path is no longer used, and at the end of the process."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="hybridts-"))
    except OSError as cause:
        raise StoreError(
            f"There is no folder for a temporary run ({reason(cause)}). Set TMPDIR to a folder that can be written, or "
            "give one for the run: --out (out=)."
        ) from cause
    path = _TemporaryPath(folder)
    weakref.finalize(path, _remove, str(folder), os.getpid())
    return path


def _remove(folder: str, owner: int) -> None:
    """Remove a folder, but not in a forked child, which ends while its parent still reads it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _workers_for(stages: StageStore, workers: Workers | None) -> Workers | None:
    """Return workers that can all see the store: only this process for a store in its memory.

    Raises:
        BadSetting: more workers are asked for.
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
