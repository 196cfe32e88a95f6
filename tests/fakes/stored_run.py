"""A seeded run with every kind of row a report must handle, built without fitting anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hybridts.evaluation.run import Run

BASELINES = ("Naive", "SeasonalNaive", "Drift", "Theta")
SINGLES = ("ARIMA", "SARIMA", "Auto-ARIMA", "Auto-SARIMA", "LSTM", "GRU", "RNN", "CNN", "MLP", "DNN", "CNN-LSTM")
SECONDS = {"Naive": 0.002, "SeasonalNaive": 0.003, "Drift": 0.002, "Theta": 0.05, "MLP": 2.0, "CNN": 4.0}
FIVE = ("LSTM", "LSTM-XGBoost", "ARIMA", "SeasonalNaive", "Naive")


def many(count: int) -> list[str]:
    """Return `count` names: baselines, single models and hybrids of them with learners."""
    learners = ("SVM", "RF", "XGBoost", "ANN")
    names = [*BASELINES, *SINGLES, *(f"{s}-{x}" for x in learners for s in SINGLES)]
    names += [f"{s}-ARIMA-{x}" for x in learners for s in SINGLES[4:]]
    names += [f"{s}-MLP-{x}" for x in learners for s in SINGLES[4:8]]
    return names[:count]


@dataclass(frozen=True)
class Fake:
    """Contents of a fake run.

    Attributes:
        names: the models asked for.
        series: ids of the series.
        broken: names that fail everywhere.
        partial: names that miss the last window of the first series.
        foreign: names that are not applicable.
        ensembles: names that the manifest calls ensembles.
        windows: how many.
        horizon: steps of each forecast.
        step: distance of the windows.
        flat: MASE has no scale anywhere.
        seed: of forecasts, gates and seconds.
        notices: of the run.
        extra: further keys of the manifest, which win over the others.
    """

    names: tuple[str, ...] = FIVE
    series: tuple[str, ...] = ("north", "south")
    windows: int = 3
    horizon: int = 6
    step: int = 6
    broken: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    ensembles: tuple[str, ...] = ()
    flat: bool = False
    seed: int = 0
    notices: tuple[str, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def hidden(self) -> list[str]:
        """Return parts of the names that were not asked for."""
        return [p for p in dict.fromkeys(p for n in self.names for p in parts(n)) if p not in self.names]

    @property
    def scored(self) -> list[str]:
        """Return the names that have forecasts."""
        return [n for n in (*self.names, *self.hidden) if n not in (*self.broken, *self.foreign)]


def stages_of(name: str) -> list[str]:
    """Return the stages of a name: the longest known single first, then one per token."""
    first = max((s for s in (*SINGLES, *BASELINES) if name == s or name.startswith(s + "-")), key=len, default=name)
    rest = name[len(first) + 1 :]
    return [first, *rest.split("-")] if rest else [first]


def parts(name: str) -> list[str]:
    """Return the prefixes of a name that are forecasters of their own."""
    stages = stages_of(name)
    return ["-".join(stages[:k]) for k in range(1, len(stages))]


def fake_run(path: Path, fake: Fake | None = None) -> Run:
    """Build the run; nothing is written."""
    fake = fake or Fake()
    rng = np.random.default_rng(fake.seed)
    cells = _cells(fake)
    stages = _stages(fake, rng)
    forecasts = _forecasts(fake, cells, rng)
    failures = pd.DataFrame(
        [
            (n, stages_of(n)[0], w, "", "StageFailure", f"{n} answered NaN <at> /home/x/y.py & more", "Traceback")
            for n in fake.broken
            for w in range(fake.windows)
        ]
        + [
            (n, n, fake.windows - 1, fake.series[0], "LinAlgError", "singular matrix", "Traceback")
            for n in fake.partial
        ],
        columns=["model", "stage", "window", "unique_id", "error", "message", "traceback"],
    )
    return Run(path, _manifest(fake, cells, stages), forecasts, cells, failures, stages)


def _cells(fake: Fake) -> pd.DataFrame:
    """Return one row per window and series."""
    start = pd.Timestamp("2020-01-31")
    rows = []
    for w in range(fake.windows):
        cutoff = start + pd.DateOffset(months=w * fake.step) + pd.offsets.MonthEnd(0)
        for i, uid in enumerate(fake.series):
            scale = 0.0 if fake.flat else 4.0 * 10.0 ** (i % 3)
            rows.append((w, uid, cutoff, 60 + w * fake.step, scale, scale**2 * 1.5))
    return pd.DataFrame(rows, columns=["window", "unique_id", "cutoff", "length", "mase_scale", "rmsse_scale"])


def _forecasts(fake: Fake, cells: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return forecasts of a seasonal line per series; each name errs with its own size, growing with the step."""
    skill = {n: float(np.exp(rng.normal(0.0, 0.25))) * (0.8 if len(stages_of(n)) == 1 else 0.72) for n in fake.scored}
    frames = []
    step = np.arange(1, fake.horizon + 1)
    cell: Any
    for cell in cells.itertuples():
        t = cell.length + step
        size = 10.0 ** (fake.series.index(cell.unique_id) % 3)
        y = size * (50 + 0.3 * t + 8 * np.sin(2 * np.pi * t / 12)) + size * np.random.default_rng(t).normal(0, 1)
        ds = pd.date_range(cell.cutoff, periods=fake.horizon + 1, freq="ME")[1:]
        for name in fake.scored:
            if name in fake.partial and cell.window == fake.windows - 1 and cell.unique_id == fake.series[0]:
                continue
            noise = rng.normal(0.3, 1.0, fake.horizon) * np.sqrt(step) * size * 2.5 * skill[name]
            frames.append(
                pd.DataFrame(
                    {
                        "model": name,
                        "window": cell.window,
                        "unique_id": cell.unique_id,
                        "ds": ds,
                        "cutoff": cell.cutoff,
                        "step": step,
                        "y": y,
                        "yhat": y + noise,
                    }
                )
            )
    columns = ["model", "window", "unique_id", "ds", "cutoff", "step", "y", "yhat"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _stages(fake: Fake, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per distinct prefix and window; corrections have gates."""
    rows = []
    names = [n for n in (*fake.names, *fake.hidden) if n not in fake.foreign]
    for prefix in dict.fromkeys(p for n in names for p in (*parts(n), n)):
        users = [n for n in names if n == prefix or n.startswith(prefix + "-")]
        second = len(stages_of(prefix)) > 1
        for w in range(fake.windows):
            gate = np.clip(rng.normal(0.3, 0.4) + 0.05 * np.arange(fake.horizon), 0, 1) * (rng.random() > 0.4)
            evidence = {"gate": gate.round(4).tolist(), "gate_reason": f"evidence {w}", "gate_gain": 0.01}
            notes = evidence if second else {}
            seconds = SECONDS.get(prefix, 20.0 if not second else 1.5) * float(rng.uniform(0.8, 1.2))
            rows.append(
                {
                    "key": f"{prefix}/{w}",
                    "stage": prefix,
                    "kind": "correct" if second else "fit",
                    "window": w,
                    "seconds": seconds,
                    "reused": False,
                    "names": json.dumps(users),
                    "notes": json.dumps(notes),
                }
            )
    return pd.DataFrame(rows)


def _model(fake: Fake, name: str) -> dict[str, object]:
    """Return the manifest's entry of a name."""
    keys = [f"{p}/{w}" for p in (*parts(name), name) for w in range(fake.windows)]
    status = "failed" if name in fake.broken else "not_applicable" if name in fake.foreign else "complete"
    reason = {"failed": "a stage failed", "not_applicable": "one series: nothing is multivariate"}.get(status, "")
    family = "hybrid" if len(stages_of(name)) > 1 else "neural" if name in SINGLES[4:] else "statistical"
    family = "ensemble" if name in fake.ensembles else family
    return {
        "name": name,
        "family": family,
        "expression": name,
        "stages": stages_of(name),
        "baseline": name in BASELINES,
        "shown": name in fake.names,
        "status": "partial" if name in fake.partial else status,
        "reason": "1 of 6 cells failed" if name in fake.partial else reason,
        "parts": [p for p in parts(name) if p in fake.scored],
        "needs": [] if name in fake.foreign else keys,
        "last": [] if name in fake.foreign else keys[-fake.windows :],
    }


def _manifest(fake: Fake, cells: pd.DataFrame, stages: pd.DataFrame) -> dict[str, object]:
    """Return the manifest."""
    windows: list[dict[str, Any]] = [
        {"index": w, "cutoff": str(group["cutoff"].iloc[0]), "series": len(group), "left_out": [], "overlap": 0}
        for w, group in cells.groupby("window")
    ]
    windows[0]["left_out"] = [{"id": "tiny <5>", "found": 5, "needed": 30}]
    return {
        "format": 1,
        "created": "2024-01-01T00:00:00",
        "versions": {"hybridts": "0.1.0", "numpy": "2.4.0"},
        "seed": 0,
        "data": {"fingerprint": "abc123", "series": len(fake.series), "rows": 500, "source": "/home/me/data/sales.csv"},
        "horizon": fake.horizon,
        "gap": 0,
        "step": fake.step,
        "season": 12,
        "metric_season": 12,
        "freq": "ME",
        "align": "calendar",
        "scheme": "expanding",
        "refit": True,
        "jobs": 1,
        "wall_seconds": float(stages["seconds"].sum()),
        "metrics": ["MASE", "sMAPE", "MAE"],
        "windows": windows,
        "models": [_model(fake, n) for n in (*fake.names, *fake.hidden)],
        "notices": list(fake.notices),
        **fake.extra,
    }


def order(plain, seasonal=(0, 0, 0), season=1, constant=False, **more):
    """Return an order as notes hold it."""
    return {"order": list(plain), "seasonal": list(seasonal), "season": season, "constant": constant, **more}


AIRLINE, WALK = order((1, 1, 1), (0, 1, 1), 12), order((0, 1, 0), constant=True)


def with_notes(run, notes, path):
    """Return the run at `path` with notes by (stage, window), and none in its other stages."""
    stages = run.stages.copy()
    given = [json.dumps(notes.get((s, w), {})) for s, w in zip(stages["stage"], stages["window"], strict=True)]
    return replace(run, path=path, stages=stages.assign(notes=given))
