"""Gradient-boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import share, whole
from hybridts.models.protocols import Learner


@dataclass(frozen=True, kw_only=True)
class XGBoost:
    """Regularised gradient boosting on histograms.

    Source: Chen and Guestrin (2016), XGBoost: A scalable tree boosting system, KDD. The library's `n_estimators`,
    `max_depth`, `learning_rate` and `colsample_bytree` are accepted for `trees`, `depth`, `rate` and `columns`.

    Attributes:
        trees: boosting rounds.
        depth: largest depth of a tree.
        rate: shrinkage of each tree.
        subsample: share of the rows each tree sees.
        columns: share of the features each tree sees.
        max_rows: row cap.
    """

    trees: int = 200
    depth: int = 4
    rate: float = 0.05
    subsample: float = 0.8
    columns: float = 0.8
    max_rows: int = 500_000
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "n_estimators": "trees",
        "max_depth": "depth",
        "learning_rate": "rate",
        "colsample_bytree": "columns",
    }

    def __post_init__(self) -> None:
        whole(self, "trees", "depth")
        whole(self, "max_rows", least=2)
        share(self, "rate", "subsample", "columns")

    def build(self, seed: int, rows: int) -> Learner:
        """Return a booster that runs on one thread and reads missing values as they are."""
        from xgboost import XGBRegressor

        del rows
        booster: Learner = XGBRegressor(
            n_estimators=self.trees,
            max_depth=self.depth,
            learning_rate=self.rate,
            subsample=self.subsample,
            colsample_bytree=self.columns,
            min_child_weight=5,
            tree_method="hist",
            random_state=seed % 2**31,
            n_jobs=1,
        )
        return booster
