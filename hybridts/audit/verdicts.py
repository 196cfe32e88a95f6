"""Verdicts of the audit: names of the checks, and the comparison of two answers that must be equal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.audit.panels import AuditPanel
from hybridts.audit.runner import Answer
from hybridts.data.panel import FloatArray, Panel

#: The checks that compare two runs.
SEED = "same seed, same forecast"
FUTURE = "values after the cutoff do not matter"
MEMORY = "a fit remembers no other fit"
INNER = "out-of-fold errors ignore later values"
ORDER = "the order of windows does not matter"
ALONE = "each window is forecast as if it were alone"
MOVED = "forecasts follow shift and scale"
#: Two of them once more with open gates, because a closed gate hides its correction.
OPEN_SEED, OPEN_FUTURE = (f"{check}, gates held open" for check in (SEED, FUTURE))
#: The other checks.
FORECASTS = "it forecasts"
SHAPE = "shape and finite values"
UNTOUCHED = "the data stay as they are"
COVERAGE = "panels it was checked on"
CONTRACT = "the contract of its class"
CONSTANT, SHORT_SERIES = "a constant series", "a short series"
#: Detail of a comparison that proves nothing.
UNKNOWN = "unknown, because two runs with one seed differ"


class Verdict(NamedTuple):
    """Result of one check.

    Attributes:
        check: name of the check.
        passed: whether it passed.
        detail: what was found.
    """

    check: str
    passed: bool
    detail: str


class Difference(NamedTuple):
    """Where two answers differ.

    Attributes:
        series: ids of the series.
        steps: 1-based steps.
        worst: largest difference; infinite where only one of them is a number.
        failed: why the second answer has no forecast at all, or empty.
    """

    series: tuple[str, ...]
    steps: tuple[int, ...]
    worst: float
    failed: str = ""

    def text(self) -> str:
        """Return the difference as part of a sentence."""
        if self.failed:
            return f"it then failed: {self.failed}"
        names = ", ".join(map(repr, self.series[:3])) + (", ..." if len(self.series) > 3 else "")
        size = f"by up to {self.worst:.3g}" if np.isfinite(self.worst) else "from a number to none, or back"
        return f"the forecast of series {names} moved {size} (steps {_span(self.steps)})"


def difference(panel: Panel, one: Answer, other: Answer, tolerance: float = 0.0) -> Difference | None:
    """Return where two answers from the same origins differ; None where they are equal.

    Args:
        panel: names the series.
        one: the answer to compare with.
        other: an answer.
        tolerance: relative difference that counts as equal.
    """
    if bool(one.failed) != bool(other.failed):
        return Difference((), (), float("inf"), other.failed or f"it did not fail ({one.failed})")
    if one.failed:
        return None
    apart = differing(one.forecast, other.forecast, tolerance)
    if not apart.any():
        return None
    gap = np.abs(one.forecast - other.forecast)[apart]
    series = tuple(dict.fromkeys(panel.ids[i] for i in one.origins.series[apart.any(axis=1)]))
    steps = tuple(int(step) + 1 for step in np.flatnonzero(apart.any(axis=0)))
    return Difference(series, steps, float("inf") if np.isnan(gap).any() else float(gap.max()))


def differing(one: FloatArray, other: FloatArray, tolerance: float = 0.0) -> np.ndarray:
    """Return where two arrays of one shape differ by more than a relative tolerance; NaN equals NaN."""
    if one.shape != other.shape:
        return np.ones(one.shape, dtype=bool)
    both = np.isnan(one) & np.isnan(other)
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= tolerance * np.maximum(np.abs(one), 1.0)
    apart: np.ndarray = ~(both | near | (one == other))
    return apart


def equal(check: str, one: FloatArray, other: FloatArray) -> Verdict:
    """Pass if both arrays are equal to the last bit."""
    if one.shape != other.shape:
        return Verdict(check, False, f"shape {one.shape}, then {other.shape}")
    worst = float(np.nan_to_num(np.abs(one - other), nan=0.0).max(initial=0.0))
    return Verdict(check, bool(np.array_equal(one, other, equal_nan=True)), f"largest difference {worst:.3g}")


def on(scene: AuditPanel) -> str:
    """Return which panel a finding is about, as part of a sentence."""
    gap = f", gap {scene.spec.gap}" if scene.spec.gap else ""
    return f"on the panel with {scene.label} (horizon {scene.spec.horizon}{gap})"


def _span(steps: tuple[int, ...]) -> str:
    """Return steps as text, 1 to 4 or 1, 3."""
    if len(steps) > 1 and steps == tuple(range(steps[0], steps[-1] + 1)):
        return f"{steps[0]} to {steps[-1]}"
    return ", ".join(map(str, steps))
