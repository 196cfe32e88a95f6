"""How long does it take to plan 100 names x 20 windows x 10 000 series?

    python -m experiments.planning.run [--series 10000] [--windows 20] [--names 100] [--profile] [--case aligned]

Monthly series of about 120 rows, horizon 12: all ending together, and each of its own length and end. Prints seconds
(wall clock and CPU) of planning the study, and of the summary that `--plan` shows. Bar: 5 s of CPU.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import time

import numpy as np
import pandas as pd

from hybridts.data.panel import Panel
from hybridts.evaluation.rolling_origin import Schedule
from hybridts.evaluation.study import PlannedStudy, Study, names_of, plan_study
from hybridts.names.plugins import registry


def panel_of(series: int, *, aligned: bool, season: int = 12) -> Panel:
    """Build monthly series of 100 to 140 rows that end together or start together."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(100, 141, series)
    months = pd.date_range("2000-01-01", periods=int(lengths.max()), freq="MS").to_numpy().astype("datetime64[ns]")
    nanoseconds = months.astype(np.int64)
    stops = np.cumsum(lengths)
    times = [nanoseconds[len(nanoseconds) - n :] if aligned else nanoseconds[:n] for n in lengths]
    return Panel(
        values=rng.normal(100, 10, int(lengths.sum())),
        times=np.concatenate(times),
        starts=stops - lengths,
        stops=stops,
        reach=stops.copy(),
        ids=tuple(f"series-{i}" for i in range(len(lengths))),
        season=season,
        freq="MS",
    )


def drawn_of(panel: Panel, given: argparse.Namespace, align: str | None = None) -> PlannedStudy:
    """Plan the study."""
    names = names_of("seed-100")[: given.names]
    schedule = Schedule(given.horizon, given.windows, step=given.step, align=align)  # type: ignore[arg-type]
    return plan_study(Study(names, schedule), panel, registry(), lambda _: {})


def main() -> None:
    """Plan every case and print seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--windows", type=int, default=20)
    parser.add_argument("--names", type=int, default=100)
    parser.add_argument("--horizon", type=int, default=12)
    parser.add_argument("--step", type=int, default=3)
    parser.add_argument("--case", choices=("aligned", "per_series"))
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    for case in (given.case,) if given.case else ("aligned", "per_series"):
        panel = panel_of(given.series, aligned=case == "aligned")
        registry()
        profile = cProfile.Profile()
        wall, cpu = time.perf_counter(), time.process_time()
        if given.profile:
            profile.enable()
        drawn = drawn_of(panel, given, None if case == "aligned" else "per_series")
        profile.disable()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{case}: {len(drawn.plan.tasks)} stages, {wall:.2f} s, {cpu:.2f} s of CPU, peak {peak:.0f} MB", flush=True
        )
        if given.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(35)


if __name__ == "__main__":
    main()
