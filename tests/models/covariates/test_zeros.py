"""Zeros that a column explains: a rule with evidence, not a guess."""

from __future__ import annotations

import json

import numpy as np

from hybridts.models.covariates.zeros import ExplainedZeros
from tests.fakes.panels import panel_of


def closed(rows=40, every=7, **changes):
    """Two series that are 0 on every 7th row, where `open` is 0."""
    opened = (np.arange(rows) % every != 0).astype(float)
    y = np.stack([(10.0 + np.arange(rows)) * opened, 5.0 * opened])
    for (series, row), value in changes.pop("at", {}).items():
        y[series, row] = value
    future = np.tile(opened, 2)[:, None]
    return panel_of(*y, future=future, columns={"future": ("open",)})


def zeros_of(panel):
    found = ExplainedZeros.of(panel)
    assert found is not None
    return found


def everywhere(panel):
    series = np.repeat(np.arange(len(panel)), panel.lengths)
    return series, np.concatenate([np.arange(n) for n in panel.lengths])


def test_a_closed_day_is_found_and_holds_for_every_series():
    panel = closed()
    zeros = zeros_of(panel)
    assert zeros.names == ("open=0",) and zeros.rows == (12,)
    series, position = everywhere(panel)
    assert np.array_equal(zeros.at(panel, series, position), panel.future[:, 0] == 0)
    again = ExplainedZeros.from_plain(json.loads(json.dumps(zeros.to_plain())))
    assert np.array_equal(again.at(panel, series, position), zeros.at(panel, series, position))
    assert zeros.notices == ["The target has been 0 where open=0 (12 rows): forecasts there are 0."]


def test_no_rule_without_evidence():
    assert ExplainedZeros.of(closed(rows=12)) is None  # four closed rows
    assert ExplainedZeros.of(panel_of(range(20))) is None
    sold = {(0, 7): 3.0, (0, 14): 3.0}
    assert ExplainedZeros.of(closed(at=sold)) is None  # 2 of 12 were not 0
    mostly = closed()
    mostly = panel_of(*np.zeros((2, 40)), future=mostly.future, columns=mostly.columns)
    assert ExplainedZeros.of(mostly) is None  # the target is 0 anyway


def test_a_series_that_sells_on_closed_days_is_left_alone():
    opened = (np.arange(140) % 7 != 0).astype(float)
    shops = [10.0 * opened] * 60
    always = np.full(140, 8.0)
    panel = panel_of(*shops, always, future=np.tile(opened, 61)[:, None])
    zeros = zeros_of(panel)
    at = np.zeros(61, np.int64)
    found = zeros.at(panel, np.arange(61), at)
    assert found[:60].all() and not found[60]
