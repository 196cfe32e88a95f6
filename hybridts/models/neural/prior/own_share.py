"""How far a fit moves away from its prior: one rule, continuous in the number of own windows."""

from __future__ import annotations

import math

#: Evidence at which the network has gone 63 % of the way.
EVIDENCE = 300.0
#: Power of the number of series in the evidence, on data with a season and without.
SERIES, WITHOUT_SEASON = 0.25, 0.5
#: Own windows up to which training starts from the whole prior, how many more until half of what a dense network can
#: lose of it is lost, and that part.
FEW, MANY, LOSS = 1000, 4000.0, 0.5


def own_share(windows: int, series: int, season: int, *, covariates: bool = False) -> float:
    """Return the share of the way from the prior to weights trained on own windows, 0 to 1.

    It grows with the windows of a series and, more slowly, with the number of series: evidence = windows a series x
    series ** (1/4), share = 1 - exp(-evidence / 300). One series of 70 windows: 0.21; M3 monthly: 0.65; a panel of
    hourly series: 1. Without a season a prior knows little that other series would not tell better, and the power is
    1/2: M3 yearly 0.53. Chosen on inner cutoffs (experiments/prior).

    A network with covariates goes the same share of the rest again, for what they explain the prior took for something
    else: 1 - (1 - share) ** 2.

    That the mean of the weights before and after training is better than either: Wortsman et al. (2022).

    >>> round(own_share(70, 1, 12), 2), round(own_share(75_000, 1428, 12), 2)
    (0.21, 0.66)
    """
    if not windows:
        return 0.0
    evidence = windows / max(series, 1) ** (1 - (SERIES if season > 1 else WITHOUT_SEASON))
    left = math.exp(-evidence / EVIDENCE)
    return 1 - (left**2 if covariates else left)


def kept_at_start(windows: int, share: float, *, dense: bool) -> float:
    """Return how much of the prior the training of a network starts from, 0.5 to 1; the rest is a random start.

    A start too near to an answer of its own is one that training does not leave: a dense network on a panel of hourly
    series ends 2 to 8 % better from a start halfway to random numbers (experiments/prior). On one series, and for
    networks with convolutions or recurrent ones, the whole prior is the better start: 1.

    Source: Ash and Adams (2020), On warm-starting neural network training (shrink and perturb).

    Args:
        windows: of all own series.
        share: `own_share` of them.
        dense: the network is an MLP or DNN.

    >>> kept_at_start(70, 0.2, dense=True), round(kept_at_start(300_000, 1.0, dense=True), 2)
    (1.0, 0.5)
    """
    more = max(windows - FEW, 0)
    return 1 - LOSS * share**3 * more**2 / (more**2 + MANY**2) if dense else 1.0
