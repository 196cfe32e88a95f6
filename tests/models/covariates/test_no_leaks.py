"""Nothing after an origin decides its forecast, apart from known-future columns up to the last target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse
from tests.fakes.panels import origins_at, panel_of

SETTINGS = {"Network": {"steps": 20, "window": 8}, "XGBoost": {"trees": 20}}
GAP, HORIZON = 1, 3


def with_all_kinds(rows=120):
    """Series that a known-future column, and a past one two rows before, explain; closed on every ninth row."""
    rng = np.random.default_rng(0)
    future, past = rng.normal(size=(3, rows, 2)), rng.normal(size=(3, rows, 1))
    opened = np.arange(rows) % 9 != 4
    future[..., 1] = opened
    y = (20 + 3 * future[..., 0] + 2 * np.roll(past[..., 0], 2, axis=1) + rng.normal(0, 0.3, (3, rows))) * opened
    columns = {"future": ("x", "open"), "past": ("p",), "static": ("kind",)}
    kinds = {"future": future.reshape(-1, 2), "past": past.reshape(-1, 1), "static": np.arange(3.0)[:, None]}
    return panel_of(*y, season=4, **kinds, columns=columns)


@pytest.mark.parametrize("name", ["XGBoost", "MLP", "LSTM"])
def test_a_forecast_reads_nothing_that_is_not_known(name):
    panel, registry = with_all_kinds(), default_registry()
    (stage,) = parse(name, registry, {k: v for k, v in SETTINGS.items() if k in (name, "Network")}).stages()
    fitted = forecaster(stage, registry).fit(panel.cut(np.full(3, 80), GAP + HORIZON), HORIZON, GAP, 0)
    assert {"covariate_effect", "zeros_explained"} <= set(fitted.notes)
    origins = origins_at((0, 80), (0, 91), (1, 85), (2, 100), (2, 70))
    plain = fitted.forecast(panel, origins)
    assert np.isfinite(plain).all()
    for row in range(len(origins)):
        one = origins[np.array([row])]
        series, at = int(one.series[0]), int(one.position[0])
        values, past, future = panel.values.copy(), panel.past.copy(), panel.future.copy()
        after = slice(panel.starts[series] + at + 1, panel.stops[series])
        values[after], past[after] = 1e6, -1e6
        future[panel.starts[series] + at + GAP + HORIZON + 1 : panel.stops[series]] = 77.0
        poisoned = replace(panel, values=values, past=past, future=future)
        np.testing.assert_array_equal(fitted.forecast(poisoned, one)[0], fitted.forecast(panel, one)[0])
        cut = panel.cut(np.full(3, at), GAP + HORIZON)
        np.testing.assert_allclose(fitted.forecast(cut, one)[0], plain[row], rtol=1e-4)
        moved = future.copy()
        moved[panel.starts[series] + at + GAP + 1 : panel.starts[series] + at + GAP + 2, 0] += 2
        change = fitted.forecast(replace(poisoned, future=moved), one)[0] - plain[row]
        assert abs(change[0]) > 1 or plain[row][0] == 0
