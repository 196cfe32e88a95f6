"""From a data file, a study, a finished run or a stored model to a forecast: what `hybridts forecast` and `fit` do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridts.app.fitted_model import FittedModel, load
from hybridts.app.forecast_parts import parts_of_stages, table_of_parts
from hybridts.app.forecast_table import table_of
from hybridts.app.model import Model
from hybridts.app.study_file import StudyConfig, data_arguments
from hybridts.data.covariate_checks import check_rows_ahead
from hybridts.data.holiday_columns import check_countries, with_holidays
from hybridts.data.read import Columns, as_names, restored
from hybridts.errors import StageFailure, UserError, did_you_mean
from hybridts.evaluation.board_names import baselines_of, recipes_of
from hybridts.evaluation.study import names_of
from hybridts.hybrids.interval_levels import check_levels
from hybridts.hybrids.intervals import monotone
from hybridts.names.plugins import registry

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import Panel
    from hybridts.data.read import Loaded
    from hybridts.files import AnyPath
    from hybridts.names.recipe import Recipe


NO_OPTIONS: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Answer:
    """A forecast.

    Attributes:
        name: of the model.
        table: unique_id, ds and the name.
        panel: the data that it starts from.
        notices: what a reader must know, in sentences.
        parts: takes the forecast apart, for the page; None where the fitted stages are not at hand.
    """

    name: str
    table: pd.DataFrame
    panel: Panel
    notices: tuple[str, ...] = ()
    parts: Callable[[], pd.DataFrame] | None = None


def is_model(source: str) -> bool:
    """Return whether a source is a stored model rather than data."""
    path = Path(source)
    return (path / "model.json").is_file() or path.suffix.casefold() == ".zip" or path.is_dir()


def forecast_model(
    source: str,
    new_rows: str | None,
    future: str | None,
    horizon: int | None,
    levels: Mapping[str, Any] = NO_OPTIONS,
) -> Answer:
    """Forecast with a stored model, from the data it holds or from new rows; `levels`: levels or quantiles by name.

    Raises:
        UserError: the model, the rows or the horizon cannot be used.
    """
    model = load(source)
    table = model.predict(future, new_rows=new_rows, horizon=horizon, **levels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said by predict already
        panel = model.panel_with(new_rows)
    return Answer(model.recipe.name, table, panel, parts=lambda: _parts(model, future, new_rows))


def _parts(model: FittedModel, future: str | None, new_rows: str | None = None) -> pd.DataFrame:
    """Return the parts of a forecast, without the warnings that `predict` has given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said by predict already
        return model.explain_forecast(future=future, new_rows=new_rows)


def fit_study(config: StudyConfig, name: str | None) -> FittedModel:
    """Fit one name of a study on all of its data.

    Raises:
        UserError: the name or the data cannot be used.
    """
    recipe = _recipe(config, name)
    model = Model(recipe, registry())
    intervals = {"levels": config.levels, "quantiles": config.quantiles}
    more: dict[str, Any] = {**data_arguments(config.data), "nonnegative": config.nonnegative, **intervals}
    return model.fit(config.data.source, config.horizon, seed=config.seed, jobs=config.jobs, **more)


def _recipe(config: StudyConfig, name: str | None) -> Recipe:
    """Return the recipe of a name with the settings of a study; the only name of the study where none is given."""
    listed = names_of(config.models)
    if name is None:
        if len(listed) != 1:
            raise UserError(f"which of the names ({', '.join(listed[:6])} ...)? Choose one by --model NAME.")
        name = listed[0]
    every, _ = recipes_of(listed, config.settings, (), registry())
    found = next((recipe for recipe in every if recipe.name.casefold() == name.casefold()), None)
    if found is not None:
        return found
    return recipes_of((name,), config.settings, (), registry())[0][0]


def forecast_study(config: StudyConfig, name: str | None, future: str | None) -> Answer:
    """Fit one name of a study on all of its data, and forecast the next rows.

    Raises:
        UserError: the name, the data or the future rows cannot be used.
        StageFailure: a stage could not be fitted.
    """
    model = fit_study(config, name)
    table, panel = model.predict(future), model.loaded.panel
    return Answer(model.recipe.name, table, panel, model.loaded.notices, parts=lambda: _parts(model, future))


# -- from a run ---------------------------------------------------------------------------------------------------
def best_of(run: str) -> str:
    """Return the first name on the board of a run.

    Raises:
        UserError: no name answered every cell.
    """
    from hybridts.app.api import load_board

    best = load_board(run).best
    if best is None:
        raise UserError(
            f"{run}: no name has a forecast for every window and series, so none is best. Give --model NAME."
        )
    return best


