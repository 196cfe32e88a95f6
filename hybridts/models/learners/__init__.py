"""Tabular learners, alone on lags or as corrections. The only room that imports scikit-learn and xgboost."""
