"""The order of series by content: ids, levels and units do not matter, shapes do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridts.data.content_order import content_order, in_content_order
from hybridts.data.datasets import damaged, synthetic_panel
from hybridts.data.panel import Origins
from tests.fakes.panels import panel_of


def shuffled(panel, seed):
    order = np.random.default_rng(seed).permutation(len(panel))
    return replace(panel.take(order), ids=tuple(f"x{i}" for i in range(len(panel)))), order


@given(st.integers(0, 50), st.integers(0, 3))
def test_series_of_equal_content_stand_in_one_order_whatever_their_names(seed, cut):
    panel = synthetic_panel(6, 40, season=4, freq=None).cut(np.full(6, 30 + cut))
    other, order = shuffled(panel, seed)
    np.testing.assert_array_equal(order[content_order(other)], content_order(panel))


def test_values_after_a_cutoff_do_not_count_and_those_before_it_do():
    panel = synthetic_panel(6, 40, season=4, freq=None)
    at = np.full(6, 30)
    before, after = (content_order(p.cut(at)) for p in (panel, panel.replace_after(at, panel.values + 1)))
    np.testing.assert_array_equal(before, after)
    rng = np.random.default_rng(0)
    changed = [tuple(content_order(replace(panel, values=rng.permutation(panel.values)))) for _ in range(5)]
    assert len(set(changed)) > 1


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 20))
def test_another_level_or_unit_keeps_the_order(shift, factor, seed):
    panel = damaged(synthetic_panel(6, 40, season=4, freq=None, seed=seed), missing=0.1, shortest=20, seed=seed)
    np.testing.assert_array_equal(
        content_order(replace(panel, values=factor * panel.values + shift)), content_order(panel)
    )


def test_constant_and_empty_series_stand_somewhere():
    panel = panel_of(np.ones(5), np.arange(5.0), np.full(5, np.nan), 2 * np.ones(5))
    assert sorted(content_order(panel)) == [0, 1, 2, 3]
    assert sorted(content_order(panel.cut(np.array([4, -1, 4, 4])))) == [0, 1, 2, 3]


def test_origins_keep_their_series():
    panel = synthetic_panel(5, 30, season=4, freq=None)
    origins = Origins(np.array([4, 0, 2, 0]), np.array([9, 8, 7, 3]))
    ordered, moved, rows = in_content_order(panel, origins)
    assert [panel.ids[i] for i in origins.series[rows]] == [ordered.ids[i] for i in moved.series]
    np.testing.assert_array_equal(moved.position, origins.position[rows])
    assert (np.diff(moved.code()) > 0).all()
    np.testing.assert_array_equal(ordered.window(moved, 3), panel.window(origins, 3)[rows])
