"""What identifies prior weights: the network, the seasons, the window, the horizon, the form of its input."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybridts.models.neural.checkpoint.layout import plain_of
from hybridts.models.neural.expression import Expression, identified
from hybridts.models.neural.training_settings import LONGEST, Anchor, Scale, Training

#: Raised whenever the simulator or the training changes what is learned; older weights are then not used.
VERSION = 1
#: Variable that scales the training of priors that are not shipped, such as 0.1 for a tenth of it.
EFFORT = "HYBRIDTS_PRIOR_EFFORT"


@dataclass(frozen=True)
class PriorRequest:
    """Identity of prior weights.

    Attributes:
        expression: of the network.
        seasons: seasonal periods of the simulated series, the main one first.
        window: rows that the network reads.
        horizon: steps that it forecasts; a shorter horizon uses the first ones.
        anchor, scale, highway: as in `Training`.
        effort: factor of the training.
    """

    expression: Expression
    seasons: tuple[int, ...]
    window: int
    horizon: int
    anchor: Anchor = "seasonal_naive"
    scale: Scale = "deviation"
    highway: bool = True
    effort: float = 1.0

    def identity(self) -> str:
        """Return a hash of all of it."""
        plain = {**vars(self), "expression": plain_of(self.expression), "version": VERSION}
        return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=12).hexdigest()


def request_for(expression: Expression, training: Training, season: int, ahead: int) -> PriorRequest | None:
    """Return the prior that a network starts from; None if it has none.

    Args:
        expression: of the network.
        training: its settings.
        season: seasonal period of the panel.
        ahead: rows from an origin to its last target.
    """
    if not has_prior({"prior": training.prior, "init": training.init, "grid": training.grid}):
        return None
    if not identified(expression):  # other code under the same name would start from its weights
        return None
    seasons = seasons_for(season)
    form = (training.anchor, training.scale, training.highway)
    return PriorRequest(expression, seasons, window_for(seasons), horizon_for(season, ahead), *form, _effort())


def has_prior(network: Mapping[str, Any]) -> bool:
    """Return whether a network that comes first in a name has a prior with these settings."""
    return network.get("prior", "auto") != "none" and network.get("init") is None and not network.get("grid")


def seasons_for(season: int) -> tuple[int, ...]:
    """Return the periods of the simulated series: a day of hours or of longer parts has its week beside it."""
    return (season, 7 * season) if season % 24 == 0 and 7 * season <= LONGEST else (season,)


def window_for(seasons: tuple[int, ...]) -> int:
    """Return the rows that a network with a prior reads: the longest season if it has 48 or more, else three, up to 48.

    Whatever the length of the data: rows before a series begins are marked as missing.
    """
    longest = max(seasons)
    return min(longest, LONGEST) if longest >= 48 else min(max(3 * longest, 16), 48)


def horizon_for(season: int, ahead: int) -> int:
    """Return the steps of a prior: at least one season and 12 steps, doubled until they reach `ahead` rows."""
    steps = max(12, min(4 * season, 28), min(2 * season, 48), min(season, 96))
    while steps < ahead:
        steps *= 2
    return steps


def _effort() -> float:
    try:
        return max(float(os.environ.get(EFFORT, "1")), 0.0)
    except ValueError:
        return 1.0
