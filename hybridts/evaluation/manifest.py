"""The manifest of a run: facts about the run that its tables do not hold."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from hybridts.data import calendar
from hybridts.data.panel import Panel
from hybridts.data.read.restored import NOTHING, Given, in_zone
from hybridts.engine.stage_store import FORMAT
from hybridts.evaluation.rolling_origin import Window, align_of, overlap
from hybridts.evaluation.study import PlannedStudy
from hybridts.evaluation.user_metrics import user_metrics
from hybridts.text import without_midnight

#: Packages whose versions may change the numbers of a run.
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "statsforecast", "scikit-learn", "xgboost", "torch")


def manifest_of(planned: PlannedStudy, notices: Sequence[str]) -> dict[str, Any]:
    """Return the manifest without its models, tables and times, as JSON-ready values."""
    study, panel, schedule = planned.study, planned.panel, planned.study.schedule
    align = align_of(panel, schedule)
    overlaps = overlap(panel, planned.windows, align)
    return {
        "format": FORMAT,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {p: metadata.version(p) for p in PACKAGES},
        "seed": study.seed,
        "seeds": study.options()["seeds"],
        "data": {"fingerprint": panel.fingerprint, "series": len(panel), "rows": int(panel.lengths.sum())}
        | ({"zone": planned.given.zone, "local_days": planned.given.local} if planned.given.zone else {})
        | ({"id_type": planned.given.id_type} if planned.given.id_type else {}),
        "horizon": schedule.horizon,
        "gap": schedule.gap,
        "step": schedule.spacing,
        "season": panel.season,
        "metric_season": study.metric_season or panel.season,
        "freq": panel.freq,
        "align": align,
        "scheme": schedule.scheme,
        "refit": schedule.refit,
        "baselines": study.baselines,
        "metrics": list(study.metrics),
        "rank_by": study.rank_by,
        **study.levels.given(),
        "user_metrics": {
            name: {"larger_is_better": metric.larger_is_better}
            for name, metric in user_metrics().items()
            if name in (*study.metrics, study.rank_by)
        },
        "settings": {k: dict(v) for k, v in study.settings.items()},
        **({"tuned": {name: dict(facts) for name, facts in study.tuned.items()}} if study.tuned else {}),
        "windows": [
            {
                "index": window.index,
                "cutoff": _cutoff_text(panel, window, planned.given),
                "series": len(window.origins()),
                "left_out": [{"id": i, "found": f, "needed": n} for i, f, n in window.left_out],
                "overlap": later,
            }
            for window, later in zip(planned.windows, overlaps, strict=True)
        ],
        "notices": list(notices),
    }


def _cutoff_text(panel: Panel, window: Window, given: Given = NOTHING) -> str:
    """Return the time of a cutoff in the user's zone, or "first to last" where series have their own.

    Midnights are left out.
    """
    times = np.unique(panel.times[panel.rows(window.origins())])
    ends = calendar.to_pandas(times[[0, -1]][: len(times)], panel.freq)
    shown = [str(t) for t in (ends if given.local else in_zone(pd.Series(ends), given))]  # a day needs no offset
    return " to ".join(without_midnight(shown))
