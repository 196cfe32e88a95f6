"""Read a study from a YAML file; unknown keys are refused with the nearest known key.

The fields below are the only list of the options of a study: the command line makes its options from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hybridts.app.yaml_file import read_yaml
from hybridts.data.read.options import ReadOptions
from hybridts.errors import BadSetting, DataError, cut, did_you_mean

#: Fields of `DataConfig` that say how to read the data, not what its columns are.
READING = tuple(item.name for item in fields(ReadOptions))


_DATA = ("data",)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Strict):
    """Source of the data and roles of its columns; what is left out is detected."""

    source: str
    time: str | None = Field(default=None, description="Column of timestamps.")
    target: list[str] | str = Field(default_factory=list, description="Columns to forecast, comma separated.")
    id: str | None = Field(default=None, description="Column that names the series.")
    group: str | None = Field(default=None, description="Column of groups of series that a VAR models together.")
    past: list[str] = Field(default_factory=list, description="Covariates known up to the cutoff, comma separated.")
    future: list[str] = Field(default_factory=list, description="Covariates known ahead, comma separated.")
    static: list[str] = Field(default_factory=list, description="Covariates constant in each series.")
    holidays: list[str] | str = Field(
        default_factory=list, description="Countries, as DE or DE-BY, whose holidays become columns known ahead."
    )
    freq: str | None = Field(default=None, description="pandas frequency alias, as MS or h.")
    season: Annotated[int, Field(ge=1)] | Literal["auto"] | None = Field(
        default=None, description="Seasonal period in rows; auto tests it on the past."
    )
    decimal: str | None = Field(default=None, description="Decimal mark of numbers in text: . or ,")
    thousands: str | None = Field(default=None, description="Mark between thousands: . , ' or space.")
    dayfirst: bool = Field(default=False, description="Dates such as 01/02/2023 begin with the day.")
    monthfirst: bool = Field(default=False, description="Dates such as 01/02/2023 begin with the month.")
    date_format: str | None = Field(default=None, description="Format of times, as %d.%m.%y, %Y-%q, unix or integer.")
    delimiter: str | None = Field(default=None, description="Separator of the columns of a text file.")
    encoding: str | None = Field(default=None, description="Encoding of a text file, as utf-8, gbk or cp1252.")
    sheet: str | int | None = Field(default=None, description="Name or number of a sheet of a workbook.")
    header: str | int | None = Field(default=None, description="Line of the names, from 1; 1,2 joins two; or none.")
    query: str | None = Field(default=None, description="SELECT statement for a SQLite or DuckDB file.")
    max_size: str | int | None = Field(default=None, description="Most bytes to read, as 8GB; 4GB where left out.")
    fill_future: str | None = Field(default=None, description="Fill holes of known-future columns: ffill or zero.")
    regularise: str | None = Field(
        default=None, description="Merge irregular times into steps of --freq by sum, mean or last."
    )


class ComboConfig(_Strict):
    """A name defined by the user; the expression alone is enough."""

    expression: str
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    summary: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        return {"expression": given} if isinstance(given, str) else given


class TuneConfig(_Strict):
    """What is tuned before the backtest, on older cutoffs."""

    models: list[str] | None = None
    trials: int = Field(default=30, ge=1)
    inner: int = Field(default=3, ge=1)
    space: dict[str, dict[str, Any]] | None = None


class StudyConfig(_Strict):
    """The options of one backtest."""

    data: DataConfig
    models: list[str] | str = Field(description="Names, comma separated, or seed-100.")
    horizon: int = Field(ge=1, description="Steps forecast at every cutoff.")
    windows: int = Field(default=3, ge=1, description="Backtest windows.")
    step: int | None = Field(default=None, ge=1, description="Rows between cutoffs; the horizon where left out.")
    gap: int = Field(default=0, ge=0, description="Rows left out between a cutoff and its first target.")
    scheme: Literal["expanding", "sliding"] = Field(default="expanding", description="expanding or sliding")
    refit: bool | int | Literal["warm"] = Field(default=True, description="true, false, every K, or warm")
    align: Literal["calendar", "per_series"] | None = Field(default=None, description="calendar or per-series")
    metrics: list[str] | None = Field(default=None, description="Metrics of the leaderboard, comma separated.")
    rank_by: str | None = Field(default=None, description="Metric that ranks the names; MASE where left out.")
    metric_season: int | None = Field(default=None, ge=1, description="Season of MASE's scale, in rows; 1 as in M4.")
    baselines: Literal["full", "cheap", "none"] = Field(default="full", description="full, cheap or none")
    nonnegative: Literal["auto"] | bool = Field(
        default="auto", description="auto, true or false: keep forecasts from going below 0."
    )
    levels: list[float | str] | float | str | None = Field(
        default=None, description="Levels of intervals in percent, as 80,95; every name gets NAME-lo-80, NAME-hi-80."
    )
    quantiles: list[float | str] | float | str | None = Field(
        default=None, description="Quantiles instead of levels, as 0.1,0.5,0.9."
    )
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    combos: dict[str, ComboConfig] = Field(default_factory=dict)
    plugins: list[str] = Field(default_factory=list)
    seed: int = Field(default=0, description="One seed for everything random.")
    seeds: int | list[int] = Field(
        default=1, description="Seeds under which names that draw random numbers are run: how many, or a list."
    )
    tune: TuneConfig | bool = Field(
        default=False, description="Trials of settings for every name, on cutoffs before the first window."
    )
    jobs: int | None = Field(default=None, ge=1, description="Worker processes; the numbers do not depend on it.")
    stage_seconds: float | None = Field(default=None, gt=0, description="A stage that runs longer fails.")
    stage_memory: str | int | None = Field(default=None, description="A stage whose worker holds more fails, as 2GB.")
    executor: str = Field(default="local", description="local, or ray[:ADDRESS] or dask[:ADDRESS] for a cluster.")
    out: str | None = Field(default=None, description="Run directory or URL: kept, and resumed if it exists.")
    store: str | None = Field(default=None, description="Directory or URL of finished stages that runs share.")
    float32: bool = Field(default=False, description="Keep forecasts to seven digits: less disk.")
    only: bool = Field(default=False, description="Narrow the board of --out to the names given now.")

    @field_validator("seeds", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Read the text of an option: 3, or 0,7,42."""
        if not isinstance(given, str):
            return given
        parts = [part.strip() for part in given.split(",") if part.strip()]
        return parts if "," in given else given

    @field_validator("tune", mode="before")
    @classmethod
    def _counted(cls, given: object) -> object:
        """Read a number of trials, also as the text of an option."""
        if isinstance(given, str) and given.strip().isdigit():
            given = int(given)
        return {"trials": given} if isinstance(given, int) and not isinstance(given, bool) else given

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of `hybridts.backtest`."""
        own = {"data", "combos", "plugins"}
        values = {name: getattr(self, name) for name in type(self).model_fields if name not in own}
        if isinstance(self.tune, TuneConfig):
            values["tune"] = self.tune.model_dump()
        return {"df": self.data.source, **data_arguments(self.data), **values}


def data_arguments(data: DataConfig) -> dict[str, Any]:
    """Return the keyword arguments of `hybridts.backtest` about the data, without the source."""
    columns = {name: getattr(data, name) for name in DataConfig.model_fields if name not in ("source", *READING)}
    given = {name: getattr(data, name) for name in READING}
    reading = {name: value for name, value in given.items() if value is not None and value is not False}
    return {**columns, **({"reading": reading} if reading else {})}


def data_config(content: Mapping[str, Any], where: str) -> DataConfig:
    """Check a mapping about the data alone.

    Raises:
        BadSetting: an unknown key or a wrong value.
    """
    try:
        return DataConfig.model_validate(dict(content))
    except ValidationError as cause:
        raise _helpful(cause, where, _DATA) from cause


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """Read a study from a YAML file.

    A relative data path is looked up in the current folder, then in the folder of the file.

    Args:
        path: the file.
        overrides: values by key that replace those of the file, such as flags of the command line.

    Raises:
        DataError: the file cannot be read or is not a YAML mapping.
        BadSetting: an unknown key or a wrong value; the message names the place and the nearest key.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise DataError(f"{path} holds {type(content).__name__}, expected keys such as data, models, horizon.")
    config = study_config(_merged(content, overrides or {}), str(path))
    beside = path.parent / config.data.source
    if ":" not in config.data.source and not _exists(Path(config.data.source)) and _exists(beside):
        config = config.model_copy(update={"data": config.data.model_copy(update={"source": str(beside)})})
    return config


