"""What share of the stage-seconds remains when names share their stages?

    python -m experiments.sharing.run RUN [--alone NAME,NAME,...]

From a finished run directory: seconds of the stages it executed, over the sum, name by name, of the seconds of the
stages each needs; baselines left out. Printed over all and by family of names, beside the share that counting stages
alone gives.

With --alone, some names are run again one by one, in a fresh directory each, and the seconds of their stages are printed
beside those that the shared run lists for it. Bar: at most 0.30 over all.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.planning.fit import drawn_of
from hybridts.engine.run_plan import execute
from hybridts.engine.stage_store import StageStore
from hybridts.evaluation.run import Run, load_run
from hybridts.evaluation.study import PlannedStudy, Study, plan_study
from hybridts.names.plugins import registry


def main() -> None:
    """Print the table, and the check if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--alone", default="")
    given = parser.parse_args()
    run = load_run(given.run)
    print(table(run).to_string(index=False, float_format="%.3f"))
    if given.alone:
        print()
        print(alone(run, given.run, given.alone.split(",")).to_string(index=False, float_format="%.2f"))


def table(run: Run) -> pd.DataFrame:
    """Return one line over all names of the study and one a family, each with the two shares."""
    seconds = run.stages.set_index("key")["seconds"].to_dict()
    names = [m for m in run.manifest["models"] if m["shown"] and not m["baseline"] and m["status"] != "not_applicable"]
    groups = {"all": names, "without ensembles": [m for m in names if m["family"] != "ensemble"]}
    for family in dict.fromkeys(m["family"] for m in names):
        groups[family] = [m for m in names if m["family"] == family]
    return pd.DataFrame([line(title, some, seconds) for title, some in groups.items() if some])


def line(title: str, names: list[dict[str, Any]], seconds: dict[str, float]) -> dict[str, Any]:
    """Count stage-seconds once, and name by name."""
    once = {key for m in names for key in m["needs"] if key in seconds}
    alone = [key for m in names for key in m["needs"] if key in seconds]
    shared, apart = sum(seconds[k] for k in once), sum(seconds[k] for k in alone)
    return {
        "names": title,
        "count": len(names),
        "seconds": shared,
        "seconds alone": apart,
        "share": shared / apart if apart else 1.0,
        "stages": len(once),
        "stages alone": len(alone),
        "share of stages": len(once) / len(alone) if alone else 1.0,
    }


def alone(run: Run, path: Path, names: list[str]) -> pd.DataFrame:
    """Run each name alone; return its stages and seconds beside those that the shared run lists for it."""
    seconds = run.stages.set_index("key")["seconds"].to_dict()
    needs = {m["name"]: m["needs"] for m in run.manifest["models"]}
    shared = drawn_of(path)
    rows = []
    for name in names:
        own = run_alone(shared, name)
        mine = needs[name]
        facts = {"name": name, "stages": len(own), "needed": len(mine), "seconds": sum(own)}
        rows.append({**facts, "seconds in the shared run": sum(seconds[key] for key in mine)})
    whole = pd.DataFrame(rows)
    total = {"name": "all", **whole.drop(columns="name").sum().to_dict()}
    return pd.concat([whole, pd.DataFrame([total])], ignore_index=True)


def run_alone(shared: PlannedStudy, name: str) -> list[float]:
    """Return the seconds of the stages of a run of one name on the same data and windows."""
    study = Study((name,), shared.study.schedule, shared.study.settings, "none", seed=shared.study.seed)
    drawn = plan_study(study, shared.panel, registry(), shared.described)
    with tempfile.TemporaryDirectory() as folder:
        records = execute(drawn.plan, drawn.panel, StageStore(Path(folder)), 1).records
    return [float(record["seconds"]) for record in records.values()]


if __name__ == "__main__":
    main()
