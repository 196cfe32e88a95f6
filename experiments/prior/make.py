"""Make the prior weights that come with the package.

    .venv/bin/python -m experiments.prior.make [--seasons 1,4,7,12,24,52] [--jobs 2] [--parts FOLDER]

One file a season in `hybridts/models/neural/prior/weights/`. Every network is trained on simulated series
only, with one thread. Finished networks stay in `--parts`, so that an interrupted command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from joblib import Parallel, delayed
from safetensors.numpy import load_file, save_file

from hybridts.models.neural.prior.packing import packed
from hybridts.models.neural.prior.request import PriorRequest, request_for
from hybridts.models.neural.prior.shipped import FOLDER, file_of
from hybridts.models.neural.training_settings import Training
from hybridts.names.build import expression
from hybridts.names.catalog import default_registry
from hybridts.names.grammar import parse

#: The networks of the published list, and the one with attention.
NETWORKS = (
    *("MLP", "DNN", "CNN", "RNN", "LSTM", "GRU", "MLP-LSTM", "MLP-GRU", "MLP-RNN", "MLP-CNN", "LSTM-MLP", "LSTM-CNN"),
    *("GRU-MLP", "GRU-CNN", "RNN-MLP", "RNN-CNN", "CNN-MLP", "CNN-LSTM", "CNN-GRU", "CNN-LSTM-Attention"),
)
SEASONS = (4, 12, 1, 24, 7, 52)
#: Factor on the steps of a season: months, the commonest, are learned longer.
LONGER = {12: 2.0}


def request_of(name: str, season: int) -> PriorRequest:
    """Return the request of a network with default settings."""
    registry = default_registry()
    stage = parse(name, registry).root.stages[0]
    request = request_for(expression(stage, registry), Training(), season, 1)
    assert request is not None
    return request


def make(name: str, season: int, parts: Path) -> str:
    """Train one prior, unless its part is there."""
    import torch

    from hybridts.models.neural.prior.pretraining import pretrain

    torch.set_num_threads(1)
    request = request_of(name, season)
    path = parts / f"{request.identity()}.safetensors"
    if path.is_file():
        return f"{name} {season}: there"
    began = time.perf_counter()
    save_file(packed(pretrain(request, longer=LONGER.get(season, 1.0))), path)
    return f"{name} {season}: {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e3:.0f} kB"


def gather(season: int, parts: Path) -> None:
    """Write the file of a season."""
    tensors, networks = {}, {}
    for name in NETWORKS:
        identity = request_of(name, season).identity()
        networks[identity] = name
        tensors |= {f"{name}/{key}": value for key, value in load_file(parts / f"{identity}.safetensors").items()}
    FOLDER.mkdir(exist_ok=True)
    save_file(tensors, file_of(season), metadata={"networks": json.dumps(networks)})
    file_of(season).chmod(0o644)
    print(f"{file_of(season).name}: {file_of(season).stat().st_size / 1e6:.1f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seasons", default=",".join(map(str, SEASONS)))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--parts", type=Path, default=Path("runs/prior_parts"))
    given = parser.parse_args()
    given.parts.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    for season in map(int, given.seasons.split(",")):
        work = (delayed(make)(name, season, given.parts) for name in NETWORKS)
        for line in Parallel(n_jobs=given.jobs, return_as="generator_unordered")(work):
            print(line, flush=True)
        gather(season, given.parts)
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
