"""Suggest valid names near a name that does not parse."""

from __future__ import annotations

from collections.abc import Callable

from hybridts.errors import nearest
from hybridts.names.registry import Registry

#: Most names in one suggestion.
MAX_SUGGESTIONS = 4

#: Word in lower case -> (token, module, class, kind): models of other libraries that many expect.
_ELSEWHERE: dict[str, tuple[str, str, str, str]] = {
    **dict.fromkeys(("lightgbm", "lgbm", "lgb", "gbm"), ("LightGBM", "lightgbm", "LGBMRegressor", "learner")),
    **dict.fromkeys(("catboost", "cat"), ("CatBoost", "catboost", "CatBoostRegressor", "learner")),
    **dict.fromkeys(
        ("gbrt", "gbdt", "gradientboosting"),
        ("GBRT", "sklearn.ensemble", "GradientBoostingRegressor", "learner"),
    ),
    "histgradientboosting": ("HistGB", "sklearn.ensemble", "HistGradientBoostingRegressor", "learner"),
    **dict.fromkeys(("extratrees", "et"), ("ExtraTrees", "sklearn.ensemble", "ExtraTreesRegressor", "learner")),
    "ridge": ("Ridge", "sklearn.linear_model", "Ridge", "learner"),
    "lasso": ("Lasso", "sklearn.linear_model", "Lasso", "learner"),
    "elasticnet": ("ElasticNet", "sklearn.linear_model", "ElasticNet", "learner"),
    "knn": ("KNN", "sklearn.neighbors", "KNeighborsRegressor", "learner"),
    "gpr": ("GPR", "sklearn.gaussian_process", "GaussianProcessRegressor", "learner"),
    "ces": ("CES", "statsforecast.models", "AutoCES", "forecaster"),
    "tbats": ("TBATS", "statsforecast.models", "AutoTBATS", "forecaster"),
    "croston": ("Croston", "statsforecast.models", "CrostonOptimized", "forecaster"),
}


def how_to_register(text: str, at: int) -> str:
    """Return how the model of another library at this place of a name becomes a token; "" if none is known.

    >>> how_to_register("ARIMA-LightGBM", 6)
    ' Register it first: from lightgbm import LGBMRegressor; ht.register_learner("LightGBM", LGBMRegressor).'
    """
    found = _ELSEWHERE.get(word_at(text, at).casefold())
    if found is None:
        return ""
    token, module, kind, what = found
    return f' Register it first: from {module} import {kind}; ht.register_{what}("{token}", {kind}).'


_WORD_ENDS = "-+|>() \t,"


def suggest(text: str, at: int, registry: Registry, spell: Callable[[str, Registry], str | None]) -> list[str]:
    """Return up to four valid names near `text`: the bad token replaced first, then whole names that look alike.

    Args:
        text: the name that does not parse.
        at: index of its first bad token.
        registry: the tables of tokens and names.
        spell: returns the canonical spelling of a name, None for a name that does not parse.

    >>> from hybridts.names.catalog import default_registry
    >>> from hybridts.names.grammar import canonical_name
    >>> suggest("CNN-LSMT-XGBoost", 4, default_registry(), canonical_name)
    ['CNN-LSTM-XGBoost', 'CNN-BiLSTM-XGBoost', 'CNN-SVM-XGBoost', 'CNN-MLP-XGBoost']
    """
    word = word_at(text, at)
    replaced = [text[:at] + token + text[at + len(word) :] for token in nearest(word, registry.tokens()) if word]
    spelled = [spell(candidate, registry) for candidate in replaced if candidate != text]
    found = [name for name in spelled if name is not None] + nearest(text, registry.names())
    return list(dict.fromkeys(found))[:MAX_SUGGESTIONS]


def word_at(text: str, at: int) -> str:
    """Return the word that starts at index `at`: all up to the next operator, parenthesis or space."""
    end = at
    while end < len(text) and text[end] not in _WORD_ENDS:
        end += 1
    return text[at:end]
