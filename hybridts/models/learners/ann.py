"""The small network of Zhang (2003): one hidden layer, as a tabular learner."""

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
    """A single small hidden layer of logistic units (Zhang 2003), on standardised features.

    Attributes:
        hidden: units in the hidden layer.
        decay: L2 penalty on the weights.
        iterations: most passes of the optimiser.
        max_rows: row cap.
    """

    hidden: int = 8
    decay: float = 1e-2
    iterations: int = 200
    max_rows: int = 20_000
    setting_aliases: ClassVar[Mapping[str, str]] = {"alpha": "decay", "max_iter": "iterations"}

    def __post_init__(self) -> None:
        whole(self, "hidden", "iterations")
        whole(self, "max_rows", least=2)
        zero_or_more(self, "decay")

    def build(self, seed: int, rows: int) -> Learner:
        """Imputer, scaler, network; L-BFGS whatever the rows: its passes are fewer and go further than Adam's."""
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
        return _Quiet(make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), network))


class _Quiet:
    """The network without its warning that the fixed number of passes was used up: that is the intention."""

    def __init__(self, network: Learner) -> None:
        self.network = network

    def fit(self, X: FloatArray, y: FloatArray) -> _Quiet:
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.network.fit(X, y)
        return self

    def predict(self, X: FloatArray) -> FloatArray:
        return self.network.predict(X)
