"""Hybrid statistical + deep forecasting: a name such as ``CNN-LSTM-XGBoost`` is a forecaster.

>>> import hybridts as ht
>>> board = ht.backtest("dataset:airpassengers", ["SeasonalNaive", "Drift-RF"], horizon=12, windows=1, jobs=1)
>>> best = board.table["model"][0]
>>> ht.model(best).fit("dataset:airpassengers", horizon=12, jobs=1).predict().shape
(12, 3)

`backtest` compares names on data, `model` fits one of them on all data, `register` and `register_learner` add names of
your own. ``hybridts models`` lists the names, ``hybridts explain NAME`` explains one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridts.app.api import Board, backtest, load_board
    from hybridts.app.fitted_model import load
    from hybridts.app.model import Model, model
    from hybridts.app.tuning.tuned import tune
    from hybridts.data.datasets import synthetic_panel
    from hybridts.errors import HybridtsError, UserError
    from hybridts.evaluation.user_metrics import register_metric
    from hybridts.names.plugins import register, register_block, register_forecaster, register_learner

__all__ = [
    "Board",
    "HybridtsError",
    "Model",
    "UserError",
    "__version__",
    "backtest",
    "load",
    "load_board",
    "model",
    "register",
    "register_block",
    "register_forecaster",
    "register_learner",
    "register_metric",
    "synthetic_panel",
    "tune",
]

__version__ = "0.1.0"

# Import on first use, so that `import hybridts` imports neither pandas nor torch. No module of the package may have one
# of these names, because importing it would hide the function.
_HOME = {
    "Board": "app.api",
    "HybridtsError": "errors",
    "Model": "app.model",
    "UserError": "errors",
    "backtest": "app.api",
    "load": "app.fitted_model",
    "load_board": "app.api",
    "model": "app.model",
    "register": "names.plugins",
    "register_block": "names.plugins",
    "register_forecaster": "names.plugins",
    "register_learner": "names.plugins",
    "register_metric": "evaluation.user_metrics",
    "synthetic_panel": "data.datasets",
    "tune": "app.tuning.tuned",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'hybridts' has no attribute {name!r}")
    return getattr(importlib.import_module(f"hybridts.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
