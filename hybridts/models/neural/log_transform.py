"""Networks on the logarithm of positive data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridts.data.panel import Panel
from hybridts.errors import StageFailure


def logarithm(panel: Panel) -> Panel:
    """Return the panel with the logarithm of its values; those of 0 or less become missing.

    A series with such a value in a fit fails (`unfit_for_logarithm`); later ones are only skipped.
    """
    values = np.full_like(panel.values, np.nan)
    np.log(panel.values, where=panel.values > 0, out=values)
    return replace(panel, values=values)


def unfit_for_logarithm(panel: Panel) -> dict[str, str]:
    """Return series id -> reason, for series with a value of 0 or less.

    Raises:
        StageFailure: all series have one.
    """
    unfit = {}
    for i, name in enumerate(panel.ids):
        y = panel.series(i)
        wrong = np.flatnonzero(y <= 0)
        if len(wrong):
            unfit[name] = (
                f"log: needs values above 0, found {y[wrong[0]]:g} at row {wrong[0] + 1} of its {len(y)} rows; "
                f"leave out `log` for this series."
            )
    if len(unfit) == len(panel):
        raise StageFailure("log: no series has only values above 0; leave out `log`.")
    return unfit
