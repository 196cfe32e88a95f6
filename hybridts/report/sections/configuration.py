"""Settings of the run and versions of the libraries."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from hybridts import text as words
from hybridts.evaluation.leaderboard import Evaluation
from hybridts.report.language import tr
from hybridts.report.section_parts import ON_SCREEN, Pairs, Section

_TITLE = "Configuration, versions, seed, command and hash of the data"
_SETTINGS = (
    *("seed", "jobs", "horizon", "gap", "step", "scheme", "refit", "align", "freq", "season", "metric_season"),
)


def section(evaluation: Evaluation, _board: pd.DataFrame) -> Section:
    """Return settings that are one value each, and versions."""
    pairs = Pairs("configuration", _configuration(evaluation.run.manifest))
    return Section(tr(_TITLE), "configuration", [pairs], folded=True, formats=ON_SCREEN)


def _configuration(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    source = str(manifest["data"].get("source") or "")
    rows = [
        ("created", str(manifest.get("created", ""))),
        ("source", source.replace("\\", "/").rstrip("/").split("/")[-1]),
        ("hash of the data", str(manifest["data"].get("fingerprint", ""))),
        ("command", "hybridts backtest config.yaml, with the config.yaml of the run's folder"),
    ]
    rows += [(key.replace("_", " "), str(manifest.get(key))) for key in _SETTINGS]
    wall = float(manifest.get("wall_seconds") or math.nan)
    rows.append(("wall time", "" if math.isnan(wall) else words.duration(wall)))
    rows.append(("metrics", ", ".join(manifest.get("metrics") or ())))
    return rows + [(f"version of {k}", str(v)) for k, v in manifest.get("versions", {}).items()]
