"""A fitted model on disk: one folder, or one .zip with the same files. No pickle; opening a model runs none of it.

    MODEL/
      model.json            what ("hybridts model"), format, package versions, name, expression, settings, horizon,
                            seed, columns of the data, notices and notes; `needs`: classes of the user that must be
                            registered to open it; `fitted`: the fitted stages (below); bytes and blake2b checksum of
                            every other file, and of itself; of a model with intervals `intervals`, what
                            they need (see `hybridts.hybrids.intervals`), and `levels` or `quantiles`, those of the fit
      arrays.safetensors    arrays that `fitted` and `recipe` refer to, by number
      networks.safetensors  weights of networks, as NUMBER.NAME
      booster-K.ubj         an XGBoost model, in its own UBJSON
      catboost-K.cbm        a CatBoost model, in its own binary format
      estimator-K.skops     an estimator of scikit-learn that a user registered, in the format of skops
      data.parquet          the rows the model was fitted on: unique_id, ds, y, ROLE:COVARIATE (text as numbers)
      series.parquet        a row a series: unique_id, number of rows with a target, number of all rows, group,
                            static:COVARIATE

`fitted` is JSON. An object with the key "$" stands for a value that JSON does not have: "array" (at: number), "tuple",
"set", "mapping", "scalar", "number" (nan, inf), "settings", "rule" (a function, by a name of ours), "network" (at:
number, blueprint), "booster", "catboost" and "estimator" (file), "component" (a class by its token), "own" (an object
of a class in the module of a token), "same" (as: the node with that "#"); any other is MODULE:CLASS, a dataclass of
this package with its fields. RF, SVM and ANN are stored as arrays: see `hybridts.models.learners.stored`.

FORMAT is raised whenever older code could not read a model; a newer format is refused. A class that moves gets an entry
in `codec.MOVED`, a new field a default, so that models of older versions are opened.
"""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hybridts.app.saved_model.codec import Decoder, Encoder, Parts
from hybridts.app.saved_model.files import FORMAT, WHAT, read_files, write_files
from hybridts.app.saved_model.own_classes import OwnClasses
from hybridts.app.saved_model.panel_table import panel_of, tables_of
from hybridts.data.holiday_columns import check_countries
from hybridts.data.panel import Panel
from hybridts.data.read import Columns
from hybridts.data.read.restored import Given
from hybridts.errors import DataError, HybridtsError, StageFailure
from hybridts.hybrids.interval_levels import NO_LEVELS, Levels, check_levels
from hybridts.hybrids.intervals import Intervals
from hybridts.hybrids.limits import Nonnegative, check_nonnegative
from hybridts.models.checks import is_whole
from hybridts.models.protocols import Fitted
from hybridts.models.settings import load_target
from hybridts.names.recipe import Recipe, settings_in
from hybridts.names.registry import Registry

ARRAYS, NETWORKS = "arrays.safetensors", "networks.safetensors"
#: Most series of a model that makes a forecast while it is opened.
TRIED_OUT = 1000
#: Packages whose versions may change the numbers of a model.
PACKAGES = ("numpy", "scipy", "scikit-learn", "xgboost", "torch")


@dataclass(frozen=True, eq=False)
class ModelState:
    """All that a fitted model is.

    Attributes:
        recipe: its stages and their settings.
        fitted: the fitted stages.
        panel: the data up to the last known row.
        roles: names of the columns of the data.
        horizon, seed: of the fit.
        notices, unseen: as in `Loaded`.
        notes: stage -> what its fit found.
        nonnegative, holidays: as in `Model.fit`.
        given: names and types of the user's columns.
        intervals, levels: as in `FittedModel`.
    """

    recipe: Recipe
    fitted: Fitted
    panel: Panel
    roles: Columns
    horizon: int
    seed: int
    notices: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    nonnegative: Nonnegative = "auto"
    holidays: tuple[str, ...] = ()
    given: Given = field(default_factory=Given)
    intervals: Intervals | None = None
    levels: Levels = NO_LEVELS


def save(state: ModelState, path: Path, registry: Registry) -> None:
    """Write a fitted model.

    Args:
        state: the model.
        path: a folder, or a file that ends in .zip.
        registry: where classes of the user are registered.

    Raises:
        UserError: it holds something that cannot be stored without pickle.
        StoreError: the path cannot be written.
    """
    from safetensors.numpy import save as packed

    encoder = Encoder(OwnClasses(registry))
    fitted = encoder.encode(state.fitted, state.recipe.name)
    tables, panel = tables_of(state.panel)
    head = {
        "what": WHAT,
        "format": FORMAT,
        "hybridts": load_target("hybridts:__version__"),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "name": state.recipe.name,
        "expression": str(state.recipe.root),
        "settings": _plain(settings_in(state.recipe)),
        "horizon": state.horizon,
        "seed": state.seed,
        "roles": asdict(state.roles),
        "panel": panel,
        "notices": list(state.notices),
        "unseen": list(state.unseen),
        "nonnegative": state.nonnegative,
        "holidays": list(state.holidays),
        "given": state.given._asdict(),
        "notes": encoder.encode(_plain(state.notes), "notes"),
        "recipe": encoder.encode(state.recipe, "recipe"),
        "fitted": fitted,
        "intervals": encoder.encode(state.intervals, "intervals"),
        **state.levels.given(),
        "needs": encoder.parts.needs,
    }
    files = {**tables, ARRAYS: packed(encoder.parts.arrays), **encoder.parts.blobs}
    if encoder.parts.weights:
        files[NETWORKS] = packed(encoder.parts.weights)
    write_files(path, head, files)


