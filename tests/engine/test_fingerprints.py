"""Fingerprints of cuts are equal exactly where a plain hash of all visible data is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridts.engine.fingerprints import Fingerprints
from tests.fakes.panels import Lists, changed_after, panel_of, ragged

LAW = settings(max_examples=60, deadline=None)


@LAW
@given(ragged(), st.data())
def test_cuts_have_equal_fingerprints_exactly_where_their_content_is_equal(panel, data):
    prints = Fingerprints(panel)
    everyone = np.arange(len(panel))

    def drawn():
        some = np.array(data.draw(st.permutations(everyone.tolist())))[: data.draw(st.integers(1, len(panel)))]
        first = np.array([data.draw(st.integers(0, 3)) for _ in everyone])
        position = np.array([data.draw(st.integers(-1, 12)) for _ in everyone])
        return panel.trim(first).cut(position).take(some)

    one, other = drawn(), drawn()
    assert (prints.of(one) == prints.of(other)) == (one.fingerprint == other.fingerprint)


@LAW
@given(ragged(), st.data())
def test_another_panel_with_equal_content_has_an_equal_fingerprint(panel, data):
    position = np.array([data.draw(st.integers(0, 12)) for _ in range(len(panel))])
    cut = panel.cut(position)
    lists = Lists.of(cut)
    fresh = panel_of(*lists.values, season=panel.season, ends=[t[-1] for t in lists.times])
    assert Fingerprints(fresh).of(fresh) == Fingerprints(panel).of(cut)
    changed = changed_after(panel, position)
    assert Fingerprints(changed).of(changed.cut(position)) == Fingerprints(panel).of(cut)


def fingerprint_of(**changed):
    """Return the fingerprint of two series with covariates of every kind."""
    panel = replace(
        panel_of([1.0, 2.0, 3.0], [4.0, 5.0]),
        past=np.arange(5.0)[:, None],
        future=np.arange(10.0).reshape(5, 2),
        static=np.array([[1.0], [2.0]]),
        groups=("g", "h"),
    )
    panel = replace(panel, **{name: change(getattr(panel, name)) for name, change in changed.items()})
    return Fingerprints(panel).of(panel)


def swapped(array):
    """Swap the first two rows."""
    return array[[1, 0, *range(2, len(array))]]


@pytest.mark.parametrize("part", ["values", "past", "future", "static"])
@pytest.mark.parametrize("change", [swapped, lambda a: a + 1e-12, lambda a: np.where(a == a.max(), np.nan, a)])
def test_every_part_of_a_panel_and_its_order_change_the_fingerprint(part, change):
    assert fingerprint_of(**{part: change}) != fingerprint_of()


@pytest.mark.parametrize(
    "changed",
    [
        {"ids": lambda ids: ids[::-1]},
        {"groups": lambda _: None},
        {"groups": lambda groups: groups[::-1]},
        {"season": lambda season: season + 1},
        {"times": lambda times: times + 1},
        {"future": lambda future: future[:, ::-1]},
        {"future": lambda future: future[:, :1]},
        {"reach": lambda reach: reach - [1, 0]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_names_times_and_the_order_of_columns_change_the_fingerprint(changed):
    assert fingerprint_of(**changed) != fingerprint_of()
