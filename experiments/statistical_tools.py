"""Shared by experiments: one thread, interleaved timing, markdown tables.

Import it before numpy: it sets the number of threads of this process to one.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
warnings.simplefilter("ignore")


@dataclass
class Race:
    """Run contenders in turns on every case, so that noise of the machine hits all alike."""

    contenders: Mapping[str, Callable[[int], Any]]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def run(self, cases: Sequence[int], warm_up: int | None = None) -> Race:
        """Run every contender on every case; the first to go changes from case to case."""
        if warm_up is not None:
            for contender in self.contenders.values():
                contender(warm_up)
        names = list(self.contenders)
        for n, case in enumerate(cases):
            for name in names[n % len(names) :] + names[: n % len(names)]:
                start = time.perf_counter()
                answer = self.contenders[name](case)
                self.seconds.setdefault(name, []).append(time.perf_counter() - start)
                self.answers.setdefault(name, []).append(answer)
            if (n + 1) % 25 == 0:
                print(f"{n + 1} of {len(cases)} cases", file=sys.stderr, flush=True)
        return self


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a markdown table."""
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row) + " |")
    print(flush=True)
