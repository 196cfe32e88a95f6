"""Choices of each stage at its newest fit, and remarks on that fit, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.models.findings import (
    ArimaOrder,
    Decomposition,
    EtsComponents,
    NetworkStart,
    StageFindings,
    VarFound,
)
from hybridts.report.stages import findings_of, names_of, used_stages

EACH = 6  # series (or groups) up to which the choice of each is written out
MEMBERS = 5  # of an ensemble whose weights are written out
OFTEN = 3  # choices written out beyond that


@dataclass(frozen=True)
class Remark:
    """A remark on some series of a fit.

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
        remarks: such as simpler models than asked for.
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
        """Return each distinct choice and who made it, the most frequent first."""
        by_text: dict[str, list[str]] = {}
        for name, text in self.made.items():
            by_text.setdefault(text, []).append(name)
        return sorted(by_text.items(), key=lambda item: (-len(item[1]), item[0]))

    @property
    def counted(self) -> bool:
        """Return whether `lines` counts choices instead of naming who made each."""
        return len(self.choices) > 1 and len(self.made) > EACH

    def lines(self) -> list[str]:
        """Return the choices in words: of each where they are few, else the most frequent with counts."""
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
        """Return how much was tried, in words; empty where nothing was searched."""
        if math.isnan(self.tried):
            return ""
        ended = f"; the budget ended {self.stopped:,} search{'' if self.stopped == 1 else 'es'}"
        return f"{self.tried:g}{ended if self.stopped else ''}"


def choices(evaluation: Evaluation) -> list[Chosen]:
    """Return the newest fit of every stage that chose something and that a shown name uses, in the order of the run."""
    stages = used_stages(evaluation)
    cutoffs = {int(w["index"]): str(w["cutoff"]) for w in evaluation.run.manifest["windows"]}
    chosen: list[Chosen] = []
    for _, fits in stages[stages["window"] >= 0].groupby("stage", sort=False):
        found = [(row, findings_of(row["notes"])) for row in fits.to_dict("records")]
        found = [(row, findings) for row, findings in found if made(findings)]
        newest = max((int(row["window"]) for row, _ in found), default=-1)
        last = [(row, findings) for row, findings in found if int(row["window"]) == newest]
        for row, findings in last:
            users = names_of(row["names"])
            shared = len(last) > 1 and users  # stages of one label have other settings
            label = f"{row['stage']} (of {users[0]})" if shared else str(row["stage"])
            chosen.append(_chosen(label, newest, cutoffs.get(newest, ""), findings))
    return chosen


def _chosen(stage: str, window: int, cutoff: str, findings: StageFindings) -> Chosen:
    tried = [float(count) for count in findings.search.tried.values()]
    return Chosen(
        stage=stage,
        window=window,
        cutoff=cutoff,
        unit="group" if findings.groups else "series",
        made=made(findings),
        tried=median(tried) if tried else math.nan,
        stopped=len(findings.search.stopped),
        remarks=tuple(_remarks(findings)),
    )


# -- what was chosen ----------------------------------------------------------------------------------------------
def made(findings: StageFindings) -> dict[str, str]:
    """Return series (or group) -> its choice in words; empty where the stage chose nothing that is known here."""
    if findings.weights is not None:
        return {"weights": _weights_text(findings.weights.weights)}
    if findings.combined is not None:
        return {"members": findings.combined.text}
    if findings.network is not None:
        return {"network": network_text(findings.network)}
    if findings.groups:
        full = len(findings.groups) <= EACH
        return {_group_name(k, g): system_text(g, full=full) for k, g in findings.groups.items()}
    if findings.periods:
        return {name: periods_text(found) for name, found in findings.periods.items()}
    if findings.components:
        return {name: components_text(found) for name, found in findings.components.items()}
    if findings.orders:
        return {name: order_text(order) for name, order in findings.orders.items()}
    return {n: "no season" if kind == "none" else f"{kind} season" for n, kind in findings.seasons.items()}


