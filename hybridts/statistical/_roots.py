"""Roots of lag polynomials: is an AR part stationary, and what to do where an optimiser left the admissible region."""

from __future__ import annotations

import numpy as np

from hybridts.panel import FloatArray

_EDGE = 1 - 1e-7


def stationary(phi: FloatArray) -> bool:
    """True when all roots of 1 - phi_1 z - ... lie outside the unit circle, with a little room for rounding."""
    return not phi.any() or bool(np.abs(np.roots(np.concatenate([[1.0], -phi]))).max(initial=0.0) < _EDGE)


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
