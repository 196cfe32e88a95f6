"""Options of `fit` and `forecast` on a data file, and the study that they make."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from hybridts.app.cli.console import is_study, message, register_study
from hybridts.app.cli.options import AHEAD, option_values
from hybridts.app.study_file import DataConfig, StudyConfig, read_config, study_config
from hybridts.errors import UserError

Name = Annotated[str | None, typer.Option("--model", help="A name, a combo or an expression.")]
Horizon = Annotated[int | None, typer.Option(min=1, help="Rows to forecast.")]
Settings = Annotated[
    str | None, typer.Option("--settings", help="As LSTM.hidden=32,XGBoost.trees=200; they win over those of a study.")
]
#: Fields of a study that are options of `fit` and `forecast`; `--future` of `forecast` is a file, so the columns known
#: ahead have another name.
FIELDS = {
    **{AHEAD if name == "future" else name: item for name, item in DataConfig.model_fields.items() if name != "source"},
    **{name: StudyConfig.model_fields[name] for name in ("nonnegative", "levels", "quantiles", "seed", "jobs")},
}


def study_of(source: str, given: Mapping[str, Any]) -> StudyConfig:
    """Return the study of a file with options in its place, or of a data file and options; register what it names.

    Args:
        source: a study or a data file.
        given: options by name, None where not given; lists as text, columns known ahead as "future_columns".

    Raises:
        UserError: an option is missing or wrong.
    """
    values = {"future" if name == AHEAD else name: value for name, value in given.items() if value is not None}
    own = {name: values.pop(name) for name in ("models", "settings") if name in values}
    if "settings" in own:
        own["settings"] = settings_of(own["settings"])
    values = option_values(values) | own
    path = Path(source)
    if is_study(path):
        return _of_file(path, values)
    missing = [flag for name, flag in (("models", "--model"), ("horizon", "--horizon")) if name not in values]
    if missing:
        raise UserError(
            f"a data file needs {' and '.join(missing)}, for example --model CNN-LSTM-XGBoost --horizon 12."
        )
    data = {"source": source, **{k: values.pop(k) for k in DataConfig.model_fields if k in values}}
    return study_config({"data": data, **values}, "command line")


def _of_file(path: Path, values: dict[str, Any]) -> StudyConfig:
    settings = values.pop("settings", {})
    config = read_config(path, {k: v for k, v in values.items() if k != "models"})  # one of them is chosen later
    register_study(config, path)
    return _merged(config, settings)


def with_settings(config: StudyConfig, text: str | None) -> StudyConfig:
    """Return a study with the settings of the option `--settings`, which win over its own.

    Raises:
        UserError: a part is not TOKEN.SETTING=VALUE.
    """
    return config if text is None else _merged(config, settings_of(text))


def _merged(config: StudyConfig, settings: Mapping[str, Mapping[str, Any]]) -> StudyConfig:
    own = config.settings
    merged = {token: {**own.get(token, {}), **settings.get(token, {})} for token in dict.fromkeys([*own, *settings])}
    return config.model_copy(update={"settings": merged})


def settings_of(text: str) -> dict[str, dict[str, Any]]:
    """Return settings by token from "LSTM.hidden=32,XGBoost.trees=200"; values are read as YAML reads them.

    >>> settings_of("LSTM.hidden=32,Network.quantiles=[0.1, 0.9],Chain.gate=open")
    {'LSTM': {'hidden': 32}, 'Network': {'quantiles': [0.1, 0.9]}, 'Chain': {'gate': 'open'}}

    Raises:
        UserError: a part is not TOKEN.SETTING=VALUE.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in _parts(text):
        key, equals, value = part.partition("=")
        token, dot, setting = key.strip().rpartition(".")
        if not (equals and dot and token and setting and value.strip()):
            raise UserError(f"--settings: {part!r} is not TOKEN.SETTING=VALUE, as LSTM.hidden=32,XGBoost.trees=200.")
        try:
            found.setdefault(token, {})[setting] = yaml.safe_load(value)
        except yaml.YAMLError as cause:
            raise UserError(f"--settings: the value of {key.strip()} cannot be read: {value!r}.") from cause
    return found


def _parts(text: str) -> list[str]:
    """Split at commas outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[({") - (letter in "])}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


@contextlib.contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print warnings as notes on stderr, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            for text in dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, UserWarning)):
                message(text, "note:")
