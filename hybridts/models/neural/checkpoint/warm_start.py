"""Where training starts: a saved network's leading blocks in the place of random numbers (the setting `init`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from hybridts.data import calendar
from hybridts.data.panel import Panel
from hybridts.errors import BadSetting, DataError, StageFailure
from hybridts.models.neural.blocks import Shape
from hybridts.models.neural.checkpoint.files import pair_of, read, read_facts
from hybridts.models.neural.checkpoint.layout import Layer, layers_of, pairs, plain_of, written
from hybridts.models.neural.expression import Expression, TwoStep
from hybridts.models.neural.network import build
from hybridts.models.neural.training_settings import Training

#: Blocks that are built another way where the head reads them, and what they do there.
_BY_PLACE = {
    "CNN": "pools in every layer until one state sees the whole window",
    "MLP": "reads the flattened window",
    "DNN": "reads the flattened window",
    "Attention": "pools all states into one",
}
#: Settings that decide how a block learns, not what its numbers mean.
_LEARNING_ONLY = {"dropout"}


class Part(NamedTuple):
    """What a body is built from: its expression, the shape of what it reads, whether the head reads its answer."""

    expression: Expression
    shape: Shape
    last: bool


def check_start(path: str, expression: Expression) -> None:
    """Refuse weights that cannot start this network: before any data is at hand, by what the file says it holds.

    Raises:
        BadSetting: a missing or damaged file, or one whose blocks begin differently, have other settings or another
            place.
    """
    try:
        held = layers_of(read_facts(path)["expression"], last=True)
    except DataError as cause:
        raise BadSetting(f"init: {cause}", "init", path) from cause
    except (KeyError, TypeError, AttributeError) as cause:
        raise BadSetting(f"init: {pair_of(path).facts} does not describe a network; save it again.", "init") from cause
    in_steps = isinstance(expression, TwoStep)
    first = expression.parts[0] if isinstance(expression, TwoStep) else expression
    wanted = layers_of(plain_of(first), last=not in_steps)
    why = _other_blocks(held, wanted, "first part" if in_steps else "network")
    for theirs, mine in () if why else pairs(held, wanted):
        why = why or _other_settings(theirs, mine) or _other_place(theirs, mine, written(wanted))
    if why:
        raise BadSetting(f"init: {pair_of(path).tensors} holds {why}", "init", path)


def _other_blocks(held: Sequence[Layer], wanted: Sequence[Layer], part: str) -> str:
    if written(held[: len(wanted)]) == written(wanted):
        return ""
    needed = "starts only from a network that begins with the same blocks"
    return f"{written(held)}; this {part} is {written(wanted)}, and {needed}."


def _other_settings(held: Layer, wanted: Layer) -> str:
    theirs, mine = held.settings or {}, wanted.settings or {}
    for name in mine:
        if name in theirs and theirs[name] != mine[name] and name not in _LEARNING_ONLY:
            same = f"give both the same, for example {{{held.name}: {{{name}: {json.dumps(theirs[name])}}}}}"
            return f"{held.name} with {name}={theirs[name]}, this one has {name}={mine[name]}: {same}."
    return ""


def _other_place(held: Layer, wanted: Layer, whole: str) -> str:
    if held.last == wanted.last or held.name not in _BY_PLACE:
        return ""
    does = f"where {held.name} comes last, it {_BY_PLACE[held.name]}"
    if held.last:
        follow = f"Save from a network in which a block follows, such as {whole}-LSTM or {whole}>LSTM"
        return f"{held.name} as its last block, here another one follows; {does}. {follow}."
    return f"{held.name} with a block behind it, here it is the last; {does}. Save from a network such as {whole}."


def start_from(body: nn.Module, path: str, number: int, part: Part) -> None:
    """Copy the leading tensors of a saved body into this one, in order.

    In order, not by name: what follows a block decides how deep the modules around it are, but not what it is made of.
    Where the file holds several networks (`seeds`), `number` picks one, counted around.

    Raises:
        StageFailure: another window or other channels made other tensors, or naming the first that does not fit.
        DataError: the files cannot be read.
    """
    saved = read(path)
    file = pair_of(path).tensors
    _refuse_other_shapes(body, Shape(*_shape(saved.facts["shape"])), part, f"init: {file} does not fit")
    prefix = f"{number % int(saved.facts['networks'])}."
    theirs = [name for name in saved.facts["names"] if name.startswith(f"{prefix}body.")]
    with torch.no_grad():
        for i, (name, mine) in enumerate(body.state_dict().items()):
            found = saved.tensors[theirs[i]] if i < len(theirs) else None
            if found is None or found.shape != mine.shape or theirs[i].split(".")[-1] != name.split(".")[-1]:
                held = "ends before it" if found is None else f"has {theirs[i]} {list(found.shape)} in its place"
                raise StageFailure(
                    f"init: {file} does not fit: the first tensor that differs is {name} {list(mine.shape)}, the file "
                    f"{held}. Save it again from a network with the same settings."
                )
            mine.copy_(found)


def _shape(saved: Any) -> tuple[Any, ...]:
    length, channels, grid = saved
    return length, channels, tuple(grid) if grid else None


def _refuse_other_shapes(body: nn.Module, theirs: Shape, part: Part, why: str) -> None:
    """Refuse where the same blocks, built for what the saved network read, would have other tensors than this body."""
    if theirs == part.shape:
        return
    with torch.device("meta"):  # shapes without numbers
        other, _ = build(part.expression, theirs, last=part.last)
    if [(n, t.shape) for n, t in other.state_dict().items()] == [(n, t.shape) for n, t in body.state_dict().items()]:
        return
    mine = part.shape
    if theirs.grid != mine.grid:
        size = [f"a grid of {s.grid[0]} x {s.grid[1]}" if s.grid else "single series" for s in (theirs, mine)]
        raise StageFailure(f"{why}: it read {size[0]}, this one reads {size[1]}.")
    if theirs.channels != mine.channels:
        raise StageFailure(
            f"{why}: it read {theirs.channels} channels, this one reads {mine.channels}. Give both networks the same "
            "covariates."
        )
    raise StageFailure(
        f"{why}: its window was {theirs.length} rows, this one is {mine.length}: set `window: {theirs.length}`."
    )


# -- time ---------------------------------------------------------------------------------------------------------
def time_notes(training: Training, panel: Panel) -> dict[str, Any]:
    """Notes of a fit: until when its weights have seen data, and a notice where their start has seen more than that.

    Raises:
        DataError: the file of `init` cannot be read.
    """
    until = _newest(panel)
    if training.init is None:
        return {"trained_until": until}
    theirs = read_facts(training.init).get("notes", {}).get("trained_until")
    if not _later(theirs, until):
        return {"trained_until": until}
    notice = (
        f"init: {pair_of(training.init).tensors.name} was trained on data until {theirs}, later than some of the data "
        "that this network is to be judged on, so its scores may be too good. Save weights from a fit on older data."
    )
    return {"trained_until": theirs, "notices": [notice]}


def _newest(panel: Panel) -> str | int | None:
    """The newest visible time: an integer, or ISO text; None where nothing is visible."""
    shown = panel.lengths > 0
    if not shown.any():
        return None
    newest = int(panel.times[panel.stops[shown] - 1].max())
    return newest if panel.freq is None else str(calendar.to_pandas(np.array([newest]), panel.freq)[0].isoformat())


def _later(one: Any, other: Any) -> bool:
    """Whether one time is later than another; False where they are of two kinds."""
    if isinstance(one, str) and isinstance(other, str):
        return bool(np.datetime64(one) > np.datetime64(other))
    return isinstance(one, int) and isinstance(other, int) and one > other
