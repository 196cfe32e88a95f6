"""Support vector regression: the exact RBF kernel on few rows, its Nystroem approximation on more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hybridts.models.learners._settings import above_zero, above_zero_or, number, one_of, whole, zero_or_more
from hybridts.models.learners._svr_solvers import KernelSVR, NystroemSVR
from hybridts.models.protocols import Learner

#: Most rows of an exact kernel, whose cost grows with their square.
EXACT_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class SVM:
    """Epsilon-insensitive regression with an RBF kernel, on standardised features.

    Source: Drucker et al. (1997), Support vector regression machines, NIPS 9; the approximation by Williams and Seeger
    (2001), Using the Nystroem method to speed up kernel machines, NIPS 13. scikit-learn's `n_components` is accepted
    for `components`; its `gamma`, `kernel`, `degree` and `coef0` are settings, too.

    Attributes:
        C: cost of an error outside the tube.
        epsilon: half width of the tube, in units of MASE's scale.
        gamma: of the kernel: a number, "scale" (1 over features x variance) or "auto" (1 over features).
        kernel: "rbf", or "linear", "poly" or "sigmoid" by scikit-learn's own solver.
        degree, coef0: of "poly" (and coef0 of "sigmoid").
        components: landmarks of the Nystroem map used beyond 5000 rows.
        max_rows: row cap.
    """

    C: float = 1.0
    epsilon: float = 0.1
    components: int = 300
    max_rows: int = 50_000
    gamma: float | str = "scale"
    kernel: str = "rbf"
    degree: int = 3
    coef0: float = 0.0
    setting_aliases: ClassVar[Mapping[str, str]] = {"n_components": "components"}

    def __post_init__(self) -> None:
        above_zero(self, "C")
        zero_or_more(self, "epsilon")
        whole(self, "components")
        whole(self, "max_rows", least=2)
        above_zero_or(self, "gamma", "scale", "auto")
        one_of(self, "kernel", "rbf", "linear", "poly", "sigmoid")
        whole(self, "degree")
        number(self, "coef0")

    def build(self, seed: int, rows: int) -> Learner:
        """Return imputer, scaler and the exact or approximate regression, by the number of rows."""
        from sklearn.impute import SimpleImputer
        from sklearn.kernel_approximation import Nystroem
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        front = (SimpleImputer(keep_empty_features=True), StandardScaler())
        if self.kernel != "rbf":
            learner: Learner = make_pipeline(*front, *self._of_another_kernel(seed, rows))
            return learner
        if rows <= EXACT_ROWS:
            return KernelSVR(make_pipeline(*front), self.C, self.epsilon, self.gamma)
        # gamma None is 1 / features, which is the scale of KernelSVR on standardised features.
        gamma = None if isinstance(self.gamma, str) else self.gamma
        landmarks = Nystroem(n_components=self.components, gamma=gamma, random_state=seed % 2**31)
        return NystroemSVR(make_pipeline(*front, landmarks), self.C, self.epsilon)

    def _of_another_kernel(self, seed: int, rows: int) -> tuple[Any, ...]:
        """Return the steps after the scaler: scikit-learn's SVR, beyond 5000 rows linear on landmarks of the kernel."""
        from sklearn.kernel_approximation import Nystroem
        from sklearn.svm import SVR, LinearSVR

        shape = {"degree": self.degree, "coef0": self.coef0}
        if rows <= EXACT_ROWS:
            return (SVR(kernel=self.kernel, C=self.C, epsilon=self.epsilon, gamma=self.gamma, **shape),)
        seed %= 2**31
        squared = {"loss": "squared_epsilon_insensitive", "dual": False, "random_state": seed}
        linear = LinearSVR(C=self.C, epsilon=self.epsilon, **squared)
        if self.kernel == "linear":
            return (linear,)
        gamma = None if isinstance(self.gamma, str) else self.gamma
        kept = {k: v for k, v in shape.items() if self.kernel == "poly" or k == "coef0"}
        return Nystroem(
            kernel=self.kernel, gamma=gamma, n_components=self.components, random_state=seed, **kept
        ), linear
