"""`hybridts inspect`: what is read from data, how it was decided, what looks wrong, and what to run next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hybridts.app.cli.console import Json, given_path, is_study, result
from hybridts.app.cli.options import option_values, with_options
from hybridts.app.study_file import DataConfig, data_arguments, data_config, read_config


def inspect(
    source: Annotated[str, typer.Argument(help="A data file, - for stdin, a CONFIG.yaml or dataset:NAME.")],
    html: Annotated[
        Path | None,
        typer.Option(parser=given_path, metavar="PATH", help="File for a page with a small plot per series."),
    ] = None,
    as_json: Json = False,
    **options: Any,
) -> None:
    """Show what is read from data, how it was decided, what looks wrong, and what to run next."""
    from hybridts.app.inspection import inspect as look
    from hybridts.data.datasets import resolve
    from hybridts.data.read import Columns

    given = option_values({name: value for name, value in options.items() if value is not None})
    if is_study(Path(source)):
        config = read_config(Path(source), given).data
    else:
        config = data_config({"source": source, **given}, "command line")
    words = data_arguments(config)
    columns = Columns(**{name: words[name] for name in Columns.__dataclass_fields__})
    loaded = resolve(config.source, columns, words["freq"], words["season"], words.get("reading"))
    flags = config.model_dump(exclude_defaults=True, exclude={"source"})
    found = look(loaded, config.source, flags)
    if html is not None:
        from hybridts.app.inspection_page import write_page

        write_page(found, loaded.panel, html)
    result(json.dumps(found.as_json(), ensure_ascii=False, indent=1) if as_json else str(found))


_fields = {name: item for name, item in DataConfig.model_fields.items() if name != "source"}
inspect.__signature__ = with_options(inspect, _fields)  # type: ignore[attr-defined]
