"""Suggest valid names near a name that does not parse."""

from __future__ import annotations

from collections.abc import Callable

from hybridts.errors import nearest
from hybridts.names.registry import Registry

#: Most names in one suggestion.
MAX_SUGGESTIONS = 4

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
