"""`hybridts backtest`: run a study and print its leaderboard. The options are the fields of a study file."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic.fields import FieldInfo

from hybridts.app.cli.console import Json, Plugins, is_study, message, prints_to_stderr, register_study, result
from hybridts.app.cli.data_options import Settings, with_settings
from hybridts.app.cli.options import option_values, with_options
from hybridts.app.cli.run_place import with_place
from hybridts.app.study_file import DataConfig, StudyConfig, read_config, study_config
from hybridts.errors import UserError
from hybridts.files import reason

if TYPE_CHECKING:
    from hybridts.app.api import Board
    from hybridts.engine.progress_state import Event

#: Fields of a study that are not options: only in a file, or an argument.
_FILE_ONLY = ("data", "source", "settings", "combos", "plugins")


def backtest(
    source: Annotated[str, typer.Argument(help="A CONFIG.yaml, a data file, - for stdin, or dataset:NAME.")],
    settings: Settings = None,
    plugins: Plugins = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print stages, time and memory; compute nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no notes on stderr, only errors.")] = False,
    events: Annotated[str | None, typer.Option(help="File to append a JSON line to for every finished stage.")] = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Run a backtest and print its leaderboard."""
    given = {name: value for name, value in {**options, "plugins": plugins}.items() if value is not None}
    with prints_to_stderr():
        config = with_settings(_config(source, _values(given)), settings)
        config = config if plan else with_place(config, source)
        board = None if plan else _run(config, quiet=quiet, events=events)
    if board is None:
        _show_plan(config, as_json=as_json)
    else:
        _show(board, config, as_json=as_json, quiet=quiet)


# -- options ------------------------------------------------------------------------------------------------------
def _fields() -> dict[str, FieldInfo]:
    """Return the fields of a study that are options of the command line."""
    every = {**StudyConfig.model_fields, **DataConfig.model_fields}
    return {name: item for name, item in every.items() if name not in _FILE_ONLY}


backtest.__signature__ = with_options(backtest, _fields())  # type: ignore[attr-defined]


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as values of a study: split lists, turn words such as "true" into values."""
    from hybridts.names.grammar import split_names

    values = option_values({name: text for name, text in given.items() if name != "models"})
    if "models" in given:
        values["models"] = split_names(given["models"])
    if "align" in values:
        values["align"] = values["align"].replace("-", "_")
    if "refit" in values:
        values["refit"] = _refit(values["refit"])
    return values


def _refit(text: str) -> bool | int | str:
    """Return the value of the option --refit."""
    values: dict[str, bool | str] = {"true": True, "false": False, "warm": "warm"}
    if text.casefold() in values:
        return values[text.casefold()]
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise UserError(f"--refit must be true, false, warm or a number of windows, found {text!r}.")


def _config(source: str, given: dict[str, Any]) -> StudyConfig:
    """Return the study of a file or of the options; load its plugins and register its combos."""
    path = Path(source)
    if is_study(path):
        config = read_config(path, given)
    else:
        missing = [f"--{name}" for name in ("models", "horizon") if name not in given]
        if missing:
            raise UserError(f"a data file needs {' and '.join(missing)}, for example --models Auto --horizon 12.")
        data = {"source": source, **{k: given.pop(k) for k in DataConfig.model_fields if k in given}}
        config = study_config({"data": data, **given}, "command line")
    register_study(config, path)
    return config


# -- running and showing ------------------------------------------------------------------------------------------
def _show_plan(config: StudyConfig, *, as_json: bool) -> None:
    """Print the summary of a plan on stdout, its notices on stderr."""
    from hybridts.app.api import plan_of

    summary = plan_of(**config.arguments())
    result(json.dumps(summary.as_json(), ensure_ascii=False, indent=1) if as_json else str(summary))
    for notice in summary.notices:
        message(notice, "note:")


def _run(config: StudyConfig, *, quiet: bool, events: str | None) -> Board:
    """Run the backtest with progress; exit with 130 if it is interrupted."""
    from hybridts.app import api
    from hybridts.app.events import EventFile
    from hybridts.app.progress import Progress

    if quiet:  # hide warnings of libraries, here and in workers
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        with Progress(quiet=quiet) as progress, EventFile(events) if events else contextlib.nullcontext() as file:

            def watch(event: Event) -> None:
                progress(event)
                if file is not None:
                    file(event)

            board = api.backtest(**config.arguments(), watch=watch, verbose=False)
        if file is not None and file.lost is not None:
            message(f"--events {events} ends early: {reason(file.lost)}; the run itself is complete.", "note:")
        return board
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # this process is ending already
        kept = f"finished stages are kept: run the same command with --out {config.out} to continue"
        message(f"stopped; {kept if config.out else 'nothing kept'}.")
        raise typer.Exit(130) from None


def _show(board: Board, config: StudyConfig, *, as_json: bool, quiet: bool) -> None:
    """Print the leaderboard on stdout and failures on stderr; exit with 1 if a name failed."""
    from hybridts.app.listing import board_text

    table = board.table.to_json(orient="records", force_ascii=False) if as_json else board_text(board.table)
    try:
        result(table)
    finally:  # the run is kept where stdout fails, and its place must be said
        _show_notes(board, config, quiet=quiet)


def _show_notes(board: Board, config: StudyConfig, *, quiet: bool) -> None:
    """Print notices, the place of the run and failures on stderr; exit with 1 if a name failed."""
    if not quiet:
        for notice in (*board.table.attrs["notices"], *board.run.manifest["notices"]):
            message(notice, "note:")
        message(f"run: {board.path}   report: hybridts report {board.path} --out report/")
    shown = [m for m in board.run.manifest["models"] if m["shown"]]
    failed = [m for m in shown if m["status"] in ("failed", "partial")]
    for entry in failed:
        message(f"{entry['name']}: {entry['reason']}", "failed:", "red")
    wanted = {
        name.strip().casefold() for name in ([config.models] if isinstance(config.models, str) else config.models)
    }
    asked = [m for m in shown if m["family"] != "baseline" or m["name"].casefold() in wanted]
    silent = bool(asked) and not any(m["status"] in ("complete", "partial") for m in asked)
    if silent:
        names = ", ".join(m["name"] for m in asked[:4])
        message(f"no name that was asked for has a forecast ({names}): see the reasons above.", "failed:", "red")
    if failed or silent:
        raise typer.Exit(1)
