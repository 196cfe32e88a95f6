"""`hybridts models`: list components and names."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from hybridts.app.cli.console import Json, Plugins, load_option, result
from hybridts.errors import UserError


def models(
    pattern: Annotated[str, typer.Argument(help="Part of a name, or a glob such as 'LSTM*'.")] = "",
    family: Annotated[str | None, typer.Option(help="statistical, neural, learner, baseline, hybrid, ensemble")] = None,
    plugins: Plugins = None,
    as_json: Json = False,
) -> None:
    """List components and names."""
    from hybridts.app.listing import FAMILIES, list_models
    from hybridts.names.plugins import registry

    load_option(plugins)
    if family is not None and family not in FAMILIES:
        raise UserError(f"unknown family {family!r}; one of {', '.join(FAMILIES)}.")
    rows = list_models(registry(), pattern, family)
    if as_json:
        result(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows and family == "ensemble":
        raise UserError("no ensemble is registered: write one, such as 'ARIMA + LSTM', 'median(A, B)', 'greedy(A, B)'.")
    if not rows:
        what = f"{pattern!r}" if family is None else f"{pattern!r} in the family {family}"
        raise UserError(f"no name matches {what}. `hybridts models` lists all of them.")
    width = max(len(r["name"]) for r in rows)
    for row in rows:
        stages = ", ".join(stage["name"] for stage in row["stages"])
        result(f"{row['name']:<{width}}  {row['family']:<11}  {stages:<22}  {row['summary']['en']}")
