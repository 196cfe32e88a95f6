"""Settings of a chain: which errors later stages learn from, how they correct, and how they are gated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

import hybridts as ht
from hybridts.data.datasets import synthetic_panel
from hybridts.engine.graph import CorrectTask, FitTask
from hybridts.engine.planner import Planner
from hybridts.errors import BadSetting
from hybridts.evaluation.rolling_origin import Schedule, rolling
from hybridts.evaluation.study import groups_of
from hybridts.hybrids.correction import learn
from hybridts.hybrids.folds import folds_for, smallest_training
from hybridts.hybrids.hindcast_rows import ForecastSpec, out_of_fold_rows
from hybridts.hybrids.multiplicative import Multiplicative
from hybridts.models.statistical.baselines import Naive
from hybridts.models.statistical.residual_series import ResidualSeries
from hybridts.names.catalog import default_registry
from hybridts.names.explain import explain
from hybridts.names.grammar import parse
from hybridts.names.plugins import registry
from hybridts.names.recipe import Chain
from tests.fakes.correctors import MeanError

HORIZON = 3
SPEC = ForecastSpec(HORIZON, 0, 0)
REGISTRY = default_registry()


def growing(n_series=4, length=96):
    """Return positive series that grow tenfold, with a little noise."""
    panel = synthetic_panel(n_series=n_series, length=length, seed=2)
    steps = np.concatenate([np.arange(length)] * n_series)
    noise = np.random.default_rng(0).normal(0, 0.01, len(steps))
    return type(panel)(**{**vars_of(panel), "values": 10 * np.exp(np.log(10) * steps / length + noise)})


def vars_of(panel):
    names = ("times", "starts", "stops", "reach", "ids", "season", "freq", "step")
    return {name: getattr(panel, name) for name in names}


def too_low(panel, factor=0.8):
    """Return out-of-fold rows of a base that forecasts the truth times a factor."""
    folds = folds_for(panel, HORIZON, 0, local=False)
    return out_of_fold_rows(panel, folds, [factor * panel.targets(f.origins, HORIZON) for f in folds], SPEC)


def finite(rows):
    return rows[np.isfinite(rows.target).all(axis=1) & np.isfinite(rows.forecast).all(axis=1)]


def test_a_factor_is_found_at_every_level():
    """A base that is a fifth too low is exact after one factor, where the series is small and where it is large."""
    panel = growing()
    rows = finite(too_low(panel))
    change = Multiplicative(MeanError()).fit(panel, rows, HORIZON, 0, 0).correct(panel, rows)
    np.testing.assert_allclose(rows.forecast + change, rows.target, rtol=1e-9)
    added = MeanError().fit(panel, rows, HORIZON, 0, 0).correct(panel, rows)
    assert np.abs(rows.forecast + added - rows.target).mean() > 0.02 * rows.target.mean()


def test_a_statistical_stage_models_the_factors_as_a_series():
    panel = growing()
    rows = finite(too_low(panel))
    model = Multiplicative(ResidualSeries(forecaster=Naive())).fit(panel, rows, HORIZON, 0, 0)
    last = rows[rows.origins.position == rows.origins.position.max()]
    after = last.forecast + model.correct(panel, rows)[rows.origins.position == rows.origins.position.max()]
    np.testing.assert_allclose(after, last.target, rtol=1e-6)


def test_the_gate_of_a_multiplicative_correction_opens():
    panel = growing()
    rows = finite(too_low(panel))
    learned = learn(Multiplicative(MeanError()), panel, rows, SPEC, local=True)
    assert learned.gate.open
    before, after = (np.abs(f - rows.target).mean() for f in (rows.forecast, learned.apply(panel, rows)))
    assert after < 0.5 * before


def test_series_that_are_not_positive_are_unchanged_and_noted():
    panel = growing()
    values = panel.values.copy()
    values[panel.starts[1] + 5] = 0.0
    panel = type(panel)(**{**vars_of(panel), "values": values})
    rows = finite(too_low(panel))
    fitted = Multiplicative(MeanError()).fit(panel, rows, HORIZON, 0, 0)
    change = fitted.correct(panel, rows)
    touched = rows.origins.series == 1
    assert (change[touched] == 0).all()
    assert (change[~touched] != 0).all()
    assert list(fitted.notes["not_positive"]) == [panel.ids[1]]


def test_a_value_of_zero_changes_no_earlier_correction():
    panel = growing()
    rows = finite(too_low(panel))
    fitted = Multiplicative(MeanError()).fit(panel, rows, HORIZON, 0, 0)
    values = panel.values.copy()
    values[panel.stops - 1] = -1.0
    later = type(panel)(**{**vars_of(panel), "values": values})
    early = rows[rows.origins.position < panel.lengths[0] - 1]
    np.testing.assert_array_equal(fitted.correct(panel, early), fitted.correct(later, early))


def test_a_forecast_that_is_not_positive_is_not_multiplied():
    panel = growing()
    rows = finite(too_low(panel))
    fitted = Multiplicative(MeanError()).fit(panel, rows, HORIZON, 0, 0)
    negative = rows[:2]
    negative.forecast[0, 1] = -3.0
    change = fitted.correct(panel, negative)
    assert (change[0] == 0).all()
    assert (change[1] > 0).all()


def test_nothing_positive_at_all_means_no_correction():
    panel = synthetic_panel(n_series=2, length=60, seed=1)
    panel = type(panel)(**{**vars_of(panel), "values": -np.abs(panel.values) - 1})
    rows = finite(too_low(panel))
    fitted = Multiplicative(MeanError()).fit(panel, rows, HORIZON, 0, 0)
    assert (fitted.correct(panel, rows) == 0).all()


# -- which errors are learned from ------------------------------------------------------------------------------------
def plan_of(*recipes):
    panel = synthetic_panel(n_series=3, length=80, seed=3)
    schedule = Schedule(horizon=HORIZON, windows=1)
    (window,) = groups_of(rolling(panel, schedule), [0], False)
    planner = Planner(panel, REGISTRY, SPEC)
    for recipe in recipes:
        planner.add(recipe, window)
    return planner.finish()


def tasks_of(plan, kind):
    return [t for t in plan.tasks.values() if isinstance(t, kind)]


def test_in_sample_errors_need_no_fold_and_share_the_final_fit():
    out_of_fold = parse("ARIMA-RF", REGISTRY)
    in_sample = parse("ARIMA-RF", REGISTRY, {"Chain": {"residuals": "in_sample"}})
    assert len(tasks_of(plan_of(out_of_fold), FitTask)) == 7  # six folds
    assert len(tasks_of(plan_of(in_sample), FitTask)) == 1
    both = plan_of(out_of_fold, type(in_sample)("InSample", in_sample.root))
    assert len(tasks_of(both, FitTask)) == 7
    assert len(tasks_of(both, CorrectTask)) == 2


def test_in_sample_errors_are_those_of_all_training_origins():
    """Published hybrids learn from all of them, not only from the origins that folds would hide."""
    (task,) = tasks_of(plan_of(parse("ARIMA-RF", REGISTRY, {"Chain": {"residuals": "in_sample"}})), CorrectTask)
    panel = synthetic_panel(n_series=3, length=80, seed=3)
    origins = {
        (i, p) for fold in task.source.folds for i, p in zip(fold.origins.series, fold.origins.position, strict=True)
    }
    first, last = smallest_training(panel, HORIZON, 0) - 1, 80 - HORIZON - 2
    assert origins == {(i, p) for i in range(3) for p in range(first, last + 1)}
    assert len({fold.index for fold in task.source.folds}) == len(task.source.folds)


def test_each_setting_is_part_of_the_key():
    variants = [{}, {"residuals": "in_sample"}, {"combine": "multiplicative"}, {"gate": "open"}]
    keys = {tasks_of(plan_of(parse("ARIMA-RF", REGISTRY, {"Chain": v})), CorrectTask)[0].key for v in variants}
    assert len(keys) == len(variants)


class Remembers:
    """A base that returns its training data without an error, and the last value afterwards."""

    def fit(self, panel, horizon, gap, seed):
        return Remembered({i: panel.series(k).copy() for k, i in enumerate(panel.ids)}, horizon)


@dataclass
class Remembered:
    seen: dict
    horizon: int
    notes: dict = field(default_factory=dict)
    failures: dict = field(default_factory=dict)

    def forecast(self, panel, origins):
        rows = []
        for i, p in zip(origins.series, origins.position, strict=True):
            past = self.seen[panel.ids[i]]
            at = np.minimum(np.arange(p + 1, p + 1 + self.horizon), len(past) - 1)
            rows.append(past[at] if p + 1 < len(past) else np.full(self.horizon, panel.series(int(i))[p]))
        return np.array(rows)


def test_in_sample_errors_of_an_overfitted_base_are_useless_and_the_report_warns():
    """Such a base has no errors at all on its training data; out-of-fold errors avoid that."""
    if registry().component("Remembers") is None:
        ht.register_forecaster("Remembers", Remembers)
        ht.register("Remembers-Seen", "Remembers-RF", settings={"Chain": {"residuals": "in_sample", "gate": "open"}})
    steps = np.arange(120)
    frame = pd.DataFrame({"unique_id": "a", "ds": steps, "y": 5.0 * steps + np.sin(steps)})
    names = ["Remembers", "Remembers-RF", "Remembers-Seen"]
    board = ht.backtest(
        frame, models=names, horizon=HORIZON, windows=2, baselines="none", settings={"RF": {"trees": 30}}, jobs=1
    )
    mase = board.table.set_index("model")["MASE"]
    assert mase["Remembers-Seen"] == pytest.approx(mase["Remembers"], rel=1e-6)
    assert mase["Remembers-RF"] < 0.8 * mase["Remembers"]
    notices = " ".join(board.run.manifest["notices"])
    assert "Remembers-Seen" in notices
    assert "in_sample" in notices
    assert "gate: open" in notices


def test_an_open_gate_uses_the_whole_correction():
    panel = growing()
    rows = finite(too_low(panel))
    learned = learn(MeanError(), panel, rows, SPEC, local=True, open_gate=True)
    assert (learned.gate.weight == 1).all()
    assert "settings" in learned.gate.reason


# -- settings --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("ARIMA-RF", {"Chain": {"residual": "in_sample"}}, "Did you mean residuals"),
        ("ARIMA-RF", {"chain": {"combine": "times"}}, "use additive or multiplicative"),
        ("ARIMA", {"Chain": {"gate": "open"}}, "no such part"),
    ],
)
def test_wrong_chain_settings_are_refused_with_the_allowed_values(name, settings, said):
    with pytest.raises(BadSetting, match=said):
        parse(name, REGISTRY, settings)


def test_a_base_alone_has_no_chain_settings_so_that_it_stays_shared():
    recipe = parse("LSTM-ARIMA-RF", REGISTRY, {"Chain": {"combine": "multiplicative"}})
    assert isinstance(recipe.root, Chain)
    base, first, whole = recipe.root.prefixes()
    assert base == parse("LSTM", REGISTRY).root
    assert first.rules == whole.rules != base.rules


def test_weights_learned_by_the_base_have_no_in_sample_form():
    recipe = parse("greedy(ARIMA, Naive)-RF", REGISTRY, {"Chain": {"residuals": "in_sample"}})
    with pytest.raises(BadSetting, match="learns from hindcasts itself"):
        plan_of(recipe)


@pytest.mark.parametrize(("lang", "said"), [("en", "ablation"), ("zh", "消融")])
def test_explain_shows_the_chain_settings(lang, said):
    if registry().combo("Ruled") is None:
        ht.register("Ruled", "ARIMA-RF", settings={"Chain": {"gate": "open", "combine": "multiplicative"}})
    text = explain("Ruled", registry(), lang)
    assert said in text
    assert "gate=open" in text
    assert said not in explain("ARIMA-RF", registry(), lang)
