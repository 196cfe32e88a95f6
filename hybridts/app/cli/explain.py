"""`hybridts explain`: explain a name."""

from __future__ import annotations

from typing import Annotated

import typer

from hybridts.app.cli.console import Plugins, load_option, result
from hybridts.errors import UserError


def explain(
    name: Annotated[str, typer.Argument(help="A name or an expression, quoted if it holds ( ) | >.")],
    lang: Annotated[str, typer.Option(help="en or zh")] = "en",
    plugins: Plugins = None,
) -> None:
    """Explain a name: parts, wiring, shapes, strengths and weaknesses, sources."""
    from hybridts.names.explain import explain as text_of
    from hybridts.names.plugins import registry

    if lang not in ("en", "zh"):
        raise UserError(f"--lang must be en or zh, found {lang!r}.")
    load_option(plugins)
    result(text_of(name, registry(), lang))
