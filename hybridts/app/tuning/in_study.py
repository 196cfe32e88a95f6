"""The names that a study tunes before its backtest; each tuned name stands beside its default on the board."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridts.app.tuning.tuned import ENDING, Given, Tuned, check_tunable, tuned_name
from hybridts.engine.stage_store import StageStore
from hybridts.errors import BadSetting, UserError, did_you_mean
from hybridts.files import path_of
from hybridts.names.plugins import registry
from hybridts.names.recipe import CHAIN, NETWORK, Recipe, settings_in

if TYPE_CHECKING:
    from hybridts.engine.resources import Workers
    from hybridts.evaluation.study import PlannedStudy, Study
    from hybridts.files import AnyPath

_KEYS = ("models", "trials", "inner", "space")


def with_tuned(
    study: Study,
    planned: PlannedStudy,
    wanted: bool | int | Mapping[str, Any],
    workers: Workers,
    places: tuple[AnyPath | None, str | Path | None],
) -> tuple[Study, list[str]]:
    """Tune names of a study; return it with the tuned ones, and a sentence on each search.

    Args:
        study, planned: what is asked for.
        wanted: True, a number of trials, or some of `_KEYS`.
        workers: worker processes.
        places: run directory and shared store; None where not given.

    Raises:
        UserError: an option is wrong, or Optuna is not installed.
    """
    options = _checked(wanted)
    asked = [recipe for recipe in planned.recipes if recipe.name in planned.asked]
    names = [recipe.name for recipe in asked]
    chosen = list(options.get("models") or ())
    check_tunable(names, chosen)
    folded = {name.casefold() for name in chosen}
    recipes = [r for r in asked if not r.name.endswith(ENDING) and (not folded or r.name.casefold() in folded)]
    space = options.get("space")
    _refuse_unused(space, recipes)
    with ExitStack() as stack:
        run, store = places
        if isinstance(run, Path):
            folder = run / "tuning"
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hybridts-")))
        layers = [path_of(store)] if store is not None else []
        stages = StageStore(run if isinstance(run, Path) else folder, layers)
        given = Given(
            planned.panel,
            study.schedule,
            study.schedule.horizon,
            int(options.get("inner", 3)),
            study.seed,
            workers,
            study.nonnegative,
            stages,
        )
        found = [_one(r, given, space, options, folder, explicit=bool(folded)) for r in recipes]
    return _joined(study, [each for each in found if isinstance(each, Tuned)]), [str(each) for each in found]


def _checked(wanted: bool | int | Mapping[str, Any]) -> Mapping[str, Any]:
    if wanted is True:
        return {}
    if isinstance(wanted, int):
        return {"trials": wanted}
    if not isinstance(wanted, Mapping):
        forms = f"true, a number of trials, or a mapping with {', '.join(_KEYS)}"
        raise BadSetting(f"tune must be {forms}, found {wanted!r}.", "tune", wanted)
    for key in wanted:
        if key not in _KEYS:
            near = did_you_mean(str(key), _KEYS)
            raise BadSetting(f"tune: unknown key {key!r}.{near} Known: {', '.join(_KEYS)}.", "tune")
    return wanted


def _parts(recipe: Recipe) -> set[str]:
    parts = {token.name.casefold() for stage in recipe.stages() for token in stage.tokens()} | {CHAIN.casefold()}
    return parts | ({NETWORK.casefold()} if any(stage.kind == "neural" for stage in recipe.stages()) else set())


def _canonical(key: str) -> str:
    component = registry().component(key)
    return (component.name if component is not None else key).casefold()


def _refuse_unused(space: Any, recipes: Sequence[Recipe]) -> None:
    """Refuse ranges for a part that no tuned name has."""
    every = set().union(*(_parts(recipe) for recipe in recipes))
    for key in space if isinstance(space, Mapping) else ():
        if _canonical(str(key)) not in every:
            names = ", ".join(recipe.name for recipe in recipes[:6])
            raise BadSetting(f"tune: space has {key!r}, and no tuned name has that part ({names}).", "space", key)


def _one(
    recipe: Recipe, given: Given, space: Any, options: Mapping[str, Any], folder: Path, *, explicit: bool
) -> Tuned | str:
    """Return what a search found; a sentence for a name that has nothing to tune, unless it was asked for."""
    own = space
    if isinstance(space, Mapping):
        own = {key: ranges for key, ranges in space.items() if _canonical(str(key)) in _parts(recipe)}
        if not own:
            return f"{recipe.name} is not tuned: space has none of its parts."
    try:
        return tuned_name(recipe.name, given, own, options.get("trials", 30), settings_in(recipe), folder)
    except BadSetting:
        raise
    except UserError as cause:
        if explicit or "no settings with ranges" not in str(cause):
            raise
        return f"{recipe.name} is not tuned: it has no settings with ranges to try."


def _joined(study: Study, found: Sequence[Tuned]) -> Study:
    """Return the study with the tuned names beside their defaults."""
    models = list(study.models)
    facts = {}
    for each in found:
        name = each.register()
        if name.casefold() not in {model.casefold() for model in models}:
            models.append(name)
        facts[name] = {
            "of": each.name,
            "seconds": each.seconds,
            "trials": len(each.trials),
            "cutoffs": list(each.cutoffs),
            "default_loss": each.default_loss,
            "loss": each.loss,
        }
    return replace(study, models=tuple(models), tuned=facts)
