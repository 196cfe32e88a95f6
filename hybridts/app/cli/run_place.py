"""The folder of a run where none is given: a new one under `runs`, so that the next command finds it."""

from __future__ import annotations

import datetime
import itertools
import os
import re
from pathlib import Path

from hybridts.app.cli.console import message
from hybridts.app.study_file import StudyConfig

FOLDER = Path("runs")


def with_place(config: StudyConfig, source: str) -> StudyConfig:
    """Return the study with `out` set to runs/NAME-DATE-TIME, unless it is set; said where that cannot be written.

    Args:
        config: the study.
        source: file or data set it was made from, whose name is taken.
    """
    if config.out is not None:
        return config
    stem = re.sub(r"[^\w.-]+", "-", Path(source.rpartition(":")[2]).stem).strip("-.") or "data"
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in itertools.count(1):
        place = FOLDER / (f"{stem}-{now}" if number == 1 else f"{stem}-{now}-{number}")
        if not place.exists():
            break
    if not os.access(FOLDER if FOLDER.exists() else Path(), os.W_OK):
        message(f"{FOLDER} cannot be written here, so the run is not kept: give --out DIR to keep it.", "note:")
        return config
    return config.model_copy(update={"out": str(place)})
