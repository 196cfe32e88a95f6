"""Several runs on equal data and windows as one, so that names which ran apart stand on one board."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hybridts import text as words
from hybridts.errors import UserError
from hybridts.evaluation.run import Run

#: Key of the manifest -> what it is, of all that must be equal.
_EQUAL = {
    "horizon": "horizon",
    "gap": "gap",
    "step": "rows between cutoffs",
    "freq": "frequency",
    "season": "season",
    "metric_season": "season of MASE",
    "align": "alignment",
}
#: What may differ, and is then said.
_SAID = {"seed": "seed", "scheme": "scheme", "refit": "refit", "versions": "versions of packages"}
_ANSWER = ["window", "unique_id", "step"]


def merged(runs: Sequence[Run]) -> Run:
    """Return one run with the names of all; nothing is written.

    A name that several runs have with equal forecasts is kept once; with different ones (another seed, other
    settings) the later ones get the name of their run in brackets. The tables are those of the runs, one below the
    other; the path is the names of the runs joined by " + ".

    Raises:
        UserError: the runs differ in data or windows; the message says in what.
    """
    first, *others = runs
    if not others:
        return first
    for other in others:
        _check_equal(first, other)
    renamed = [first]
    labels = [first.path.name]
    for other in others:
        labels.append(_free(other.path.name, labels))
        renamed.append(_renamed(other, _new_names(renamed, other, labels[-1])))
    return _joined(renamed, labels)


def _check_equal(first: Run, other: Run) -> None:
    """Refuse a run on other data or other windows."""
    a, b = first.manifest, other.manifest
    data, theirs = a.get("data") or {}, b.get("data") or {}
    if data.get("fingerprint") != theirs.get("fingerprint"):
        raise UserError(
            f"{_both(first, other)} are on different data: {_size(data)}, and {_size(theirs)} (their hashes differ). "
            "Only runs on equal data and windows can be merged."
        )
    for key, what in _EQUAL.items():
        if a.get(key) != b.get(key):
            raise UserError(
                f"{_both(first, other)} differ in {what}: {a.get(key)} and {b.get(key)}. Run one of them again with "
                "the setting of the other; finished stages are kept."
            )
    if [_key(w) for w in a["windows"]] != [_key(w) for w in b["windows"]] or not _same_cells(first, other):
        raise UserError(
            f"{_both(first, other)} have different windows: {_span(a)}, and {_span(b)}. Run one of them again with the "
            "windows of the other; finished stages are kept."
        )


def _both(first: Run, other: Run) -> str:
    return f"{words.visible(str(first.path))} and {words.visible(str(other.path))}"


def _size(data: Mapping[str, Any]) -> str:
    return f"{data.get('series')} series of {data.get('rows')} rows in all"


def _key(window: Mapping[str, Any]) -> tuple[str, int]:
    return str(window["cutoff"]), int(window["series"])


def _span(manifest: Mapping[str, Any]) -> str:
    windows = manifest["windows"]
    ends = words.cutoff_ends(str(windows[0]["cutoff"]), str(windows[-1]["cutoff"])) if windows else ["", ""]
    return f"{words.plural(len(windows), 'window')} from {ends[0]} to {ends[-1]}"


def _same_cells(first: Run, other: Run) -> bool:
    keys = ["window", "unique_id"]
    columns = [*keys, "cutoff", "length"]
    a, b = (
        run.cells[columns].astype({"unique_id": str}).sort_values(keys, ignore_index=True) for run in (first, other)
    )
    return len(a) == len(b) and bool((a == b).all(axis=None))


# -- names --------------------------------------------------------------------------------------------------------
def _free(label: str, taken: Sequence[str]) -> str:
    """Return a label that no run before has."""
    if label not in taken:
        return label
    return next(text for k in range(2, len(taken) + 3) if (text := f"{label} {k}") not in taken)


def _new_names(before: Sequence[Run], other: Run, label: str) -> dict[str, str]:
    """Return the names that must change, with their new ones."""
    answers = {name: run for run in before for name in _names(run)}
    changed = {}
    for name in _names(other):
        if name in answers and not _same_forecasts(answers[name], other, name):
            changed[name] = _free(f"{name} ({label})", [*answers])
    return changed


def _names(run: Run) -> list[str]:
    return [str(entry["name"]) for entry in run.manifest["models"]]


def _same_forecasts(first: Run, other: Run, name: str) -> bool:
    a, b = (_answers(run, name) for run in (first, other))
    return len(a) == len(b) and bool(a.index.equals(b.index)) and np.array_equal(a, b, equal_nan=True)


def _answers(run: Run, name: str) -> pd.Series:
    rows = run.forecasts[run.forecasts["model"] == name].astype({"unique_id": str})
    answers: pd.Series = rows.set_index(_ANSWER)["yhat"].sort_index()
    return answers


def _renamed(run: Run, names: Mapping[str, str]) -> Run:
    """Return a run with other names for some models, wherever they stand."""
    if not names:
        return run

    def new(name: object) -> str:
        return names.get(str(name), str(name))

    models = [
        {**entry, "name": new(entry["name"]), "parts": [new(part) for part in entry.get("parts", ())]}
        for entry in run.manifest["models"]
    ]
    users = [json.dumps([new(n) for n in json.loads(text)]) if text else text for text in run.stages["names"]]
    return replace(
        run,
        manifest={**run.manifest, "models": models},
        forecasts=run.forecasts.assign(model=[new(name) for name in run.forecasts["model"]]),
        failures=run.failures.assign(model=[new(name) for name in run.failures["model"]]),
        stages=run.stages.assign(names=users),
    )


# -- tables -------------------------------------------------------------------------------------------------------
def _joined(runs: Sequence[Run], labels: Sequence[str]) -> Run:
    """Return all names of the runs in one; the first run that has a name gives it."""
    models: dict[str, dict[str, Any]] = {}
    forecasts, failures = [], []
    for run in runs:
        new = [entry for entry in run.manifest["models"] if entry["name"] not in models]
        for entry in run.manifest["models"]:
            before = models.setdefault(str(entry["name"]), dict(entry))
            before["shown"] = bool(before.get("shown", True) or entry.get("shown", True))
        fresh = {str(entry["name"]) for entry in new}
        forecasts.append(_of(run.forecasts, fresh))
        failures.append(_of(run.failures, fresh))
    return Run(
        Path(" + ".join(labels)),
        _manifest(runs, labels, [*models.values()]),
        pd.concat(forecasts, ignore_index=True),
        runs[0].cells,
        pd.concat(failures, ignore_index=True),
        _stages(runs),
    )


def _of(table: pd.DataFrame, names: set[str]) -> pd.DataFrame:
    kept = table[table["model"].isin(names)]
    return kept.astype({"model": object, "unique_id": object})


def _stages(runs: Sequence[Run]) -> pd.DataFrame:
    """Return every stage once, with the names of all runs that use it."""
    table = pd.concat([run.stages for run in runs], ignore_index=True)
    users: dict[str, dict[str, None]] = {}
    for key, text in zip(table["key"], table["names"], strict=True):
        users.setdefault(key, {}).update(dict.fromkeys(json.loads(text) if text else ()))
    table = table.drop_duplicates("key", ignore_index=True)
    return table.assign(names=[json.dumps([*users[key]]) for key in table["key"]])


def _manifest(runs: Sequence[Run], labels: Sequence[str], models: list[dict[str, Any]]) -> dict[str, Any]:
    manifests = [run.manifest for run in runs]
    first = manifests[0]
    notices = [f"This board joins the runs {', '.join(words.visible(label) for label in labels)}."]
    for key, what in _SAID.items():
        found = [manifest.get(key) for manifest in manifests]
        if any(value != found[0] for value in found):
            each = "" if key == "versions" else ": " + ", ".join(str(value) for value in found)
            notices.append(f"The runs differ in {what}{each}.")
    metrics = [metric for manifest in manifests for metric in manifest.get("metrics") or ()]
    return {
        **first,
        "models": models,
        "metrics": [*dict.fromkeys(metrics)],
        "notices": [*dict.fromkeys([*notices, *(n for m in manifests for n in m.get("notices", ()))])],
        "wall_seconds": sum(float(m.get("wall_seconds") or 0.0) for m in manifests),
    }
