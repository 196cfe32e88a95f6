"""Long frames of monthly series that many tests share, and settings that make models fast to fit."""

from __future__ import annotations

import pandas as pd

import hybridts as ht

TINY = {"Network": {"steps": 5, "window": 8}, "XGBoost": {"trees": 5}}


def frame_of(lengths=(60, 60, 60), seed=0):
    """Make a long frame of monthly series with these lengths."""
    parts = []
    for i, length in enumerate(lengths):
        panel = ht.synthetic_panel(n_series=1, length=length, freq="MS", seed=seed + i)
        ds = pd.date_range("2015-01-01", periods=length, freq="MS")
        parts.append(pd.DataFrame({"unique_id": f"s{i}", "ds": ds, "y": panel.series(0)}))
    return pd.concat(parts, ignore_index=True)
