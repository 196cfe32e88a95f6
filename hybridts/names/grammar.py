"""Parse a name such as ``CNN-LSTM-XGBoost`` into a recipe.

Precedence, tightest first: ``( )``; ``|`` inside parentheses; ``-`` between neural tokens; ``>`` between networks;
``-`` between stages; ``+``. Parentheses keep neighbouring networks separate stages. A word before parentheses, as in
``median(A, B)`` or ``greedy(A, B, C)``, names the way of combining the members inside.
"""

from __future__ import annotations

from hybridts.errors import BadSetting, UnknownName
from hybridts.names.parser import Parser, Unreadable, expand
from hybridts.names.recipe import Recipe, Settings
from hybridts.names.registry import Registry
from hybridts.names.settings import apply_settings
from hybridts.names.suggestions import how_to_register, suggest

__all__ = ["canonical_name", "expand", "is_name", "parse", "split_names", "suggest"]


def parse(text: str, registry: Registry, settings: Settings | None = None) -> Recipe:
    """Return the recipe of a name.

    Args:
        text: a combo's name or an expression, in any case.
        registry: the tables of tokens and combos.
        settings: keyed by token; ``LSTM@2`` is the second LSTM, ``Network`` holds the training settings of every
            network, ``Chain`` the settings of every chain.

    Raises:
        UnknownName: the name does not parse; the message gives the position of the first bad token and the nearest
            valid names.
        BadSetting: a setting that no part of the name has.

    >>> from hybridts.names.catalog import default_registry
    >>> recipe = parse("cnn-lstm-xgboost", default_registry())
    >>> recipe.name
    'CNN-LSTM-XGBoost'
    >>> [str(stage) for stage in recipe.stages()]
    ['CNN-LSTM', 'XGBoost']
    """
    if not isinstance(text, str):
        raise BadSetting(f"a model is named by text, such as 'LSTM-XGBoost', found {text!r}.", "name", text)
    text = text.strip()
    try:
        recipe = _read(text, registry)
    except Unreadable as error:
        candidates = suggest(error.name, error.at, registry, canonical_name)
        hint = f" Nearest: {', '.join(candidates)}." if candidates else ""
        first = how_to_register(error.name, error.at)
        raise UnknownName(f"{error}{first}{hint} `hybridts models` lists every name.", error.name, candidates) from None
    return Recipe(recipe.name, apply_settings(recipe.root, settings or {}, registry, text))


def canonical_name(text: str, registry: Registry) -> str | None:
    """Return the canonical spelling of a combo's name or of an expression, None if it does not parse."""
    combo = registry.combo(text)
    if combo is not None:
        return combo.name
    parser = Parser(text, registry)
    try:
        return parser.name(parser.parse())
    except UnknownName:
        return None


def is_name(text: str, registry: Registry) -> bool:
    """Return whether `text` is a combo's name or parses as an expression."""
    return canonical_name(text, registry) is not None


def split_names(text: str) -> list[str]:
    """Split a list of names at its commas, except those inside parentheses."""
    names, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            names.append(text[start:i])
            start = i + 1
    names.append(text[start:])
    return [n.strip() for n in names if n.strip()]


def _read(text: str, registry: Registry) -> Recipe:
    """Parse a combo's name or an expression; errors have no suggestions yet."""
    combo = registry.combo(text)
    if combo is not None and not combo.published:
        return expand(combo, registry)
    parser = Parser(text, registry)
    root = parser.parse()
    return Recipe(parser.name(root), root)
