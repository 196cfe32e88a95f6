"""The sections of a report, a file each.

To add one: write a file here with a function ``section(evaluation, board)`` that returns a `Section`, or None where
the run has nothing for it, and name the file in `SECTIONS`. Every format writes it then.
"""

from __future__ import annotations

from importlib import import_module

import pandas as pd

from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.language import tr
from hybridts.report.recognised import recognised, recognised_heading
from hybridts.report.section_parts import Section, mapped

#: In the order of the report; folded ones stand together at its end.
SECTIONS = (
    "verdict",
    "notices",
    "leaderboard",
    "paper_table",
    "evidence",
    "forecasts",
    "errors",
    "error_by_name",
    "cost",
    "gates",
    "residuals",
    "fitted_orders",
    "importances",
    "training",
    "failures",
    "not_applicable",
    "evaluation_setup",
    "loss_by_window",
    "loss_by_series",
    "shared_stages",
    "configuration",
)


def sections_of(evaluation: Evaluation, board: pd.DataFrame) -> list[Section]:
    """Return the sections of a run with a leaderboard, the folded ones below the section "Details"."""
    made = [import_module(f"{__name__}.{name}").section(evaluation, board) for name in SECTIONS]
    sections = [mapped(section, recognised, recognised_heading) for section in made if section is not None]
    folded = [section for section in sections if section.folded]
    return [*(s for s in sections if not s.folded), Section(tr("Details"), "details", folded)]
