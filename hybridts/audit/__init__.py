"""The audit: contract and leak checks of any name.

The central law: replacing every value after a point in time changes nothing that is said at that point.
"""

from __future__ import annotations

from hybridts.audit.checks import ALONE, FUTURE, INNER, OPEN_FUTURE, OPEN_SEED, ORDER, SEED, Verdict, check
from hybridts.audit.runner import HORIZON, AuditForecasts, Target, poisoned, run_names
from hybridts.audit.targets import tiny_recipe

__all__ = [
    "ALONE",
    "FUTURE",
    "HORIZON",
    "INNER",
    "OPEN_FUTURE",
    "OPEN_SEED",
    "ORDER",
    "SEED",
    "AuditForecasts",
    "Target",
    "Verdict",
    "check",
    "poisoned",
    "run_names",
    "tiny_recipe",
]
