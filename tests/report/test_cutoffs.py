"""Cutoffs in words, as a run stores and a report writes them: one time, or a range where each series has its own."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hybridts import text as words
from hybridts.evaluation.manifest import _cutoff_text
from hybridts.evaluation.rolling_origin import Window
from hybridts.report import write_report
from tests.fakes.panels import panel_of
from tests.fakes.stored_run import WALK, Fake, fake_run, with_notes

OLD = ("2018-04-01 00:00:00 to 2019-04-01 00:00:00", "2018-08-01 00:00:00 to 2019-08-01 00:00:00")
NEW = ("2018-04-01 to 2019-04-01", "2018-08-01 to 2019-08-01")


def stored(*cutoffs, freq):
    """Return the text that a run stores for a window with these cutoffs, one per series."""
    panel = panel_of(*([1.0] for _ in cutoffs), freq=freq)
    panel = replace(panel, times=pd.DatetimeIndex(cutoffs).as_unit("ns").asi8)
    return _cutoff_text(panel, Window(0, np.zeros(len(cutoffs), dtype=np.int64), ()))


def test_a_run_stores_both_ends_alike():
    assert stored("2019-04-01", "2018-04-01", freq="MS") == "2018-04-01 to 2019-04-01"
    assert stored("2019-04-01", "2019-04-01", freq="MS") == "2019-04-01"
    assert stored("2019-04-01", "2019-04-02 05:00", freq="h") == "2019-04-01 00:00:00 to 2019-04-02 05:00:00"
    whole = panel_of([1.0, 2.0], [1.0])
    assert _cutoff_text(whole, Window(0, np.array([1, 0]), ())) == "0 to 1"


@pytest.mark.parametrize(
    "cutoff, text",
    [
        (OLD[0], "between 2018-04-01 and 2019-04-01"),
        ("2018-04-01T00:00:00", "at 2018-04-01"),
        ("2018-04-01 to 2018-05-01 00:00:00", "between 2018-04-01 and 2018-05-01"),
        ("2018-04-01 00:00:00 to 2018-05-01 07:00:00", "between 2018-04-01 00:00:00 and 2018-05-01 07:00:00"),
        ("3 to 7", "between 3 and 7"),
    ],
)
def test_a_cutoff_in_a_sentence(cutoff, text):
    assert words.when(cutoff) == text


@pytest.mark.parametrize("cutoffs", [OLD, NEW], ids=["older runs", "runs of today"])
def test_a_report_shows_that_each_series_has_its_own_cutoff(cutoffs, tmp_path):
    run = fake_run(tmp_path / "r", Fake(names=("ARIMA", "Naive"), windows=2))
    run = with_notes(run, {("ARIMA", 1): {"orders": {"north": WALK}}}, run.path)
    windows = [{**w, "cutoff": c} for w, c in zip(run.manifest["windows"], cutoffs, strict=True)]
    run = replace(run, manifest={**run.manifest, "windows": windows})
    page, markdown, *_, values = (p.read_text() for p in write_report(run, tmp_path / "out"))
    assert (
        "- Windows: 2 (each series has its own cutoff: between 2018-04-01 and 2019-04-01 in the first window, "
        "between 2018-08-01 and 2019-08-01 in the last), 6 steps apart"
    ) in markdown
    chose = "last fitted, at the cutoff of each series, between 2018-08-01 and 2019-08-01."
    assert chose in markdown and chose in page
    assert [w["cutoff"] for w in json.loads(values)["windows"]] == list(NEW)
    (path,) = write_report(replace(run, manifest={**run.manifest, "windows": windows[:1]}), tmp_path, "md")
    assert "- Windows: 1 (each series has its own cutoff, between 2018-04-01 and 2019-04-01)\n" in path.read_text()


def test_a_shared_cutoff_is_one_date(tmp_path):
    (path,) = write_report(fake_run(tmp_path / "r", Fake(windows=2)), tmp_path, "md")
    assert "- Windows: 2 (2020-01-31 to 2020-07-31), 6 steps apart\n" in path.read_text()
