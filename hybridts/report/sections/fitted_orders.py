"""What the models chose: orders, components, periods and systems, read from the notes of each stage's newest fit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation

EACH = 6  # series (or groups) up to which the choice of each is written out
MEMBERS = 5  # of an ensemble whose weights are written out
OFTEN = 3  # choices written out beyond that

Notes = Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """Something that happened to some series of a fit.

    Attributes:
        note: its key in the stage's notes.
        words: what it means to a reader.
        names: the series; empty where it holds for all.
        text: the note itself, of the first series.
    """

    note: str
    words: str
    names: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        if not self.names:
            return f"{self.words}: {self.text}"
        count = "" if len(self.names) == 1 else f"{words.plural(len(self.names), 'series')}, first "
        return f"{self.words}: {count}{self.names[0]}{f' ({self.text})' if self.text else ''}"


@dataclass(frozen=True)
class Chosen:
    """The choices of one stage at its newest fit.

    Attributes:
        stage: its label, with the name that uses it where two stages share one.
        window: index of the fit's window; cutoff: its text.
        unit: "series", or "group" for what is fitted jointly.
        made: series (or group) -> its choice, in the order of the run.
        tried: median number of models that a search compared; NaN where none searched.
        stopped: how many searches were ended by their budget.
        remarks: what else a reader should know.
    """

    stage: str
    window: int
    cutoff: str
    unit: str
    made: Mapping[str, str]
    tried: float
    stopped: int
    remarks: tuple[Remark, ...]

    @property
    def choices(self) -> list[tuple[str, list[str]]]:
        """Each distinct choice and who made it, the most frequent first."""
        by_text: dict[str, list[str]] = {}
        for name, text in self.made.items():
            by_text.setdefault(text, []).append(name)
        return sorted(by_text.items(), key=lambda item: (-len(item[1]), item[0]))

    @property
    def counted(self) -> bool:
        """Whether `lines` counts choices instead of naming who made each."""
        return len(self.choices) > 1 and len(self.made) > EACH

    def lines(self) -> list[str]:
        """The choices in words: of each where they are few, else the most frequent with counts."""
        ranked = self.choices
        if len(ranked) == 1:
            whose = "" if len(self.made) == 1 else f" for all {words.plural(len(self.made), self.unit)}"
            return [ranked[0][0] + whose]
        if not self.counted:
            return [f"{name}: {text}" for name, text in self.made.items()]
        often = ranked[: OFTEN + 1]
        if len(ranked) > OFTEN + 1:  # a single other needs no more room than its count
            often = [c for c in ranked[:OFTEN] if len(c[1]) > 1] or ranked[:OFTEN]
        shown = [f"{len(names):,} × {text}" for text, names in often]
        rest = ranked[len(often) :]
        return [*shown, f"{sum(len(n) for _, n in rest):,} × another ({len(rest):,} choices)"] if rest else shown

    def search(self) -> str:
        """How much was tried, in words; empty where nothing was searched."""
        if math.isnan(self.tried):
            return ""
        ended = f"; the budget ended {self.stopped:,} search{'' if self.stopped == 1 else 'es'}"
        return f"{self.tried:g}{ended if self.stopped else ''}"


def choices(evaluation: Evaluation) -> list[Chosen]:
    """The newest fit of every stage that chose something and that a shown name uses, in the order of the run."""
    used = {key for name in evaluation.shown for key in evaluation.entries[name].get("needs", ())}
    stages = evaluation.run.stages.drop_duplicates("key")
    stages = stages[stages["key"].isin(used) & (stages["window"] >= 0)]
    cutoffs = {int(w["index"]): str(w["cutoff"]) for w in evaluation.run.manifest["windows"]}
    found: list[Chosen] = []
    for _, fits in stages.groupby("stage", sort=False):
        speaking = [(row, notes) for row, notes in _read(fits) if made(notes)]
        newest = max((int(row["window"]) for row, _ in speaking), default=-1)
        last = [(row, notes) for row, notes in speaking if int(row["window"]) == newest]
        for row, notes in last:
            found.append(_chosen(_label(row, len(last) > 1), newest, cutoffs.get(newest, ""), notes))
    return found


def _read(fits: pd.DataFrame) -> Iterator[tuple[dict[str, Any], Notes]]:
    """Rows with their notes, as far as they hold any."""
    for row in fits.to_dict("records"):
        notes = json.loads(row["notes"]) if row["notes"] else {}
        if isinstance(notes, Mapping):
            yield {str(key): value for key, value in row.items()}, notes


def _label(row: Mapping[str, Any], shared: bool) -> str:
    """The stage, and who uses it where another stage has the same label (other settings)."""
    names = json.loads(row["names"]) if row["names"] else []
    return f"{row['stage']} (of {names[0]})" if shared and names else str(row["stage"])


def _chosen(stage: str, window: int, cutoff: str, notes: Notes) -> Chosen:
    tried = [float(v) for v in _by_series(notes.get("models_tried")).values() if isinstance(v, int | float)]
    return Chosen(
        stage=stage,
        window=window,
        cutoff=cutoff,
        unit="group" if "groups" in notes else "series",
        made=made(notes),
        tried=median(tried) if tried else math.nan,
        stopped=len(_by_series(notes.get("search_stopped"))),
        remarks=tuple(_remarks(notes)),
    )


# -- what was chosen ----------------------------------------------------------------------------------------------
def made(notes: Notes) -> dict[str, str]:
    """Series (or group) -> its choice in words; empty where the notes hold none that is known here."""
    try:
        return next((reader(notes) for key, reader in _READERS.items() if isinstance(notes.get(key), Mapping)), {})
    except (TypeError, ValueError, LookupError):  # a plugin means something else by the same key
        return {}


def _orders(notes: Notes) -> dict[str, str]:
    return {n: order_text(o) for n, o in notes["orders"].items() if isinstance(o, Mapping) and "order" in o}


def order_text(order: Notes) -> str:
    """ "(1,1,1)(0,1,1)[12] with drift" from the JSON form of an order."""
    text, seasonal, season = _triple(order["order"]), order.get("seasonal") or (0, 0, 0), int(order.get("season") or 1)
    if season > 1 and any(seasonal):
        text += f"{_triple(seasonal)}[{season}]"
    waves = order.get("waves") or ()
    if waves:
        text += f" + {words.plural(len(waves), 'harmonic')} of season {season}"
    if order.get("constant"):
        text += " with drift" if order["order"][1] + seasonal[1] else " with mean"
    return text


def _triple(values: Sequence[int]) -> str:
    return f"({','.join(str(v) for v in values)})"


def _components(notes: Notes) -> dict[str, str]:
    return {name: components_text(str(letters)) for name, letters in notes["components"].items()}


def components_text(letters: str) -> str:
    """ "(A,Ad,N)" from "AAdN"; anything else as it is."""
    parts = [letters[:1], letters[1:-1], letters[-1:]]
    return f"({','.join(parts)})" if 3 <= len(letters) <= 4 and letters.isalpha() else letters


def _periods(notes: Notes) -> dict[str, str]:
    rest = _components(notes) if isinstance(notes.get("components"), Mapping) else {}

    def text(name: str, periods: Sequence[int]) -> str:
        head = f"period{'s' * (len(periods) > 1)} {' and '.join(map(str, periods))}" if periods else "no period"
        return f"{head}, rest {rest.get(name) or notes.get('rest', '')}"

    return {name: text(name, periods or ()) for name, periods in notes["periods"].items()}


def _seasonal(notes: Notes) -> dict[str, str]:
    return {name: "no season" if kind == "none" else f"{kind} season" for name, kind in notes["seasonal"].items()}


def _groups(notes: Notes) -> dict[str, str]:
    groups = {str(k): g for k, g in notes["groups"].items() if isinstance(g, Mapping) and "lag" in g}
    return {_group_name(k, g): system_text(g, full=len(groups) <= EACH) for k, g in groups.items()}


def _group_name(first: str, group: Notes) -> str:
    others = len(group.get("members", ())) - 1
    return f"{first} and {others} more" if others > 0 else first


def system_text(group: Notes, *, full: bool) -> str:
    """ "lag 2 of differences, ridge 17.7, 12 columns" from the facts of a VAR; `full` with its numbers."""
    parts = [f"lag {group['lag']} of {'differences' if group.get('differenced') else 'levels'}"]
    ridge = float(group.get("ridge") or 0.0)
    parts.append(f"ridge {ridge:.3g}" if ridge and full else "ridge" if ridge else "least squares")
    if group.get("damped"):
        parts.append("explosive, so damped")
    if full and group.get("columns"):
        parts.append(words.plural(int(group["columns"]), "column"))
    if group.get("exogenous"):
        parts.append("with known-future columns")
    return ", ".join(parts)


def _weights(notes: Notes) -> dict[str, str]:
    shown = [f"{float(share):.2f} {name}" for name, share in notes["weights"].items()]
    rest = f" and {len(shown) - MEMBERS} more" if len(shown) > MEMBERS else ""
    return {"weights": ", ".join(shown[:MEMBERS]) + rest}


#: By the key that tells the family; the first that is there is read.
_READERS: dict[str, Callable[[Notes], dict[str, str]]] = {
    "weights": _weights,
    "combined": lambda notes: {name: str(text) for name, text in notes["combined"].items()},
    "groups": _groups,
    "periods": _periods,
    "components": _components,
    "orders": _orders,
    "seasonal": _seasonal,
}

# -- what else happened -------------------------------------------------------------------------------------------
_REMARKS: dict[str, str] = {
    "weights_reason": "weights",
    "members_left_out": "members left out, without a forecast",
    "members_unproven": "members left out, with too few hindcasts",
    "searched_again": "order searched again",
    "reduced": "simpler model than asked for",
    "exact": "nothing to estimate",
    "gaps": "gaps filled for the estimate",
    "line": "trend",
    "by_squares": "not by exact likelihood",
    "pulled_back": "explosive estimate pulled back",
    "season_left_out": "season left out",
    "seasonal_order_replaced": "seasonal order replaced",
    "periods_left_out": "no more than two cycles are known, or nothing varies, so periods are left out",
    "columns_left_out": "known-future columns left out",
    "columns_dropped": "known-future columns dropped",
    "boxcox_lambda": "Box-Cox power",
    "boxcox_reason": "no Box-Cox power found",
    "bias_left_out": "medians instead of means",
    "zero": "no correction",
    "not_positive": "no multiplicative correction",
    "failures": "no correction, the series could not be fitted",
}
_LEFT_OUT = "left out of its group"


def _remarks(notes: Notes) -> Iterator[Remark]:
    for note, said in _REMARKS.items():
        value = notes.get(note)
        by_series = _by_series(value)
        if by_series:
            yield Remark(note, said, tuple(by_series), _text(next(iter(by_series.values()))))
        elif value and not isinstance(value, Mapping):
            yield Remark(note, said, (), _text(value))
    lost = {n: why for group in _by_series(notes.get("groups")).values() for n, why in _left_out(group).items()}
    if lost:
        yield Remark("left_out", _LEFT_OUT, tuple(lost), _text(next(iter(lost.values()))))


def _left_out(group: Any) -> dict[str, Any]:
    return _by_series(group.get("left_out")) if isinstance(group, Mapping) else {}


def _by_series(value: Any) -> dict[str, Any]:
    return {str(name): item for name, item in value.items()} if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """A note's value as a reader sees it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return words.without_paths(f"{value:.4g}" if isinstance(value, float) else str(value))
