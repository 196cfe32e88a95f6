"""The Python door: `backtest` runs a study on a frame or file and hands back a board."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hybridts.data.datasets import resolve
from hybridts.engine.executors import workers_of
from hybridts.evaluation.backtester import RunLocation, run_backtest, write_config
from hybridts.evaluation.leaderboard import leaderboard
from hybridts.evaluation.plan_summary import PlanSummary, summary_of
from hybridts.evaluation.rolling_origin import Align, Refit, Scheme
from hybridts.evaluation.run import Run, load_run
from hybridts.evaluation.study import PlannedStudy, Study, plan_study
from hybridts.files import Place, place_of
from hybridts.names.explain import describe
from hybridts.names.plugins import loaded_plugins, registry, used_by
from hybridts.report import FORMATS, write_report

if TYPE_CHECKING:
    from hybridts.engine.progress_state import Watcher


@dataclass(frozen=True, eq=False)
class Board:
    """The result of a backtest, read from its run directory."""

    run: Run

    @cached_property
    def table(self) -> pd.DataFrame:
        """The leaderboard, best first."""
        return leaderboard(self.run)

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """Long frame: unique_id, ds, cutoff, y, one column per model, windows in order."""
        rows = self.run.forecasts.astype({"model": object, "unique_id": object})  # sorted as text, not as categories
        shown = [m["name"] for m in self.run.manifest["models"] if m["shown"]]
        wide = rows.pivot(index=["window", "unique_id", "ds", "cutoff", "y"], columns="model", values="yhat")
        wide = wide.reset_index().sort_values(["window", "unique_id", "ds"], ignore_index=True)
        wide.columns.name = None
        return wide[["unique_id", "ds", "cutoff", "y", *[n for n in shown if n in wide.columns]]]

    @property
    def path(self) -> Place:
        """The run directory; a `Remote` where it lies behind a URL."""
        return self.run.path

    def report(self, out: str | Path, formats: str | Sequence[str] = FORMATS) -> list[Path]:
        """Write the leaderboard report into a folder; the paths written."""
        return list(write_report(self.run, Path(out), formats))


def load_board(path: str | Path) -> Board:
    """The board of a finished run directory, a path or a URL."""
    return Board(load_run(path))


def backtest(  # noqa: PLR0913 - the published signature: each is a plain word a user writes
    df: Any,
    models: str | Iterable[str],
    horizon: int,
    *,
    windows: int = 3,
    step: int | None = None,
    gap: int = 0,
    scheme: Scheme = "expanding",
    refit: Refit = True,
    align: Align | None = None,
    season: int | None = None,
    freq: str | None = None,
    time: str | None = None,
    target: str | Sequence[str] = (),
    id: str | None = None,
    group: str | None = None,
    past: Sequence[str] = (),
    future: Sequence[str] = (),
    static: Sequence[str] = (),
    metrics: Sequence[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    jobs: int | None = None,
    stage_seconds: float | None = None,
    stage_memory: str | int | None = None,
    executor: str = "local",
    out: str | Path | None = None,
    store: str | Path | None = None,
    float32: bool = False,
    baselines: str = "full",
    watch: Watcher | None = None,
) -> Board:
    """Evaluate names under one rolling-origin backtest.

    Args:
        df: a frame (unique_id, ds, y; or one series, or wide), a path of a CSV or Parquet file, or "dataset:NAME".
        models: names, or "seed-100" for all published ones.
        horizon: steps forecast at every cutoff.
        windows, step, gap: how many cutoffs, rows between them, rows left out before the first step.
        scheme: training part grows ("expanding") or keeps its length ("sliding").
        refit: at every cutoff (True), every k-th (k), only the first (False), or at every cutoff with networks that
            start from the weights of the cutoff before ("warm").
        align: "calendar" or "per_series" cutoffs; None by the data.
        season, freq: seasonal period and frequency; None: from the timestamps.
        time, target, id, group, past, future, static: columns, where detection needs help.
        metrics: columns of the table; None for MASE, RMSSE, sMAPE, MAE, RMSE.
        settings: keyed by token, for every name that has the token.
        seed: one seed for everything; jobs: worker processes (results do not depend on it).
        stage_seconds, stage_memory: what one stage may take, such as 600 and "2GB"; one that takes more fails.
        executor: "local" for processes of this machine, "ray" or "ray:ADDRESS" for a Ray cluster.
        out: run directory or URL (s3://bucket/run), kept and resumed; None for one that goes when the process ends.
        store: directory or URL of finished stages that runs share; None for one inside the run.
        float32: keep forecasts and actuals on disk to seven digits, from which the board is then made.
        baselines: "full", "cheap" or "none".
        watch: told after every finished stage.

    Raises:
        UserError: something about the input is wrong; the message says what, where and what to do.
    """
    given = dict(locals())
    planned = _planned(df, Study.from_options(given))
    workers = workers_of(jobs, stage_seconds, stage_memory, executor)
    source = str(df) if isinstance(df, (str, Path)) else ""
    run = run_backtest(planned, RunLocation(out, store, float32, source), workers, watch)
    write_config(run.path, resolved(planned, source))
    return Board(run)


def plan_of(*given: Any, **named: Any) -> PlanSummary:
    """What `backtest` would do with the same arguments, and what it would cost; nothing is computed or written."""
    asked = inspect.signature(backtest).bind(*given, **named)
    asked.apply_defaults()
    words = asked.arguments
    planned = _planned(words["df"], Study.from_options(words))
    folders = [place_of(words["out"]) / "stages"] if words["out"] is not None else []
    folders += [place_of(words["store"])] if words["store"] is not None else []
    return summary_of(planned, folders, words["jobs"])


def _planned(data: Any, study: Study) -> PlannedStudy:
    """Read the data and plan the study: everything wrong is refused here, before anything is computed."""
    loaded = resolve(data, study.columns, freq=study.freq, season=study.season)
    table = registry()
    planned = plan_study(study, loaded.panel, table, lambda recipe: describe(recipe, table))
    return replace(planned, notices=(*loaded.notices, *planned.notices))


def resolved(planned: PlannedStudy, source: str) -> dict[str, Any]:
    """Return the study with every default filled in, as plain values: to run again, if the data have a source."""
    study, panel, table = planned.study, planned.panel, planned.job.registry
    columns = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(study.columns).items()}
    data = {name: value for name, value in {"source": source, **columns}.items() if value}
    combos = {
        c.name: {"expression": c.expression, "settings": {k: dict(v) for k, v in c.settings.items()}}
        for c in used_by(study.models, table)
    }
    names = {"combos": combos, "plugins": loaded_plugins(table)}
    return {"data": {**data, "freq": panel.freq, "season": panel.season}, **names, **study.options()}
