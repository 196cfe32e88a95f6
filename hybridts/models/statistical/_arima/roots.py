"""Roots of lag polynomials: is an AR part stationary, and what to do where an optimiser left the admissible region."""

from __future__ import annotations

import numpy as np

from hybridts.data.panel import FloatArray

_EDGE = 1 - 1e-7


def stationary(phi: FloatArray) -> bool:
    """True when all roots of 1 - phi_1 z - ... lie outside the unit circle, with a little room for rounding.

    By Durbin and Levinson's recursion downwards: every partial autocorrelation lies inside (-1, 1). It is called once
    per evaluation of a likelihood, where finding roots would cost more than the filter.
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
    """The MA part with the same autocorrelations whose roots all lie outside the unit circle."""
    roots = np.roots(np.concatenate([[1.0], theta]))
    outside = np.abs(roots) > 1
    if not outside.any():
        return theta
    return _polynomial(np.where(outside, 1 / np.conj(np.where(outside, roots, 1)), roots), len(theta))


def tamed(phi: FloatArray, limit: float = 0.99) -> FloatArray:
    """The AR part with every explosive or unit root pulled back to modulus `limit`."""
    roots = np.roots(np.concatenate([[1.0], -phi]))
    size = np.abs(roots)
    if not (size >= _EDGE).any():
        return phi
    return -_polynomial(np.where(size >= _EDGE, roots * limit / np.where(size > 0, size, 1), roots), len(phi))


def _polynomial(roots: FloatArray, length: int) -> FloatArray:
    found = np.real(np.poly(roots))[1:]
    return np.concatenate([found, np.zeros(length - len(found))])  # roots at zero drop out of np.roots
