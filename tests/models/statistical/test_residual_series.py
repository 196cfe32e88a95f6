"""A statistical model of out-of-fold errors: errors known at an origin, fold edges, and the gain."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.data.panel import Origins
from hybridts.errors import NotApplicable
from hybridts.models.protocols import Hindcasts
from hybridts.models.statistical.arima import ARIMA, SARIMA
from hybridts.models.statistical.auto_arima import AutoARIMA
from hybridts.models.statistical.ets import ETS
from hybridts.models.statistical.residual_series import ResidualSeries
from hybridts.models.statistical.var import VAR


def hindcasts(panel, origins, horizon, gap, fold=0):
    """A base that forecasts zero: its error is the series itself."""
    return Hindcasts(
        origins=origins,
        fold=np.broadcast_to(np.asarray(fold), len(origins)).copy(),
        forecast=np.zeros((len(origins), horizon)),
        target=panel.targets(origins, horizon, gap),
        scale=np.ones(len(origins)),
    )


def persistent(length, seed=0):
    rng = np.random.default_rng(seed)
    e = np.zeros(length)
    for t in range(1, length):
        e[t] = 0.8 * e[t - 1] + rng.normal()
    return e


def case(kit, gap, horizon=3, folds=(0, 1)):
    panel = kit.make(persistent(120), persistent(120, seed=1), season=4)
    seen = panel.cut(np.array([89, 89]))
    train = [kit.at(np.arange(20, 90 - gap), series=i) for i in (0, 1)]
    origins = type(train[0]).join(train)
    fold = np.where(origins.position < 55, *folds)
    return panel, seen, hindcasts(seen, origins, horizon, gap, fold)


@pytest.mark.parametrize("gap", [0, 2])
def test_with_a_zero_base_it_is_the_model_on_the_series_itself(gap, kit):
    panel, seen, rows = case(kit, gap, folds=(0, 0))
    model = ARIMA(order=(1, 0, 0), constant=False)
    fitted = ResidualSeries(forecaster=model).fit(seen, rows, 3, gap, 0)
    plain = panel.trim(np.array([21 + gap, 21 + gap]))
    direct = model.fit(plain.cut(np.array([89 - 21 - gap] * 2)), 3, gap, 0)
    asked = hindcasts(panel, kit.at(np.arange(85, 119)), 3, gap, fold=0)
    here = kit.at(asked.origins.position - 21 - gap)
    np.testing.assert_allclose(fitted.correct(panel, asked), direct.forecast(plain, here), rtol=1e-8)


def test_errors_with_memory_are_corrected(kit):
    panel, seen, rows = case(kit, 0)
    fitted = ResidualSeries(forecaster=ARIMA()).fit(seen, rows, 3, 0, 0)
    asked = hindcasts(panel, kit.at(np.arange(90, 117)), 3, 0, fold=-1)
    error = asked.target - fitted.correct(panel, asked)
    assert np.mean(error[:, 0] ** 2) < 0.7 * np.mean(asked.target[:, 0] ** 2)
    assert fitted.notes["orders"]["s0"]["order"] == [1, 0, 1]


@pytest.mark.parametrize("gap", [0, 2])
@pytest.mark.parametrize("fold", [1, -1])
def test_each_origin_is_answered_as_if_later_data_were_hidden(gap, fold, kit):
    panel, seen, rows = case(kit, gap)
    fitted = ResidualSeries(forecaster=ARIMA()).fit(seen, rows, 3, gap, 0)
    asked = hindcasts(panel, kit.at(np.arange(30, 119, 3)), 3, gap, fold=fold)
    together = fitted.correct(panel, asked)
    for k, position in enumerate(asked.origins.position):
        hidden = panel.cut(np.array([position, position]))
        earlier = asked[asked.origins.position <= position]
        np.testing.assert_allclose(fitted.correct(hidden, earlier)[-1], together[k], rtol=1e-8, atol=1e-12)


def test_targets_of_the_rows_are_never_read(kit):
    panel, seen, rows = case(kit, 0)
    fitted = ResidualSeries(forecaster=ARIMA()).fit(seen, rows, 3, 0, 0)
    asked = hindcasts(panel, kit.at(np.arange(80, 110)), 3, 0, fold=-1)
    poisoned = Hindcasts(asked.origins, asked.fold, asked.forecast, asked.target * np.nan, asked.scale)
    np.testing.assert_array_equal(fitted.correct(panel, asked), fitted.correct(panel, poisoned))


def test_the_first_error_of_a_new_fold_is_missing(kit):
    _, seen, rows = case(kit, 0)
    fitted = ResidualSeries(forecaster=ARIMA()).fit(seen, rows, 3, 0, 0)
    history = fitted.history["s0"]
    assert history.first == 21
    assert np.flatnonzero(np.isnan(history.error)).tolist() == [55 + 1 - 21]


def test_too_few_errors_give_no_correction_and_say_so(kit):
    panel = kit.make(persistent(60), persistent(60, seed=1))
    origins = type(kit.at(0)).join([kit.at(np.arange(20, 59)), kit.at(np.arange(55, 59), series=1)])
    fitted = ResidualSeries(forecaster=ARIMA()).fit(panel, hindcasts(panel, origins, 2, 0), 2, 0, 0)
    assert fitted.notes["zero"] == {"s1": "4 known errors, fewer than 8: no correction"}
    asked = hindcasts(panel, type(origins).join([kit.at(59), kit.at(59, series=1)]), 2, 0)
    answer = fitted.correct(panel, asked)
    assert (answer[0] != 0).all()
    assert (answer[1] == 0).all()
    empty = ResidualSeries(forecaster=ARIMA(), fewest=100).fit(panel, hindcasts(panel, origins, 2, 0), 2, 0, 0)
    assert (empty.correct(panel, asked) == 0).all()


def test_origins_before_the_first_error_get_no_correction(kit):
    panel, seen, rows = case(kit, 0)
    fitted = ResidualSeries(forecaster=ARIMA()).fit(seen, rows, 3, 0, 0)
    assert (fitted.correct(panel, hindcasts(panel, kit.at([5, 20]), 3, 0)) == 0).all()


@pytest.mark.parametrize("model", [SARIMA(), AutoARIMA(max_p=1, max_q=1), ETS()])
def test_other_models_work_too(model, kit):
    panel, seen, rows = case(kit, 0)
    fitted = ResidualSeries(forecaster=model).fit(seen, rows, 3, 0, 0)
    asked = hindcasts(panel, kit.at(np.arange(90, 117)), 3, 0, fold=-1)
    answer = fitted.correct(panel, asked)
    assert np.isfinite(answer).all()
    assert np.abs(answer).max() > 0


def test_not_applicable_passes_through(kit):
    panel = kit.make(persistent(60))
    rows = hindcasts(panel, kit.at(np.arange(20, 59)), 2, 0)
    with pytest.raises(NotApplicable, match="season 1"):
        ResidualSeries(forecaster=SARIMA()).fit(panel, rows, 2, 0, 0)


@pytest.mark.parametrize("hole", [(0, 89), (1, 88), (0, 60), (0, 21), (1, 22)])
def test_series_that_move_together_do_so_where_one_of_their_errors_is_unknown(hole, kit):
    series = [persistent(120), 0.5 * persistent(120) + persistent(120, seed=1)]
    series[hole[0]][hole[1]] = np.nan
    panel = kit.make(*series)
    seen = panel.cut(np.array([89, 89]))
    rows = hindcasts(seen, Origins.join([kit.at(np.arange(20, 90), series=i) for i in (0, 1)]), 3, 0)
    fitted = ResidualSeries(forecaster=VAR(max_lag=1)).fit(seen, rows, 3, 0, 0)
    plain = panel.trim(np.array([21, 21]))
    direct = VAR(max_lag=1).fit(plain.cut(np.array([68, 68])), 3, 0, 0)
    at = Origins.join([kit.at(np.arange(89, 95), series=i) for i in (0, 1)])
    asked = hindcasts(panel, at, 3, 0)
    here = Origins(at.series, at.position - 21)
    np.testing.assert_allclose(fitted.correct(panel, asked), direct.forecast(plain, here), rtol=1e-8)
