"""`hybridts explain`: what a name means."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridts.app.cli.console import Plugins, learn
from hybridts.errors import UserError


def explain(
    name: Annotated[str, typer.Argument(help="A name or an expression, quoted if it holds ( ) | >.")],
    lang: Annotated[str, typer.Option(help="en or zh")] = "en",
    plugins: Plugins = None,
) -> None:
    """Say what a name means: parts, wiring, shapes, what it is good and bad at, sources."""
    from hybridts.names.explain import explain as text_of
    from hybridts.names.plugins import registry

    if lang not in ("en", "zh"):
        raise UserError(f"--lang must be en or zh, found {lang!r}.")
    learn(plugins)
    print(text_of(name, registry(), lang))
