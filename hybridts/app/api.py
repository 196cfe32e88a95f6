"""The Python interface: `backtest` evaluates names on data and returns a board."""

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
from hybridts.files import AnyPath, path_of
from hybridts.names.explain import describe
from hybridts.names.plugins import loaded_plugins, registry, used_by
from hybridts.report import FORMATS, write_report

if TYPE_CHECKING:
    from hybridts.data.read import DataSource
    from hybridts.engine.progress_state import Watcher
    from hybridts.names.recipe import Settings


@dataclass(frozen=True, eq=False)
class Board:
    """The result of a backtest: leaderboard, forecasts and reports, read from its run directory.

    >>> import hybridts as ht
    >>> board = ht.backtest("dataset:airpassengers", "Naive, Drift", horizon=6, windows=2, baselines="none", jobs=1)
    >>> list(board.forecasts.columns)
    ['unique_id', 'ds', 'cutoff', 'y', 'Naive', 'Drift']
    >>> len(board.forecasts)  # 1 series x 2 windows x 6 steps
    12

    Attributes:
        run: manifest and tables of the run.
    """

    run: Run

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return the leaderboard: a row per name, best first.

        Columns rank, model, family, MASE, MASE_median, the other metrics, gain_over_part (%), part, p_part,
        vs_best_baseline (%), p, p_raw, seconds_alone, seconds_added, cells, missing, undefined, failures, status,
        reason. ``table.attrs["notices"]`` has sentences that a reader must know.
        """
        return leaderboard(self.run)

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """Return the forecasts: columns unique_id, ds, cutoff, y and one per model, in the units of the data.

        A row per window, series and step, in this order; NaN where a model has no forecast.
        """
        rows = self.run.forecasts.astype({"model": object, "unique_id": object})  # sort as text, not as categories
        shown = [m["name"] for m in self.run.manifest["models"] if m["shown"]]
        wide = rows.pivot(index=["window", "unique_id", "ds", "cutoff", "y"], columns="model", values="yhat")
        wide = wide.reset_index().sort_values(["window", "unique_id", "ds"], ignore_index=True)
        wide.columns.name = None
        return wide[["unique_id", "ds", "cutoff", "y", *[n for n in shown if n in wide.columns]]]

    @property
    def path(self) -> AnyPath:
        """Return the run directory: a path, or a `UrlPath` for a URL."""
        return self.run.path

    def report(self, out: str | Path, formats: str | Sequence[str] = FORMATS) -> list[Path]:
        """Write the leaderboard report into a folder and return the paths written.

        Args:
            out: the folder; made if it does not exist.
            formats: some of html, md, csv, tex, json, as a list or comma separated.

        Raises:
            BadSetting: an unknown format.
            UserError: the folder cannot be written.
        """
        return list(write_report(self.run, Path(out), formats))


def load_board(path: str | Path) -> Board:
    """Return the board of a finished run directory, a path or a URL.

    Raises:
        StoreError: the directory is not a run, or its run is unfinished, of a newer format, or damaged.
    """
    return Board(load_run(path))


def backtest(  # noqa: PLR0913 - the published signature: one plain option per argument
    df: DataSource,
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
    reading: Mapping[str, Any] | None = None,
    metrics: Sequence[str] | None = None,
    settings: Settings | None = None,
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
    """Evaluate models by name in one rolling-origin backtest.

    At each of `windows` cutoffs every model is fitted on the data up to the cutoff and forecasts the next `horizon`
    rows. Equal stages of different names are fitted once.

    >>> import hybridts as ht
    >>> models = ["Naive", "SeasonalNaive"]
    >>> board = ht.backtest("dataset:airpassengers", models, horizon=12, baselines="none", jobs=1)
    >>> board.table[["rank", "model", "MASE"]].round(2)
       rank          model  MASE
    0     1  SeasonalNaive  1.21
    1     2          Naive  2.47

    Args:
        df: a pandas, polars or Arrow frame (unique_id, ds, y; or one series; or wide), the path of a file (CSV,
            Parquet, Feather, Excel, JSON lines, SQLite, DuckDB; also compressed), "-" for stdin, a Panel, or
            "dataset:NAME".
        models: names, combos or expressions, as a list or comma separated; "seed-100" for all published names.
        horizon: steps forecast at every cutoff, in rows.
        windows: number of cutoffs, counted back from the end of the data.
        step: rows between two cutoffs; None: the horizon.
        gap: rows left out between a cutoff and the first step.
        scheme: the training part grows ("expanding") or keeps its first length ("sliding").
        refit: fit at every cutoff (True), every k-th (k), only the first (False), or at every cutoff with networks that
            start from the weights of the cutoff before ("warm").
        align: one timestamp for all series ("calendar") or each series from its own end ("per_series"); None:
            calendar where all series end together.
        season: seasonal period in rows; None: by the frequency.
        freq: pandas frequency alias such as "MS"; None: inferred.
        time, target, id, group, past, future, static: names of columns, where they cannot be detected. `group`: series
            that move together (VAR). `past`: covariates known up to the cutoff, `future`: known ahead, `static`:
            constant in each series.
        reading: how to read what the data do not show, such as {"decimal": ",", "dayfirst": True, "sheet": "2024"}; the
            keys are the options of the command line in the group "Reading".
        metrics: columns of the table; None: MASE, RMSSE, sMAPE, MAE, RMSE. There are WAPE and bias, too.
        settings: settings by token, for every name that has the token: {"LSTM": {"hidden": 32}}.
        seed: one seed for everything random.
        jobs: worker processes; None: one per core. The numbers do not depend on it.
        stage_seconds: seconds that one stage may take; one that takes longer fails.
        stage_memory: memory of one stage, such as "2GB"; one that takes more fails.
        executor: "local" for processes of this machine, "ray" or "ray:ADDRESS" for a Ray cluster.
        out: run directory, a path or a URL (s3://bucket/run), kept and resumed; None: a temporary one that is removed
            when the process ends.
        store: directory or URL of finished stages that runs share; None: inside the run directory.
        float32: store forecasts and actuals with seven digits; the board is made from these.
        baselines: "full" (Naive, SeasonalNaive, Drift, Theta, ETS), "cheap" (without ETS) or "none".
        watch: called with an event after every finished stage.

    Returns:
        The board; `board.table` is the leaderboard. A model that fails is a row with its reason, not an exception.

    Raises:
        UserError: an argument or the data are wrong; the message names what, where and what to do. Subclasses:
            UnknownName, BadSetting, DataError.
        StoreError: the run directory or the store cannot be written, or a newer version wrote it.
    """
    given = dict(locals())
    planned = _planned(df, Study.from_options(given), reading)
    workers = workers_of(jobs, stage_seconds, stage_memory, executor)
    source = str(df) if isinstance(df, (str, Path)) else ""
    run = run_backtest(planned, RunLocation(out, store, float32, source), workers, watch)
    write_config(run.path, resolved_options(planned, source, reading))
    return Board(run)


def plan_of(*args: Any, **kwargs: Any) -> PlanSummary:
    """Summarize what `backtest` would do with the same arguments, and the cost; nothing is computed or written.

    Raises:
        UserError: as `backtest`.
    """
    bound = inspect.signature(backtest).bind(*args, **kwargs)
    bound.apply_defaults()
    options = bound.arguments
    planned = _planned(options["df"], Study.from_options(options), options["reading"])
    folders = [path_of(options["out"]) / "stages"] if options["out"] is not None else []
    folders += [path_of(options["store"])] if options["store"] is not None else []
    return summary_of(planned, folders, options["jobs"])


def _planned(data: DataSource, study: Study, reading: Mapping[str, Any] | None) -> PlannedStudy:
    """Read the data and plan the study, so that wrong input is refused before anything is computed."""
    loaded = resolve(data, study.columns, freq=study.freq, season=study.season, reading=reading)
    table = registry()
    planned = plan_study(study, loaded.panel, table, lambda recipe: describe(recipe, table))
    return replace(planned, notices=(*loaded.notices, *planned.notices))


def resolved_options(
    planned: PlannedStudy, source: str, reading: Mapping[str, Any] | None = None
) -> Mapping[str, object]:
    """Return the study as the content of a study file, with every default filled in and the combos it uses."""
    study, panel, table = planned.study, planned.panel, planned.job.registry
    columns = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(study.columns).items()}
    data = {name: value for name, value in {"source": source, **columns, **(reading or {})}.items() if value}
    combos = {
        c.name: {"expression": c.expression, "settings": {k: dict(v) for k, v in c.settings.items()}}
        for c in used_by(study.models, table)
    }
    names = {"combos": combos, "plugins": loaded_plugins(table)}
    return {"data": {**data, "freq": panel.freq, "season": panel.season}, **names, **study.options()}
