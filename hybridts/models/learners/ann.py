"""The small network of Zhang (2003) as a tabular learner: one hidden layer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.data.panel import FloatArray
from hybridts.models.learners._settings import whole, zero_or_more
from hybridts.models.protocols import Learner


@dataclass(frozen=True, kw_only=True)
class ANN:
    """A single small hidden layer of logistic units, on standardised features.

    Source: Zhang (2003), Time series forecasting using a hybrid ARIMA and neural network model, Neurocomputing 50.
    scikit-learn's `alpha`, `max_iter` and `hidden_layer_sizes` (one number) are accepted for `decay`, `iterations` and
    `hidden`.

    Attributes:
        hidden: units in the hidden layer.
        decay: L2 penalty on the weights.
        iterations: largest number of passes of the optimiser.
        max_rows: row cap.
    """

    hidden: int = 8
    decay: float = 1e-2
    iterations: int = 200
    max_rows: int = 20_000
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "alpha": "decay",
        "max_iter": "iterations",
        "hidden_layer_sizes": "hidden",
    }

    def __post_init__(self) -> None:
        whole(self, "hidden", "iterations")
        whole(self, "max_rows", least=2)
        zero_or_more(self, "decay")

    def build(self, seed: int, rows: int) -> Learner:
        """Return imputer, scaler and network; L-BFGS for any number of rows, since it needs fewer passes than Adam."""
        del rows
        from sklearn.impute import SimpleImputer
        from sklearn.neural_network import MLPRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        network = MLPRegressor(
            hidden_layer_sizes=(self.hidden,),
            activation="logistic",
            solver="lbfgs",
            alpha=self.decay,
            max_iter=self.iterations,
            random_state=seed % 2**31,
            early_stopping=False,
            n_iter_no_change=self.iterations,
        )
        return _WithoutWarning(make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), network))


class _WithoutWarning:
    """The network without its warning that all passes were used: a fixed number of passes is intended."""

    def __init__(self, network: Learner) -> None:
        self.network = network

    def fit(self, X: FloatArray, y: FloatArray) -> _WithoutWarning:
        """Fit to y [R] from X [R, F]."""
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.network.fit(X, y)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        """Return predictions [R] for X [R, F]."""
        return self.network.predict(X)
