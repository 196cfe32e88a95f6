"""Small data sets by name: those that installed packages contain, and seeded synthetic panels. No network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from hybridts.data.calendar import join, residue_of, season_of, split
from hybridts.data.panel import FloatArray, IntArray, Panel
from hybridts.data.season_test import tested_season
from hybridts.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.data.read import Columns, DataSource, Loaded

PREFIX = "dataset:"
MACRO = ("realgdp", "realcons", "realinv", "realgovt", "realdpi", "m1", "tbilrate", "unemp")
_SYNTHETIC_START = np.datetime64("2000-01-03", "ns").astype(np.int64)  # a Monday


class Dataset(NamedTuple):
    """One row of the list of data sets.

    Attributes:
        name: what `load_dataset` takes.
        summary: one sentence for the user.
        shape: number, frequency and length of the series, in words.
        horizon: a sensible horizon in rows.
    """

    name: str
    summary: str
    shape: str
    horizon: int


@dataclass(frozen=True)
class _PackagedDataset:
    row: Dataset
    frame: Callable[[], pd.DataFrame]
    season: int | None = None
    target: tuple[str, ...] = ()


def available() -> list[Dataset]:
    """List every data set, sorted by name, the synthetic one last."""
    return [*(packaged.row for packaged in _PACKAGED.values()), _SYNTHETIC]


def load_dataset(name: str) -> Loaded:
    """Load a data set by name, with or without the prefix "dataset:".

    Raises:
        DataError: there is none of this name; the message names the nearest.
    """
    from hybridts.data.read import Columns, Loaded, load

    key = name.removeprefix(PREFIX).strip().casefold()
    if key == _SYNTHETIC.name:
        return Loaded(synthetic_panel(), (f"{key}: {_SYNTHETIC.shape}.",), source=key)
    if key not in _PACKAGED:
        names = [row.name for row in available()]
        raise DataError(
            f"there is no data set {name!r}.{did_you_mean(key, names)} The data sets are: {', '.join(names)}."
        )
    packaged = _PACKAGED[key]
    loaded = load(packaged.frame(), Columns(target=packaged.target), season=packaged.season)
    return replace(loaded, notices=tuple(n.replace("the DataFrame", key) for n in loaded.notices), source=key)


def resolve(
    source: DataSource,
    columns: Columns | None = None,
    freq: str | None = None,
    season: int | Literal["auto"] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Loaded:
    """Load data as `hybridts.data.read.load` does, or a data set where `source` is "dataset:NAME".

    A `season` of "auto" is the one that the values show (see `tested_season`).

    Raises:
        DataError: the data cannot be used, or a data set was given columns or another frequency.
        BadSetting: `freq` or `season` is not valid.
    """
    from hybridts.data.read import Columns, load

    if season == "auto":
        found = resolve(source, columns, freq, None, reading)
        chosen, notice = tested_season(found.panel, found.panel)
        return found.with_season(chosen, notice)
    if not (isinstance(source, str) and source.startswith(PREFIX)):
        return load(source, columns, freq, season, reading=reading)
    loaded = load_dataset(source)
    panel = load(loaded.panel, columns or Columns(), freq, season, reading=reading).panel
    return replace(loaded, panel=panel)


# -- data sets of installed packages ------------------------------------------------------------------------------
def _statsmodels(name: str) -> pd.DataFrame:
    """Read the file of a data set directly: importing its module takes a fifth of a second longer."""
    from importlib.util import find_spec

    import pandas as pd

    package = find_spec("statsmodels")
    assert package is not None and package.origin is not None
    return pd.read_csv(Path(package.origin).parent / "datasets" / name / f"{name}.csv")


def _pmdarima(name: str) -> FloatArray:
    """Return [T] the values of a data set of pmdarima, which has no dates."""
    from importlib import import_module

    module = import_module(f"pmdarima.datasets.{name}")
    return np.asarray(getattr(module, f"load_{name}")(), dtype=np.float64)


def _macro() -> pd.DataFrame:
    import pandas as pd

    frame = _statsmodels("macrodata")
    quarter = frame["year"].astype(int).astype(str) + "Q" + frame["quarter"].astype(int).astype(str)
    return frame[list(MACRO)].assign(ds=pd.PeriodIndex(quarter, freq="Q").to_timestamp())


def _sunspots() -> pd.DataFrame:
    frame = _statsmodels("sunspots")
    return _single_series("sunspots", frame["YEAR"].to_numpy().astype(np.int64), frame["SUNACTIVITY"].to_numpy())


def _co2() -> pd.DataFrame:
    import pandas as pd

    frame = _statsmodels("co2")
    return _single_series("co2", pd.to_datetime(frame["date"].astype(str), format="%Y%m%d"), frame["co2"].to_numpy())


def _dated(name: str, start: str, freq: str) -> Callable[[], pd.DataFrame]:
    def frame() -> pd.DataFrame:
        import pandas as pd

        values = _pmdarima(name)
        return _single_series(name, pd.date_range(start, periods=len(values), freq=freq), values)

    return frame


def _lynx() -> pd.DataFrame:
    values = _pmdarima("lynx")
    return _single_series("lynx", np.arange(1821, 1821 + len(values)), values)


def _single_series(
    name: str, times: IntArray | pd.DatetimeIndex | pd.Series[pd.Timestamp], values: FloatArray
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"unique_id": name, "ds": times, "y": values})


_SYNTHETIC = Dataset(
    "synthetic",
    "seeded trend + season + AR(1) noise, positive",
    "8 monthly series of 120 rows, season 12",
    12,
)
_PACKAGED = {
    packaged.row.name: packaged
    for packaged in (
        _PackagedDataset(
            Dataset(
                "airpassengers",
                "monthly airline passengers, 1949-1960, in thousands (Box and Jenkins)",
                "1 monthly series of 144 rows, season 12",
                12,
            ),
            _dated("airpassengers", "1949-01-01", "MS"),
        ),
        _PackagedDataset(
            Dataset(
                "co2",
                "weekly CO2 at Mauna Loa, 1958-2001, in ppm, with missing weeks",
                "1 weekly series of 2284 rows, season 52",
                52,
            ),
            _co2,
        ),
        _PackagedDataset(
            Dataset(
                "lynx",
                "Canadian lynx trapped per year, 1821-1934",
                "1 yearly series of 114 rows (integer time), season 1",
                14,
            ),
            _lynx,
            season=1,
        ),
        _PackagedDataset(
            Dataset(
                "macro",
                "United States macroeconomy, quarterly, 1959-2009; one group, so VAR applies",
                "8 quarterly series of 203 rows, season 4",
                8,
            ),
            _macro,
            target=MACRO,
        ),
        _PackagedDataset(
            Dataset(
                "sunspots",
                "sunspot numbers per year, 1700-2008",
                "1 yearly series of 309 rows (integer time), season 1",
                35,
            ),
            _sunspots,
            season=1,
        ),
        _PackagedDataset(
            Dataset(
                "taylor",
                "half-hourly electricity demand in England and Wales from Monday 5 June 2000, in megawatts",
                "1 half-hourly series of 4032 rows, season 48 (and 336)",
                48,
            ),
            _dated("taylor", "2000-06-05", "30min"),
        ),
        _PackagedDataset(
            Dataset(
                "wineind",
                "monthly Australian wine sales, 1980-1994, in bottles",
                "1 monthly series of 176 rows, season 12",
                12,
            ),
            _dated("wineind", "1980-01-01", "MS"),
        ),
    )
}


# -- synthetic panels ---------------------------------------------------------------------------------------------
def synthetic_panel(
    n_series: int = 8,
    length: int = 120,
    season: int | None = None,
    freq: str | None = "MS",
    seed: int = 0,
) -> Panel:
    """Make a panel of positive series: level, trend, season and AR(1) noise, all drawn from `seed`.

    Args:
        n_series: number of series.
        length: rows of each series.
        season: seasonal period in rows; by default the season of `freq`.
        freq: pandas alias, or None for integer time 0, 1, 2, ...
        seed: seed of all draws; series i is the same for every `n_series`.

    Raises:
        BadSetting: `freq` is not a supported frequency.

    >>> panel = synthetic_panel(n_series=2, length=48)
    >>> len(panel), panel.lengths.tolist(), panel.season, panel.freq
    (2, [48, 48], 12, 'MS')
    """
    season = season_of(freq) if season is None else season
    times = _regular(length, freq)
    values = [_series(np.random.default_rng([seed, i]), length, season) for i in range(n_series)]
    starts = np.arange(n_series, dtype=np.int64) * length
    width = len(str(max(n_series - 1, 0)))
    return Panel(
        values=np.concatenate(values) if values else np.empty(0),
        times=np.tile(times, n_series),
        starts=starts,
        stops=starts + length,
        reach=starts + length,
        ids=tuple(f"s{i:0{width}d}" for i in range(n_series)),
        season=season,
        freq=freq,
        columns={"past": (), "future": (), "static": ()},
    )


def damaged(panel: Panel, missing: float = 0.0, shortest: int | None = None, seed: int = 0) -> Panel:
    """Give a panel missing values and unequal lengths, as real panels have.

    Args:
        panel: any panel.
        missing: fraction of values that become NaN; the first and last of each series stay.
        shortest: let series start later, with lengths drawn between this and their own; None keeps the lengths.
        seed: seed of the draws.
    """
    rng = np.random.default_rng([seed, 1])
    values = panel.values.copy()
    hole = rng.random(len(values)) < missing
    first = np.zeros(len(panel), dtype=np.int64)
    if shortest is not None:
        first = rng.integers(0, np.maximum(panel.lengths - shortest, 0) + 1)
    hole[panel.starts + first] = False
    hole[panel.stops - 1] = False
    values[hole] = np.nan
    return replace(panel, values=values).trim(first)


def _regular(length: int, freq: str | None) -> IntArray:
    """Return [length] regular times from the year 2000 on."""
    if freq is None:
        return np.arange(length, dtype=np.int64)
    residue = np.full(length, residue_of(freq), dtype=np.int64)
    first = split(np.array([_SYNTHETIC_START]), freq)[0][0] + 1
    return join(first + np.arange(length), residue, freq)


def _series(rng: np.random.Generator, length: int, season: int) -> FloatArray:
    """Draw [length] values of one positive series."""
    at = np.arange(length)
    level = 10 ** rng.uniform(1.5, 3)
    trend = 1 + rng.normal(0, 0.3) * at / max(length, 1)
    profile = rng.normal(0, 1, season)
    seasonal = 1 + (0.15 * (profile - profile.mean()) / (np.abs(profile).max() + 1e-9) if season > 1 else 0 * profile)
    shocks = rng.normal(0, 0.04, length)
    noise = np.zeros(length)
    for t in range(length):
        noise[t] = 0.6 * noise[t - 1] + shocks[t] if t else shocks[t]
    # exp keeps the noise multiplicative and everything above zero
    return np.asarray(level * np.maximum(trend, 0.1) * seasonal[at % season] * np.exp(noise))
