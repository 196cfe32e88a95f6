"""`hybridts fit`: fit one name on all data and save it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridts.app.cli import data_options as options
from hybridts.app.cli.console import Plugins, load_option, message, prints_to_stderr


def fit(
    source: Annotated[str, typer.Argument(help="A DATA.csv or .parquet, dataset:NAME, or a CONFIG.yaml.")],
    out: Annotated[Path, typer.Option(help="Folder of the model, or a file that ends in .zip.")],
    model: options.Name = None,
    horizon: options.Horizon = None,
    settings: options.Settings = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    plugins: Plugins = None,
    time: options.Time = None,
    target: options.Target = None,
    id: options.Id = None,
    group: options.Group = None,
    past: options.Past = None,
    future_columns: options.Known = None,
    static: options.Static = None,
    freq: options.Freq = None,
    season: options.Season = None,
) -> None:
    """Fit one name on all data and save it; `hybridts forecast MODEL` reads it."""
    from hybridts.app.forecasting import fit_study

    columns = {"time": time, "target": target, "id": id, "group": group, "past": past, "future": future_columns}
    given = {**columns, "static": static, "freq": freq, "season": season, "models": model, "horizon": horizon}
    load_option(plugins)
    with prints_to_stderr(), options.warnings_as_notes():
        config = options.study_of(source, {**given, "settings": settings, "seed": seed, "jobs": jobs})
        fitted = fit_study(config, model)
        fitted.save(out)
    for notice in fitted.loaded.notices:
        message(notice, "note:")
    message(f"model: {out}   forecast: hybridts forecast {out} --out forecast.csv")
    print(out)
