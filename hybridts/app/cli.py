"""The command line: it only wires options to the library, prints results on stdout and progress on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from hybridts.errors import HybridtsError, UserError

if TYPE_CHECKING:
    from hybridts.app.api import Board
    from hybridts.app.study_file import StudyConfig
    from hybridts.engine.progress_state import Event

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Known = Annotated[
    str | None,
    typer.Option("--plugins", help="Modules, .py files, or studies (.yaml) whose combos count, comma separated."),
]
_FLAGS = "Columns and frequency"
_ROLL = "Rolling"
_NO_SETTINGS = ("source", "plan", "quiet", "events", "as_json")  # of `backtest`; all other options are the study's


def main() -> None:
    """Run the command line; exit 2 with one message where the user's input is wrong."""
    try:
        app(standalone_mode=True)
    except UserError as error:
        _say(f"[bold red]error:[/] {_plain(error)}")
        sys.exit(2)
    except HybridtsError as error:
        _say(f"[bold red]error:[/] {_plain(error)}")
        sys.exit(1)


def _plain(error: Exception) -> str:
    return str(error).replace("[", r"\[")


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(text)


@app.command()
def models(
    pattern: Annotated[str, typer.Argument(help="Part of a name, or a glob such as 'LSTM*'.")] = "",
    family: Annotated[str | None, typer.Option(help="statistical, neural, learner, baseline, hybrid, ensemble")] = None,
    plugins: Known = None,
    as_json: Json = False,
) -> None:
    """List components and names."""
    from hybridts.app.listing import FAMILIES, list_models

    _learn(plugins)
    if family is not None and family not in FAMILIES:
        raise UserError(f"unknown family {family!r}; one of {', '.join(FAMILIES)}.")
    rows = list_models(pattern, family)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows and family == "ensemble":
        raise UserError("no ensemble is registered: write one, such as 'ARIMA + LSTM', 'median(A, B)', 'greedy(A, B)'.")
    if not rows:
        what = f"{pattern!r}" if family is None else f"{pattern!r} in the family {family}"
        raise UserError(f"no name matches {what}. `hybridts models` lists all of them.")
    width = max(len(r["name"]) for r in rows)
    for row in rows:
        stages = ", ".join(stage["name"] for stage in row["stages"])
        print(f"{row['name']:<{width}}  {row['family']:<11}  {stages:<22}  {row['summary']['en']}")


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="A name or an expression, quoted if it holds ( ) | >.")],
    lang: Annotated[str, typer.Option(help="en or zh")] = "en",
    plugins: Known = None,
) -> None:
    """Say what a name means: parts, wiring, shapes, what it is good and bad at, sources."""
    from hybridts.names.explain import explain as text_of
    from hybridts.names.plugins import registry

    if lang not in ("en", "zh"):
        raise UserError(f"--lang must be en or zh, found {lang!r}.")
    _learn(plugins)
    print(text_of(name, registry(), lang))


@app.command()
def datasets(as_json: Json = False) -> None:
    """List the small data sets that installed packages carry (use them as dataset:NAME)."""
    from hybridts.data.datasets import available

    rows = available()
    if as_json:
        print(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1, default=str))
        return
    for row in rows:
        print(f"{row.name:<14} {row.shape:<46} horizon {row.horizon:<4} {row.summary}")


