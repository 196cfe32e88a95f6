"""From a stage of a recipe to the object that fits it: where families meet their rooms.

Rooms are loaded by name, so that a run imports only the libraries that its names need.
"""

from __future__ import annotations

from typing import Any

from hybridts.errors import BadSetting
from hybridts.protocols import Corrector, Forecaster
from hybridts.recipe import NETWORK, Net, Parallel, Serial, Stage, Token, TwoStep
from hybridts.registry import Registry, load_target

_NEURAL = "hybridts.neural.forecaster"
_ASSEMBLY = "hybridts.neural.assembly"
_TABULAR = "hybridts.learners.tabular"


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
        built = load_target("hybridts.statistical.residual:ResidualSeries")(forecaster=wrapped)
    return built


def algorithm(stage: Stage, registry: Registry) -> str:
    """The versions of the code behind every token of the stage, for its key; "" where one is unknown."""
    parts = []
    for token in stage.tokens():
        component = registry.component(token.name)
        assert component is not None
        parts.append(component.algorithm())
    return "" if "" in parts else ",".join(parts)


def _token(stage: Stage) -> Token:
    assert isinstance(stage.body, Token)
    return stage.body


def _component(token: Token, registry: Registry) -> Any:
    component = registry.component(token.name)
    assert component is not None
    return component.create(token.values())


def _learner(stage: Stage, registry: Registry) -> Any:
    """Settings of a built-in learner, or any scikit-learn regressor wrapped as settings."""
    token = _token(stage)
    component = registry.component(token.name)
    assert component is not None
    kind = component.load()
    if hasattr(kind, "build"):
        return component.create(token.values())
    component.create(token.values())  # refuses wrong settings now, with a helpful message
    return load_target(f"{_TABULAR}:Plain")(kind, token.values())


def _neural(role: str, stage: Stage, registry: Registry) -> Any:
    training = load_target("hybridts.neural.settings:Training")
    try:
        settings = training(**stage.network_values())
    except (TypeError, ValueError) as cause:
        raise BadSetting(f"{stage}: {NETWORK} settings: {cause}", NETWORK) from cause
    return load_target(f"{_NEURAL}:{role}")(expression=_expression(stage.body, registry), training=settings)


def _expression(net: Net, registry: Registry) -> Any:
    if isinstance(net, Token):
        return _component(net, registry)
    kind = {Serial: "Serial", Parallel: "Parallel", TwoStep: "TwoStep"}[type(net)]
    return load_target(f"{_ASSEMBLY}:{kind}")(tuple(_expression(p, registry) for p in net.parts))