def _exists(path: Path) -> bool:
    """Return whether there is a file; a path that the system cannot hold is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def study_config(content: Mapping[str, Any], where: str) -> StudyConfig:
    """Check a mapping against the schema.

    Args:
        content: keys and values.
        where: name of the origin for messages.

    Raises:
        BadSetting: an unknown key, a missing one or a wrong value.
    """
    try:
        return StudyConfig.model_validate(dict(content))
    except ValidationError as cause:
        raise _helpful(cause, where) from cause


def _merged(content: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a file with overrides; those of the data go into its key "data"."""
    data = content.get("data")
    if overrides.keys() & {"levels", "quantiles"}:  # one replaces the other
        content = {key: value for key, value in content.items() if key not in ("levels", "quantiles")}
    merged = {**content, **{k: v for k, v in overrides.items() if k not in DataConfig.model_fields}}
    if isinstance(data, str):
        data = {"source": data}
    inner = {k: v for k, v in overrides.items() if k in DataConfig.model_fields}
    merged["data"] = {**data, **inner} if isinstance(data, dict) else data
    return merged


def _helpful(cause: ValidationError, where: str, inside: tuple[str, ...] = ()) -> BadSetting:
    """Return the first problem in one sentence; an unknown key comes before the key that is missing because of it."""
    first = min(cause.errors(), key=lambda error: error["type"] != "extra_forbidden")
    place = ".".join(str(p) for p in first["loc"])
    key = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        known = _fields_at((*inside, *first["loc"][:-1]))
        hint = did_you_mean(key, known)
        return BadSetting(
            f"{where}: unknown key {place!r}.{hint} Known keys here: {', '.join(known)}.", key, first["input"]
        )
    if first["type"] == "missing":
        return BadSetting(f"{where}: the key {place!r} is missing.", key)
    if first["type"] == "model_type":
        text = "an expression such as MLP-RF or " if place.startswith("combos.") else ""
        keys = ", ".join(_fields_at(first["loc"]))
        why = f"{where}: {place} must be {text}a mapping with the keys {keys}, found {_shown(first['input'])}."
        return BadSetting(why, key, first["input"])
    return BadSetting(f"{where}: {place}: {first['msg']}, found {_shown(first['input'])}.", key, first["input"])


def _shown(value: object) -> str:
    """Write a value for a message, cut where it is long."""
    return cut(repr(value), 200)


def _fields_at(place: tuple[int | str, ...]) -> list[str]:
    """Return the known keys at a place of a study."""
    if place and place[0] == "data":
        return list(DataConfig.model_fields)
    if place and place[0] == "tune":
        return list(TuneConfig.model_fields)
    if place and place[0] == "combos":
        return list(ComboConfig.model_fields)
    return list(StudyConfig.model_fields)
