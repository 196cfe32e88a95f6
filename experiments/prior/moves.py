"""How far should a fit move away from its prior? MASE on inner cutoffs by the share of the way.

    .venv/bin/python -m experiments.prior.moves --set m3_monthly [--alone 80] [--name MLP] [--steps 60] [--rate 0.003]

On the whole panel, or with `--alone N` on N seeded series one at a time. The network starts from its prior, is trained, and its
weights are then placed on the line between both. `cold` is the same training from random weights.
"""

from __future__ import annotations

import argparse
import os
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from experiments.benchmark_sets import load, scores
from hybridts.data.panel import Panel
from hybridts.models.neural import fit
from hybridts.names.build import forecaster
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse

SHARES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)


def fitted_mase(seen: Panel, whole: Panel, cutoff: np.ndarray, horizon: int, name: str, network: dict) -> float:
    """Fit one network and return its mean MASE."""
    registry = default_registry()
    model = forecaster(parse(name, registry, {"Network": network}).stages()[0], registry)
    try:
        answer = model.fit(seen, horizon, 0, 0).forecast(seen, seen.ends())
    except Exception:
        return np.nan
    return float(np.nanmean(scores(whole, cutoff, answer, horizon)[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="m3_monthly")
    parser.add_argument("--name", default="MLP")
    parser.add_argument("--alone", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--data")
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    bench = load(given.set, False, given.data, given.alone)
    cutoff = bench.cutoffs[0]
    groups = [np.array([i]) for i in range(len(bench.panel))] if given.alone else [np.arange(len(bench.panel))]
    network = {"rate": given.rate} | ({"steps": given.steps} if given.steps else {})

    def mase(more: dict) -> float:
        found = []
        for group in groups:
            whole = bench.panel.take(group)
            seen = whole.cut(cutoff[group])
            found.append(fitted_mase(seen, whole, cutoff[group], bench.horizon, given.name, network | more))
        return float(np.nanmean(found))

    print(f"{given.set}, {given.name}, {'each alone' if given.alone else 'panel'}, {network}")
    print(f"cold: {mase({'prior': 'none'}):.4f}; the rule: {mase({}):.4f}", flush=True)
    for share in SHARES:  # the evidence of a set differs from series to series: fix the share itself
        with _Fixed(share):
            print(f"share {share:.2f}: {mase({}):.4f}", flush=True)


class _Fixed:
    """Within the block every fit goes the same share of the way."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __enter__(self) -> None:
        self.before = fit.own_share
        fit.own_share = lambda *_, **__: self.share

    def __exit__(self, *_: object) -> None:
        fit.own_share = self.before


if __name__ == "__main__":
    main()
