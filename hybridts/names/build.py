"""From a stage of a recipe to the object that fits it: where families meet their rooms.

Rooms are loaded by name, so that a run imports only the libraries that its names need.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hybridts.errors import BadSetting, DataError
from hybridts.models.neural.checkpoint.start_check import check_start
from hybridts.models.protocols import Corrector, Forecaster
from hybridts.models.settings import load_target
from hybridts.names.code_fingerprint import of_modules
from hybridts.names.recipe import NETWORK, Net, Parallel, Serial, Stage, Token, TwoStep
from hybridts.names.registry import Registry

_NEURAL = "hybridts.models.neural.forecaster"
_FRAMES = "hybridts.models.neural.spatial.forecaster:SpatialForecaster"
_ASSEMBLY = "hybridts.models.neural.network"
_TABULAR = "hybridts.models.learners.reduction"
_RESIDUAL = "hybridts.models.statistical.residual_series"

#: Kind of a stage -> the modules that make forecasters and corrections of its components.
_FITTED_BY = {
    "statistical": (_RESIDUAL, "hybridts.models.custom.adapters"),
    "baseline": (_RESIDUAL,),
    "neural": (_NEURAL, _ASSEMBLY, _FRAMES.partition(":")[0]),
    "learner": (_TABULAR,),
}


def forecaster(stage: Stage, registry: Registry) -> Forecaster:
    """The object that fits this stage as the first of a chain."""
    if stage.kind == "learner":
        built: Forecaster = load_target(f"{_TABULAR}:LagForecaster")(learner=_learner(stage, registry))
    elif stage.kind == "neural":
        built = _neural("NeuralForecaster", stage, registry)
    else:
        built = _component(_token(stage), registry)
    return built


def corrector(stage: Stage, registry: Registry) -> Corrector:
    """The object that fits this stage on the errors of the stages before it."""
    if stage.kind == "learner":
        built: Corrector = load_target(f"{_TABULAR}:LearnerCorrection")(learner=_learner(stage, registry))
    elif stage.kind == "neural":
        built = _neural("NeuralCorrection", stage, registry)
    else:
        wrapped = _component(_token(stage), registry)
        built = load_target(f"{_RESIDUAL}:ResidualSeries")(forecaster=wrapped)
    return built


def algorithm(stage: Stage, registry: Registry) -> str:
    """What the stage's key holds of code: of every token, and of the modules that fit it; "" where one is unknown.

    Weights that the stage starts from count by their content, wherever the file lies.
    """
    parts = []
    for token in stage.tokens():
        component = registry.component(token.name)
        assert component is not None
        parts.append(component.algorithm())
    if "" in parts:
        return ""
    parts.append(of_modules(_FITTED_BY[stage.kind]))
    init = stage.network.get("init")
    return ",".join([*parts, f"init={_content(stage, init)}"] if init is not None else parts)


def _content(stage: Stage, path: Any) -> str:
    try:
        content: str = load_target("hybridts.models.neural.checkpoint.files:content")(path)
    except DataError as cause:
        raise BadSetting(f"{stage}: {NETWORK} settings: init: {cause}", "init", path) from cause
    return content


def _token(stage: Stage) -> Token:
    assert isinstance(stage.body, Token)
    return stage.body


def _component(token: Token, registry: Registry) -> Any:
    component = registry.component(token.name)
    assert component is not None
    return component.create(token.settings.arguments())


def _learner(stage: Stage, registry: Registry) -> Any:
    """Settings of a built-in learner, or any scikit-learn regressor wrapped as settings."""
    token = _token(stage)
    component = registry.component(token.name)
    assert component is not None
    kind = component.load()
    if hasattr(kind, "build"):
        return component.create(token.settings.arguments())
    component.create(token.settings.arguments())  # refuses wrong settings now, with a helpful message
    return load_target(f"{_TABULAR}:Plain")(kind, token.settings.arguments())


def _neural(role: str, stage: Stage, registry: Registry) -> Any:
    network = expression(stage, registry)
    try:
        settings = load_target("hybridts.models.neural.training_settings:Training")(**stage.network)
        if settings.init is not None:
            check_start(settings.init, network, _block_tokens(registry))
            # Workers may run elsewhere; a relative path counts from where the run was started.
            settings = replace(settings, init=str(Path(settings.init).absolute()))
        frames = settings.grid and role == "NeuralForecaster"
        return load_target(_FRAMES if frames else f"{_NEURAL}:{role}")(expression=network, training=settings)
    except (TypeError, ValueError) as cause:
        raise BadSetting(f"{stage}: {NETWORK} settings: {str(cause).rstrip('.')}.", NETWORK) from cause


def _block_tokens(registry: Registry) -> dict[str, str]:
    """Return class name -> token of every block."""
    tokens: dict[str, str] = {}
    for component in registry.components():
        if component.family == "neural":
            target = component.target
            kind = target.partition(":")[2] if isinstance(target, str) else getattr(target, "__name__", "")
            tokens.setdefault(kind, component.name)
    return tokens


def expression(stage: Stage, registry: Registry) -> Any:
    """The blocks of a neural stage, with their settings, wired as its name says; not built yet."""
    return _expression(stage.body, registry)


def _expression(net: Net, registry: Registry) -> Any:
    if isinstance(net, Token):
        return _component(net, registry)
    kind = {Serial: "Serial", Parallel: "Parallel", TwoStep: "TwoStep"}[type(net)]
    return load_target(f"{_ASSEMBLY}:{kind}")(tuple(_expression(p, registry) for p in net.parts))
