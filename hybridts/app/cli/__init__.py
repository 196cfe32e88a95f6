"""The command line of hybridts: results go to stdout, progress and messages to stderr."""

from __future__ import annotations

import signal
import sys
from types import FrameType

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


def _interrupted(_: int, __: FrameType | None) -> None:
    """Treat SIGTERM as Ctrl-C, so that workers end and what is finished is said."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; exit with 2 and one message if the user's input is wrong, with 1 for other errors."""
    claim_streams()
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        app(standalone_mode=True)
    except UserError as error:
        message(str(error), "error:", "bold red")
        sys.exit(2)
    except HybridtsError as error:
        message(str(error), "error:", "bold red")
        sys.exit(1)
    except MemoryError:
        message("there is not enough memory. Give it more, or use fewer --jobs or series.", "error:", "bold red")
        sys.exit(1)
