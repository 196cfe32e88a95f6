"""Small tables that the tests of reading data share."""

from __future__ import annotations

import numpy as np
import pandas as pd


def days(n, start="2020-01-01", freq="D"):
    """n dates of a frequency."""
    return pd.date_range(start, periods=n, freq=freq)


def long(n=6, ids=("a", "b"), freq="D", **more):
    """A long frame with the usual column names: every series counts 1, 2, 3, ..."""
    frame = pd.concat([pd.DataFrame({"unique_id": i, "ds": days(n, freq=freq), "y": np.arange(n) + 1.0}) for i in ids])
    return frame.reset_index(drop=True).assign(**more)


def single(n=10, freq="D", start="2020-01-01"):
    """A frame of one series without an id column."""
    return pd.DataFrame({"ds": days(n, start, freq), "y": np.arange(n) * 1.5})


def assert_notice(loaded, text):
    """Check that a notice of the loaded data contains this text."""
    assert any(text in notice for notice in loaded.notices), loaded.notices


def csv(tmp_path, text, name="data.csv"):
    """Write a text file and return its path."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path
