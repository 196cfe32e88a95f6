"""Tabular learners, alone on lags or as corrections. Only this package imports scikit-learn and xgboost."""
