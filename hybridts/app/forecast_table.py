"""Forecasts as a table, and a table as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridts.errors import UserError
from hybridts.files import must_write, whole_file

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.panel import FloatArray, Origins, Panel

#: Endings of files that a forecast is written to.
ENDINGS = (".csv", ".parquet", ".json")


def table_of(panel: Panel, origins: Origins, columns: dict[str, FloatArray]) -> pd.DataFrame:
    """Return unique_id, ds and the columns, a row per series and step.

    Args:
        panel: the data.
        origins: [M] last rows.
        columns: name -> [M, H].
    """
    import pandas as pd

    from hybridts.data import calendar

    steps = next(iter(columns.values())).shape[1]
    ahead = calendar.later(panel.times[panel.rows(origins)], panel.freq, panel.step, steps)
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.asarray(panel.ids, dtype=object)[origins.series], steps),
            "ds": calendar.to_pandas(ahead.ravel(), panel.freq),
            **{name: values.ravel() for name, values in columns.items()},
        }
    )


def check_ending(path: Path) -> Path:
    """Return the path of a forecast to write.

    Raises:
        UserError: its ending is none of `ENDINGS`.
    """
    if path.suffix.casefold() not in ENDINGS:
        raise UserError(f"--out {path}: a forecast is written as {', '.join(ENDINGS)}; give a name with that ending.")
    return path


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a forecast in the format of the file's ending; the file appears complete or not at all.

    Raises:
        UserError: an unknown ending.
        StoreError: the file cannot be written.
    """
    ending = check_ending(path).suffix.casefold()
    with must_write(path), whole_file(path) as file:
        if ending == ".parquet":
            table.to_parquet(file, index=False)
        else:
            file.write((table.to_csv(index=False) if ending == ".csv" else json_of(table)).encode())


def json_of(table: pd.DataFrame) -> str:
    """Return a forecast as a JSON list of rows, times in ISO format and in the user's zone."""
    import pandas as pd

    table = table.copy()
    for name in [name for name in table if isinstance(table[name].dtype, pd.DatetimeTZDtype)]:
        table[name] = [time.isoformat() for time in table[name]]  # to_json would write UTC
    text: str = table.to_json(orient="records", date_format="iso", force_ascii=False, double_precision=15)
    return text
