"""The Python interface: `backtest` evaluates names on data and returns a board."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from hybridts.app.existing_run import refuse_other_run, with_names_of
from hybridts.app.live import say, shown
from hybridts.app.tuning.in_study import with_tuned
from hybridts.data.datasets import resolve
from hybridts.data.holiday_columns import with_holidays
from hybridts.data.read.restored import Given, with_types
from hybridts.data.season_test import tested_season
from hybridts.engine.executors import workers_of
from hybridts.errors import UnknownName
from hybridts.evaluation.backtester import RunLocation, run_backtest
from hybridts.evaluation.cases import quantile_columns
from hybridts.evaluation.leaderboard import Evaluation, leaderboard
from hybridts.evaluation.plan_summary import PlanSummary, summary_of
from hybridts.evaluation.rolling_origin import Align, Refit, Scheme, rolling
from hybridts.evaluation.run import Run, load_run
from hybridts.evaluation.study import PlannedStudy, Study, plan_study
from hybridts.files import AnyPath, path_of
from hybridts.hybrids.interval_levels import check_levels, quantile_name
from hybridts.hybrids.limits import Nonnegative
from hybridts.names.explain import describe
from hybridts.names.plugins import loaded_plugins, registry, used_by
from hybridts.report import FORMATS, notice_of, write_report
from hybridts.report.merge import merged
from hybridts.report.notebook import Drawing, board_html, cell_errors, drawing
from hybridts.report.residuals import residual_table
from hybridts.report.stages import importances_of

if TYPE_CHECKING:
    from hybridts.data.read import DataSource, Loaded
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
        vs_best_baseline (%), p, p_raw, verdict, verdict_part, in_best_set, seconds_alone, seconds_added, cells,
        missing, undefined, failures, status, reason. ``table.attrs["notices"]`` has sentences that a reader must know.
        """
        return leaderboard(self.run)

    @cached_property
    def forecasts(self) -> pd.DataFrame:
        """Return the forecasts: columns unique_id, ds, cutoff, y and one per model, in the units of the data.

        A row per window, series and step, in this order; NaN where a model has no forecast. Times are in the zone in
        which they were given, and ids that were whole numbers are. With `levels`, and for a name that forecasts the
        quantiles of a central interval, there are its bounds, too: NAME-lo-80 and NAME-hi-80 for 0.1 and 0.9; of a
        quantile that was asked for and is no bound NAME-q0.3. The packages of Nixtla have the same columns, so
        `utilsforecast.evaluation.evaluate` takes the frame.
        """
        rows = self.run.forecasts.astype({"model": object, "unique_id": object})  # sort as text, not as categories
        shown = [m["name"] for m in self.run.manifest["models"] if m["shown"]]
        bounds, asked = _bounds(quantile_columns(rows)), _asked(self.run.manifest)
        bounds |= {c: f"-{c}" for c in asked if c not in bounds}
        values = ["yhat", *bounds]
        wide = rows.pivot(index=["window", "unique_id", "ds", "cutoff", "y"], columns="model", values=values)
        columns = {n: wide["yhat"][n] for n in shown if n in wide["yhat"].columns}
        for column, suffix in bounds.items():
            known = [n for n in shown if n in wide[column].columns]
            known = [n for n in known if column in asked or wide[column][n].notna().any()]
            columns |= {f"{n}{suffix}": wide[column][n] for n in known}
        wide = pd.DataFrame(columns).reset_index().sort_values(["window", "unique_id", "ds"], ignore_index=True)
        return with_types(wide[["unique_id", "ds", "cutoff", "y", *columns]], self._given)

    @property
    def _given(self) -> Given:
        """Return how the user gave ids and times."""
        data = self.run.manifest["data"]
        zone, local = data.get("zone") or "", bool(data.get("local_days"))
        return Given(id_type=data.get("id_type") or "", zone=zone, local=local)

    @property
    def path(self) -> AnyPath:
        """Return the run directory: a path, or a `UrlPath` for a URL."""
        return self.run.path

    @property
    def best(self) -> str | None:
        """Return the first name of the table; None where no name has a rank."""
        ranked = self.table[self.table["rank"].notna()]
        return None if ranked.empty else str(ranked["model"].iloc[0])

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Return the losses of every cell: columns model, window, unique_id, cutoff and every metric."""
        return with_types(cell_errors(self.run), self._given)

    def residuals(self, name: str) -> pd.DataFrame:
        """Return the errors of a name out of sample: a row per window, series and step with a known value.

        Columns unique_id, ds, cutoff, step, residual (y minus forecast) and scaled (over the scale of MASE).

        Raises:
            UnknownName: the board has no such name.
        """
        self._check_name(name)
        return with_types(residual_table(Evaluation(self.run), name), self._given)

    def importances(self, name: str) -> pd.DataFrame:
        """Return what the learners of a name decided by: columns stage, window, feature, importance.

        Empty for a name without a learner that has importances (an SVM has none).

        Raises:
            UnknownName: the board has no such name.
        """
        self._check_name(name)
        table = importances_of(Evaluation(self.run))
        own = [name in users for users in table["names"]]
        return table[own].drop(columns="names").reset_index(drop=True)

    def plot(self, figure: str = "forecasts") -> Drawing:
        """Return a figure of the report; a notebook shows it, `.save("figure.pdf")` writes svg, pdf or png.

        Args:
            figure: its name, such as "forecasts", "errors", "error-by-name", "cost", "gates" or "residuals".

        Raises:
            BadSetting: this board has no such figure; the message lists those it has.
        """
        return drawing(self.run, figure)

    def _repr_html_(self) -> str:
        return board_html(self.run)

    def _check_name(self, name: str) -> None:
        names = [str(entry["name"]) for entry in self.run.manifest["models"]]
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise UnknownName(f"The board has no name {name!r}.{hint}", name, near)

    def report(self, out: str | Path, formats: str | Sequence[str] = FORMATS, lang: str = "en") -> list[Path]:
        """Write the leaderboard report into a folder and return the paths written.

        Args:
            out: the folder; made if it does not exist.
            formats: some of html, md, csv, tex, json, and svg, pdf, png for every figure in a file of its own, as a
                list or comma separated.
            lang: "en" or "zh".

        Raises:
            BadSetting: an unknown format or language.
            UserError: the folder cannot be written.
        """
        paths = list(write_report(self.run, Path(str(path_of(out))), formats, lang=lang))
        say([notice] if (notice := notice_of(self.run, formats, lang)) else [], None)
        return paths


def _asked(manifest: Mapping[str, Any]) -> list[str]:
    """Return the columns of the quantiles that every name of a run has, or NaN in their place."""
    levels = check_levels(manifest.get("levels"), manifest.get("quantiles"))
    return [quantile_name(p) for p in levels.probabilities]


def _bounds(levels: Mapping[str, float]) -> dict[str, str]:
    """Return column of quantiles -> its suffix as a bound of an interval, such as -lo-80, widest first.

    >>> _bounds({"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9})
    {'q0.1': '-lo-80', 'q0.9': '-hi-80'}
    """
    found: dict[str, str] = {}
    for low, q in levels.items():
        for high, other in levels.items():
            if q < 0.5 and abs(q + other - 1.0) < 1e-9:
                found |= {low: f"-lo-{100 * (other - q):.10g}", high: f"-hi-{100 * (other - q):.10g}"}
    return found


def load_board(path: str | Path) -> Board:
    """Return the board of a finished run directory, a path or a URL.

    A run directory is data: one that a stranger made loads no plugin and executes nothing.

    Raises:
        StoreError: the directory is not a run, or its run is unfinished, of a newer format, or damaged.
    """
    return Board(load_run(path))


def merged_board(paths: Sequence[str | Path]) -> Board:
    """Return one board of several finished runs on equal data and windows; nothing is written.

    Raises:
        StoreError: as `load_board`.
        UserError: the runs differ in data or windows; the message says in what.
    """
    return Board(merged([load_run(path) for path in paths]))


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
    season: int | Literal["auto"] | None = None,
    freq: str | None = None,
    time: str | None = None,
    target: str | Sequence[str] = (),
    id: str | None = None,
    group: str | None = None,
    past: Sequence[str] = (),
    future: Sequence[str] = (),
    static: Sequence[str] = (),
    reading: Mapping[str, Any] | None = None,
    holidays: str | Sequence[str] = (),
    metrics: Sequence[str] | None = None,
    rank_by: str | None = None,
    metric_season: int | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    seeds: int | Sequence[int] = 1,
    jobs: int | None = None,
    stage_seconds: float | None = None,
    stage_memory: str | int | None = None,
    executor: str = "local",
    out: str | Path | None = None,
    store: str | Path | None = None,
    float32: bool = False,
    baselines: str = "full",
    nonnegative: Nonnegative = "auto",
    levels: Sequence[float] | float | None = None,
    quantiles: Sequence[float] | float | None = None,
    only: bool = False,
    tune: bool | int | Mapping[str, Any] = False,
    verbose: bool | None = None,
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
        season: seasonal period in rows; None: by the frequency; "auto": the one that the rows up to the first cutoff
            show.
        freq: pandas frequency alias such as "MS"; None: inferred.
        time, target, id, group, past, future, static: names of columns, where they cannot be detected. `group`: series
            that move together (VAR). `past`: covariates known up to the cutoff, `future`: known ahead, `static`:
            constant in each series.
        reading: how to read what the data do not show, such as {"decimal": ",", "dayfirst": True, "sheet": "2024"}; the
            keys are the options of the command line in the group "Reading".
        metrics: columns of the table; None: MASE, RMSSE, sMAPE, MAE, RMSE. There are MSE, MAPE, WAPE, OWA, bias, MDA
            (directional accuracy), MaxError, and for names with quantiles pinball, WQL, CRPS, coverage, Winkler and
            MSIS, too; `register_metric` adds yours.
        rank_by: metric that ranks the names and is tested; None: MASE.
        metric_season: season of the scales of MASE and RMSSE, in rows; None: that of the data. (M4 has 1 for weeks and
            days.)
        holidays: countries, as "DE" or "DE-BY", whose public holidays become known-future columns.
        settings: settings by token, for every name that has the token: {"LSTM": {"hidden": 32}}.
        seed: one seed for everything random.
        seeds: run names that draw random numbers under this many seeds, `seed`, `seed` + 1 ..., or under a list of
            seeds; the board has the mean and standard deviation of their losses, and a difference that the seeds
            explain is not called clear.
        jobs: worker processes; None: one per core. The numbers do not depend on it.
        stage_seconds: seconds that one stage may take; one that takes longer fails.
        stage_memory: memory of one stage, such as "2GB"; one that takes more fails.
        executor: "local" for processes of this machine; "ray", "ray:ADDRESS", "dask" or "dask:ADDRESS" for a cluster.
        out: run directory, a path or a URL (s3://bucket/run), kept and resumed; None: a temporary one that is removed
            with its board. Where it holds a run on the same data and windows, the names are added to its board;
            any other run in it is refused.
        store: directory or URL of finished stages that runs share; None: inside the run directory.
        float32: store forecasts and actuals with seven digits; the board is made from these.
        baselines: "cheap" (Naive, SeasonalNaive, Drift, Theta), "full" (also ETS, SARIMA where there is a season and
            MSTL where there are several, and ETS-CV where values are positive, as far as they cost at most a third of
            the models) or "none".
        nonnegative: "auto" keeps forecasts of series that were never below 0 from going below it, decided on the past
            of each cutoff; True keeps all, False none.
        levels: levels of intervals in percent, such as [80, 95]: every name gets columns NAME-lo-80 and NAME-hi-80 in
            `board.forecasts`, learned from the errors of its hindcasts, and the table coverage (of the widest interval;
            with several levels coverage-80 and so on, too), Winkler, MSIS, WQL and pinball. Hybrids and ensembles with
            learned weights have hindcasts anyway; other names are fitted on up to six earlier folds for them, at every
            cutoff.
        quantiles: instead of `levels`, quantiles such as [0.1, 0.5, 0.9].
        only: do not add to the names of a run in `out`: the board has those given now alone.
        tune: tune names before the backtest, on cutoffs older than all its windows; NAME-tuned then stands beside NAME.
            True, a number of trials, or a mapping with some of models (default: all), trials (30), inner (3 cutoffs)
            and space, as in `hybridts.tune`.
        verbose: None: log notices (logger "hybridts") and show progress in terminals and notebooks; True: show it
            everywhere; False: neither.
        watch: called with an event after every finished stage.

    Returns:
        The board; `board.table` is the leaderboard. A model that fails is a row with its reason, not an exception.

    Raises:
        UserError: an argument or the data are wrong; the message names what, where and what to do. Subclasses:
            UnknownName, BadSetting, DataError.
        StoreError: the run directory or the store cannot be written, or a newer version wrote it.
    """
    given = dict(locals())
    study, place = Study.from_options(given), None if out is None else path_of(out)
    study = study if place is None or only else with_names_of(study, place)
    loaded = _loaded(df, study, reading)
    planned = _planned(loaded, study)
    if place is not None:
        refuse_other_run(planned, place)
    workers = workers_of(jobs, stage_seconds, stage_memory, executor)
    if tune is not False:
        study, found = with_tuned(study, planned, tune, workers, (place, store))
        planned = _planned(replace(loaded, notices=(*loaded.notices, *found)), study)
    source = str(df) if isinstance(df, (str, Path)) else ""
    location = RunLocation(out, store, float32, source, resolved_options(planned, source, reading))
    with shown(verbose, watch) as watcher:
        run = run_backtest(planned, location, workers, watcher)
    board = Board(run)
    if verbose is not False:
        say((*board.table.attrs["notices"], *run.manifest["notices"]), verbose)
    return board


def plan_of(*args: Any, **kwargs: Any) -> PlanSummary:
    """Summarize what `backtest` would do with the same arguments, and the cost; nothing is computed or written.

    Raises:
        UserError: as `backtest`.
    """
    bound = inspect.signature(backtest).bind(*args, **kwargs)
    bound.apply_defaults()
    options = bound.arguments
    study = Study.from_options(options)
    planned = _planned(_loaded(options["df"], study, options["reading"]), study)
    if options["tune"] is not False:
        planned = replace(planned, notices=(*planned.notices, "Tuning comes on top: its trials are not in this plan."))
    folders = [path_of(options["out"]) / "stages"] if options["out"] is not None else []
    folders += [path_of(options["store"])] if options["store"] is not None else []
    return summary_of(planned, folders, options["jobs"])


def _loaded(data: DataSource, study: Study, reading: Mapping[str, Any] | None) -> Loaded:
    """Read the data of a study."""
    season = None if study.season == "auto" else study.season
    loaded = resolve(data, study.columns, freq=study.freq, season=season, reading=reading)
    if study.season == "auto":
        loaded = _with_tested_season(loaded, study)
    return replace(loaded, panel=with_holidays(loaded.panel, study.holidays))


def _planned(loaded: Loaded, study: Study) -> PlannedStudy:
    """Plan the study, so that wrong input is refused before anything is computed."""
    table = registry()
    planned = plan_study(study, loaded.panel, table, lambda recipe: describe(recipe, table))
    return replace(planned, notices=(*loaded.notices, *planned.notices), given=loaded.given)


def _with_tested_season(loaded: Loaded, study: Study) -> Loaded:
    """Return the data with the season that they show up to the first cutoff: later rows are test rows."""
    panel = loaded.panel
    first = min(rolling(panel, study.schedule), key=lambda window: window.index)
    season, notice = tested_season(panel, panel.cut(first.position))
    return loaded.with_season(season, notice)


def resolved_options(
    planned: PlannedStudy, source: str, reading: Mapping[str, Any] | None = None
) -> Mapping[str, object]:
    """Return the study as the content of a study file, with every default filled in and the combos it uses."""
    study, panel, table = planned.study, planned.panel, planned.job.registry
    columns = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(study.columns).items()}
    columns["holidays"] = list(study.holidays)
    data = {name: value for name, value in {"source": source, **columns, **(reading or {})}.items() if value}
    combos = {
        c.name: {"expression": c.expression, "settings": {k: dict(v) for k, v in c.settings.items()}}
        for c in used_by(study.models, table)
    }
    names = {"combos": combos, "plugins": loaded_plugins(table)}
    return {"data": {**data, "freq": panel.freq, "season": panel.season}, **names, **study.options()}
