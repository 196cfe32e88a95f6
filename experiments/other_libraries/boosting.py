"""LightGBM and CatBoost as learners. Needs `pip install lightgbm catboost`."""

from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor

import hybridts as ht

ht.register_learner("LightGBM", LGBMRegressor)
ht.register_learner("CatBoost", CatBoostRegressor)

settings = {"CatBoost": {"iterations": 50}, "LightGBM": {"n_estimators": 50, "num_leaves": 7}}
names = ["LightGBM", "SARIMA-LightGBM", "SARIMA-CatBoost"]
board = ht.backtest("dataset:airpassengers", names, horizon=12, windows=2, settings=settings, baselines="cheap", jobs=1)
print(board.table[["rank", "model", "MASE", "gain_over_part"]])
