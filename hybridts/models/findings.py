"""Findings of a fit as typed values, and their JSON form in the notes of its stage.

Notes are the ``notes`` of a stage's record and of stages.parquet. Their keys and forms belong to the run format and
are read and written here. A model that fits every series by itself notes {series id: value} under each key.

The `from_notes` of a value raises TypeError, ValueError or LookupError on anything else than its JSON form.
`StageFindings.from_notes` reads all notes of a stage and skips what a plugin wrote in another form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Notes = Mapping[str, Any]
Triple = tuple[int, int, int]
Found = TypeVar("Found")


# -- of one series ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class ArimaOrder:
    """ARIMA(p, d, q)(P, D, Q)[season], under "orders".

    Attributes:
        plain: (p, d, q).
        seasonal: (P, D, Q).
        season: rows per cycle.
        constant: a mean where d + D = 0, a drift where d + D = 1.
        harmonics: numbers of the harmonics fitted in place of a long season's lags.
    """

    plain: Triple
    seasonal: Triple = (0, 0, 0)
    season: int = 1
    constant: bool = False
    harmonics: tuple[int, ...] = ()

    @property
    def differences(self) -> int:
        """Return d + D."""
        return self.plain[1] + self.seasonal[1]

    @staticmethod
    def from_notes(notes: Notes) -> ArimaOrder:
        """Read an order."""
        return ArimaOrder(
            plain=_triple(notes["order"]),
            seasonal=_triple(notes.get("seasonal") or (0, 0, 0)),
            season=int(notes.get("season") or 1),
            constant=bool(notes.get("constant")),
            harmonics=tuple(int(k) for k in notes.get("waves") or ()),
        )

    def to_notes(self) -> dict[str, Any]:
        """Return the JSON form; harmonics only where there are any."""
        notes: dict[str, Any] = {
            "order": list(self.plain),
            "seasonal": list(self.seasonal),
            "season": self.season,
            "constant": self.constant,
        }
        return {**notes, "waves": list(self.harmonics)} if self.harmonics else notes


@dataclass(frozen=True)
class EtsComponents:
    """The letters of an exponential smoothing model, under "components".

    Attributes:
        letters: error, trend and season, as "AAdN"; or another text, which has no `parts`.
    """

    letters: str

    @property
    def parts(self) -> tuple[str, str, str] | None:
        """Return ("A", "Ad", "N") for "AAdN"."""
        text = self.letters
        return (text[0], text[1:-1], text[-1]) if 3 <= len(text) <= 4 and text.isalpha() else None

    @staticmethod
    def from_notes(letters: str) -> EtsComponents:
        """Read components; their JSON form is a text."""
        return EtsComponents(str(letters))

    def to_notes(self) -> str:
        """Return the JSON form."""
        return self.letters


@dataclass(frozen=True)
class Decomposition:
    """The periods that were taken out of a series, under "periods", and the model of what is left.

    Attributes:
        periods: steps of each; empty where none was.
        rest: the family, under "rest", the same for all series: "ETS" or "Theta".
        components: of an ETS of the rest.
    """

    periods: tuple[int, ...]
    rest: str = ""
    components: EtsComponents | None = None

    @staticmethod
    def from_notes(periods: Sequence[int] | None, rest: str = "", letters: str | None = None) -> Decomposition:
        """Read the notes of one series under each of the three keys."""
        components = EtsComponents.from_notes(letters) if letters else None
        return Decomposition(tuple(int(p) for p in periods or ()), str(rest), components)

    def to_notes(self) -> dict[str, Any]:
        """Return the notes of one series, without the "rest" that all series share."""
        notes: dict[str, Any] = {"periods": list(self.periods)}
        return notes if self.components is None else {**notes, "components": self.components.to_notes()}


@dataclass(frozen=True)
class VarFound:
    """A vector autoregression of one group, under "groups" by its first member.

    Attributes:
        members: series ids.
        columns: modelled together, members and past covariates; rows: known at the fit.
        lag: the order.
        differenced: it models differences, not levels.
        ridge: penalty; 0 is least squares.
        damped: its estimate was explosive and was shrunk.
        exogenous: number of known-future columns; None where there are none to read.
        left_out: column -> why its group goes without it.
    """

    members: tuple[str, ...]
    columns: int
    rows: int
    lag: int
    differenced: bool
    ridge: float
    damped: bool
    exogenous: int | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_notes(notes: Notes) -> VarFound:
        """Read a system."""
        left_out = notes.get("left_out")
        return VarFound(
            members=tuple(str(m) for m in notes.get("members") or ()),
            columns=int(notes.get("columns") or 0),
            rows=int(notes.get("rows") or 0),
            lag=int(notes["lag"]),
            differenced=bool(notes.get("differenced")),
            ridge=float(notes.get("ridge") or 0.0),
            damped=bool(notes.get("damped")),
            exogenous=None if notes.get("exogenous") is None else int(notes["exogenous"]),
            left_out=_texts(left_out) if isinstance(left_out, Mapping) else {},
        )

    def to_notes(self) -> dict[str, Any]:
        """Return the JSON form; the last two keys only where they hold something."""
        notes: dict[str, Any] = {
            "members": list(self.members),
            "columns": self.columns,
            "rows": self.rows,
            "lag": self.lag,
            "differenced": self.differenced,
            "ridge": self.ridge,
            "damped": self.damped,
        }
        notes |= {} if self.exogenous is None else {"exogenous": self.exogenous}
        return notes | ({"left_out": dict(self.left_out)} if self.left_out else {})


# -- of a whole stage ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OrderSearch:
    """The size of the searches for orders, by series.

    Attributes:
        tried: number of models compared ("models_tried").
        stopped: why a search ended before its end ("search_stopped").
    """

    tried: Mapping[str, int] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_notes(notes: Notes) -> OrderSearch:
        """Read both keys; entries of `tried` that are no numbers are skipped."""
        tried = _mapping(notes.get("models_tried") or {})
        return OrderSearch(
            {str(name): int(count) for name, count in tried.items() if isinstance(count, int | float)},
            _texts(_mapping(notes.get("search_stopped") or {})),
        )

    def to_notes(self) -> dict[str, Any]:
        """Return both keys, as far as they hold something."""
        notes = {"models_tried": dict(self.tried), "search_stopped": dict(self.stopped)}
        return {key: value for key, value in notes.items() if value}


@dataclass(frozen=True)
class NetworkStart:
    """What a network started from, and how far it went from there.

    Attributes:
        start: "prior" (weights learned on simulated series), "warm" (those of the cutoff before), "cold: why", or ""
            (random weights).
        steps: optimiser steps on own windows.
        windows: number of own windows ("rows").
        own_share: share of the way from the prior to weights trained on own windows; None without a prior.
        kept: part of the prior in the weights that training started from, 1 for all of it; None without a prior.
    """

    start: str
    steps: int
    windows: int
    own_share: float | None = None
    kept: float | None = None

    @staticmethod
    def from_notes(notes: Notes) -> NetworkStart:
        """Read them from the notes of a network."""
        share, kept = notes.get("own_share"), notes.get("kept_of_prior")
        if "parameters" not in notes:
            raise KeyError("parameters")
        start, steps, windows = str(notes.get("start") or ""), int(notes["steps"]), int(notes["rows"])
        known = [None if value is None else float(value) for value in (share, kept)]
        return NetworkStart(start, steps, windows, *known)

    def to_notes(self) -> dict[str, Any]:
        """Return the JSON form."""
        notes: dict[str, Any] = {"steps": self.steps, "rows": self.windows}
        notes |= {"start": self.start} if self.start else {}
        found = {"own_share": self.own_share, "kept_of_prior": self.kept}
        return notes | {key: round(value, 3) for key, value in found.items() if value is not None}


@dataclass(frozen=True)
class GateEvidence:
    """The part of a correction that is used, and the evidence for it.

    Attributes:
        gate: [H] factor of the correction at each step, in [0, 1]; zeros where it is not used.
        reason: in words.
        gain: mean improvement on hindcasts that the correction had not seen, in units of MASE; 0 where not used.
        pieces: independent pieces of evidence.
    """

    gate: tuple[float, ...]
    reason: str = ""
    gain: float = 0.0
    pieces: int = 0

    @staticmethod
    def from_notes(notes: Notes) -> GateEvidence:
        """Read the keys that begin with "gate"."""
        return GateEvidence(
            gate=tuple(float(g) for g in notes["gate"]),
            reason=str(notes.get("gate_reason") or ""),
            gain=float(notes.get("gate_gain") or 0.0),
            pieces=int(notes.get("gate_pieces") or 0),
        )

    def to_notes(self) -> dict[str, Any]:
        """Return these keys."""
        return {
            "gate": list(self.gate),
            "gate_reason": self.reason,
            "gate_gain": self.gain,
            "gate_pieces": self.pieces,
        }


@dataclass(frozen=True)
class EnsembleWeightsFound:
    """Learned weights of an ensemble.

    Attributes:
        weights: member -> mean weight over series, the largest first; members without a weight are absent.
        reason: on how much they were learned, or why they are equal.
    """

    weights: Mapping[str, float]
    reason: str = ""

    @staticmethod
    def from_notes(notes: Notes) -> EnsembleWeightsFound:
        """Read "weights" and "weights_reason"."""
        return EnsembleWeightsFound(_numbers(_mapping(notes["weights"])), str(notes.get("weights_reason") or ""))

    def to_notes(self) -> dict[str, Any]:
        """Return both keys."""
        return {"weights": dict(self.weights), "weights_reason": self.reason}


@dataclass(frozen=True)
class FixedCombination:
    """An ensemble without learned weights.

    Attributes:
        text: as "the mean of 5 members".
    """

    text: str

    @staticmethod
    def from_notes(notes: Notes) -> FixedCombination:
        """Read "combined"."""
        return FixedCombination(str(_mapping(notes["combined"])["members"]))

    def to_notes(self) -> dict[str, Any]:
        """Return this key."""
        return {"combined": {"members": self.text}}


@dataclass(frozen=True)
class Importances:
    """Feature importances of a learner.

    Attributes:
        by_feature: feature -> importance, the largest first.
    """

    by_feature: Mapping[str, float]

    @staticmethod
    def from_notes(notes: Notes) -> Importances:
        """Read "importances"."""
        return Importances(_numbers(_mapping(notes["importances"])))

    def to_notes(self) -> dict[str, Any]:
        """Return this key."""
        return {"importances": dict(self.by_feature)}


@dataclass(frozen=True)
class StageNote:
    """Any other note of a stage.

    Attributes:
        by_series: series id -> value, where the note is by series.
        value: where it is not; None otherwise.
    """

    by_series: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None

    @staticmethod
    def from_notes(value: Any) -> StageNote:
        """Read the value of a key."""
        if isinstance(value, Mapping):
            return StageNote({str(name): item for name, item in value.items()})
        return StageNote(value=value)

    def to_notes(self) -> Any:
        """Return the value of the key."""
        return dict(self.by_series) if self.value is None else self.value


@dataclass(frozen=True)
class StageFindings:
    """All that the notes of a stage hold; what they do not hold is empty or None.

    Attributes:
        orders: series id -> order.
        components: series id -> ETS letters, of models without `periods`.
        periods: series id -> decomposition.
        seasons: series id -> "none", "additive" or "multiplicative", of Theta.
        groups: first member -> system.
        search: of the orders.
        weights: of an ensemble that learns them; combined: of one that does not.
        gate: of a correction.
        importances: of a learner.
        network: what a network started from.
        notes: every note by its key, these too.
    """

    orders: Mapping[str, ArimaOrder]
    components: Mapping[str, EtsComponents]
    periods: Mapping[str, Decomposition]
    seasons: Mapping[str, str]
    groups: Mapping[str, VarFound]
    search: OrderSearch
    weights: EnsembleWeightsFound | None
    combined: FixedCombination | None
    gate: GateEvidence | None
    importances: Importances | None
    network: NetworkStart | None
    notes: Mapping[str, StageNote]

    @staticmethod
    def from_notes(notes: Notes) -> StageFindings:
        """Read all notes of a stage; a value in another form than ours counts as absent."""
        periods = _tolerant(_decompositions, notes) or {}
        return StageFindings(
            orders=_each(notes, "orders", ArimaOrder.from_notes),
            components={} if periods else _each(notes, "components", EtsComponents.from_notes),
            periods=periods,
            seasons=_each(notes, "seasonal", str),
            groups=_each(notes, "groups", VarFound.from_notes),
            search=_tolerant(OrderSearch.from_notes, notes) or OrderSearch(),
            weights=_tolerant(EnsembleWeightsFound.from_notes, notes),
            combined=_tolerant(FixedCombination.from_notes, notes),
            gate=_tolerant(GateEvidence.from_notes, notes) if notes.get("gate") else None,
            importances=_tolerant(Importances.from_notes, notes),
            network=_tolerant(NetworkStart.from_notes, notes),
            notes={str(key): StageNote.from_notes(value) for key, value in notes.items()},
        )


def _decompositions(notes: Notes) -> dict[str, Decomposition]:
    letters = notes.get("components")
    letters = letters if isinstance(letters, Mapping) else {}
    rest = str(notes.get("rest") or "")
    periods = _mapping(notes["periods"])
    return {str(name): Decomposition.from_notes(found, rest, letters.get(name)) for name, found in periods.items()}


def _each(notes: Notes, key: str, read: Callable[[Any], Found]) -> dict[str, Found]:
    """Return {series id: value}; empty where the key holds anything else."""

    def values(notes: Notes) -> dict[str, Found]:
        return {str(name): read(value) for name, value in _mapping(notes[key]).items()}

    return _tolerant(values, notes) or {}


def _tolerant(read: Callable[[Notes], Found], notes: Notes) -> Found | None:
    """Return what `read` finds; None where the notes have another form."""
    try:
        return read(notes)
    except (TypeError, ValueError, LookupError, AttributeError):  # a plugin means something else by the same key
        return None


def _mapping(value: Any) -> Notes:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no mapping.")
    return value


def _texts(value: Notes) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()}


def _numbers(value: Notes) -> dict[str, float]:
    return {str(key): float(number) for key, number in value.items()}


def _triple(value: Sequence[int]) -> Triple:
    first, second, third = value
    return int(first), int(second), int(third)
