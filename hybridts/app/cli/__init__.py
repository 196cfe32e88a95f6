"""The command line of hybridts: results go to stdout, progress and messages to stderr."""

from __future__ import annotations

import sys

import typer

from hybridts.app.cli import backtest, check, datasets, explain, fit, forecast, inspect, models, report, serve
from hybridts.app.cli.console import message
from hybridts.app.cli.streams import claim_streams
from hybridts.errors import HybridtsError, UserError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
for command in (
    models.models,
    explain.explain,
    datasets.datasets,
    inspect.inspect,
    backtest.backtest,
    report.report,
    forecast.forecast,
    fit.fit,
    serve.serve,
    check.check,
):
    app.command()(command)


def main() -> None:
    """Run the command line; exit with 2 and one message if the user's input is wrong, with 1 for other errors."""
    claim_streams()
    try:
        app(standalone_mode=True)
    except UserError as error:
        message(str(error), "error:", "bold red")
        sys.exit(2)
    except HybridtsError as error:
        message(str(error), "error:", "bold red")
        sys.exit(1)
