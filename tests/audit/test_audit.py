"""The audit passes sound models, and one planted fault fails exactly the check that is about it."""

from __future__ import annotations

import numpy as np
import pytest

from hybridts.audit import ALONE, FUTURE, INNER, OPEN_FUTURE, OPEN_SEED, ORDER, SEED, check, tiny_recipe
from hybridts.errors import UserError
from hybridts.names.plugins import register, register_forecaster, register_learner, registry
from tests.fakes.command_line import hybridts


class Protocol:
    """A forecaster by the protocol that repeats the last value; subclasses plant faults."""

    def fit(self, panel, horizon, gap, seed):
        self.horizon = horizon
        return self

    def forecast(self, panel, origins):
        return self.repeated(panel.values[panel.rows(origins, 0)])

    def repeated(self, values):
        return np.repeat(np.asarray(values, dtype=float)[:, None], self.horizon, axis=1)


class Peeks(Protocol):
    def forecast(self, panel, origins):
        return self.repeated(panel.values[np.minimum(panel.rows(origins, 1), len(panel.values) - 1)])


class Counts(Protocol):
    """Forecasts depend on the place of an origin in the list."""

    def forecast(self, panel, origins):
        return self.repeated(np.arange(len(origins)))


class Crowd(Protocol):
    """Forecasts depend on the number of origins, not on their order."""

    def forecast(self, panel, origins):
        return self.repeated(np.full(len(origins), len(origins)))


class Tires(Protocol):
    """Raises when asked for many windows at once."""

    def forecast(self, panel, origins):
        if len(origins) > 5:
            raise MemoryError("too many")
        return super().forecast(panel, origins)


class Plain:
    """A plain forecaster that repeats the last value."""

    def fit(self, y):
        self.last = y[-1]

    def predict(self, h):
        return [self.last] * h


class Dice(Plain):
    def predict(self, h):
        return self.last + np.random.default_rng().normal(size=h)


class NoConstant(Plain):
    def fit(self, y):
        if np.ptp(y[-12:]) == 0:
            raise ZeroDivisionError("no spread")
        super().fit(y)


class NoShort(Plain):
    def fit(self, y):
        self.last = y[-24]


class TooLong(Plain):
    def predict(self, h):
        return [self.last] * (h + 1)


class Holes(Plain):
    def predict(self, h):
        return [float("nan")] * h


class WrongFit:
    def fit(self):
        pass

    def predict(self, h):
        return [0.0] * h


class Needs(Plain):
    def __init__(self, size):
        pass


class Mean:
    """A regressor that predicts the mean; its arguments have other names."""

    def fit(self, table, answer):
        self.mean = float(np.mean(answer))

    def predict(self, table):
        return np.full(len(table), self.mean)


def failed(target):
    """Return check -> detail of every failed verdict."""
    return {v.check: v.detail for v in check(target) if not v.passed}


def test_sound_classes_pass_every_check(own_registry):
    for kind in (Protocol, Plain, Mean):
        verdicts = check(f"{__name__}:{kind.__name__}")
        assert not [v for v in verdicts if not v.passed]
        assert {SEED, FUTURE, INNER, ORDER, ALONE, "a constant series", "a short series"} <= {v.check for v in verdicts}


CAUGHT = {
    Peeks: FUTURE,
    Dice: SEED,
    Counts: ORDER,
    Crowd: ALONE,
    NoConstant: "a constant series",
    NoShort: "a short series",
    TooLong: "it forecasts",
    Holes: "it forecasts",
    WrongFit: "the contract of its class",
    Needs: "the contract of its class",
}


@pytest.mark.parametrize("kind", CAUGHT)
def test_a_planted_fault_is_caught_by_its_verdict(kind, own_registry):
    assert CAUGHT[kind] in failed(f"{__name__}:{kind.__name__}")


def test_a_fault_that_shows_in_one_check_alone_fails_no_other(own_registry):
    for kind in (Peeks, Crowd, NoConstant, NoShort):
        assert list(failed(f"{__name__}:{kind.__name__}")) == [CAUGHT[kind]]


