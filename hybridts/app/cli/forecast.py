"""`hybridts forecast`: forecast the rows after the data, by a name, by the best name of a run, or by a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hybridts.app.cli import data_options as options
from hybridts.app.cli.console import (
    Json,
    Plugins,
    given_path,
    load_option,
    message,
    prints_to_stderr,
    register_study,
    result,
)
from hybridts.app.cli.options import with_options
from hybridts.errors import BadSetting, UserError

if TYPE_CHECKING:
    from hybridts.app.forecasting import Answer


def forecast(
    source: Annotated[
        str | None,
        typer.Argument(help="A MODEL that was saved, DATA, or a CONFIG.yaml; with --run it may be left out."),
    ] = None,
    model: options.Name = None,
    run: Annotated[str | None, typer.Option(help="A finished run, whose data, settings and stages are used.")] = None,
    best: Annotated[bool, typer.Option("--best", help="With --run: the first name of its board.")] = False,
    horizon: options.Horizon = None,
    data: Annotated[str | None, typer.Option(help="With a MODEL: new rows, or the whole history up to now.")] = None,
    future: Annotated[str | None, typer.Option(help="File with the known-future columns of the next rows.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_path, metavar="PATH", help="File to write: .csv, .parquet or .json; default: stdout."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(parser=given_path, metavar="PATH", help="Page to write, with a picture of every series."),
    ] = None,
    settings: options.Settings = None,
    plugins: Plugins = None,
    as_json: Json = False,
    **fields: Any,
) -> None:
    """Forecast the rows after the data."""
    jobs, levels = fields.pop("jobs"), {name: fields.pop(name) for name in ("levels", "quantiles")}
    study = {**fields, "settings": settings}
    _check(out, plot)
    _check_future(future)
    load_option(plugins)
    with prints_to_stderr(), options.warnings_as_notes():
        if run is not None:
            _refuse(study, "--run", "the run has its own")
            answer = _of_run(source, run, model, best, {"horizon": horizon, "jobs": jobs, **levels}, data, future)
        elif best:
            raise UserError("--best needs --run RUN: the board that it is best on.")
        elif source is None:
            raise UserError("give a saved model, a data file or a study, or --run RUN.")
        elif _is_model(source):
            _refuse({**study, "model": model}, "a saved model", "it was fixed when the model was fitted")
            answer = _of_model(source, data, future, horizon, levels)
        else:
            given = {**study, **levels, "models": model, "horizon": horizon, "jobs": jobs}
            answer = _of_data(source, given, data, future)
        _write(answer, out, plot)
    result(_text(answer, as_json=as_json) if out is None else str(out))


forecast.__signature__ = with_options(forecast, options.FIELDS)  # type: ignore[attr-defined]


def _check_future(future: str | None) -> None:
    """Refuse names of columns where a file is meant.

    Raises:
        UserError: `future` is a list of names, not a file.
    """
    if future is not None and "," in future and not Path(future).exists():
        raise UserError(
            f"--future is the file with the next rows, and there is no file {future}. Known-future columns of the data "
            f"are named by --future-columns {future}."
        )


def _is_model(source: str) -> bool:
    from hybridts.app.forecasting import is_model

    return is_model(source)


def _of_model(source: str, data: str | None, future: str | None, horizon: int | None, levels: dict[str, Any]) -> Answer:
    from hybridts.app.forecasting import forecast_model

    return forecast_model(source, data, future, horizon, levels)


def _of_data(source: str, given: dict[str, Any], data: str | None, future: str | None) -> Answer:
    from hybridts.app.forecasting import forecast_study

    if data is not None:
        raise UserError("--data is for a saved model: give the whole data as the first argument, or a model.")
    return forecast_study(options.study_of(source, given), given["models"], future)


def _of_run(
    source: str | None,
    run: str,
    model: str | None,
    best: bool,
    given: dict[str, Any],
    data: str | None,
    future: str | None,
) -> Answer:
    from hybridts.app.forecasting import best_of, forecast_run
    from hybridts.app.study_file import read_config
    from hybridts.files import path_of

    if best == (model is not None):
        raise UserError("with --run, give either --best or --model NAME.")
    if data is not None:
        raise UserError("--data is for a saved model; with --run, give later data as the first argument.")
    folder = path_of(run)
    if not isinstance(folder, Path):
        raise UserError(f"{run} is a URL: give a local copy of the run.")
    file = folder / "config.yaml"
    if not file.is_file():
        raise UserError(
            f"{run} holds no config.yaml: it is no run, or has not finished. Give a run of `backtest --out`."
        )
    values = {**{k: v for k, v in given.items() if v is not None}, **({} if source is None else {"source": source})}
    try:
        config = read_config(file, values)
    except BadSetting as cause:
        if cause.key != "source":
            raise
        raise UserError(f"{run} was made from data in memory: give the data as the first argument.") from cause
    register_study(config, file)
    name = best_of(run) if best else str(model)
    return forecast_run(config, name, folder, future)


def _refuse(given: dict[str, Any], what: str, why: str) -> None:
    """Refuse options that have no meaning beside another."""
    found = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if found:
        raise UserError(f"{', '.join(found)} cannot be given with {what}: {why}. Leave it out.")


def _check(out: Path | None, plot: Path | None) -> None:
    """Refuse files that cannot be written before anything is fitted."""
    from hybridts.app.forecast_table import check_ending

    if out is not None:
        check_ending(out)
    if plot is not None and plot.suffix.casefold() not in (".html", ".htm"):
        raise UserError(f"--plot {plot}: the picture is a page; give a name that ends in .html.")


def _write(answer: Answer, out: Path | None, plot: Path | None) -> None:
    from hybridts.app.forecast_page import page_of
    from hybridts.app.forecast_table import write_table
    from hybridts.files import must_write, whole_file

    for notice in answer.notices:
        message(notice, "note:")
    if out is not None:
        write_table(answer.table, out)
    if plot is not None:
        with must_write(plot), whole_file(plot) as file:
            parts = None if answer.parts is None else answer.parts()
            file.write(page_of(answer.panel, answer.table, answer.name, parts).encode())
        message(f"picture: {plot}")


def _text(answer: Answer, *, as_json: bool) -> str:
    from hybridts.app.forecast_table import json_of

    return json_of(answer.table) if as_json else str(answer.table.to_csv(index=False)).rstrip("\n")
