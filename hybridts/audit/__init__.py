"""Checks of any name for leaks and for the contract of models.

The central check: what may not be seen at a cutoff changes no forecast made at that cutoff, on several kinds of panels,
whatever was fitted before. Read `checks.py` (the checks and their verdicts) first, then `panels.py` (the data),
`unseen.py` (what must not be seen, kind by kind), `leaks.py` (how a leak is found and named) and `contract.py` (the
other checks). Models run in `fresh_process.py` only: `sessions.py` says what each process fits, and in which order.
"""

from __future__ import annotations

from hybridts.audit.checks import check
from hybridts.audit.panels import HORIZON
from hybridts.audit.runner import AuditForecasts, Target, run_names, with_random_future
from hybridts.audit.targets import tiny_recipe
from hybridts.audit.verdicts import (
    ALONE,
    COVERAGE,
    FUTURE,
    INNER,
    MEMORY,
    OPEN_FUTURE,
    OPEN_SEED,
    ORDER,
    SEED,
    UNTOUCHED,
    Verdict,
)

__all__ = [
    "ALONE",
    "COVERAGE",
    "FUTURE",
    "HORIZON",
    "INNER",
    "MEMORY",
    "OPEN_FUTURE",
    "OPEN_SEED",
    "ORDER",
    "SEED",
    "UNTOUCHED",
    "AuditForecasts",
    "Target",
    "Verdict",
    "check",
    "run_names",
    "tiny_recipe",
    "with_random_future",
]
