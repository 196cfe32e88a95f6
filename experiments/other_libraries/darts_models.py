"""A model of darts, refitted at every origin. Needs `pip install darts`."""

from darts import TimeSeries
from darts.models import FourTheta

import hybridts as ht


class Darts:
    def __init__(self, season=12):
        self.season = season

    def fit(self, y):
        self.model = FourTheta(seasonality_period=self.season).fit(TimeSeries.from_values(y))

    def predict(self, h):
        return self.model.predict(h).values().ravel()


ht.register_forecaster("FourTheta", Darts)
names = ["FourTheta", "FourTheta + SARIMA"]
board = ht.backtest("dataset:airpassengers", names, horizon=12, windows=2, baselines="cheap", jobs=1, verbose=False)
print(board.table[["rank", "model", "MASE"]])
