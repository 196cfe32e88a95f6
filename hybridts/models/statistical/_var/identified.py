"""What the rows of a VAR say about the weights of its exogenous columns, beside the lags of its own columns.

Where the modelled columns repeat themselves, their lags explain a column such as a weekly `open` nearly as well as
itself does. Then its weight and theirs cancel in every row of the past, and come apart at the first holiday ahead. So a
direction of the weights is used only if the rows tell it from the lags, which is decided on rows without filled values
(lags that are filled differ from any pattern, and would identify what no value does), by the rule of `_arima.gls`.
"""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import BoolArray, FloatArray

_LEFT = 1e-4  # smallest spread of a direction beside the lags, in units of a column's own, that identifies it
_SURE = 4.0  # a weight of so many standard errors is trusted, however small the part of the column that shows it


def identified(lags: FloatArray, outside: FloatArray, target: FloatArray, real: BoolArray) -> FloatArray:
    """Return an orthonormal basis [E, r] of the weights of exogenous columns that the rows identify.

    A direction is left out where moving the columns along it across their own past could change a target by more than
    it ever changed, within one standard error, and its weight is not clearly different from zero either.

    Args:
        lags: [R, L] the constant and the lags of the modelled columns.
        outside: [R, E] the exogenous columns, centred and scaled.
        target: [R, K].
        real: [R] rows without filled values; all rows count where these are fewer than twice the coefficients.
    """
    if 2 * (lags.shape[1] + outside.shape[1]) <= real.sum():
        lags, outside, target = lags[real], outside[real], target[real]
    left, rest = _beside(lags, outside), _beside(lags, target)
    _, size, turned = np.linalg.svd(left, full_matrices=False)
    shown = size > _LEFT * np.sqrt(len(left))
    size, turned = size[shown], turned[shown]
    parts = left @ turned.T / size
    weight = parts.T @ rest  # [r, K], in units of a standard error once divided by the noise
    freedom = max(len(left) - lags.shape[1] - len(size), 1)
    noise = np.sqrt(np.sum((rest - parts @ weight) ** 2, axis=0) / freedom)
    across = noise / size[:, None] * np.ptp(outside @ turned.T, axis=0)[:, None]
    doubted = (across > np.ptp(target, axis=0)) & (np.abs(weight) < _SURE * noise)
    return np.asarray(turned[~doubted.any(axis=1)].T)


def regressed(outside: FloatArray, target: FloatArray) -> FloatArray:
    """Return the least-squares weights [E, K] of centred columns [R, E]; none in directions that they do not span."""
    return np.asarray(np.linalg.lstsq(outside - outside.mean(axis=0), target, rcond=_LEFT)[0])


def _beside(known: FloatArray, columns: FloatArray) -> FloatArray:
    """Return what `known` [R, L] leaves of columns [R, C] in least squares."""
    basis, size, _ = np.linalg.svd(known, full_matrices=False)
    basis = basis[:, size > 1e-10 * size.max(initial=0.0)]
    for _ in range(2):  # twice, because rounding leaves some of it
        columns = columns - basis @ (basis.T @ columns)
    return columns
