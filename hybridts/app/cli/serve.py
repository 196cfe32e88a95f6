"""`hybridts serve`: answer forecasts of a saved model over HTTP."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from hybridts.app.cli.console import Plugins, load_option, message, prints_to_stderr, result
from hybridts.errors import UserError


def serve(
    model: Annotated[str, typer.Argument(help="A MODEL that `hybridts fit` or model.save wrote.")],
    host: Annotated[str, typer.Option(help="Address to listen on; the default is reached by this machine only.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
    max_mb: Annotated[float, typer.Option(help="Largest body of a request, in megabytes.")] = 16.0,
    seconds: Annotated[float, typer.Option(help="Longest time of a request.")] = 60.0,
    plugins: Plugins = None,
) -> None:
    """Serve forecasts of a saved model: POST /forecast, GET /health, GET /docs."""
    from hybridts.app.fitted_model import load
    from hybridts.app.serving.limits import Limits
    from hybridts.app.serving.server import bound, is_loopback, serve, server_library, url_of

    load_option(plugins)
    server_library()
    for name, value in (("--seconds", seconds), ("--max-mb", max_mb)):
        if not 0 < value < math.inf:
            raise UserError(f"{name} must be a number above 0, found {value:g}.")
    limits = Limits(int(max_mb * 10**6), seconds)
    with prints_to_stderr():
        fitted = load(model)
    listening = bound(host, port)
    try:
        url = url_of(listening, host)
        result(url)
        message(f"{fitted.recipe.name}, {fitted.horizon} steps: POST {url}/forecast, {url}/docs; stop with Ctrl-C.")
        if not is_loopback(host):
            message(f"everybody who reaches {host} can ask for forecasts: there is no password.", "note:")
        serve(fitted, listening, host, limits)
    finally:
        listening.close()
