"""The rules of a chain: what its later stages learn from, how their answer is put on, and who gates it.

The defaults are the honest ones. The others answer two questions: what a published hybrid would have reported
(`residuals: in_sample`, `gate: open`), and whether errors grow with the level (`combine: multiplicative`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Settings of a chain, under the key "Chain".

    Attributes:
        residuals: "cross_fit": errors on data that the base was not trained on; "in_sample": errors of the final base
            on its own training data, an ablation.
        combine: "additive": forecast + gate x error; "multiplicative", for positive data: forecast x (1 + gate x
            (factor - 1)), the factor learned in logarithms.
        gate: "learned": from newer honest rows; "open": every correction is used in full, an ablation.
    """

    residuals: Literal["cross_fit", "in_sample"] = "cross_fit"
    combine: Literal["additive", "multiplicative"] = "additive"
    gate: Literal["learned", "open"] = "learned"

    def __post_init__(self) -> None:
        kinds = get_type_hints(Rules)
        for name in (f.name for f in fields(self)):
            value, allowed = getattr(self, name), get_args(kinds[name])
            if value not in allowed:
                listing = " or ".join(allowed)
                raise BadSetting(f"Chain: {name} is {value!r}; use {listing}.", name, value, listing)

    def given(self) -> dict[str, Any]:
        """What differs from the defaults."""
        default = asdict(HONEST)
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    def warnings(self) -> list[str]:
        """What a reader of the report must know about corrections learned so."""
        said = []
        if self.residuals == "in_sample":
            said.append(
                "learned from in-sample errors (residuals: in_sample), an ablation: smaller than those to come."
            )
        if self.gate == "open":
            said.append("used in full (gate: open), an ablation: nothing protects the base from a bad correction.")
        return said


#: What holds unless somebody says otherwise.
HONEST = Rules()


#: How the members of an ensemble are combined; all but the first are written as a word before parentheses.
How = Literal["mean", "median", "weighted", "stacked", "greedy", "best"]


HOWS: tuple[How, ...] = get_args(How)


#: Those that learn from their members' honest hindcasts.
LEARNED: frozenset[How] = frozenset(("weighted", "stacked", "greedy", "best"))


@dataclass(frozen=True, kw_only=True)
class Combining:
    """Settings of a learned combination.

    Attributes:
        scope: "panel": one set of weights; "series": each series its own, shrunk towards the panel's.
        rounds: members that the greedy selection takes at most (a member may be taken again).
        pull: share of the greedy weights that is stacked instead of selected.
    """

    scope: Literal["panel", "series"] = "panel"
    rounds: int = 30
    pull: float = 0.5

    def __post_init__(self) -> None:
        if self.scope not in ("panel", "series"):
            raise BadSetting(f"scope is {self.scope!r}; use panel or series.", "scope", self.scope, "panel, series")
        if not is_whole(self.rounds, 1):
            raise BadSetting(f"rounds is {self.rounds!r}; it must be a whole number, 1 or more.", "rounds", self.rounds)
        if not isinstance(self.pull, (int, float)) or isinstance(self.pull, bool) or not 0 <= self.pull <= 1:
            raise BadSetting(f"pull is {self.pull!r}; it must be a number from 0 to 1.", "pull", self.pull)