def network_text(found: NetworkStart) -> str:
    """Return what a network started from, its steps and own windows, and how far it went."""
    trained = f"{words.plural(found.steps, 'step')} on {words.plural(found.windows, 'own window')}"
    if found.own_share is not None:
        way = f"{100 * found.own_share:.0f} % of the way to weights of its own"
        halved = found.kept is not None and found.kept < 0.995
        part = f", moved {100 * (1 - found.kept):.0f} % towards random weights" if found.kept and halved else ""
        return f"started from simulated series (prior){part}; {trained}, {way}"
    start = "the weights of the cutoff before" if found.start == "warm" else "random weights"
    why = f" ({found.start.removeprefix('cold: ')})" if found.start.startswith("cold") else ""
    return f"started from {start}{why}; {trained}"


def order_text(order: ArimaOrder) -> str:
    """Return "(1,1,1)(0,1,1)[12] with drift"."""
    text = _triple(order.plain)
    if order.season > 1 and any(order.seasonal):
        text += f"{_triple(order.seasonal)}[{order.season}]"
    if order.harmonics:
        text += f" + {words.plural(len(order.harmonics), 'harmonic')} of season {order.season}"
    if order.constant:
        text += " with drift" if order.differences else " with mean"
    return text


def _triple(values: tuple[int, int, int]) -> str:
    return f"({','.join(map(str, values))})"


def components_text(components: EtsComponents) -> str:
    """Return "(A,Ad,N)"; a text that is no three components as it is."""
    return f"({','.join(components.parts)})" if components.parts else components.letters


def periods_text(found: Decomposition) -> str:
    """Return "periods 24 and 168, rest (A,Ad,N)"."""
    periods = found.periods
    head = f"period{'s' * (len(periods) > 1)} {' and '.join(map(str, periods))}" if periods else "no period"
    return f"{head}, rest {components_text(found.components) if found.components else found.rest}"


def _group_name(first: str, group: VarFound) -> str:
    others = len(group.members) - 1
    return f"{first} and {others} more" if others > 0 else first


def system_text(group: VarFound, *, full: bool) -> str:
    """Return "lag 2 of differences, ridge 17.7, 12 columns"; without numbers of ridge and columns unless `full`."""
    parts = [f"lag {group.lag} of {'differences' if group.differenced else 'levels'}"]
    parts.append(f"ridge {group.ridge:.3g}" if group.ridge and full else "ridge" if group.ridge else "least squares")
    if group.damped:
        parts.append("explosive, so damped")
    if full and group.columns:
        parts.append(words.plural(group.columns, "column"))
    if group.exogenous:
        parts.append("with known-future columns")
    return ", ".join(parts)


def _weights_text(weights: Mapping[str, float]) -> str:
    shown = [f"{weight:.2f} {name}" for name, weight in weights.items()]
    rest = f" and {len(shown) - MEMBERS} more" if len(shown) > MEMBERS else ""
    return ", ".join(shown[:MEMBERS]) + rest


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
    "columns_shared": "known-future columns collinear, their joint effect divided among them",
    "categories_average": "categories never learned, which count as average",
    "season_ignored": "a clear season that the model does not hold",
    "refitted": "fitted again, because the past did not support the forecast",
    "boxcox_lambda": "Box-Cox power",
    "boxcox_reason": "no Box-Cox power found",
    "bias_left_out": "medians instead of means",
    "zero": "no correction",
    "not_positive": "no multiplicative correction",
    "failures": "no correction, the series could not be fitted",
}
_LEFT_OUT = "left out of its group"


def _remarks(findings: StageFindings) -> Iterator[Remark]:
    for key, meaning in _REMARKS.items():
        note = findings.notes.get(key)
        if note is not None and note.by_series:
            yield Remark(key, meaning, tuple(note.by_series), _text(next(iter(note.by_series.values()))))
        elif note is not None and note.value:
            yield Remark(key, meaning, (), _text(note.value))
    lost = {name: why for group in findings.groups.values() for name, why in group.left_out.items()}
    if lost:
        yield Remark("left_out", _LEFT_OUT, tuple(lost), _text(next(iter(lost.values()))))


def _text(value: Any) -> str:
    """Return a note's value as a reader sees it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return words.without_paths(f"{value:.4g}" if isinstance(value, float) else str(value))
