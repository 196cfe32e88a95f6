"""A run directory that holds a run already: names are added to equal data and windows; anything else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hybridts.app.study_file import study_config
from hybridts.app.yaml_file import yaml_of
from hybridts.errors import UserError, WrongPlace
from hybridts.evaluation.manifest import manifest_of
from hybridts.evaluation.run import existing_manifest
from hybridts.evaluation.run_format import CONFIG
from hybridts.evaluation.study import PlannedStudy, Study
from hybridts.files import checksum, content_of, reason
from hybridts.hybrids.interval_levels import NO_LEVELS, Levels, check_levels
from hybridts.names.grammar import split_names
from hybridts.names.plugins import register_all

if TYPE_CHECKING:
    from hybridts.files import AnyPath

#: Facts of a manifest that two boards must share to be one, and their names in messages.
SHARED = {
    "horizon": "horizon",
    "gap": "gap",
    "step": "step",
    "scheme": "scheme",
    "refit": "refit",
    "align": "align",
    "freq": "freq",
    "season": "season",
    "seed": "seed",
}
_BASELINES = ("none", "cheap", "full")


def with_names_of(study: Study, run: AnyPath) -> Study:
    """Return the study with the names, settings, baselines and metrics of the run that a directory holds.

    Args:
        study: what is asked for now.
        run: the directory; the study is returned as it is where it holds no finished run.

    Raises:
        WrongPlace: the run has other settings for the same part.
        StoreError: a newer version wrote it.
    """
    held = _study_in(run)
    if held is None:
        return study
    _register(held, run)
    models = list(study.models)
    known = {name.strip().casefold() for name in models}
    models = [*(n for n in _listed(held["models"]) if n.strip().casefold() not in known), *models]
    held_settings = held.get("settings") or {}
    _refuse_other_settings(run, held_settings, study)
    baselines = max((study.baselines, str(held.get("baselines", "none"))), key=_rank)
    metrics = tuple(dict.fromkeys([*map(str, held.get("metrics") or ()), *study.metrics]))
    settings = {**held_settings, **study.settings}
    levels = study.levels if study.levels.probabilities else _levels_of(held)
    return replace(study, models=tuple(models), settings=settings, baselines=baselines, metrics=metrics, levels=levels)


def _levels_of(held: Mapping[str, Any]) -> Levels:
    """Return the intervals of a run, which names that are added have too."""
    try:
        return check_levels(held.get("levels"), held.get("quantiles"))
    except UserError:  # written by hand
        return NO_LEVELS


def _listed(models: list[str] | str) -> list[str]:
    return split_names(models) if isinstance(models, str) else models


def _rank(baselines: str) -> int:
    return _BASELINES.index(baselines) if baselines in _BASELINES else len(_BASELINES)  # a wrong one is refused later


def _study_in(run: AnyPath) -> Mapping[str, Any] | None:
    """Return the study of a finished run; None where there is none.

    Raises:
        WrongPlace: the study was changed or is damaged.
    """
    manifest = existing_manifest(run)
    if not manifest or not (run / CONFIG).exists():
        return None
    try:
        data = content_of(run / CONFIG)
        wanted = (manifest.get("files") or {}).get(CONFIG)
        if wanted is not None and checksum(data).hexdigest() != wanted["blake2b"]:
            raise ValueError("its checksum differs")
        held = yaml_of(data, str(run / CONFIG))
        whole = {**(held if isinstance(held, dict) else {}), "data": {"source": "-"}}  # data in memory have no source
        study = study_config(whole, CONFIG)
    except (OSError, ValueError, UserError) as cause:
        why = reason(cause) if isinstance(cause, OSError) else str(cause).rstrip(".")
        raise WrongPlace(
            f"{run / CONFIG} is damaged or was changed ({why}), so the names of the board in {run} are not known. Give "
            "another --out (out=), or --only (only=True) for a board of the names given now."
        ) from cause
    return study.model_dump()


def _register(held: Mapping[str, Any], run: AnyPath) -> None:
    """Register the combos of a run that this process does not know.

    Raises:
        WrongPlace: one means something else here.
    """
    combos = held.get("combos")
    if not combos:
        return
    read = study_config({"data": {"source": "-"}, "models": ["Naive"], "horizon": 1, "combos": combos}, str(run))
    try:
        register_all(read.combos)
    except UserError as cause:
        raise WrongPlace(f"{run} holds a combo of another meaning: {cause} Give another --out (out=).") from cause


def _refuse_other_settings(run: AnyPath, held: Mapping[str, Any], study: Study) -> None:
    now = study.settings
    for token in held:
        if token in now and dict(held[token]) != dict(now[token]):
            raise WrongPlace(
                f"{run} holds a run with other settings of {token}: {dict(held[token])} there, {dict(now[token])} now. "
                "Give another --out (out=), or register the new ones as a combo, which stands beside the old name."
            )


def refuse_other_run(planned: PlannedStudy, run: AnyPath) -> None:
    """Refuse a directory whose run has other data or windows.

    Raises:
        WrongPlace: naming what differs.
        StoreError: a newer version wrote it.
    """
    held = existing_manifest(run)
    if not held:
        return
    now = manifest_of(planned, ())
    differs = [f"{SHARED[k]} {held.get(k)} there, {now[k]} now" for k in SHARED if k in held and held[k] != now[k]]
    differs += _other_data(held.get("data") or {}, now["data"])
    if not differs:
        differs = _other_windows(held.get("windows") or [], now["windows"])
    if differs:
        raise WrongPlace(
            f"{run} holds another run ({'; '.join(differs)}), which is kept. Give another --out (out=), or the same "
            f"data and windows to add names to it. Its finished stages are used with --store (store=) {run / 'stages'}."
        )


def _other_data(held: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    if held.get("fingerprint") == now["fingerprint"]:
        return []
    sizes = [f"{data.get('series')} series of {data.get('rows')} rows in all" for data in (held, now)]
    if sizes[0] == sizes[1]:
        return [f"other values in the {sizes[0].replace(' series of', ' series with')}"]
    return [f"data of {sizes[0]} there, of {sizes[1]} now"]


def _other_windows(held: Any, now: Any) -> list[str]:
    cutoffs = [[window.get("cutoff") for window in each] for each in (held, now)]
    if cutoffs[0] == cutoffs[1]:
        return []
    if len(cutoffs[0]) != len(cutoffs[1]):
        return [f"{len(cutoffs[0])} windows there, {len(cutoffs[1])} now"]
    return [f"windows from {cutoffs[0][0]} there, from {cutoffs[1][0]} now"]
