"""Keys: a hash of everything a stage's answer depends on.

Settings and structure, code version, the keys it stands on, the fingerprint of the data it is fitted on and of what
it is shown when it answers (later origins read later values), horizon, gap, seed. Equal keys are equal answers, in
this run and in any other that shares the store.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hybridts.data.panel import Origins, Panel
from hybridts.engine.fingerprints import Fingerprints
from hybridts.engine.graph import TrainingSlice
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.models.protocols import PerSeries, Reusing, Warm
from hybridts.names import build
from hybridts.names.code_fingerprint import of_file, of_modules
from hybridts.names.recipe import Stage
from hybridts.names.registry import Registry

#: What decides numbers beside the stages' own code: how tasks are done, what corrections and weights are learned from.
_TASKS = ("hybridts.engine.tasks", "hybridts.engine.base_fit", "hybridts.engine.series_shards")
_CORRECTING = ("hybridts.hybrids.correction", "hybridts.hybrids.multiplicative")
_COMBINING = ("hybridts.hybrids.ensemble",)
_UNVERSIONED = "unversioned-"


@dataclass(frozen=True, eq=False)
class StageInfo:
    """What keys and wiring ask of a stage again and again, found once.

    Attributes:
        identity: its structure and settings.
        version: of its code; starts with a marker that no other run shares where nobody knows.
        window: rows that its network was told to read; 0 where nobody told.
        reuses: its later folds take over decisions of the first.
        warms: it can start from weights.
        own: each series has a model of its own, so that its errors are its own too.
    """

    identity: str
    version: str
    window: int
    reuses: bool
    warms: bool
    own: bool


class Keys:
    """Hashes for the stages of one panel and frame."""

    def __init__(self, panel: Panel, registry: Registry, frame: ForecastSpec) -> None:
        self.panel = panel
        self.registry = registry
        self.frame = frame
        self._stages: dict[Stage, StageInfo] = {}
        self._fingerprints = Fingerprints(panel)
        self._trained: dict[
            TrainingSlice, str
        ] = {}  # one object, one cut: looking at all its positions is the slow part
        self._shown: dict[tuple[TrainingSlice, str], str] = {}
        self._nonce = hashlib.blake2b(str(id(self)).encode(), digest_size=4).hexdigest()

    def facts(self, stage: Stage) -> StageInfo:
        """Of a stage; refuses its wrong settings."""
        if stage not in self._stages:
            # First, because it reads weights that the stage starts from, and its complaints name the stage. Without a
            # version the stage is never reused by another run.
            version = build.algorithm(stage, self.registry) or f"{_UNVERSIONED}{self._nonce}"
            model = build.forecaster(stage, self.registry)
            each = stage.kind == "statistical" and isinstance(model, PerSeries) and model.per_series
            self._stages[stage] = StageInfo(
                identity=stage.identity(),
                version=version,
                window=stage.network.get("window") or 0,
                reuses=isinstance(model, Reusing),
                warms=isinstance(model, Warm),
                own=stage.kind == "baseline" or each,
            )
        return self._stages[stage]

    def of_fit(self, stage: Stage, cut: TrainingSlice, *more: object) -> str:
        """The key of a base on a cut; `more` is what it takes over from other fits."""
        known = self.facts(stage)
        return digest("fit", known.identity, known.version, self._fingerprint(cut), self._frame_text(), *more)

    def of_correction(self, stage: Stage, source: str, cut: TrainingSlice, *more: object) -> str:
        """The key of a correction of a source on a cut, by these rules."""
        known, data = self.facts(stage), self._fingerprint(cut)
        code = f"{known.version},{of_modules(_CORRECTING)}"
        return digest("correct", known.identity, code, source, data, self._frame_text(), *more)

    def of_ensemble(self, how: str, settings: str, members: str, cut: TrainingSlice) -> str:
        """The key of a combination of members on a cut."""
        code, data = of_modules(_COMBINING), self._fingerprint(cut)
        return digest("combine", code, how, settings, members, data, self._frame_text())

    def lineage(self, stage: Stage) -> str:
        """Of a stage that fits each series alone, a hash of all but the data; empty where no other run may use it."""
        known = self.facts(stage)
        trusted = known.own and not known.version.startswith(_UNVERSIONED)
        return digest("series", known.identity, known.version, self._frame_text()) if trusted else ""

    def of_answers(self, identity: str, cut: TrainingSlice, origins: Origins, text: str, *more: object) -> str:
        """The key of a task with the origins it answers; `text` is their hash."""
        if (cut, text) not in self._shown:
            self._shown[cut, text] = self._fingerprints.of(cut.visible(self.panel, origins, self.frame.reach))
        return digest(identity, text, self._shown[cut, text], *more)

    def _fingerprint(self, cut: TrainingSlice) -> str:
        if cut not in self._trained:
            self._trained[cut] = self._fingerprints.of(cut.training(self.panel, self.frame.reach))
        return self._trained[cut]

    def _frame_text(self) -> str:
        return f"{self.frame.horizon},{self.frame.gap},{self.frame.seed},{','.join(map(of_file, _TASKS))}"


def digest(*parts: object) -> str:
    """A hash of the texts of all parts."""
    return hashlib.blake2b("\x1f".join(str(p) for p in parts).encode(), digest_size=16).hexdigest()
