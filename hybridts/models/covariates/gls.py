"""Regression with autoregressive errors, of many series at once: filter, regress, filter again.

y_t = level + z_t' b + u_t, where u_t follows an autoregression on its last rows and on those a season ago. Estimated by
iterating between the two regressions (Cochrane and Orcutt 1949), so that neither a unit root nor white noise around a
random walk has to be chosen beforehand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hybridts.data.panel import FloatArray

#: Turns between the two regressions.
TURNS = 3
#: Ridge, relative to the mean square of a regressor: keeps collinear columns solvable.
RIDGE = 1e-6


class Estimates(NamedTuple):
    """Estimates for B series and K terms.

    Attributes:
        weight: [B, K]; error: [B, K] standard error, infinite where a term never changes.
        phi: [B, P] of the autoregression.
        residual: [B, T] one-step errors; NaN where not known.
    """

    weight: FloatArray
    error: FloatArray
    phi: FloatArray
    residual: FloatArray


def estimate(y: FloatArray, z: FloatArray, lags: tuple[int, ...]) -> Estimates:
    """Estimate the weights of regressors.

    Args:
        y: [B, T], NaN where missing.
        z: [B, T, K], finite.
        lags: P lags of the autoregression.
    """
    weight = np.zeros((len(y), z.shape[2]))
    error = np.full_like(weight, np.inf)
    phi = autoregression(y, lags)
    for _ in range(TURNS if z.shape[2] else 1):
        weight, error = _weights(filtered(y, phi, lags), filtered_columns(z, phi, lags))
        phi = autoregression(y - np.einsum("btk,bk->bt", z, weight), lags)
    residual = filtered(y - np.einsum("btk,bk->bt", z, weight), phi, lags)
    return Estimates(weight, error, phi, centred(residual))


def autoregression(u: FloatArray, lags: tuple[int, ...]) -> FloatArray:
    """Return [B, P] the coefficients of an autoregression with a constant, by least squares."""
    shifted = np.stack([_shifted(u, lag) for lag in lags], axis=2)
    known = np.isfinite(u) & np.isfinite(shifted).all(axis=2)
    return _solved(u, shifted, known)[0]


def filtered(u: FloatArray, phi: FloatArray, lags: tuple[int, ...]) -> FloatArray:
    """Return [B, T] u_t less its autoregression; NaN where a row is missing."""
    answer = u.copy()
    for p, lag in enumerate(lags):
        answer -= phi[:, p : p + 1] * _shifted(u, lag)
    return answer


def filtered_columns(z: FloatArray, phi: FloatArray, lags: tuple[int, ...]) -> FloatArray:
    """Return [B, T, K] `filtered` of every column."""
    answer = z.copy()
    for p, lag in enumerate(lags):
        answer[:, lag:] -= phi[:, p, None, None] * z[:, : max(z.shape[1] - lag, 0)]
    return answer


def centred(e: FloatArray) -> FloatArray:
    """Return the rows [B, T] less their means over the known values."""
    known = np.isfinite(e)
    mean = np.where(known, e, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    answer: FloatArray = e - mean[:, None]
    return answer


def _shifted(u: FloatArray, lag: int) -> FloatArray:
    answer = np.full_like(u, np.nan)
    answer[:, lag:] = u[:, : max(u.shape[1] - lag, 0)]
    return answer


def _weights(y: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(y)
    return _solved(y, z, known)


def _solved(y: FloatArray, z: FloatArray, known: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Return least-squares weights [B, K] of z, beside a constant, and their standard errors [B, K]."""
    count = np.maximum(known.sum(axis=1), 1)
    there = known.astype(float)
    y = np.where(known, y, 0.0)
    y = np.where(known, y - (y.sum(axis=1) / count)[:, None], 0.0)
    z = np.where(known[..., None], z, 0.0)
    z = (z - (z.sum(axis=1) / count[:, None])[:, None]) * there[..., None]
    square = np.einsum("btk,btk->bk", z, z)
    still = square <= 1e-12 * count[:, None] * np.maximum(np.abs(z).max(axis=1, initial=0.0) ** 2, 1e-300)
    gram = np.einsum("btk,btl->bkl", z, z)
    size = z.shape[2]
    ridge = RIDGE * square + np.where(still, 1.0, 0.0)
    gram[:, np.arange(size), np.arange(size)] += ridge
    moment = np.einsum("btk,bt->bk", z, y)
    inverse = np.linalg.pinv(gram, hermitian=True) if size else gram
    weight = np.where(still, 0.0, np.einsum("bkl,bl->bk", inverse, moment))
    rest = y - np.einsum("btk,bk->bt", z, weight)
    freedom = np.maximum(count - size - 1, 1)
    variance = (rest**2).sum(axis=1) / freedom
    error = np.sqrt(np.maximum(variance[:, None] * np.diagonal(inverse, axis1=1, axis2=2), 0.0))
    few = (count < size + 3)[:, None]
    return np.where(few, 0.0, weight), np.where(still | few, np.inf, error)
