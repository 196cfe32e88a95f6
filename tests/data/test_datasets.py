"""Data sets: every listed one loads with its documented shape, and synthetic panels depend only on their seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hybridts.data import datasets
from hybridts.data.calendar import later, to_pandas
from hybridts.data.read import Columns, load
from hybridts.errors import DataError

SHAPES = {
    "airpassengers": (1, 144, 12, "MS"),
    "co2": (1, 2284, 52, "W-SAT"),
    "lynx": (1, 114, 1, None),
    "macro": (8, 203, 4, "QS-JAN"),
    "sunspots": (1, 309, 1, None),
    "synthetic": (8, 120, 12, "MS"),
    "taylor": (1, 4032, 48, "30min"),
    "wineind": (1, 176, 12, "MS"),
}


def test_every_listed_set_loads_with_its_shape_and_a_horizon_that_fits():
    rows = datasets.available()
    assert [row.name for row in rows if row.name != "synthetic"] == sorted(set(SHAPES) - {"synthetic"})
    for row in rows:
        panel = datasets.load_dataset(row.name).panel
        assert (len(panel), int(panel.lengths[0]), panel.season, panel.freq) == SHAPES[row.name]
        assert str(len(panel)) in row.shape and str(panel.lengths[0]) in row.shape
        assert 0 < row.horizon < panel.lengths[0] / 3


def test_macro_is_one_group_with_real_quarters():
    panel = datasets.load_dataset("macro").panel
    assert set(panel.ids) == set(datasets.MACRO)
    assert panel.groups == ("wide",) * 8
    assert panel.aligned
    assert to_pandas(panel.times_of(0)[:2], panel.freq).tolist() == [
        pd.Timestamp("1959-01-01"),
        pd.Timestamp("1959-04-01"),
    ]
    assert panel.series(panel.index["realgdp"])[0] == 2710.349


def test_known_values_at_known_times():
    sunspots = datasets.load_dataset("sunspots").panel
    assert (sunspots.times[0], sunspots.times[-1], sunspots.values[-1]) == (1700, 2008, 2.9)
    lynx = datasets.load_dataset("lynx").panel
    assert (lynx.times[0], lynx.times[-1], lynx.values[0]) == (1821, 1934, 269)
    assert datasets.load_dataset("airpassengers").panel.values[-1] == 432
    assert np.isnan(datasets.load_dataset("co2").panel.values).sum() == 59


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(DataError, match=r"there is no data set 'sunspot'. Did you mean sunspots"):
        datasets.load_dataset("sunspot")


def test_resolve_reads_names_and_anything_else(tmp_path):
    assert datasets.resolve("dataset:lynx").panel.ids == ("lynx",)
    assert datasets.resolve("dataset:lynx", season=10).panel.season == 10
    path = tmp_path / "a.csv"
    path.write_text("ds,y\n2020-01-01,1\n2020-01-02,2\n")
    assert datasets.resolve(str(path)).panel.freq == "D"
    with pytest.raises(DataError, match="columns already have their roles"):
        datasets.resolve("dataset:lynx", Columns(target=("z",)))


def test_synthetic_panels_are_positive_seeded_and_grow_by_adding_series():
    small, large = datasets.synthetic_panel(3, 60, seed=5), datasets.synthetic_panel(7, 60, seed=5)
    assert (small.values > 0).all()
    assert (small.values == large.values[:180]).all()
    assert small.fingerprint == datasets.synthetic_panel(3, 60, seed=5).fingerprint
    assert small.fingerprint != datasets.synthetic_panel(3, 60, seed=6).fingerprint


@pytest.mark.parametrize("freq", ["h", "30min", "D", "B", "W-MON", "MS", "ME", "QS-JAN", "YS-JAN", None])
def test_synthetic_times_lie_on_their_grid_and_load_back(freq):
    panel = datasets.synthetic_panel(2, 40, freq=freq)
    assert (later(panel.times[:1], freq, 1, 39)[0] == panel.times[1:40]).all()
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(panel.ids, 40),
            "ds": to_pandas(panel.times, freq),
            "y": panel.values,
        }
    )
    assert load(frame, season=panel.season).panel.fingerprint == panel.fingerprint


def test_damaged_panels_have_gaps_and_unequal_lengths_and_keep_their_ends():
    whole = datasets.synthetic_panel(20, 80)
    panel = datasets.damaged(whole, missing=0.1, shortest=30, seed=1)
    assert panel.lengths.min() >= 30 and len(set(panel.lengths)) > 5
    for i in range(len(panel)):
        y = panel.series(i)
        assert np.isfinite(y[[0, -1]]).all()
    assert 0.05 < np.isnan(panel.values).mean() < 0.15
    assert not np.isnan(whole.values).any()