def test_a_failure_names_the_series_it_happened_on(own_registry):
    (detail,) = failed(f"{__name__}:NoShort").values()
    assert "NoShort raised IndexError on series 'r0c1', 14 values" in detail
    (detail,) = failed(f"{__name__}:TooLong").values()
    assert "answered 5 values, expected 4" in detail


def test_a_random_forecaster_is_not_blamed_for_reading_the_future(own_registry):
    found = failed(f"{__name__}:Dice")
    assert "largest difference" in found.pop(SEED)
    assert FUTURE in found and set(found.values()) == {"unknown, because two runs with one seed differ"}


def test_what_a_plugin_raises_in_a_check_is_its_verdict(own_registry):
    assert failed(f"{__name__}:Tires") == dict.fromkeys([ORDER, ALONE], "it raised MemoryError: too many")


def test_a_wrong_class_says_how_it_should_be(own_registry):
    (detail,) = failed(f"{__name__}:WrongFit").values()
    assert "WrongFit.fit()" in detail and "fit(y) and predict(h)" in detail
    (detail,) = failed(f"{__name__}:Needs").values()
    assert "'size'" in detail and "a default" in detail


def test_a_class_is_checked_under_the_name_it_was_registered_with(own_registry):
    register_forecaster("Another", NoShort)
    assert "a short series" in failed(f"{__name__}:NoShort")
    assert own_registry.component("NoShort") is None


def test_a_class_with_the_name_of_a_component_is_not_taken_for_it(own_registry, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "class SVM:\n    def fit(self, y): raise OSError('mine')\n    def predict(self, h): return [0] * h\n"
    )
    assert "OSError" in failed(f"{file}:SVM")["it forecasts"]


def test_names_combos_and_expressions_are_checked_with_a_plugin_loaded(own_registry, tmp_path):
    register_learner("Average", Mean)
    register("Mine", "Naive-Average")
    for target in ("Mine", "Naive-Average", f"{__name__}:Mine", "median(Naive, Drift)"):
        assert not failed(target)


def test_a_combo_is_checked_with_its_own_settings_on_series_long_enough_for_them(own_registry):
    register("Long", "MLP-RF", {"Network": {"window": 100, "steps": 3}, "RF": {"leaf": 2}})
    network, forest = tiny_recipe("Long", registry()).stages()
    assert network.network == {"window": 100, "steps": 3, "batch": 16}
    assert forest.tokens()[0].settings == {"leaf": 2, "trees": 5}
    assert not failed("Long")


def test_a_file_alone_is_no_target(own_registry, tmp_path):
    (tmp_path / "mine.py").write_text("x = 1\n")
    with pytest.raises(UserError, match=r"does not say what to check. Write .*mine.py:NAME"):
        check(str(tmp_path / "mine.py"))


def test_the_exit_code_shows_the_verdict(tmp_path):
    head = "class {0}:\n    def fit(self, y): self.last = y[-{1}]\n    def predict(self, h): return [self.last] * h\n"
    (tmp_path / "mine.py").write_text(head.format("Good", 1) + head.format("Bad", 24))
    good, bad, none = (hybridts("check", f"mine.py:{name}", cwd=tmp_path) for name in ("Good", "Bad", "None_"))
    assert (good.returncode, bad.returncode, none.returncode) == (0, 1, 2)
    assert "FAIL" not in good.stdout
    assert [line[:20] for line in bad.stdout.splitlines() if line.startswith("FAIL")] == ["FAIL  a short series"]
    assert none.stderr.startswith("error: mine.py has no class or name 'None_'")


class Unseeded:
    """A regressor whose predictions are random numbers without a seed."""

    def fit(self, X, y):
        self.spread = float(np.std(y))

    def predict(self, X):
        return np.random.default_rng().normal(0, 1, len(X)) * self.spread


def test_a_closed_gate_does_not_hide_a_random_correction(own_registry):
    """With two blocks of evidence the gate is closed and the hybrid repeats itself, but its correction does not."""
    register_learner("Unseeded", Unseeded)
    verdicts = {v.check: v for v in check("MLP-Unseeded")}
    assert verdicts[SEED].passed and not verdicts[OPEN_SEED].passed
    assert "unknown, because" in verdicts[OPEN_FUTURE].detail
    assert all(v.passed for v in check("Theta-RF")) and OPEN_SEED not in {v.check for v in check("Theta")}
