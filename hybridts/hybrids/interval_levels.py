"""Levels of intervals and quantiles as users give them, and the probabilities and columns that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

from hybridts.errors import BadSetting

LEVELS = "numbers between 0 and 100, each once, as [80, 95] (--levels 80,95)"
QUANTILES = "numbers between 0 and 1, each once, as [0.1, 0.5, 0.9] (--quantiles 0.1,0.5,0.9)"


@dataclass(frozen=True)
class Levels:
    """Intervals that were asked for.

    >>> Levels(levels=(80, 95)).probabilities
    (0.025, 0.1, 0.9, 0.975)

    Attributes:
        levels: of central intervals, in percent, rising.
        quantiles: between 0 and 1, rising; empty where levels are given.
    """

    levels: tuple[float, ...] = ()
    quantiles: tuple[float, ...] = ()

    @property
    def probabilities(self) -> tuple[float, ...]:
        """Return the probabilities of all quantiles that are needed, rising."""
        tails = [round((1 - level / 100) / 2, 12) for level in self.levels]
        return tuple(sorted({*tails, *(round(1 - p, 12) for p in tails), *self.quantiles}))

    def columns(self, name: str) -> dict[str, float]:
        """Return column -> probability: NAME-lo-80 and NAME-hi-80 of a level, NAME-q0.1 of a quantile.

        >>> Levels(levels=(80,)).columns("LSTM")
        {'LSTM-lo-80': 0.1, 'LSTM-hi-80': 0.9}
        """
        found: dict[str, float] = {}
        for level in self.levels:
            tail = round((1 - level / 100) / 2, 12)
            found |= {f"{name}-lo-{level:.10g}": tail, f"{name}-hi-{level:.10g}": round(1 - tail, 12)}
        return {**found, **{f"{name}-{quantile_name(p)}": p for p in self.quantiles}}

    def given(self) -> dict[str, list[float]]:
        """Return the options as plain values, without those that were not given."""
        own = {"levels": self.levels, "quantiles": self.quantiles}
        return {name: [plain(v) for v in values] for name, values in own.items() if values}


#: No intervals.
NO_LEVELS = Levels()


def quantile_name(probability: float) -> str:
    """Return the name of a quantile's column.

    >>> quantile_name(0.1), quantile_name(0.00001)
    ('q0.1', 'q0.00001')
    """
    return f"q{probability:.12f}".rstrip("0").rstrip(".")


def plain(value: float) -> float | int:
    """Return a whole number as one, so that files show 80 and not 80.0."""
    return int(value) if value == int(value) else value


def check_levels(levels: object = None, quantiles: object = None) -> Levels:
    """Return the levels that a user gave, as numbers, a list of them, or text such as "80,95".

    Raises:
        BadSetting: both are given, or a value is not allowed.
    """
    if levels is not None and quantiles is not None:
        raise BadSetting(
            "levels and quantiles are both given: use levels for intervals such as [80, 95], or quantiles such as "
            "[0.1, 0.5, 0.9].",
            "quantiles",
            quantiles,
        )
    if levels is not None:
        return Levels(levels=_numbers("levels", levels, 100.0, LEVELS))
    return Levels(quantiles=() if quantiles is None else _numbers("quantiles", quantiles, 1.0, QUANTILES))


def _numbers(option: str, given: object, most: float, allowed: str) -> tuple[float, ...]:
    """Return the numbers of an option, rising."""
    items = _listed(given)
    if not items:
        raise BadSetting(f"{option} is empty; use {allowed}, or leave it out for no intervals.", option, given, allowed)
    found = [_number(option, item, given, allowed) for item in items]
    for value in found:
        if not 0 < value < most:
            hint = f" Did you mean {value / 100:.10g}?" if most == 1 and 1 < value < 100 else ""
            why = f"{option} has {value:.10g}, which is not between 0 and {most:g}: use {allowed}.{hint}"
            raise BadSetting(why, option, given, allowed)
        if round(value / most, 12) in (0.0, 1.0):
            raise BadSetting(f"{option} has {value!r}, too near its limit: use {allowed}.", option, given, allowed)
        if found.count(value) > 1:
            raise BadSetting(f"{option} has {value:.10g} twice: use {allowed}.", option, given, allowed)
        if most == 100 and 0.5 <= value < 1:
            why = f"{option} has {value:.10g}, an interval of less than one percent. Did you mean {100 * value:.10g}?"
            raise BadSetting(f"{why} Use {allowed}.", option, given, allowed)
    return tuple(sorted(found))


def _listed(given: object) -> Sequence[object]:
    if isinstance(given, str):
        return [part.strip() for part in given.strip().strip("[]").split(",") if part.strip()]
    if isinstance(given, Iterable) and not isinstance(given, (bytes, dict)):
        return list(given)
    return [given]


def _number(option: str, item: object, given: object, allowed: str) -> float:
    """Return one item as a number; text such as "80%" is one too."""
    try:
        if isinstance(item, bool) or not isinstance(item, (str, Real)):
            raise TypeError
        return float(item.rstrip("% ") if isinstance(item, str) and option == "levels" else item)
    except (TypeError, ValueError):
        why = f"{option} has {item!r}, which is not a number: use {allowed}."
        raise BadSetting(why, option, given, allowed) from None