def forecast_run(config: StudyConfig, name: str, run: AnyPath, future: str | None) -> Answer:
    """Forecast the next rows by a name of a run with its settings; stages that the run has finished are not fitted.

    Args:
        config: the study of the run.
        name: on its board.
        run: its folder; new stages are kept there too.
        future: known-future columns of the next rows.

    Raises:
        UserError: the name, the data or the future rows cannot be used.
        StageFailure: a stage failed.
    """
    from hybridts.engine.engine import Job
    from hybridts.engine.engine import run as run_job
    from hybridts.engine.executors import workers_of
    from hybridts.engine.graph import RefitWindow, TrainingSlice
    from hybridts.engine.stage_store import open_stages
    from hybridts.files import path_of
    from hybridts.hybrids.hindcast_rows import ForecastSpec
    from hybridts.names.auto import settled

    loaded = _loaded(config)
    recipe = settled(_recipe_of_run(config, name, loaded.panel), loaded.panel)
    panel = loaded.panel if future is None else _with_future(loaded, future)
    panel = with_holidays(panel, check_countries(as_names("holidays", config.data.holidays)), config.horizon)
    ends = panel.ends()
    check_rows_ahead(panel, ends, config.horizon)
    window = RefitWindow(0, TrainingSlice(None, panel.lengths - 1), ends)
    spec = ForecastSpec(config.horizon, 0, config.seed)
    levels = check_levels(config.levels, config.quantiles)
    more: dict[str, Any] = {"nonnegative": config.nonnegative, "hindcasts": bool(levels.probabilities)}
    job = Job((recipe,), panel, registry(), (window,), spec, **more)
    stages, found = open_stages(run, path_of(config.store) if config.store is not None else None)
    finished = run_job(job, stages, workers=workers_of(config.jobs))
    broken = finished.failure(recipe.name)
    if broken is not None:
        raise StageFailure(f"{recipe.name}: stage {broken['stage']}: {broken['message']}")
    forecast = finished.forecast(recipe.name, ends)
    if forecast.missing.all():
        first = next(iter(finished.silent_series().values()), "its forecast is not finite.")
        raise StageFailure(f"{recipe.name}: no series has a forecast (of {len(ends)}); the first: {first}")
    silent = [f"{text}" for text in finished.silent_series().values()] if forecast.missing.any() else []
    columns = {recipe.name: forecast.mean}
    columns |= {f"{recipe.name}-q{level:g}": values for level, values in forecast.quantiles.items()}
    if levels.probabilities:
        around = monotone(finished.quantiles(recipe.name, forecast, levels.probabilities))
        columns |= {column: around[p] for column, p in levels.columns(recipe.name).items()}
        why = finished.intervals(recipe.name).reason
        silent += [f"{recipe.name} has no intervals, their columns are empty: {why}."] if why else []
    table = restored(table_of(panel, ends, columns), loaded.given)

    def taken_apart() -> pd.DataFrame:
        parts = parts_of_stages(finished, recipe.root, recipe.name, forecast)
        return restored(table_of_parts(parts, panel, ends, forecast.mean), loaded.given)

    return Answer(recipe.name, table, panel, (*found, *silent[:3]), taken_apart)


def _recipe_of_run(config: StudyConfig, name: str, panel: Panel) -> Recipe:
    baselines = baselines_of(config.baselines, panel)
    every, _ = recipes_of(names_of(config.models), config.settings, baselines, registry())
    by_name = {recipe.name.casefold(): recipe for recipe in every}
    if name.casefold() not in by_name:
        names = [recipe.name for recipe in every]
        raise UserError(
            f"the run has no name {name!r}.{did_you_mean(name, names)} Its names: {', '.join(names[:12])}. Give one of "
            "them, or the data and --model NAME to fit another."
        )
    return by_name[name.casefold()]


def _loaded(config: StudyConfig) -> Loaded:
    from hybridts.data.datasets import resolve

    data = config.data
    roles: Mapping[str, Any] = {role: as_names(role, getattr(data, role)) for role in _LISTS}
    columns = Columns(time=data.time, id=data.id, group=data.group, **roles)
    reading = data_arguments(data).get("reading")
    return resolve(data.source, columns, freq=data.freq, season=data.season, reading=reading)


_LISTS = ("target", "past", "future", "static")


def _with_future(loaded: Loaded, future: str) -> Panel:
    from hybridts.data.new_rows import with_future

    assert loaded.roles is not None
    extended = with_future(loaded.panel, loaded.roles, future, loaded.given)
    for text in extended.notices:
        warnings.warn(text, UserWarning, stacklevel=3)
    return extended.panel
