"""Checks of the setting `init` before any training: do saved weights suit a network, and do they know later data?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridts.data import calendar
from hybridts.data.panel import Panel
from hybridts.errors import BadSetting, DataError
from hybridts.models.neural.checkpoint.files import pair_of, read_facts
from hybridts.models.neural.checkpoint.layout import Layer, layers_of, pairs, plain_of, written
from hybridts.models.neural.expression import Expression, TwoStep
from hybridts.models.neural.training_settings import Training

#: Blocks that are built differently in last position, and what they do there.
_BY_PLACE = {
    "CNN": "pools in every layer until one state sees the whole window",
    "MLP": "reads the flattened window",
    "DNN": "reads the flattened window",
    "Attention": "pools all states into one",
}
#: Settings that change how a block is trained, not what its weights mean.
_LEARNING_ONLY = {"dropout"}


def check_start(path: str, expression: Expression, tokens: Mapping[str, str]) -> None:
    """Refuse weights whose description does not suit this network; no data is needed.

    Args:
        path: of the weights.
        expression: of the network that is to start from them.
        tokens: class name of a block -> its token, for messages.

    Raises:
        BadSetting: the file is missing or damaged, or its leading blocks are others, have other settings or another
            position.
    """
    try:
        held = layers_of(read_facts(path)["expression"], tokens, last=True)
    except DataError as cause:
        raise BadSetting(f"init: {cause}", "init", path) from cause
    except (KeyError, TypeError, AttributeError) as cause:
        raise BadSetting(f"init: {pair_of(path).facts} does not describe a network; save it again.", "init") from cause
    in_steps = isinstance(expression, TwoStep)
    first = expression.parts[0] if isinstance(expression, TwoStep) else expression
    wanted = layers_of(plain_of(first), tokens, last=not in_steps)
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


def time_notes(training: Training, panel: Panel) -> dict[str, Any]:
    """Return notes of a fit: the newest time its weights know, and a notice if the weights of `init` know later data.

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
    """Return the newest visible time, an integer or ISO text; None if nothing is visible."""
    shown = panel.lengths > 0
    if not shown.any():
        return None
    newest = int(panel.times[panel.stops[shown] - 1].max())
    return newest if panel.freq is None else str(calendar.to_pandas(np.array([newest]), panel.freq)[0].isoformat())


def _later(one: Any, other: Any) -> bool:
    """Return whether one time is later than another; False if their types differ."""
    if isinstance(one, str) and isinstance(other, str):
        return bool(np.datetime64(one) > np.datetime64(other))
    return isinstance(one, int) and isinstance(other, int) and one > other
