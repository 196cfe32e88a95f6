"""`hybridts check`: check the contract and the leaks of a name or a plugin."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from hybridts.app.cli.console import Json, Plugins, load_option, result


def check(
    target: Annotated[str, typer.Argument(help="A name, a combo, or module:object (file.py:object).")],
    plugins: Plugins = None,
    as_json: Json = False,
) -> None:
    """Check the contract and the leaks of a name or a plugin; print a verdict per check."""
    from hybridts.audit import check as run_checks

    load_option(plugins)
    verdicts = run_checks(target)
    if as_json:
        result(json.dumps([v._asdict() for v in verdicts], indent=1))
    else:
        width = max(len(verdict.check) for verdict in verdicts)
        for verdict in verdicts:
            result(f"{'ok  ' if verdict.passed else 'FAIL'}  {verdict.check:<{width}}  {verdict.detail}")
    if not all(v.passed for v in verdicts):
        raise typer.Exit(1)
