"""Random forest regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import one_of, share, share_or, unset_or, whole, yes_or_no, zero_or_more
from hybridts.models.protocols import Learner

#: Smallest number of rows a tree is grown on; all of them where there are fewer.
FEWEST = 1_000


@dataclass(frozen=True, kw_only=True)
class RF:
    """Bagged trees on random feature subsets.

    Source: Breiman (2001), Random forests, Machine Learning 45. scikit-learn's `n_estimators`, `min_samples_leaf`,
    `max_features`, `max_samples` and `max_depth` are accepted for `trees`, `leaf`, `features`, `part` and `depth`; all
    other settings have scikit-learn's names.

    Attributes:
        trees: number of trees.
        leaf: smallest number of rows in a leaf.
        features: share of the features tried at a split, or "sqrt" or "log2" of their number.
        part: share of the rows that one tree is grown on, 1000 at least; with fewer, trees are faster and differ more.
        max_rows: row cap.
        depth: largest depth of a tree; None: no limit.
        min_samples_split: fewest rows of a node that is split.
        max_leaf_nodes: most leaves of a tree; None: no limit.
        min_impurity_decrease, ccp_alpha: smallest gain of a split, and complexity penalty of pruning.
        criterion: "squared_error", "absolute_error" or "friedman_mse".
        bootstrap: whether each tree draws its rows with replacement; False: all trees see all rows.
    """

    trees: int = 100
    leaf: int = 5
    features: float | str = 0.33
    part: float = 0.3
    max_rows: int = 20_000
    depth: int | None = None
    min_samples_split: int = 2
    max_leaf_nodes: int | None = None
    min_impurity_decrease: float = 0.0
    ccp_alpha: float = 0.0
    criterion: str = "squared_error"
    bootstrap: bool = True
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "n_estimators": "trees",
        "min_samples_leaf": "leaf",
        "max_features": "features",
        "max_samples": "part",
        "max_depth": "depth",
    }

    def __post_init__(self) -> None:
        whole(self, "trees", "leaf")
        whole(self, "max_rows", least=2)
        share(self, "part")
        share_or(self, "features", "sqrt", "log2")
        unset_or(whole, self, "depth")
        whole(self, "min_samples_split", least=2)
        unset_or(whole, self, "max_leaf_nodes", least=2)
        zero_or_more(self, "min_impurity_decrease", "ccp_alpha")
        one_of(self, "criterion", "squared_error", "absolute_error", "friedman_mse")
        yes_or_no(self, "bootstrap")

    def build(self, seed: int, rows: int) -> Learner:
        """Return a forest that runs on one thread and reads missing values as they are."""
        from sklearn.ensemble import RandomForestRegressor

        forest: Learner = RandomForestRegressor(
            n_estimators=self.trees,
            min_samples_leaf=self.leaf,
            # scikit-learn reads the integer 1 as one feature, not as all
            max_features=self.features if isinstance(self.features, str) else float(self.features),
            max_samples=min(max(int(self.part * rows), FEWEST), rows) if self.bootstrap else None,
            max_depth=self.depth,
            min_samples_split=self.min_samples_split,
            max_leaf_nodes=self.max_leaf_nodes,
            min_impurity_decrease=self.min_impurity_decrease,
            ccp_alpha=self.ccp_alpha,
            criterion=self.criterion,
            bootstrap=self.bootstrap,
            random_state=seed % 2**31,
            n_jobs=1,
        )
        return forest
