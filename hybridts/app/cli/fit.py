"""`hybridts fit`: fit one name on all data and save it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hybridts.app.cli import data_options as options
from hybridts.app.cli.console import Plugins, given_path, load_option, message, prints_to_stderr, result
from hybridts.app.cli.options import with_options


def fit(
    source: Annotated[str, typer.Argument(help="A DATA.csv or .parquet, dataset:NAME, or a CONFIG.yaml.")],
    out: Annotated[
        Path, typer.Option(parser=given_path, metavar="PATH", help="Folder of the model, or a file that ends in .zip.")
    ],
    model: options.Name = None,
    horizon: options.Horizon = None,
    settings: options.Settings = None,
    plugins: Plugins = None,
    **fields: Any,
) -> None:
    """Fit one name on all data and save it; `hybridts forecast MODEL` reads it."""
    from hybridts.app.forecasting import fit_study

    load_option(plugins)
    with prints_to_stderr(), options.warnings_as_notes():
        config = options.study_of(source, {**fields, "models": model, "horizon": horizon, "settings": settings})
        fitted = fit_study(config, model)
        fitted.save(out)
    for notice in fitted.loaded.notices:
        message(notice, "note:")
    ahead = " --future NEXT-ROWS.csv" if fitted.loaded.panel.future.size else ""
    message(f"model: {out}   forecast: hybridts forecast {out}{ahead} --out forecast.csv")
    result(str(out))


fit.__signature__ = with_options(fit, options.FIELDS)  # type: ignore[attr-defined]
