"""How far a fit moves away from its prior: one rule, continuous in the number of own windows."""

from __future__ import annotations

import math

#: Evidence at which the network has gone 63 % of the way.
EVIDENCE = 300.0


def own_share(windows: int, series: int, *, covariates: bool = False) -> float:
    """Return the share of the way from the prior to weights trained on own windows, 0 to 1.

    It grows with the windows of a series and, more slowly, with the number of series: evidence = windows a series x
    series ** (1/4), share = 1 - exp(-evidence / 300). One series of 70 windows: 0.21; M3 monthly: 0.65; a panel of
    hourly series: 1. Chosen on inner cutoffs (experiments/prior).

    A network with covariates goes the same share of the rest again, for what they explain the prior took for something
    else: 1 - (1 - share) ** 2.

    That the mean of the weights before and after training is better than either: Wortsman et al. (2022).

    >>> round(own_share(70, 1), 2), round(own_share(75_000, 1428), 2)
    (0.21, 0.66)
    """
    if not windows:
        return 0.0
    evidence = windows / max(series, 1) ** 0.75
    left = math.exp(-evidence / EVIDENCE)
    return 1 - (left**2 if covariates else left)
