"""Every planted leak is caught and named; sound classes pass on every panel."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.audit import COVERAGE, FUTURE, INNER, MEMORY, ORDER, SEED, UNTOUCHED, check
from hybridts.audit.panels import audit_panels
from hybridts.audit.unseen import Unseen
from hybridts.names.plugins import register, register_forecaster, register_learner
from tests.audit import plants
from tests.fakes.command_line import hybridts

STEPS, GAP, LATER = "targets at the forecast steps", "targets inside the gap", "targets after the last forecast step"
PAST, AHEAD = "past covariates after the origin", "known-future covariates beyond gap + horizon"
UNBORN, ROWS = "rows of a series that does not exist yet", "the number of rows after the cutoff"

#: Class -> the check that fails, and what its message names.
LEAKS = {
    plants.ClassMemory: (MEMORY, "the class attribute ClassMemory.longest"),
    plants.LearnerMemory: (MEMORY, "the class attribute LearnerMemory.seen"),
    plants.LearnerMean: (MEMORY, "the class attribute LearnerMean.total"),
    plants.CachedById: (MEMORY, "the module variable CACHE"),
    plants.DefaultMemory: (MEMORY, "a default argument of DefaultMemory.fit"),
    plants.FunctionCache: (MEMORY, "the cache of level_of"),
    plants.OnDisk: (MEMORY, "planted_leak.json. It lasts beyond the process"),
    plants.RandomState: (SEED, "numpy's global random state"),
    plants.PythonRandomState: (SEED, "the global random state of Python"),
    plants.NextValue: (FUTURE, STEPS),
    plants.ThroughView: (FUTURE, STEPS),
    plants.OnlySign: (FUTURE, STEPS),
    plants.PlausibleOnly: (FUTURE, STEPS),
    plants.InsideGap: (FUTURE, GAP),
    plants.FarAhead: (FUTURE, LATER),
    plants.Interpolates: (FUTURE, "interpolation across the cutoff"),
    plants.LaterPast: (FUTURE, f"{PAST} (columns pressure)"),
    plants.LaterPastMean: (FUTURE, PAST),
    plants.FutureTooFar: (FUTURE, f"{AHEAD} (columns price, event)"),
    plants.FutureScaled: (FUTURE, AHEAD),
    plants.RaggedEnds: (FUTURE, "it reads the ends of other series"),
    plants.OthersLater: (FUTURE, "it reads the ends of other series"),
    plants.Survival: (FUTURE, ROWS),
    plants.Unborn: (FUTURE, UNBORN),
    plants.LaterOrigins: (FUTURE, "at a later origin of the same fit"),
    plants.FillsInPlace: (UNTOUCHED, "numbers of panel.values"),
    plants.StandardizesInPlace: (UNTOUCHED, "numbers of panel.past"),
}

SOUND = (plants.OwnSeed, plants.Counts, plants.Memoizes, plants.UsesEverything)


def verdicts_of(kind):
    return {v.check: v for v in check(f"{plants.__name__}:{kind.__name__}")}


@pytest.mark.parametrize("kind", LEAKS, ids=lambda kind: kind.__name__)
def test_a_planted_leak_is_caught_and_named(kind, own_registry):
    title, named = LEAKS[kind]
    verdict = verdicts_of(kind)[title]
    assert not verdict.passed
    assert named in verdict.detail


@pytest.mark.parametrize("kind", SOUND, ids=lambda kind: kind.__name__)
def test_a_sound_class_passes_on_every_panel(kind, own_registry):
    verdicts = verdicts_of(kind)
    assert not [v for v in verdicts.values() if not v.passed]
    assert verdicts[COVERAGE].detail.count(";") == 4 and "Not checked" not in verdicts[COVERAGE].detail


@pytest.mark.parametrize(
    ("kind", "panel", "reason"),
    [(plants.NoCovariates, "covariates and a gap", "reads no columns"), (plants.NoHoles, "series with holes", "fill")],
)
def test_a_refusal_is_said_and_is_no_fault(kind, panel, reason, own_registry):
    verdicts = verdicts_of(kind)
    assert not [v for v in verdicts.values() if not v.passed]
    assert f"Not checked on {panel}: " in verdicts[COVERAGE].detail
    assert reason in verdicts[COVERAGE].detail


def test_a_message_says_what_where_and_what_to_do(own_registry):
    detail = verdicts_of(plants.LaterPast)[FUTURE].detail
    for part in (
        "series 'r0c0'",
        "steps 1 to 2",
        "on the panel with covariates and a gap",
        "Read past columns only up",
    ):
        assert part in detail


def test_a_leak_under_a_correction_is_caught_in_hybrids_combos_and_ensembles(own_registry):
    register_forecaster("Interpolates", plants.Interpolates)
    register_learner("LearnerMemory", plants.LearnerMemory)
    register("Hidden", "median(Naive, Drift, Interpolates)-RF")
    for name, title in (("Hidden", FUTURE), ("Interpolates-RF", FUTURE), ("Naive-LearnerMemory + Drift", MEMORY)):
        assert title in {v.check for v in check(name) if not v.passed}, name


def test_folds_that_see_a_later_past_column_are_caught(own_registry):
    register_forecaster("LaterPast", plants.LaterPast)
    failed = {v.check: v.detail for v in check("LaterPast-RF") if not v.passed}
    assert "covariates and a gap" in failed[INNER]


def test_a_plugin_file_is_checked_in_processes_of_its_own(tmp_path):
    (tmp_path / "mine.py").write_text(
        "SEEN = []\n"
        "class Grows:\n"
        "    def fit(self, y):\n        SEEN.append(len(y))\n        self.last = max(SEEN)\n"
        "    def predict(self, h): return [self.last] * h\n"
        "class Ends(Grows):\n"
        "    def fit(self, y):\n        import os\n        os._exit(3)\n"
    )
    grows, ends = (hybridts("check", f"mine.py:{name}", cwd=tmp_path) for name in ("Grows", "Ends"))
    assert (grows.returncode, ends.returncode) == (1, 1)
    assert "FAIL  a fit remembers no other fit" in grows.stdout and "the module variable SEEN" in grows.stdout
    assert "FAIL  it forecasts  the process that ran it ended with exit code 3" in ends.stdout


def test_what_is_replaced_is_what_must_not_be_seen_and_nothing_else():
    for scene in audit_panels(96):
        unseen = Unseen(scene, scene.early)
        gap, ahead = scene.spec.gap, scene.spec.reach
        before = scene.panel
        for changed in (unseen.replaced("up").panel, unseen.replaced("down").panel):
            for i in range(len(before)):
                start, stop, last = before.starts[i], before.stops[i], int(scene.early[i])
                seen, known = max(last + 1, 0), max(last + 1 + ahead, 0) if last >= 0 else 0
                assert np.array_equal(
                    before.values[start : start + seen], changed.values[start : start + seen], equal_nan=True
                )
                assert (before.values[start + seen : stop] != changed.values[start + seen : stop]).all()
                if before.future.size:
                    assert np.array_equal(before.future[start : start + known], changed.future[start : start + known])
                    assert (before.future[start + known : stop] != changed.future[start + known : stop]).all()
                    assert (before.past[start + seen : stop] != changed.past[start + seen : stop]).all()
        assert ("gap" in unseen.kinds()) == (gap > 0)
        assert ("unborn" in unseen.kinds()) == bool((scene.early < 0).any())


def test_a_forecaster_that_counts_its_calls_fails_the_order_of_windows_too(own_registry):
    assert not verdicts_of(plants.DefaultMemory)[ORDER].passed
