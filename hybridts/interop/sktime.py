"""A name as a forecaster of sktime. Needs the extra `sktime`."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

import hybridts as ht

try:
    from sktime.forecasting.base import BaseForecaster
except ModuleNotFoundError as cause:
    raise ModuleNotFoundError(
        f"hybridts.interop.sktime needs sktime ({cause.name} is not installed): pip install sktime.", name=cause.name
    ) from cause


class HybridForecaster(BaseForecaster):  # type: ignore[misc]
    """Forecast one series by a name of hybridts.

    The horizon is fixed in `fit`, since networks and hybrids are fitted for it. Exogenous columns are not read, and
    values inside the training data are not forecast.

    >>> from sktime.datasets import load_airline
    >>> from hybridts.interop.sktime import HybridForecaster
    >>> forecaster = HybridForecaster("SeasonalNaive").fit(load_airline(), fh=[1, 12])
    >>> forecaster.predict().tolist()
    [417.0, 432.0]

    Args:
        name: a name or expression, as in `hybridts.model`.
        settings: settings by token.
        season: seasonal period in rows; None: by the frequency of the index.
        seed: of everything random.
    """

    _tags = {  # noqa: RUF012 - sktime's way of declaring capabilities
        "authors": "hybridts",
        "maintainers": "hybridts",
        "scitype:y": "univariate",
        "capability:multivariate": False,
        "capability:exogenous": False,
        "capability:insample": False,
        "capability:missing_values": True,
        "capability:pred_int": False,
        "capability:random_state": False,
        "requires-fh-in-fit": True,
        "y_inner_mtype": "pd.Series",
        "X_inner_mtype": "pd.DataFrame",
        "enforce_index_type": None,
    }

    def __init__(
        self,
        name: str = "MLP",
        settings: dict[str, dict[str, Any]] | None = None,
        season: int | None = None,
        seed: int = 0,
    ) -> None:
        self.name = name
        self.settings = settings
        self.season = season
        self.seed = seed
        with warnings.catch_warnings():
            # sktime 1.3 will forget the data unless it is told otherwise, as here
            warnings.filterwarnings("ignore", message="The default of config", category=FutureWarning)
            super().__init__()
        self.set_config(remember_data=True)  # `update` fits again on all data

    def _fit(self, y: pd.Series[Any], X: Any, fh: Any) -> HybridForecaster:
        """Fit for the farthest step of the horizon."""
        del X
        self.name_ = y.name
        steps = int(fh.to_relative(self.cutoff).to_numpy().max())
        frame = pd.DataFrame({"unique_id": "y", "ds": _times(y.index), "y": y.to_numpy(dtype=float)})
        named = {} if self.settings is None else {"settings": self.settings}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model = ht.model(self.name, **named)
            self.model_ = model.fit(frame, steps, season=self.season, freq=_freq(y.index), seed=self.seed, jobs=1)
        return self

    def _predict(self, fh: Any, X: Any) -> pd.Series[Any]:
        """Return the asked steps of the forecast."""
        del X
        steps = fh.to_relative(self.cutoff).to_numpy().astype(int)
        values = self.model_.predict()[self.model_.recipe.name].to_numpy()
        index = fh.to_absolute_index(self.cutoff)
        return pd.Series(values[steps - 1], index=index, name=self.name_)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return settings for sktime's own tests."""
        del parameter_set
        return [{"name": "Drift"}, {"name": "Naive", "season": 1}]


def _times(index: pd.Index[Any]) -> Any:
    """Return the times of an index as a column: timestamps, or whole numbers."""
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index


def _freq(index: pd.Index[Any]) -> str | None:
    """Return the frequency of an index of times, where it has one."""
    if isinstance(index, pd.PeriodIndex):
        return (pd.infer_freq(index.to_timestamp()) if len(index) > 2 else None) or str(index.freqstr)
    if isinstance(index, pd.DatetimeIndex):
        return index.freqstr or pd.infer_freq(index) if len(index) > 2 else index.freqstr
    return None
