"""Make the stored models beside this file: run it after a new format, under a new NAME, and keep the old ones.

python -m tests.app.stored_models.make NAME
"""

from __future__ import annotations

import sys
from pathlib import Path

import hybridts as ht
from hybridts.names.recipe import Settings
from tests.fakes.frames import frame_of

HERE = Path(__file__).parent
#: Every kind of stage; small, and with open gates, so that every correction is kept.
MEMBERS = ("MLP-ARIMA-XGBoost", "CNN-LSTM-RF", "VAR-SVM", "Auto-SARIMA-ANN", "ETS", "Theta", "MSTL", "Drift")
SETTINGS: Settings = {
    "Network": {"steps": 3, "window": 8},
    "MLP": {"hidden": 8},
    "CNN": {"filters": 4},
    "LSTM": {"hidden": 4},
    "XGBoost": {"trees": 5},
    "RF": {"trees": 3, "leaf": 20},
    "Chain": {"gate": "open"},
}


def main(name: str) -> None:
    """Fit an ensemble of all members, save it, and write its forecasts."""
    model = ht.model(f"greedy({', '.join(MEMBERS)})", SETTINGS).fit(frame_of((60, 60)), horizon=3, jobs=1)
    model.save(HERE / f"{name}.zip")
    model.predict().to_json(HERE / f"{name}.json", orient="records", date_format="iso", double_precision=15)


if __name__ == "__main__":
    main(sys.argv[1])
