"""Networks on the logarithm of positive data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybridts.panel import Panel


def logarithm(panel: Panel) -> Panel:
    """The panel with the logarithm of its values; missing where a value is not positive."""
    values = np.full_like(panel.values, np.nan)
    np.log(panel.values, where=panel.values > 0, out=values)
    return replace(panel, values=values)


def unfit_for_logarithm(panel: Panel) -> dict[str, str]:
    """Series id -> why it has no logarithm."""
    unfit = {}
    for i, name in enumerate(panel.ids):
        y = panel.series(i)
        wrong = np.flatnonzero(y <= 0)
        if len(wrong):
            unfit[name] = (
                f"log: needs values above 0, found {y[wrong[0]]:g} at row {wrong[0] + 1} of its {len(y)} rows; "
                f"leave out `log` for this series."
            )
    return unfit
