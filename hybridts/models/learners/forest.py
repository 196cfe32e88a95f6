"""Random forest regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import share, whole
from hybridts.models.protocols import Learner

#: Smallest number of rows a tree is grown on; all of them where there are fewer.
FEWEST = 1_000


@dataclass(frozen=True, kw_only=True)
class RF:
    """Bagged trees on random feature subsets.

    Source: Breiman (2001), Random forests, Machine Learning 45. scikit-learn's `n_estimators`, `min_samples_leaf`,
    `max_features` and `max_samples` are accepted for `trees`, `leaf`, `features` and `part`; the last two are shares.

    Attributes:
        trees: number of trees.
        leaf: smallest number of rows in a leaf.
        features: share of the features tried at a split.
        part: share of the rows that one tree is grown on, 1000 at least; with fewer, trees are faster and differ more.
        max_rows: row cap.
    """

    trees: int = 100
    leaf: int = 5
    features: float = 0.33
    part: float = 0.3
    max_rows: int = 20_000
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "n_estimators": "trees",
        "min_samples_leaf": "leaf",
        "max_features": "features",
        "max_samples": "part",
    }

    def __post_init__(self) -> None:
        whole(self, "trees", "leaf")
        whole(self, "max_rows", least=2)
        share(self, "features", "part")

    def build(self, seed: int, rows: int) -> Learner:
        """Return a forest that runs on one thread and reads missing values as they are."""
        from sklearn.ensemble import RandomForestRegressor

        forest: Learner = RandomForestRegressor(
            n_estimators=self.trees,
            min_samples_leaf=self.leaf,
            max_features=float(self.features),  # scikit-learn reads the integer 1 as one feature, not as all
            max_samples=min(max(int(self.part * rows), FEWEST), rows),
            random_state=seed % 2**31,
            n_jobs=1,
        )
        return forest
