"""ARIMA: orders, likelihoods, states."""
