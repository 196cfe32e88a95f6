"""A forecaster of sktime is a name, and a name is a forecaster of sktime. Needs `pip install sktime`."""

import pandas as pd
from sktime.forecasting.trend import STLForecaster

import hybridts as ht
from hybridts.interop.sktime import HybridForecaster


class Stl:
    def fit(self, y):
        self.model = STLForecaster(sp=12).fit(pd.Series(y))

    def predict(self, h):
        return self.model.predict(fh=range(1, h + 1)).to_numpy()


ht.register_forecaster("STL", Stl)
names = ["STL", "STL + SARIMA"]
board = ht.backtest("dataset:airpassengers", names, horizon=12, windows=2, baselines="cheap", jobs=1, verbose=False)
print(board.table[["rank", "model", "MASE"]])

y = pd.Series(range(60), index=pd.period_range("2020-01", periods=60, freq="M"), dtype=float)
print(HybridForecaster("Drift-RF").fit(y, fh=[1, 2, 3]).predict())
