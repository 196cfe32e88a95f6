"""ARIMA: transform, regression, order, estimation, forecasts from the state space."""