def _plain(value: Any) -> Any:
    """Return notes as JSON keeps them: tuples as lists, keys as text."""
    return json.loads(json.dumps(value, default=str))


def load(path: Path, registry: Registry) -> ModelState:
    """Read a fitted model; nothing of it is run.

    Raises:
        DataError: there is no model, or it is damaged, newer, or needs a class that is not registered.
    """
    head, files = read_files(path)
    own = OwnClasses(registry)
    _check_needs(path, head, own)
    try:
        return _state(head, files, own)
    except HybridtsError as cause:
        raise _unusable(path, head, str(cause)) from cause
    except Exception as cause:  # a file of a stranger may hold anything, and must end in a sentence
        raise _unusable(path, head, f"{type(cause).__name__}: {cause}") from cause


def _state(head: Mapping[str, Any], files: dict[str, bytes], own: OwnClasses) -> ModelState:
    from safetensors.numpy import load as unpacked

    arrays, weights = (unpacked(files[name]) if name in files else {} for name in (ARRAYS, NETWORKS))
    decoder = Decoder(Parts(arrays, weights, files, {}), own)
    recipe, fitted = decoder.decode(head["recipe"]), decoder.decode(head["fitted"])
    if (
        not isinstance(recipe, Recipe)
        or not isinstance(recipe.name, str)
        or not callable(getattr(fitted, "forecast", None))
    ):
        raise DataError("it holds no fitted stages")
    panel = panel_of(files, head["panel"])
    _try_out(fitted, panel, _whole(head["horizon"], 1))
    return ModelState(
        recipe,
        fitted,
        panel,
        _roles(head["roles"]),
        _whole(head["horizon"], 1),
        _whole(head["seed"]),
        tuple(map(str, head["notices"])),
        tuple(map(str, head["unseen"])),
        decoder.decode(head["notes"]),
        check_nonnegative(head.get("nonnegative", "auto")),
        check_countries(tuple(head.get("holidays", ()))),
        _given(head.get("given", {})),
        _intervals(decoder.decode(head.get("intervals"))),
        check_levels(head.get("levels"), head.get("quantiles")),
    )


def _whole(value: object, least: int | None = None) -> int:
    if not isinstance(value, int) or not is_whole(value, least):
        raise TypeError(f"{value!r} is no whole number in its range")
    return value


def _try_out(fitted: Fitted, panel: Panel, horizon: int) -> None:
    """Forecast once, so that stages which do not fit together or to the data are found while opening.

    Panels of many series and those with known-future columns, which need rows to come, are left out.

    Raises:
        Exception: any error of the stages, or a forecast of another shape.
    """
    if len(panel) > TRIED_OUT or panel.future.size:
        return
    with warnings.catch_warnings(), contextlib.suppress(StageFailure):
        warnings.simplefilter("ignore")
        found = np.asarray(fitted.forecast(panel, panel.ends()))
        if (
            found.shape != (len(panel), horizon)
            or found.dtype.kind != "f"
            or not isinstance(dict(fitted.failures), dict)
        ):
            raise DataError(f"its forecast has shape {found.shape}, not {len(panel)} series of {horizon} steps")


def _given(plain: Mapping[str, Any]) -> Given:
    """Return the names and types of the user's columns from JSON."""
    given = Given(**plain)
    if not all(isinstance(value, type(default)) for value, default in zip(given, Given(), strict=True)):
        raise TypeError("the columns of the user have names that are no text")
    if given.zone:
        pd.Timestamp("2000").tz_localize(given.zone)
    given.options()
    if given.id_type and np.dtype(given.id_type).kind not in "iu":
        raise TypeError(f"ids are {given.id_type}")
    return given


def _intervals(decoded: Any) -> Intervals | None:
    if decoded is not None and not isinstance(decoded, Intervals):
        raise DataError("its intervals are none")
    return decoded


def _roles(plain: Mapping[str, Any]) -> Columns:
    """Return column roles from JSON."""
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in plain.items()}
    return Columns(**values)


def _unusable(path: Path, head: Mapping[str, Any], why: str) -> DataError:
    by = f"written by hybridts {head.get('hybridts')}"
    return DataError(f"{path} is not a model that this hybridts can open ({by}): {why.rstrip('.')}. Save it again.")


def _check_needs(path: Path, head: Mapping[str, Any], own: OwnClasses) -> None:
    """Raise for a class of the user that is not registered in this process."""
    needs = head.get("needs")
    for token, facts in needs.items() if isinstance(needs, dict) else ():
        try:
            own.registered(token)
        except DataError as cause:
            facts = facts if isinstance(facts, dict) else {}
            file = f" of {facts.get('file')}" if facts.get("file") else ""
            raise DataError(
                f"{path} needs {token!r}, your class {facts.get('class')}{file}, which is not registered here (a model "
                f"never brings code along). Register it first: ht.{facts.get('by')}({token!r}, ...), or --plugins FILE."
            ) from cause
