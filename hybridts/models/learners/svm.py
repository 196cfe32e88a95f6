"""Support vector regression: the exact RBF kernel on few rows, its Nystroem approximation on more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import above_zero, whole, zero_or_more
from hybridts.models.learners._svr_solvers import KernelSVR, NystroemSVR
from hybridts.models.protocols import Learner

#: Most rows of an exact kernel, whose cost grows with their square.
EXACT_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class SVM:
    """Epsilon-insensitive regression with an RBF kernel, on standardised features.

    Source: Drucker et al. (1997), Support vector regression machines, NIPS 9; the approximation by Williams and Seeger
    (2001), Using the Nystroem method to speed up kernel machines, NIPS 13. scikit-learn's `n_components` is accepted
    for `components`.

    Attributes:
        C: cost of an error outside the tube.
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
        """Return imputer, scaler and the exact or approximate regression, by the number of rows."""
        from sklearn.impute import SimpleImputer
        from sklearn.kernel_approximation import Nystroem
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        front = (SimpleImputer(keep_empty_features=True), StandardScaler())
        if rows <= EXACT_ROWS:
            return KernelSVR(make_pipeline(*front), self.C, self.epsilon)
        # gamma None is 1 / features, which is the scale of KernelSVR on standardised features.
        landmarks = Nystroem(n_components=self.components, random_state=seed % 2**31)
        return NystroemSVR(make_pipeline(*front, landmarks), self.C, self.epsilon)
