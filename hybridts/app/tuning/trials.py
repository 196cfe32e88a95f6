"""Tried settings and their losses, in a file of JSON lines that a stopped search goes on from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from hybridts.errors import StoreError, WrongPlace
from hybridts.files import must_write

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class Trial:
    """One tried set of settings.

    Attributes:
        settings: "TOKEN.setting" -> value; empty for the defaults.
        losses: mean MASE at the inner cutoffs that were run, newest first.
        state: "complete"; "pruned" after fewer cutoffs; "failed".
        seconds: wall time, of stages that other trials shared nothing.
        why: reason of a failure.
    """

    settings: Mapping[str, Any]
    losses: tuple[float, ...]
    state: State
    seconds: float = 0.0
    why: str = ""

    @property
    def loss(self) -> float:
        """Return the mean over the cutoffs that were run; infinite for a failed trial."""
        return sum(self.losses) / len(self.losses) if self.losses and self.state != "failed" else float("inf")


@dataclass
class TrialFile:
    """The trials of one search; without a path they are in memory alone.

    Attributes:
        path: of the file.
        facts: what identifies the search: name, ranges, data, cutoffs, seed.
        trials: so far.
    """

    path: Path | None
    facts: Mapping[str, Any]
    trials: list[Trial] = field(default_factory=list)

    @classmethod
    def opened(cls, path: Path | None, facts: Mapping[str, Any]) -> TrialFile:
        """Return the trials of a file, which is made if there is none.

        Raises:
            WrongPlace: it holds another search.
            StoreError: it is damaged, or cannot be read or written.
        """
        plain = json.loads(json.dumps(facts, default=str))
        if path is None or not path.is_file():
            made = cls(path, plain)
            made._append(plain)
            return made
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            head, *rest = [json.loads(line) for line in _whole(lines)]
            trials = [Trial(r["settings"], tuple(r["losses"]), r["state"], r["seconds"], r["why"]) for r in rest]
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise StoreError(f"{path} is not a file of trials ({cause!r}); move it away to begin anew.") from cause
        differs = [key for key in plain if head.get(key) != plain[key]]
        if differs:
            shown = ", ".join(
                f"{key} {str(head.get(key))[:60]} there, {str(plain[key])[:60]} now" for key in differs[:3]
            )
            raise WrongPlace(f"{path} holds another search ({shown}). Give another out, or move the file away.")
        return cls(path, plain, trials)

    def add(self, trial: Trial) -> None:
        """Keep a trial."""
        self.trials.append(trial)
        self._append(asdict(trial))

    def _append(self, plain: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        with must_write(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(plain, default=str) + "\n")


def _whole(lines: list[str]) -> list[str]:
    """Return the lines without a last one that was cut off while it was written."""
    try:
        json.loads(lines[-1]) if lines else None
    except ValueError:
        return lines[:-1]
    return lines
