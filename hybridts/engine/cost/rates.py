"""Rates: seconds per unit of every kind of work, fitted to finished runs (experiments/planning)."""

from __future__ import annotations

from collections.abc import Mapping

#: Seconds of one unit of work on one core.
RATES: Mapping[str, float] = {
    # statistical models: per row and per series
    "ARIMA rows": 1e-4,
    "ARIMA series": 0.0135,
    "SARIMA rows": 6e-5,
    "SARIMA seasonal rows": 4e-4,
    "AutoARIMA rows": 5.4e-4,
    "AutoARIMA series": 0.0184,
    "AutoARIMA reused rows": 4.7e-5,
    "AutoARIMA reused series": 0.0059,
    "AutoSARIMA rows": 5.4e-4,
    "AutoSARIMA seasonal rows": 1.2e-3,
    "AutoSARIMA reused series": 0.0097,
    "residual ARIMA rows": 5.9e-5,
    "residual ARIMA series": 0.0094,
    "VAR rows": 2e-6,
    "ETS rows": 2e-5,
    "ETS seasonal rows": 8.5e-4,
    "ETS series": 0.0046,
    "ETS reused rows": 1.5e-5,
    "ETS reused seasonal rows": 2e-5,
    "ETS reused series": 0.001,
    "Theta series": 0.0026,
    "MSTL rows": 2e-5,
    "MSTL seasonal rows": 1e-4,
    "MSTL series": 0.01,
    "other rows": 5e-5,
    "other series": 0.005,
    "origins": 1.2e-6,
    # networks: per training step, per call of a block in a step, per product
    "steps": 3.2e-3,
    "RNN calls": 2.1e-4,
    "RNN products": 2.4e-11,
    "GRU calls": 6.5e-4,
    "GRU products": 2.1e-11,
    "LSTM calls": 5.5e-4,
    "LSTM products": 1.9e-11,
    "CNN calls": 2.2e-3,
    "CNN products": 6.6e-11,
    "dense products": 5.2e-11,
    "windows": 1e-8,
    # learners: per tree, per row times features
    "trees": 1.5e-3,
    "tree rows": 5e-8,
    "boosted trees": 1e-3,
    "boosted rows": 3e-9,
    "kernel rows": 2.6e-8,
    "mapped rows": 1e-7,
    "small network rows": 8e-9,
    "learner rows": 1e-6,
    "features": 1e-8,
    "RF predictions": 5e-6,
    "SVM predictions": 3e-6,
    "XGBoost predictions": 1e-6,
    "ANN predictions": 1e-6,
    "learner predictions": 5e-6,
    # ensembles
    "member rows": 2e-9,
    "member series": 1.9e-4,
    "greedy rows": 3.3e-8,
}
#: Seconds of every task apart from its units: reading, writing, scheduling.
TASK_OVERHEAD = 0.02
