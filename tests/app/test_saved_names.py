"""Every name of the catalogue, and every other structure of the grammar, is saved and loads to the same forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.app.saved_model import ModelState, load, save
from hybridts.audit import tiny_recipe
from hybridts.audit.targets import with_open_gates
from hybridts.data.datasets import synthetic_panel
from hybridts.data.read import Columns
from hybridts.engine.engine import Job, run_once
from hybridts.engine.graph import RefitWindow, TrainingSlice
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.names.catalog import COMPONENTS, PUBLISHED
from hybridts.names.plugins import registry
from hybridts.names.recipe import Recipe

#: Beside the list: every component alone, and every other structure of the grammar.
OTHERS = (
    *(c.name for c in COMPONENTS if c.name not in (*PUBLISHED, "Attention")),
    *("(CNN|LSTM)", "CNN>LSTM", "CNN-LSTM-Attention", "(LSTM)-(CNN)", "ARIMA + MLP", "(ARIMA + MLP)-RF"),
    *("median(ARIMA, MLP, RF)", "weighted(ARIMA, MLP-RF)", "stacked(ARIMA, MLP)-RF", "greedy(ARIMA, MLP, RF)"),
    "best(Naive, MLP-RF, median(ARIMA, MLP))",
)
NAMES = (*PUBLISHED, *OTHERS)


@pytest.fixture(scope="module")
def fitted():
    """Fit all names at once, with open gates, so that stages are shared and every correction is kept."""
    recipes = [tiny_recipe(name, registry()) for name in NAMES]
    recipes = [Recipe(r.name, with_open_gates(r.root)) for r in recipes]
    panel = synthetic_panel(n_series=4, length=64, freq="QS", seed=3)
    window = RefitWindow(0, TrainingSlice(None, panel.lengths - 1), panel.ends())
    job = Job(recipes, panel, registry(), (window,), ForecastSpec(4, 0, 0))
    with run_once(job, workers=1, keep=True) as finished:
        yield panel, [(recipe, finished.fitted(recipe.name)) for recipe in recipes]


def test_every_name_loads_to_the_same_forecasts_to_the_last_digit(fitted, tmp_path):
    panel, models = fitted
    ends = panel.ends()
    earlier = panel.cut(panel.lengths - 4).ends()
    for recipe, model in models:
        path = tmp_path / f"{hash(recipe.name)}"
        save(ModelState(recipe, model, panel, Columns(), 4, 0), path, registry())
        back = load(path, registry())
        for origins in (ends, earlier):
            said, again = model.forecast(panel, origins), back.fitted.forecast(back.panel, origins)
            assert np.isfinite(said).all(), recipe.name
            assert np.array_equal(said, again), recipe.name
