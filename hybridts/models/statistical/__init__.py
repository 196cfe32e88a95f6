"""Statistical models, one file per family. A model is local (fits each series alone) unless its file says otherwise.

How an ARIMA is fitted, in reading order:

    arima.py, auto_arima.py              settings; a given order, or a search for it
    _arima/order_search.py, stepwise.py  differences by tests, then a stepwise search over ARMA orders
    _arima/conditional_sum_of_squares.py the score of an order in that search: CSS fit, likelihood there
    _arima/regression_with_errors.py     the full model: transform (_box_cox.py), regression (gls.py), ARIMA
    _arima/regression_fit.py             its fit, without columns that the past does not support
    _per_series/plausible.py             the guard: how far a path may go beyond its past
    _per_series/regressors.py            known-future columns as regressors, categories as dummies
    _arima/harmonics.py, order.py        long seasons as harmonics; orders, reduced for short series
    _arima/estimate.py                   scaling, series without variation, engines
    _arima/exact_likelihood.py           the default engine: exact maximum likelihood (roots.py keeps it admissible)
    _arima/state_space.py                frozen coefficients: one Kalman pass forecasts from every origin
    _per_series/fit.py                   every series alone: failures, origins, fits of parts of a panel joined
    _per_series/inputs.py                values and known-future columns (known_future.py) that a model reads

Other models: ets.py, theta.py and mstl.py (smoothing); var.py with _var/groups.py, exogenous.py and equations.py
(joint); baselines.py (rules); residual_series.py (any of them as a correction of earlier stages).
_seasonal_adjustment.py holds classical decomposition, _settings.py checks of settings. Only _backends.py imports
statsforecast, statsmodels and pmdarima.
"""
