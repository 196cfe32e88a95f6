"""How long a network is trained on simulated series."""

from __future__ import annotations

from hybridts.models.neural.blocks import DNN, MLP
from hybridts.models.neural.expression import stepwise
from hybridts.models.neural.prior.request import PriorRequest

#: Optimiser steps of dense networks, of those with convolutions, and of recurrent ones, whose steps take many times as
#: long and teach more; but for the first, fewer for windows longer than `ORDINARY`, at least a quarter.
DENSE, CONVOLUTIONAL, RECURRENT, ORDINARY = 6000, 1800, 1200, 48
#: Windows per step.
BATCH = 256


def steps_of(request: PriorRequest) -> int:
    """Return the optimiser steps of a prior."""
    if isinstance(request.expression, (MLP, DNN)):
        steps: float = DENSE
    else:
        steps = RECURRENT if stepwise(request.expression) else CONVOLUTIONAL
        steps *= max(min(ORDINARY / request.window, 1.0), 0.25)
    return max(round(request.effort * steps), 1)
