"""What commands share: messages on stderr, results alone on stdout, plugins made known."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from hybridts.app.study_file import StudyConfig

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Plugins = Annotated[
    str | None,
    typer.Option("--plugins", help="Modules, .py files, or studies (.yaml) whose combos count, comma separated."),
]


def say(text: str, label: str = "", style: str = "") -> None:
    """Print one message on stderr, after a label; text is printed as it is, whatever brackets it holds."""
    message = Text.assemble((f"{label} ", style), text) if label else Text(text)
    Console(stderr=True, soft_wrap=True, highlight=False).print(message)


@contextlib.contextmanager
def results_alone() -> Iterator[None]:
    """Send what plugins and workers print to stderr: stdout is for results, which scripts read."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def split(text: str) -> list[str]:
    """Return the parts of a comma separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def is_study(path: Path) -> bool:
    """Return whether a file is a study by its ending."""
    return path.suffix.casefold() in (".yaml", ".yml")


def learn(plugins: str | None) -> None:
    """Make known what `--plugins` names."""
    with results_alone():
        _load(split(plugins or ""))


def register_study(config: StudyConfig, path: Path) -> None:
    """Make known what a study defines: its plugins, then its combos, which may be made of them.

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
    """Make known what modules and files register when they are imported, and what studies define."""
    from hybridts.app.study_file import read_config
    from hybridts.names.plugins import load_plugins

    for plugin in plugins:
        if is_study(Path(plugin)):
            register_study(read_config(Path(plugin)), Path(plugin))
        else:
            load_plugins([plugin], folder)
