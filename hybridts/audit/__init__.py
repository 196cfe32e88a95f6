"""Checks of any name for leaks and for the contract of models.

The central check: replacing all values after a cutoff changes no forecast made at that cutoff. Read `checks.py` (the
checks and their verdicts) first, then `runner.py` (fit and forecast one name) and `targets.py` (a name, combo or class
becomes a recipe small enough for a few seconds).
"""

from __future__ import annotations

from hybridts.audit.checks import ALONE, FUTURE, INNER, OPEN_FUTURE, OPEN_SEED, ORDER, SEED, Verdict, check
from hybridts.audit.runner import HORIZON, AuditForecasts, Target, run_names, with_random_future
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
    "run_names",
    "tiny_recipe",
    "with_random_future",
]
