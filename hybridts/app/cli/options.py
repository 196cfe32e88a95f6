"""Options of commands that are fields of a study file: one declaration serves both."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from hybridts.app.cli.console import split
from hybridts.app.study_file import READING, DataConfig, StudyConfig

#: Columns known ahead, in commands whose `--future` is a file.
AHEAD = "future_columns"
_ROLLING = ("horizon", "windows", "step", "gap", "scheme", "refit", "align")
_PANELS = {
    **dict.fromkeys((*DataConfig.model_fields, AHEAD), "Columns and frequency"),
    **dict.fromkeys(READING, "Reading"),
    **dict.fromkeys(_ROLLING, "Rolling"),
}


def kinds_of(annotation: Any) -> set[Any]:
    """Return the types that a field accepts."""
    if get_origin(annotation) in (Union, types.UnionType):
        return set().union(*map(kinds_of, get_args(annotation)))
    return {str} if get_origin(annotation) is Literal else {annotation}


def parameters(fields: Mapping[str, FieldInfo]) -> Iterator[inspect.Parameter]:
    """Yield one option for every field: a number, a flag, or else text."""
    for name, item in fields.items():
        kinds = kinds_of(item.annotation) - {type(None)}
        kind = next(iter(kinds)) if len(kinds) == 1 and kinds <= {int, float, bool} else str
        flag = (f"--{name.replace('_', '-')}",) if kind is bool else ()
        option = typer.Option(*flag, help=item.description, rich_help_panel=_PANELS.get(name))
        annotation = Annotated[kind | None, option]  # type: ignore[valid-type]
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def with_options(command: Callable[..., None], fields: Mapping[str, FieldInfo]) -> inspect.Signature:
    """Return the parameters of a command, with an option for every field instead of its `**options`."""
    own = inspect.signature(command, eval_str=True).parameters.values()
    return inspect.Signature([p for p in own if p.kind is not p.VAR_KEYWORD] + list(parameters(fields)))


def option_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as values of a study: comma separated lists are split, `nonnegative` is a word or a truth."""
    known = {**StudyConfig.model_fields, **DataConfig.model_fields}
    values = {n: split(v) if list[str] in kinds_of(known[n].annotation) else v for n, v in given.items()}
    if "nonnegative" in values:
        from hybridts.hybrids.limits import check_nonnegative

        values["nonnegative"] = check_nonnegative(values["nonnegative"])
    return values
