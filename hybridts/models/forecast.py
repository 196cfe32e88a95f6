"""A forecast as a value: the mean of every step, and quantiles where a model has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hybridts.data.panel import FloatArray, Origins

#: Names of the arrays of a stored forecast.
MEAN, QUANTILE = "forecast", "quantile:"


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts from M origins.

    Attributes:
        origins: [M]; `at` needs them ordered by series and position.
        mean: [M, H]; NaN where there is no forecast.
        quantiles: level -> [M, H]; empty where the model has none.
    """

    origins: Origins
    mean: FloatArray
    quantiles: Mapping[float, FloatArray] = field(default_factory=dict)

    def at(self, origins: Origins) -> Forecast:
        """Return the forecasts of some of the origins, in the order given."""
        rows = np.searchsorted(self.origins.code(), origins.code())
        return Forecast(origins, self.mean[rows], {level: q[rows] for level, q in self.quantiles.items()})

    @property
    def missing(self) -> np.ndarray:
        """[M] whether any step of an origin has no finite forecast."""
        return np.asarray(~np.isfinite(self.mean).all(axis=1))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return named arrays to store; `of_arrays` reads them."""
        quantiles = {f"{QUANTILE}{level:g}": values for level, values in self.quantiles.items()}
        return {"series": self.origins.series, "position": self.origins.position, MEAN: self.mean, **quantiles}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Forecast:
        """Return the forecast that `arrays` stored."""
        names = [name for name in arrays if name.startswith(QUANTILE)]
        quantiles = {float(name.removeprefix(QUANTILE)): arrays[name] for name in names}
        return cls(Origins(arrays["series"], arrays["position"]), arrays[MEAN], quantiles)
