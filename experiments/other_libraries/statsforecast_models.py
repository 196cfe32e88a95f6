"""A model of statsforecast, as class or object, is a name as it is. Needs nothing more."""

from statsforecast.models import AutoCES, OptimizedTheta

import hybridts as ht

ht.register_forecaster("CES", AutoCES(season_length=12))
ht.register_forecaster("OptimizedTheta", OptimizedTheta(season_length=12))

names = ["CES", "OptimizedTheta", "OptimizedTheta-RF"]
board = ht.backtest("dataset:airpassengers", names, horizon=12, windows=2, baselines="cheap", jobs=1, verbose=False)
print(board.table[["rank", "model", "MASE"]])
