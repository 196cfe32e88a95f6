"""Gradient-boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from hybridts.models.learners._settings import one_of, share, unset_or, whole, zero_or_more
from hybridts.models.protocols import Learner

#: Losses of XGBoost that need no further argument and no positive targets.
OBJECTIVES = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror")


@dataclass(frozen=True, kw_only=True)
class XGBoost:
    """Regularised gradient boosting on histograms.

    Source: Chen and Guestrin (2016), XGBoost: A scalable tree boosting system, KDD. The library's `n_estimators`,
    `max_depth`, `learning_rate` and `colsample_bytree` are accepted for `trees`, `depth`, `rate` and `columns`; all
    other settings have the library's names, and None is the library's own default.

    Attributes:
        trees: boosting rounds.
        depth: largest depth of a tree.
        rate: shrinkage of each tree.
        subsample: share of the rows each tree sees.
        columns: share of the features each tree sees.
        max_rows: row cap.
        min_child_weight: fewest rows (for a squared loss) of a leaf.
        reg_lambda, reg_alpha: penalties on squares and on sizes of the leaves' values.
        gamma: smallest gain of a split.
        max_delta_step: largest step of a leaf.
        colsample_bylevel, colsample_bynode: shares of the features at a level and at a split.
        max_leaves, max_bin: most leaves of a tree, and bins of a feature.
        grow_policy: "depthwise" or "lossguide".
        objective: one of `OBJECTIVES`.
    """

    trees: int = 200
    depth: int = 4
    rate: float = 0.05
    subsample: float = 0.8
    columns: float = 0.8
    max_rows: int = 500_000
    min_child_weight: float = 5
    reg_lambda: float | None = None
    reg_alpha: float | None = None
    gamma: float | None = None
    max_delta_step: float | None = None
    colsample_bylevel: float | None = None
    colsample_bynode: float | None = None
    max_leaves: int | None = None
    max_bin: int | None = None
    grow_policy: str | None = None
    objective: str | None = None
    setting_aliases: ClassVar[Mapping[str, str]] = {
        "n_estimators": "trees",
        "max_depth": "depth",
        "learning_rate": "rate",
        "colsample_bytree": "columns",
        "num_boost_round": "trees",
        "eta": "rate",
        "lr": "rate",
        "lambda": "reg_lambda",
        "alpha": "reg_alpha",
        "min_split_loss": "gamma",
    }

    def __post_init__(self) -> None:
        whole(self, "trees", "depth")
        whole(self, "max_rows", least=2)
        share(self, "rate", "subsample", "columns")
        zero_or_more(self, "min_child_weight")
        unset_or(zero_or_more, self, "reg_lambda", "reg_alpha", "gamma", "max_delta_step")
        unset_or(share, self, "colsample_bylevel", "colsample_bynode")
        unset_or(whole, self, "max_leaves", least=0)
        unset_or(whole, self, "max_bin", least=2)
        if self.grow_policy is not None:
            one_of(self, "grow_policy", "depthwise", "lossguide")
        if self.objective is not None:
            one_of(self, "objective", *OBJECTIVES)

    def build(self, seed: int, rows: int) -> Learner:
        """Return a booster that runs on one thread and reads missing values as they are."""
        from xgboost import XGBRegressor

        del rows
        names = (
            "reg_lambda",
            "reg_alpha",
            "gamma",
            "max_delta_step",
            "colsample_bylevel",
            "colsample_bynode",
            "max_leaves",
            "max_bin",
            "grow_policy",
            "objective",
        )
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        booster: Learner = XGBRegressor(
            n_estimators=self.trees,
            max_depth=self.depth,
            learning_rate=self.rate,
            subsample=self.subsample,
            colsample_bytree=self.columns,
            min_child_weight=self.min_child_weight,
            tree_method="hist",
            random_state=seed % 2**31,
            n_jobs=1,
            **given,
        )
        return booster
