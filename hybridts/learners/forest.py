"""Random forest regression."""

from __future__ import annotations

from dataclasses import dataclass

from hybridts.protocols import Learner


@dataclass(frozen=True, kw_only=True)
class RF:
    """Bagged trees on random feature subsets (Breiman 2001).

    Attributes:
        trees: number of trees.
        leaf: smallest number of rows in a leaf.
        features: share of the features tried at a split.
        tree_rows: rows that one tree is grown on, at most; fewer than all make it faster and trees differ more.
        max_rows: row cap.
    """

    trees: int = 100
    leaf: int = 5
    features: float = 0.33
    tree_rows: int = 6_000
    max_rows: int = 20_000

    def build(self, seed: int, rows: int) -> Learner:
        """One-threaded forest that reads missing values as they are."""
        from sklearn.ensemble import RandomForestRegressor

        forest: Learner = RandomForestRegressor(
            n_estimators=self.trees,
            min_samples_leaf=self.leaf,
            max_features=self.features,
            max_samples=self.tree_rows if rows > self.tree_rows else None,
            random_state=seed % 2**31,
            n_jobs=1,
        )
        return forest