@app.command()
def backtest(
    source: Annotated[str, typer.Argument(help="A CONFIG.yaml, a DATA.csv or .parquet, or dataset:NAME.")],
    models: Annotated[str | None, typer.Option(help="Names, comma separated, or seed-100.")] = None,
    horizon: Annotated[int | None, typer.Option(rich_help_panel=_ROLL)] = None,
    windows: Annotated[int | None, typer.Option(rich_help_panel=_ROLL)] = None,
    step: Annotated[int | None, typer.Option(rich_help_panel=_ROLL)] = None,
    gap: Annotated[int | None, typer.Option(rich_help_panel=_ROLL)] = None,
    scheme: Annotated[str | None, typer.Option(rich_help_panel=_ROLL, help="expanding or sliding")] = None,
    refit: Annotated[str | None, typer.Option(rich_help_panel=_ROLL, help="true, false, every K, or warm")] = None,
    align: Annotated[str | None, typer.Option(rich_help_panel=_ROLL, help="calendar or per-series")] = None,
    metrics: Annotated[str | None, typer.Option(help="Comma separated.")] = None,
    time: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    target: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    id: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    group: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    past: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    future: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    static: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    freq: Annotated[str | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    season: Annotated[int | None, typer.Option(rich_help_panel=_FLAGS)] = None,
    out: Annotated[str | None, typer.Option(help="Run directory or URL: kept, and resumed if it exists.")] = None,
    store: Annotated[str | None, typer.Option(help="Directory or URL of finished stages that runs share.")] = None,
    float32: Annotated[
        bool | None, typer.Option("--float32", help="Keep forecasts to seven digits: less disk.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Worker processes; the numbers do not depend on it.")] = None,
    stage_seconds: Annotated[float | None, typer.Option(help="A stage that runs longer fails.")] = None,
    stage_memory: Annotated[str | None, typer.Option(help="A stage whose worker holds more fails, as 2GB.")] = None,
    executor: Annotated[str | None, typer.Option(help="local, or ray[:ADDRESS] for a Ray cluster.")] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    baselines: Annotated[str | None, typer.Option(help="full, cheap or none")] = None,
    plugins: Known = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print stages, time and memory; compute nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no notes on stderr, only errors.")] = False,
    events: Annotated[str | None, typer.Option(help="File to append a JSON line to for every finished stage.")] = None,
    as_json: Json = False,
) -> None:
    """Run a backtest and print its leaderboard."""
    given = _typed({k: v for k, v in locals().items() if v is not None and k not in _NO_SETTINGS})
    with _results_alone():
        config = _config(source, given)
        board = None if plan else _run(config, quiet=quiet, events=events)
    if board is None:
        _show_plan(config, as_json=as_json)
    else:
        _show(board, as_json=as_json, quiet=quiet)


@contextlib.contextmanager
def _results_alone() -> Iterator[None]:
    """What plugins and workers print meanwhile goes to stderr: stdout is for results, which scripts read."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    """Flags as the values a configuration holds: lists split, words to values."""
    from hybridts.names.grammar import split_names

    lists: dict[str, Callable[[str], list[str]]] = {
        name: _split for name in ("metrics", "target", "past", "future", "static", "plugins")
    }
    for name, split in {**lists, "models": split_names}.items():
        if name in given:
            given[name] = split(given[name])
    if "align" in given:
        given["align"] = given["align"].replace("-", "_")
    if "refit" in given:
        given["refit"] = _refit(given["refit"])
    return given


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _refit(text: str) -> Any:
    words = {"true": True, "false": False, "warm": "warm"}
    if text.casefold() in words:
        return words[text.casefold()]
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise UserError(f"--refit must be true, false, warm or a number of windows, found {text!r}.")


def _config(source: str, given: dict[str, Any]) -> StudyConfig:
    """What was asked for, its plugins loaded and its combos registered."""
    from hybridts.app.study_file import read_config, study_config

    path = Path(source)
    if _is_study(path):
        config = read_config(path, given)
    else:
        missing = [f"--{name}" for name in ("models", "horizon") if name not in given]
        if missing:
            raise UserError(f"a data file needs {' and '.join(missing)}, for example --models ARIMA,LSTM --horizon 12.")
        columns = ("time", "target", "id", "group", "past", "future", "static", "freq", "season")
        data = {"source": source, **{k: given.pop(k) for k in columns if k in given}}
        config = study_config({"data": data, **given}, "command line")
    _register(config, path)
    return config


def _is_study(path: Path) -> bool:
    return path.suffix.casefold() in (".yaml", ".yml")


def _register(config: StudyConfig, path: Path) -> None:
    """Make known what a study defines: its plugins, then its combos, which may be made of them."""
    from hybridts.names.plugins import register_all

    _load(config.plugins, path.parent)
    try:
        register_all(config.combos)
    except UserError as cause:
        raise UserError(f"{path}: combos.{cause}") from cause


def _load(plugins: list[str], folder: Path | None = None) -> None:
    """Make known what modules and files register when they are imported, and what studies define."""
    from hybridts.app.study_file import read_config
    from hybridts.names.plugins import load_plugins

    for plugin in plugins:
        if _is_study(Path(plugin)):
            _register(read_config(Path(plugin)), Path(plugin))
        else:
            load_plugins([plugin], folder)


def _learn(plugins: str | None) -> None:
    """`--plugins` of commands about names."""
    with _results_alone():
        _load(_split(plugins or ""))


def _show_plan(config: StudyConfig, *, as_json: bool) -> None:
    from hybridts.app.api import plan_of

    summary = plan_of(**config.arguments())
    print(json.dumps(summary.as_json(), ensure_ascii=False, indent=1) if as_json else summary)
    for notice in summary.notices:
        _say(f"note: {_plain(Exception(notice))}")


def _run(config: StudyConfig, *, quiet: bool, events: str | None) -> Board:
    from hybridts.app import api
    from hybridts.app.events import EventFile
    from hybridts.app.progress import Progress

    if quiet:  # what libraries warn of, here and in the workers to come
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        with Progress(quiet=quiet) as progress, EventFile(events) if events else contextlib.nullcontext() as file:

            def watch(event: Event) -> None:
                progress(event)
                if file is not None:
                    file(event)

            return api.backtest(**config.arguments(), watch=watch)
    except KeyboardInterrupt:
        kept = (
            f"finished stages are kept in {config.out}: run the same command to go on" if config.out else "nothing kept"
        )
        _say(f"stopped; {kept}.")
        raise typer.Exit(130) from None


def _show(board: Board, *, as_json: bool, quiet: bool) -> None:
    """Leaderboard on stdout, what went wrong on stderr, exit 1 if an asked name failed."""
    from hybridts.app.listing import board_text

    if as_json:
        print(board.table.to_json(orient="records", force_ascii=False))
    else:
        print(board_text(board.table))
    if not quiet:
        for notice in (*board.table.attrs["notices"], *board.run.manifest["notices"]):
            _say(f"note: {notice}")
        _say(f"run: {board.path}   report: hybridts report {board.path} --out report/")
    failed = [m for m in board.run.manifest["models"] if m["shown"] and m["status"] in ("failed", "partial")]
    for entry in failed:
        _say(f"[red]failed:[/] {entry['name']}: {_plain(Exception(entry['reason']))}")
    if failed:
        raise typer.Exit(1)


@app.command()
def report(
    run: Annotated[str, typer.Argument(help="A run directory or URL.")],
    format: Annotated[str, typer.Option(help="Any of html,md,csv,tex,json.")] = "html,md,csv,tex,json",
    out: Annotated[Path | None, typer.Option(help="Folder to write into; default RUN/report.")] = None,
) -> None:
    """Write the leaderboard report of a finished run."""
    from hybridts.app.api import load_board

    try:
        board = load_board(run)
    except HybridtsError as error:
        raise UserError(str(error)) from error
    if out is None and not isinstance(board.path, Path):
        raise UserError(f"{run} is a URL: say with --out in which local folder the report goes.")
    for path in board.report(out or Path(run) / "report", _split(format)):
        print(path)


@app.command()
def check(
    target: Annotated[str, typer.Argument(help="A name, a combo, or module:object (file.py:object).")],
    plugins: Known = None,
    as_json: Json = False,
) -> None:
    """Run the contract and the leak audit of a name or a plugin; a verdict per check."""
    from hybridts.audit import check as run_checks

    _learn(plugins)
    verdicts = run_checks(target)
    if as_json:
        print(json.dumps([v._asdict() for v in verdicts], indent=1))
    else:
        width = max(len(verdict.check) for verdict in verdicts)
        for verdict in verdicts:
            print(f"{'ok  ' if verdict.passed else 'FAIL'}  {verdict.check:<{width}}  {verdict.detail}")
    if not all(v.passed for v in verdicts):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
