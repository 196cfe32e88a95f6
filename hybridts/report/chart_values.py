"""Numbers of the page's charts: few digits where a picture needs no more, many values packed into text."""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from hybridts.evaluation.metrics import FloatArray

DIGITS = 4  # significant, of a number in a chart
LEVELS = 65534  # of a packed value, between the least and the largest of its row; one more stands for "none"


def rounded(values: Any, digits: int = DIGITS) -> Any:
    """Return numbers of any nesting with few significant digits; None where a number is not finite.

    >>> rounded([[1.23456, float("nan")]])
    [[1.235, None]]
    """
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        return [rounded(value, digits) for value in values]
    if values is None or not math.isfinite(values):
        return None
    return float(f"{values:.{digits}g}") if isinstance(values, float) else int(values)


def packed(rows: FloatArray) -> dict[str, object]:
    """Pack rows of numbers: each value is one of `LEVELS` steps between the least and the largest of its row.

    A page decodes it with ``low + level * (high - low) / LEVELS``; 65535 is a value that is not finite.

    Args:
        rows: [R, N].

    Returns:
        "low" and "high", [R], and "levels", base64 of R * N little-endian 16-bit numbers.
    """
    finite = np.isfinite(rows)
    low = np.where(finite, rows, np.inf).min(axis=1, initial=np.inf)
    high = np.where(finite, rows, -np.inf).max(axis=1, initial=-np.inf)
    low, high = (np.where(np.isfinite(edge), edge, 0.0) for edge in (low, high))
    width = np.where(high > low, high - low, 1.0)
    share = np.where(finite, (rows - low[:, None]) / width[:, None], 0.0)
    levels = np.where(finite, np.rint(share * LEVELS), LEVELS + 1).astype("<u2")
    return {
        "low": rounded(low, 7),
        "high": rounded(low + width, 7),
        "levels": base64.b64encode(levels.tobytes()).decode(),
    }


def evenly(count: int, most: int) -> list[int]:
    """Return `most` places among `count`, evenly spaced and both ends included; all of them where there are fewer.

    >>> evenly(10, 3)
    [0, 4, 9]
    """
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return sorted({int(place) for place in np.linspace(0, count - 1, most).round(6)})


def texts_of(values: Iterable[object]) -> list[str]:
    """Return times as the page's axis reads them: local dates without midnights, whole numbers as digits."""
    from hybridts import text as words

    local = (v.replace(tzinfo=None) if isinstance(v, datetime.datetime) else v for v in values)
    return words.without_midnight([str(value) for value in local])
