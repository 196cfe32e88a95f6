"""Grids of series: ids become cells, times become frames, and every cell is forecast from what came before."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import hybridts as ht
from hybridts.data.seasonal import last_value
from hybridts.errors import BadSetting, DataError
from hybridts.models.neural.encoder import Encoder
from hybridts.models.neural.spatial.lattice import Grid, check_calendar, positions_at, row_and_column
from hybridts.models.neural.spatial.panel_frames import PanelFrames
from hybridts.models.neural.training_settings import Training
from hybridts.names import build
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from hybridts.names.recipe import Chain, Stage
from tests.fakes.panels import changed_after, origins_at, panel_of

NAMES = ("CNN", "ConvLSTM", "CNN-LSTM", "CNN-ConvLSTM", "CNN>LSTM", "(CNN|LSTM)", "MLP", "ConvLSTM-Attention")
EVERY = pytest.mark.parametrize("name", NAMES)
QUICK = {"window": 5, "steps": 12, "batch": 8, "grid": True}
SMALL = {"CNN": {"filters": 8}, "ConvLSTM": {"filters": 4}, "LSTM": {"hidden": 16}, "MLP": {"hidden": 16}}


def forecaster(name, network=None):
    tokens = {k: v for k, v in SMALL.items() if k in name.replace("ConvLSTM", "Conv").split("-") or k in name}
    if "LSTM" in tokens and "LSTM" not in name.replace("ConvLSTM", ""):
        del tokens["LSTM"]
    root = parse(name, default_registry(), {"Network": network or QUICK, **tokens}).root
    assert isinstance(root, Chain)
    (stage,) = root.stages
    assert isinstance(stage, Stage)
    return build.forecaster(stage, default_registry())


def wave(rows=3, columns=4, length=80, without=()):
    """A wave of short crests that moves one column a step: what a cell will be, its left neighbour is now."""
    rng = np.random.default_rng(3)
    crests = np.convolve(rng.normal(size=length + columns + 8), np.ones(2) / 2, mode="valid")
    cells = [(r, c) for r in range(rows) for c in range(columns) if (r, c) not in without]
    series = [(10 + 3 * r + c) + (1 + r) * crests[columns - c : columns - c + length] for r, c in cells]
    return panel_of(*series, ids=tuple(f"r{r}c{c}" for r, c in cells))


def with_ids(*ids):
    return panel_of(*([np.arange(30.0)] * len(ids)), ids=ids)


# -- ids ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["r3c5", "3_5", "3,5", "3-5", "cell_3_5", "(3, 5)", "region2_row03_col05", "3 5"])
def test_row_and_column_are_the_last_two_whole_numbers_of_an_id(name):
    assert row_and_column(name) == (3, 5)


@pytest.mark.parametrize("name", ["sales", "store7"])
def test_an_id_without_row_and_column_is_named_with_the_forms_that_have_them(name):
    with pytest.raises(DataError, match=rf"the id '{name}' carries no row and column.*r3c5, 3_5, .*last two whole"):
        forecaster("CNN").fit(with_ids("r0c0", name), 2, 0, 0)


def test_two_ids_of_one_cell_are_named():
    with pytest.raises(DataError, match=r"ids 'r1c2' and '1_2' are both the cell of row 1, column 2"):
        forecaster("CNN").fit(with_ids("r0c0", "r1c2", "1_2"), 2, 0, 0)
    with pytest.raises(DataError, match=r"'-1_0' and '1_0' are both .* column 0\. Minus signs are not read"):
        Grid.of(["-1_0", "1_0"])


def test_a_grid_of_one_line_is_a_notice_because_other_numbers_in_ids_look_like_one():
    notes = forecaster("MLP").fit(with_ids("M3_N1402", "M3_N1403", "M3_N1404"), 2, 0, 0).notes
    assert notes["grid"] == [1, 3]
    assert notes["notices"] == ["grid: 1 row x 3 columns, read from ids such as 'M3_N1402'."]
    assert "notices" not in forecaster("MLP").fit(with_ids("r0c0", "r1c1"), 2, 0, 0).notes


def test_the_loudest_series_of_a_frame_may_be_loud_in_its_targets_only():
    panel = wave(2, 2, length=30)
    values = panel.values.copy()
    values[panel.starts[2] + 20] = 1e30
    loud = dataclasses.replace(panel, values=values)
    grid = Grid.of(panel.ids)
    encoder = Encoder.fitted(loud, 5, 3, 0, Training())
    frames = PanelFrames.of(loud, np.array([18]), grid)  # before the outlier: only the targets show it
    assert np.abs(frames.encode(encoder, np.array([0])).window).max() < 100
    assert frames.loudest(encoder, 0) == panel.ids[2] == "r1c0"


def test_a_grid_starts_anywhere_counts_in_any_step_and_keeps_its_holes():
    assert Grid.of(["10_5", "30_5", "40_7"]) == Grid((10, 5), (10, 2), (4, 2))
    assert Grid.of(["10_5", "30_5", "40_7"]).place(["40_7", "20_7", "30_5", "50_5", "35_5"]).tolist() == [
        7,
        3,
        4,
        -1,
        -1,
    ]
    assert Grid.of(["r7c7"]) == Grid((7, 7), (1, 1), (1, 1))


def test_numbers_that_are_no_rows_and_columns_are_refused():
    with pytest.raises(DataError, match=r"the ids span 2000 x 3 cells for 3 series; the farthest is 'r1999c2'"):
        Grid.of(["r0c0", "r1c1", "r1999c2"])


# -- calendar -----------------------------------------------------------------------------------------------------
def test_series_may_start_late_and_end_early_but_must_share_their_times():
    panel = panel_of(np.arange(9.0), np.arange(5.0), np.arange(6.0), ends=[10, 8, 10])
    check_calendar(panel)
    assert positions_at(panel, np.array([3, 5, 8, 10])).tolist() == [[1, -1, -1], [3, 1, 0], [6, 4, 3], [8, -1, 5]]


def test_the_first_series_off_the_calendar_is_named():
    panel = panel_of(*([np.arange(20.0)] * 4), ids=("r0c0", "r0c1", "r1c0", "r1c1"), step=10)
    times = np.concatenate([10 * np.arange(20) + shift for shift in (0, 0, 5, 5)])
    shifted = dataclasses.replace(panel, times=times)
    with pytest.raises(DataError, match=r"the rows of 'r1c0' do not line up with those of the series before it"):
        forecaster("CNN").fit(shifted, 2, 0, 0)


# -- learning -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "steps"), [("CNN", 150), ("ConvLSTM", 150), ("CNN-LSTM", 250)])
def test_a_moving_wave_is_learned_from_the_neighbours(name, steps):
    whole = wave(length=140)
    panel = whole.cut(np.full(len(whole), 119))
    network = {"window": 5, "steps": steps, "batch": 16, "rate": 0.01, "grid": True}
    fitted = forecaster(name, network).fit(panel, 1, 0, 0)
    right = [i for i, name in enumerate(whole.ids) if not name.endswith("c0")]  # nothing announces the first column
    origins = origins_at(*((i, p) for i in right for p in range(119, 138)))
    truth = whole.targets(origins, 1)
    error = np.abs(fitted.forecast(whole, origins) - truth).mean()
    anchor = np.abs(last_value(whole, origins)[:, None] - truth).mean()
    assert error < 0.4 * anchor, (error, anchor)


@EVERY
def test_the_same_seed_gives_the_same_forecast_of_every_cell(name):
    panel = wave()
    one, two = (forecaster(name).fit(panel, 3, 0, 7).forecast(panel, panel.ends()) for _ in range(2))
    assert one.shape == (12, 3) and np.isfinite(one).all()
    np.testing.assert_array_equal(one, two)


@EVERY
def test_values_after_the_origin_change_nothing(name):
    whole = wave()
    fitted = forecaster(name).fit(whole.cut(np.full(12, 59)), 3, 0, 1)
    origins = origins_at(*((i, 62) for i in range(12)))
    before = fitted.forecast(whole, origins)
    np.testing.assert_array_equal(fitted.forecast(changed_after(whole, np.full(12, 62)), origins), before)
    np.testing.assert_array_equal(fitted.forecast(whole.cut(np.full(12, 62)), origins), before)
    poisoned = forecaster(name).fit(changed_after(whole, np.full(12, 59)).cut(np.full(12, 59)), 3, 0, 1)
    np.testing.assert_array_equal(poisoned.forecast(whole, origins), before)


@EVERY
def test_several_origins_in_any_order_are_answered_each_as_if_alone(name):
    whole = wave()
    fitted = forecaster(name).fit(whole.cut(np.full(12, 59)), 3, 2, 1)
    origins = origins_at((3, 70), (0, 59), (11, 64), (3, 61), (0, 70), (5, 2))
    together = fitted.forecast(whole, origins)
    for row in range(len(origins)):
        one = origins[np.array([row])]
        alone = fitted.forecast(whole.cut(np.full(12, one.position[0])), one)
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5, atol=1e-5)


@EVERY
def test_forecasts_follow_when_the_cells_are_scaled_and_shifted(name):
    panel = wave()
    moved = dataclasses.replace(panel, values=3.7 * panel.values - 250.0)
    one, two = (forecaster(name).fit(p, 3, 0, 1).forecast(p, p.ends()) for p in (panel, moved))
    assert np.abs(one - last_value(panel, panel.ends())[:, None]).max() > 1e-3  # it did learn something
    np.testing.assert_allclose((two + 250.0) / 3.7, one, atol=2e-3)


def test_one_cell_follows_its_own_scale_only():
    panel = wave()
    values = panel.values.copy()
    values[panel.starts[4] : panel.stops[4]] *= 1000.0
    one, two = (
        forecaster("ConvLSTM").fit(p, 3, 0, 1).forecast(p, p.ends())
        for p in (panel, dataclasses.replace(panel, values=values))
    )
    np.testing.assert_allclose(two / np.where(np.arange(12) == 4, 1000.0, 1.0)[:, None], one, rtol=1e-3)


# -- what is missing ----------------------------------------------------------------------------------------------
@EVERY
def test_holes_missing_values_and_short_series_are_answered_with_numbers(name):
    whole = wave(without={(1, 1), (2, 3)})
    values = whole.values.copy()
    values[::7] = np.nan
    panel = dataclasses.replace(whole, values=values).trim(np.array([0] * 9 + [60]))
    fitted = forecaster(name).fit(panel, 3, 0, 0)
    assert fitted.notes["grid"] == [3, 4]
    assert np.isfinite(fitted.forecast(panel, panel.ends())).all()


def test_a_series_that_ended_is_missing_in_later_frames_and_still_forecast_from_its_own_end():
    whole = wave()
    panel = whole.cut(np.where(np.arange(12) == 5, 40, 79))
    fitted = forecaster("ConvLSTM").fit(panel, 2, 0, 0)
    answer = fitted.forecast(panel, panel.ends())
    assert np.isfinite(answer).all()
    alone = fitted.forecast(whole.cut(np.full(12, 40)), origins_at((5, 40)))
    np.testing.assert_allclose(answer[5], alone[0], rtol=1e-5)


def test_a_new_series_fills_a_hole_and_one_outside_the_grid_is_refused():
    whole = wave()
    keep = np.delete(np.arange(12), 5)
    fitted = forecaster("CNN").fit(whole.take(keep), 2, 0, 0)
    assert np.isfinite(fitted.forecast(whole, whole.ends())).all()
    wider = dataclasses.replace(whole, ids=(*whole.ids[:11], "r2c9"))
    with pytest.raises(DataError, match="'r2c9' lies outside the 3 x 4 cells that the network was trained on"):
        fitted.forecast(wider, wider.ends())
    assert np.isfinite(fitted.forecast(wider, origins_at((0, 70)))).all()  # nobody asked about it


# -- beside the window --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "most"), [("ConvLSTM", 1.25), ("CNN-LSTM", 2.2)])
def test_known_future_columns_are_read_for_every_cell_by_itself(name, most):
    rng = np.random.default_rng(0)
    promo = rng.integers(0, 2, 4 * 80).astype(float)
    ids = ("r0c0", "r0c1", "r1c0", "r1c1")
    y = 10 + 5 * promo
    more = {"future": promo[:, None], "columns": {"future": ("promo",)}, "ids": ids}
    panel = panel_of(*y.reshape(4, 80), **more)
    network = {"window": 4, "steps": 150, "batch": 16, "rate": 0.01, "grid": True}
    fitted = forecaster(name, network).fit(panel.cut(np.full(4, 60), ahead=2), 2, 0, 0)
    origins = origins_at(*((i, p) for i in range(4) for p in range(60, 77)))
    assert np.abs(fitted.forecast(panel, origins) - panel.targets(origins, 2)).mean() < most  # blind: 2.5
    ahead = np.arange(320)
    other = np.where((ahead > 60) & (ahead < 80), 1 - promo, promo)[:, None]  # of the first cell, after the origin
    origins = origins_at(*((i, 60) for i in range(4)))
    moved = panel_of(*y.reshape(4, 80), **{**more, "future": other})
    change = np.abs(fitted.forecast(moved, origins) - fitted.forecast(panel, origins)).mean(axis=1)
    assert change[0] > 2 and change[1:].max() < 1e-6


def test_quantiles_seeds_early_stopping_and_the_logarithm_work_on_a_grid():
    panel = wave()
    more = {"quantiles": [0.1, 0.9], "seeds": 2, "early_stopping": True, "log": True}
    fitted = forecaster("ConvLSTM", {**QUICK, **more}).fit(panel, 3, 0, 0)
    levels = fitted.quantiles(panel, panel.ends())
    assert levels.shape == (12, 3, 3)
    assert (np.diff(levels, axis=-1) >= 0).all() and (levels > 0).all()
    np.testing.assert_array_equal(fitted.forecast(panel, panel.ends()), levels[..., 1])


# -- in a name ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ARIMA-CNN-LSTM", "(LSTM)-(ConvLSTM)"])
def test_a_grid_that_corrects_is_refused(name):
    recipe = parse(name, default_registry(), {"Network": {"grid": True}})
    with pytest.raises(BadSetting, match="grid is for a network that comes first in a name"):
        build.corrector(recipe.stages()[1], default_registry())


def test_a_grid_is_a_base_like_any_other_in_a_backtest():
    panel = wave(rows=2, columns=2, length=70)
    frame = ht_frame(panel)
    settings = {"Network": {**QUICK, "steps": 5}, "XGBoost": {"trees": 5}}
    board = ht.backtest(frame, ["CNN-LSTM-XGBoost"], 3, windows=2, settings=settings, baselines="none", jobs=1)
    assert np.isfinite(board.forecasts["CNN-LSTM-XGBoost"]).all()
    assert len(board.forecasts) == 4 * 3 * 2


def ht_frame(panel):
    import pandas as pd

    parts = [
        pd.DataFrame({"unique_id": name, "ds": panel.times_of(i), "y": panel.series(i)})
        for i, name in enumerate(panel.ids)
    ]
    return pd.concat(parts, ignore_index=True)
