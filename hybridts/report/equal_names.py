"""Names that made the same forecasts: a hybrid whose corrections are shut is its base, so the merit is the base's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from hybridts.evaluation.leaderboard import Evaluation


@dataclass(frozen=True)
class EqualNames:
    """Names with equal forecasts in every cell.

    Attributes:
        names: on the board, the one with the fewest stages first.
        author: the name that made the forecast: of all that are equal, parts that are no rows of the board included,
            the one with the fewest stages.
    """

    names: tuple[str, ...]
    author: str

    @property
    def lead(self) -> str:
        """Return the name that stands for all of them on the board."""
        return self.names[0]

    @property
    def borrowed(self) -> bool:
        """Return whether the forecast is that of a part which is no row of the board."""
        return self.author not in self.names


def equal_names(evaluation: Evaluation, shown: Sequence[str]) -> list[EqualNames]:
    """Return the groups of equal forecasts in the order of `shown`; a name without forecasts is in none."""
    found = _digests(evaluation)
    by_digest: dict[str, list[str]] = {}
    for name in dict.fromkeys((*shown, *found)):
        if name in found:
            by_digest.setdefault(found[name], []).append(name)
    on_board = set(shown)
    groups = []
    for names in by_digest.values():
        kept = [name for name in names if name in on_board]
        if kept:
            first = min(names, key=lambda name: (_stages(evaluation, name), name not in on_board))
            lead = min(kept, key=lambda name: _stages(evaluation, name))
            groups.append(EqualNames((lead, *(name for name in kept if name != lead)), first))
    return groups


def _stages(evaluation: Evaluation, name: str) -> int:
    return len(evaluation.entries.get(name, {}).get("stages", ())) or 1


def _digests(evaluation: Evaluation) -> dict[str, str]:
    """Return name -> digest of its forecasts, for every name that has some, parts too."""
    cases = evaluation.cases
    order = np.lexsort((cases.step, cases.code))  # by model, cell and step
    code, step, yhat = cases.code[order], cases.step[order], cases.yhat[order]
    edges = np.searchsorted(code, np.arange(len(cases.models) + 1) * len(cases.cells))
    digests = {}
    for i, name in enumerate(cases.models):
        part = slice(edges[i], edges[i + 1])
        if edges[i] < edges[i + 1]:
            digest = blake2b((code[part] - i * len(cases.cells)).tobytes(), digest_size=16)
            digest.update(step[part].tobytes())
            digest.update((yhat[part] + 0.0).tobytes())  # + 0.0 turns -0.0 into 0.0
            digests[name] = digest.hexdigest()
    return digests
