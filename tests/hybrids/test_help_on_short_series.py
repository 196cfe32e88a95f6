"""One short series whose structure the base cannot express: the gate opens and most of the help is taken."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.made_processes.processes import PROCESSES, frame_of
from experiments.made_processes.run import errors_of, noise
from hybridts.data.read import load


def gain(name: str, rows: int, horizon: int, hybrid: str) -> float:
    """Return the part of the base's mean absolute error that a hybrid removes."""
    base = PROCESSES[name].base
    panel = load(frame_of(name, rows, seed=0), season=PROCESSES[name].season).panel
    errors = errors_of(panel, [base, hybrid], rows - 1, horizon)
    return 1 - float(np.abs(errors[hybrid]).mean() / np.abs(errors[base]).mean())


@pytest.mark.parametrize(
    ("name", "rows", "horizon", "least"),
    [
        ("threshold AR", 300, 1, 0.15),
        ("logistic map", 120, 1, 0.3),
        ("multiplicative season", 180, 6, 0.1),
        ("unknown cycle", 180, 6, 0.3),
        ("relaxation", 300, 3, 0.05),
    ],
)
def test_a_correction_helps_on_one_short_series(name, rows, horizon, least):
    assert gain(name, rows, horizon, f"{PROCESSES[name].base}-RF") > least


def test_gates_stay_shut_on_white_noise():
    opened = [line[-1] for seed in range(6) for line in noise(120, 6, seed)]
    assert sum(opened) <= 2
