"""Keys of tasks: a hash of everything that decides the forecasts of a task.

It covers settings and structure, the version of the code, the keys of the inputs, the fingerprints of the training
data and of the data visible at the origins (later origins read later values), horizon, gap and seed. Equal keys mean
equal forecasts, in this run and in any other that shares the store.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hybridts.data.panel import Origins, Panel
from hybridts.engine.fingerprints import Fingerprints
from hybridts.engine.graph import TrainingSlice
from hybridts.hybrids.hindcast_rows import ForecastSpec
from hybridts.models.protocols import Forecaster, PerSeries, Pretrained, PriorWeights, Reusing, Warm
from hybridts.names import build
from hybridts.names.code_fingerprint import of_file, of_modules
from hybridts.names.recipe import Stage
from hybridts.names.registry import Registry

#: Modules that decide numbers apart from the code of the models: of all tasks, of corrections, of priors, of ensembles.
_TASKS = ("hybridts.engine.tasks", "hybridts.engine.base_fit", "hybridts.engine.series_shards")
_CORRECTING = ("hybridts.hybrids.correction", "hybridts.hybrids.multiplicative")
_LEARNING = ("hybridts.models.neural.prior.pretraining",)
_COMBINING = ("hybridts.hybrids.ensemble",)
_UNVERSIONED = "unversioned-"
#: Models here draw no random numbers, so that runs under several seeds share their fits.
_DETERMINISTIC = "hybridts.models.statistical."


@dataclass(frozen=True, eq=False)
class StageInfo:
    """Cached facts about a stage.

    Attributes:
        identity: its structure and settings.
        version: of its code; unique to this run where the code cannot be read.
        window: window of its network as set by the user; 0 if not set.
        reuses: later folds reuse the orders chosen on the first.
        warms: it can start from weights.
        prior: the weights that a fit starts from; None for nothing.
        local: it fits each series alone.
        seeded: its fit may draw random numbers.
    """

    identity: str
    version: str
    window: int
    reuses: bool
    warms: bool
    prior: PriorWeights | None
    local: bool
    seeded: bool


class Keys:
    """Keys of the tasks of one panel."""

    def __init__(self, panel: Panel, registry: Registry, spec: ForecastSpec) -> None:
        self.panel = panel
        self.registry = registry
        self.spec = spec
        self._stages: dict[Stage, StageInfo] = {}
        self._fingerprints = Fingerprints(panel)
        self._trained: dict[TrainingSlice, str] = {}  # by identity of the slice; fingerprints are slow
        self._visible: dict[tuple[TrainingSlice, str], str] = {}
        self._nonce = hashlib.blake2b(str(id(self)).encode(), digest_size=4).hexdigest()

    def info(self, stage: Stage) -> StageInfo:
        """Return the facts about a stage.

        Raises:
            BadSetting: a setting that the stage refuses.
        """
        if stage not in self._stages:
            # Compute first: it reads the `init` weights and raises errors that name the stage. A stage without a
            # version gets one that no other run has.
            version = build.algorithm(stage, self.registry) or f"{_UNVERSIONED}{self._nonce}"
            model = build.forecaster(stage, self.registry)
            each = stage.kind == "statistical" and isinstance(model, PerSeries) and model.per_series
            self._stages[stage] = StageInfo(
                identity=stage.identity(),
                version=version,
                window=stage.network.get("window") or 0,
                reuses=isinstance(model, Reusing),
                warms=isinstance(model, Warm),
                prior=self._prior(model),
                local=stage.kind == "baseline" or each,
                seeded=not type(model).__module__.startswith(_DETERMINISTIC),
            )
        return self._stages[stage]

    def of_prior(self, stage: Stage, prior: PriorWeights) -> str:
        """Return the identity of the task that learns a prior: its own, and the code of the network."""
        return digest("prior", prior.identity(), self.info(stage).version, of_modules(_LEARNING))

    def _prior(self, model: Forecaster) -> PriorWeights | None:
        return model.prior_for(self.panel.season, self.spec.reach) if isinstance(model, Pretrained) else None

    def of_fit(self, stage: Stage, cut: TrainingSlice, *more: object) -> str:
        """Return the identity of a fit of a base; `more` names the fits whose orders or weights it reuses."""
        info = self.info(stage)
        spec = self._spec_text(seeded=info.seeded)
        return digest("fit", info.identity, info.version, self._fingerprint(cut), spec, *more)

    def of_correction(self, stage: Stage, source: str, cut: TrainingSlice, *more: object) -> str:
        """Return the identity of a correction of a source; `more` are the settings of its chain."""
        info, data = self.info(stage), self._fingerprint(cut)
        code = f"{info.version},{of_modules(_CORRECTING)}"
        return digest("correct", info.identity, code, source, data, self._spec_text(), *more)

    def of_ensemble(self, how: str, settings: str, members: str, cut: TrainingSlice) -> str:
        """Return the identity of an ensemble of members."""
        code, data = of_modules(_COMBINING), self._fingerprint(cut)
        return digest("combine", code, how, settings, members, data, self._spec_text())

    def lineage(self, stage: Stage) -> str:
        """Return `FitTask.lineage` of a stage; empty for a global model, or where the code has no version."""
        info = self.info(stage)
        reusable = info.local and not info.version.startswith(_UNVERSIONED)
        spec = self._spec_text(seeded=info.seeded)
        return digest("series", info.identity, info.version, spec) if reusable else ""

    def of_task(self, identity: str, cut: TrainingSlice, origins: Origins, text: str, *more: object) -> str:
        """Return the key of a task from its identity and its origins, whose hash is `text`."""
        if (cut, text) not in self._visible:
            self._visible[cut, text] = self._fingerprints.of(cut.visible(self.panel, origins, self.spec.reach))
        return digest(identity, text, self._visible[cut, text], *more)

    def _fingerprint(self, cut: TrainingSlice) -> str:
        if cut not in self._trained:
            self._trained[cut] = self._fingerprints.of(cut.training(self.panel, self.spec.reach))
        return self._trained[cut]

    def _spec_text(self, *, seeded: bool = True) -> str:
        seed = self.spec.seed if seeded else "no seed"
        return f"{self.spec.horizon},{self.spec.gap},{seed},{','.join(map(of_file, _TASKS))}"


def digest(*parts: object) -> str:
    """Return a hash of the texts of all parts."""
    return hashlib.blake2b("\x1f".join(str(p) for p in parts).encode(), digest_size=16).hexdigest()
