"""Helpers of all commands: messages on stderr, only results on stdout, loading of plugins."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from hybridts.app.cli.streams import flushed, silence
from hybridts.app.stderr import StderrConsole
from hybridts.errors import BadSetting, cut
from hybridts.files import path_of, reason
from hybridts.text import visible

if TYPE_CHECKING:
    from hybridts.app.study_file import StudyConfig

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plugins = Annotated[
    str | None,
    typer.Option("--plugins", help="Modules, .py files, or studies (.yaml) whose combos count, comma separated."),
]


def message(text: str, label: str = "", style: str = "") -> None:
    """Print one message on stderr, after a label; the text may contain brackets, which are not markup.

    A stderr that is full or has no reader is given up: it must not cost the result.
    """
    text = "\n".join(visible(line) for line in cut(text).split("\n"))
    line = Text.assemble((f"{label} ", style), text) if label else Text(text)
    try:
        StderrConsole().print(line)
    except (OSError, ValueError):
        silence(sys.stderr)


def result(text: str) -> None:
    """Print a result on stdout; where its reader has gone, the rest is dropped.

    Raises:
        typer.Exit: 1 where the result was lost, such as on a full disk, after a message.
    """
    lost: OSError | None = None
    try:
        print(text)
        lost = flushed(sys.stdout)
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as cause:
        silence(sys.stdout)
        lost = cause
    if lost is not None:
        message(f"the result could not be written to stdout: {reason(lost)}.", "error:", "bold red")
        raise typer.Exit(1)


@contextlib.contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send what plugins and workers print to stderr, because scripts read the results from stdout."""
    flushed(sys.stdout)
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        flushed(sys.stdout)  # to stderr
        os.dup2(kept, 1)
        os.close(kept)


def given_path(text: str) -> Path:
    """Return a local path that was given, with ~ for the user's home.

    Raises:
        BadSetting: it is empty, or a URL.
    """
    found = path_of(text)
    if not isinstance(found, Path):
        raise BadSetting(f"{text} is a URL: give a local path here.", "out", text)
    return found


def split(text: str) -> list[str]:
    """Return the parts of a comma separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def is_study(path: Path) -> bool:
    """Return whether the ending of a file is that of a study."""
    return path.suffix.casefold() in (".yaml", ".yml")


def load_option(plugins: str | None) -> None:
    """Load what the option `--plugins` lists."""
    with prints_to_stderr():
        _load(split(plugins or ""))


def register_study(config: StudyConfig, path: Path) -> None:
    """Load the plugins of a study, then register its combos, which may use names of the plugins.

    Raises:
        UserError: a plugin or a combo cannot be used; the message names the file.
    """
    from hybridts.errors import UserError
    from hybridts.names.plugins import register_all

    _load(config.plugins, path.parent)
    try:
        register_all(config.combos)
    except UserError as cause:
        raise UserError(f"{path}: combos.{cause}") from cause


def _load(plugins: Iterable[str], folder: Path | None = None) -> None:
    """Import modules and files that register names, and register the combos of studies."""
    from hybridts.app.study_file import read_config
    from hybridts.names.plugins import load_plugins

    for plugin in plugins:
        if is_study(Path(plugin)):
            register_study(read_config(Path(plugin)), Path(plugin))
        else:
            load_plugins([plugin], folder)
