"""Weights packed for disk: one byte a number for large matrices, two for the rest.

Each row of a large matrix has a scale of its own, so that its largest number becomes 127. Priors are used as they come
out of the package or the cache, so a prior that was just trained is packed and unpacked too.
"""

from __future__ import annotations

import numpy as np

from hybridts.models.protocols import Weights

#: Numbers from which a matrix is packed into bytes.
LARGE = 8192
#: Ending of the name of a matrix's scales.
SCALE = ":scale"


def packed(weights: Weights) -> dict[str, np.ndarray]:
    """Return the weights as int8 and float16 arrays."""
    arrays: dict[str, np.ndarray] = {}
    for name, values in weights.items():
        if values.dtype.kind != "f":  # buffers of registered blocks: masks and positions
            arrays[name] = values
            continue
        if values.ndim < 2 or values.size < LARGE:
            arrays[name] = values.astype(np.float16)
            continue
        rows = np.asarray(values, np.float32).reshape(len(values), -1)
        scale = np.maximum(np.abs(rows).max(axis=1), 1e-6).astype(np.float16)
        arrays[name + SCALE] = scale
        arrays[name] = np.round(rows / scale.astype(np.float32)[:, None] * 127).clip(-127, 127).astype(np.int8)
        arrays[name] = arrays[name].reshape(values.shape)
    return arrays


def unpacked(arrays: Weights) -> dict[str, np.ndarray]:
    """Return packed weights as float32 arrays."""
    weights = {}
    for name, values in arrays.items():
        if name.endswith(SCALE):
            continue
        if values.dtype.kind != "f" and name + SCALE not in arrays:
            weights[name] = values
            continue
        numbers: np.ndarray = values.astype(np.float32)
        if name + SCALE in arrays:
            scale = arrays[name + SCALE].astype(np.float32) / 127
            numbers = numbers * scale.reshape(-1, *[1] * (numbers.ndim - 1))
        weights[name] = numbers
    return weights
