"""Settings of chains and ensembles.

The defaults of a chain are out-of-fold errors, additive corrections and learned gates. The other values reproduce
what a published hybrid would have reported (`residuals: in_sample`, `gate: open`) or suit errors that grow with the
level (`combine: multiplicative`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

from hybridts.errors import BadSetting
from hybridts.models.checks import is_whole


@dataclass(frozen=True, kw_only=True)
class ChainSettings:
    """Settings of a chain, under the key "Chain".

    Attributes:
        residuals: "cross_fit": errors on data that the base was not trained on; "in_sample": errors of the final base
            on its own training data, an ablation.
        combine: "additive": forecast + gate x error; "multiplicative", for positive data: forecast x (1 + gate x
            (factor - 1)), the factor learned in logarithms.
        gate: "learned": from newer out-of-fold rows; "open": every correction is used in full, an ablation.

    Raises:
        BadSetting: a value that is not listed.
    """

    residuals: Literal["cross_fit", "in_sample"] = "cross_fit"
    combine: Literal["additive", "multiplicative"] = "additive"
    gate: Literal["learned", "open"] = "learned"

    def __post_init__(self) -> None:
        kinds = get_type_hints(ChainSettings)
        for name in (f.name for f in fields(self)):
            value, allowed = getattr(self, name), get_args(kinds[name])
            if value not in allowed:
                listing = " or ".join(allowed)
                raise BadSetting(f"Chain: {name} is {value!r}; use {listing}.", name, value, listing)

    def given(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults."""
        default = asdict(DEFAULT_CHAIN)
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    def warnings(self) -> list[str]:
        """Return a sentence for the report about every setting that is an ablation."""
        found = []
        if self.residuals == "in_sample":
            found.append(
                "learned from in-sample errors (residuals: in_sample), an ablation: smaller than those to come."
            )
        if self.gate == "open":
            found.append("used in full (gate: open), an ablation: nothing protects the base from a bad correction.")
        return found


#: The defaults.
DEFAULT_CHAIN = ChainSettings()


#: Ways to combine the members of an ensemble; all but the first are written as a word before parentheses.
CombineMethod = Literal["mean", "median", "weighted", "stacked", "greedy", "best"]


COMBINE_METHODS: tuple[CombineMethod, ...] = get_args(CombineMethod)


#: Ways that learn weights from out-of-fold forecasts of the members.
LEARNED: frozenset[CombineMethod] = frozenset(("weighted", "stacked", "greedy", "best"))


@dataclass(frozen=True, kw_only=True)
class EnsembleSettings:
    """Settings of an ensemble with learned weights.

    Attributes:
        scope: "panel": one set of weights; "series": weights of each series, shrunk towards those of the panel.
        rounds: rounds of the greedy selection at most; each adds a member, with replacement.
        pull: part of the greedy weights that comes from `stacked`, in [0, 1].
        median_blocks: independent blocks of hindcasts at which learned weights count for half, the median of all
            members for the other half; 0 leaves the median out.

    Raises:
        BadSetting: a value outside its range.
    """

    scope: Literal["panel", "series"] = "panel"
    rounds: int = 30
    pull: float = 0.5
    median_blocks: float = 0.0

    def __post_init__(self) -> None:
        if self.scope not in ("panel", "series"):
            raise BadSetting(f"scope is {self.scope!r}; use panel or series.", "scope", self.scope, "panel, series")
        if not is_whole(self.rounds, 1):
            raise BadSetting(f"rounds is {self.rounds!r}; it must be a whole number, 1 or more.", "rounds", self.rounds)
        if not isinstance(self.pull, (int, float)) or isinstance(self.pull, bool) or not 0 <= self.pull <= 1:
            raise BadSetting(f"pull is {self.pull!r}; it must be a number from 0 to 1.", "pull", self.pull)
        blocks = self.median_blocks
        if not isinstance(blocks, (int, float)) or isinstance(blocks, bool) or not 0 <= blocks < math.inf:
            why = f"median_blocks is {blocks!r}; it must be a number, 0 or more."
            raise BadSetting(why, "median_blocks", blocks)
