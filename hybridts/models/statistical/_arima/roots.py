"""Roots of lag polynomials: tests for stationarity, and corrections of parts outside the admissible region."""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray

_EDGE = 1 - 1e-7  # largest modulus of an inverse root, for rounding


def stationary(phi: FloatArray) -> bool:
    """Return whether all roots of 1 - phi_1 z - ... lie outside the unit circle, with a margin for rounding.

    By the Durbin-Levinson recursion downwards: every partial autocorrelation must lie in (-1, 1). It is called once per
    evaluation of a likelihood, where finding roots would cost more than the filter.
    """
    weights = [value * _EDGE**-k for k, value in enumerate(phi.tolist(), 1)]
    while weights:
        last = weights.pop()
        if not -1 < last < 1:
            return False
        room = 1 - last * last
        weights = [(a + last * b) / room for a, b in zip(weights, reversed(weights), strict=True)]
    return True


def invertible(theta: FloatArray) -> FloatArray:
    """Return the MA part [q] with the same autocorrelations and all roots outside the unit circle."""
    roots = np.roots(np.concatenate([[1.0], theta]))
    outside = np.abs(roots) > 1
    if not outside.any():
        return theta
    return _polynomial(np.where(outside, 1 / np.conj(np.where(outside, roots, 1)), roots), len(theta))


def shrink_to_stationary(phi: FloatArray, limit: float = 0.99) -> FloatArray:
    """Return the AR part [p] with every explosive or unit root set to modulus `limit`."""
    roots = np.roots(np.concatenate([[1.0], -phi]))
    size = np.abs(roots)
    if not (size >= _EDGE).any():
        return phi
    return -_polynomial(np.where(size >= _EDGE, roots * limit / np.where(size > 0, size, 1), roots), len(phi))


def _polynomial(roots: FloatArray, length: int) -> FloatArray:
    """Return the coefficients [length] of the polynomial with these roots, without the leading 1."""
    found = np.real(np.poly(roots))[1:]
    return np.concatenate([found, np.zeros(length - len(found))])  # np.roots leaves out roots at zero
