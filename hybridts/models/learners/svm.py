"""Support vector regression: exact RBF kernel on few rows, a Nystroem map of it beyond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import above_zero, whole, zero_or_more
from hybridts.models.learners._svr_solvers import ExactSVR, MappedSVR
from hybridts.models.protocols import Learner

#: Exact kernel machines cost the square of their rows.
EXACT_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class SVM:
    """Epsilon-insensitive regression with an RBF kernel (Drucker et al. 1997), on standardised features.

    Attributes:
        C: how much an error outside the tube costs.
        epsilon: half width of the tube, in units of MASE's scale.
        components: landmarks of the Nystroem map used beyond 5000 rows.
        max_rows: row cap.
    """

    C: float = 1.0
    epsilon: float = 0.1
    components: int = 300
    max_rows: int = 50_000
    setting_aliases: ClassVar[Mapping[str, str]] = {"n_components": "components"}

    def __post_init__(self) -> None:
        above_zero(self, "C")
        zero_or_more(self, "epsilon")
        whole(self, "components")
        whole(self, "max_rows", least=2)

    def build(self, seed: int, rows: int) -> Learner:
        """Imputer, scaler, and the exact or approximate machine."""
        from sklearn.impute import SimpleImputer
        from sklearn.kernel_approximation import Nystroem
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        front = (SimpleImputer(keep_empty_features=True), StandardScaler())
        if rows <= EXACT_ROWS:
            return ExactSVR(make_pipeline(*front), self.C, self.epsilon)
        # gamma None is 1 / features, the scale that ExactSVR's comes to on standardised features.
        landmarks = Nystroem(n_components=self.components, random_state=seed % 2**31)
        return MappedSVR(make_pipeline(*front, landmarks), self.C, self.epsilon)
