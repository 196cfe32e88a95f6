"""From a stage of a recipe to the object that fits it.

These objects are settings only: the libraries of a family are imported when something is fitted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hybridts.errors import BadSetting, DataError
from hybridts.models.custom import adapters
from hybridts.models.learners.own_regressor import SklearnRegressor
from hybridts.models.learners.reduction import (
    DirectRegressionForecaster,
    LearnerSettings,
    RegressionCorrection,
)
from hybridts.models.neural import expression as wiring
from hybridts.models.neural.blocks.own import OwnBlock
from hybridts.models.neural.checkpoint.files import content
from hybridts.models.neural.checkpoint.init_check import check_start
from hybridts.models.neural.forecaster import NeuralCorrection, NeuralForecaster
from hybridts.models.neural.spatial.forecaster import SpatialForecaster
from hybridts.models.neural.training_settings import Training
from hybridts.models.protocols import Corrector, Forecaster
from hybridts.models.statistical.residual_series import ResidualSeries
from hybridts.names.code_fingerprint import of_modules
from hybridts.names.recipe import NETWORK, Kind, Net, Parallel, Serial, Stage, Token
from hybridts.names.registry import Component, Registry

#: Kind of a stage -> the modules that fit its components, apart from the components' own.
_FITTED_BY: dict[Kind, tuple[str, ...]] = {
    "statistical": (ResidualSeries.__module__, adapters.__name__),
    "baseline": (ResidualSeries.__module__,),
    "neural": (NeuralForecaster.__module__, SpatialForecaster.__module__, wiring.__name__),
    "learner": (DirectRegressionForecaster.__module__,),
}


def forecaster(stage: Stage, registry: Registry) -> Forecaster:
    """Return the object that fits this stage as the first of a chain.

    Raises:
        BadSetting: a setting is wrong, or the weights of `init` do not suit the network.
    """
    if stage.kind == "learner":
        return DirectRegressionForecaster(learner=_learner(stage, registry))
    if stage.kind == "neural":
        network = expression(stage, registry)
        training = _training(stage, network, registry)
        kind = SpatialForecaster if training.grid else NeuralForecaster
        return kind(expression=network, training=training)
    built: Forecaster = _made(_token(stage), registry)
    return built


def corrector(stage: Stage, registry: Registry) -> Corrector:
    """Return the object that fits this stage on the errors of the stages before it.

    Raises:
        BadSetting: a setting is wrong or is for a first stage, or the weights of `init` do not suit the network.
    """
    if stage.kind == "learner":
        return RegressionCorrection(learner=_learner(stage, registry))
    if stage.kind == "neural":
        network = expression(stage, registry)
        training = _training(stage, network, registry)
        try:
            return NeuralCorrection(expression=network, training=training)
        except ValueError as cause:
            raise _bad_training(stage, cause) from cause
    return ResidualSeries(forecaster=_made(_token(stage), registry))


def algorithm(stage: Stage, registry: Registry) -> str:
    """Return the part of a stage's key that stands for code: of its components and of the modules that fit them.

    "" if the code of a component cannot be read. Weights that the stage starts from count by their content.

    Raises:
        BadSetting: the weights of `init` cannot be read.
    """
    parts = [_component(token, registry).algorithm() for token in stage.tokens()]
    if "" in parts:
        return ""
    parts.append(of_modules(_FITTED_BY[stage.kind]))
    init = stage.network.get("init")
    return ",".join([*parts, f"init={_content(stage, init)}"] if init is not None else parts)


def expression(stage: Stage, registry: Registry) -> wiring.Expression:
    """Return the blocks of a neural stage, with their settings, connected as its name says."""
    return _expression(stage.body, registry)


def _expression(net: Net, registry: Registry) -> wiring.Expression:
    if isinstance(net, Token):
        block: wiring.Expression = _made(net, registry)
        if isinstance(block, OwnBlock):
            return replace(block, code=_component(net, registry).algorithm())
        return block
    parts = tuple(_expression(part, registry) for part in net.parts)
    if isinstance(net, Serial):
        return wiring.Serial(parts)
    return wiring.Parallel(parts) if isinstance(net, Parallel) else wiring.TwoStep(parts)


def _training(stage: Stage, network: wiring.Expression, registry: Registry) -> Training:
    """Return the training settings of a neural stage, `init` checked and made absolute."""
    try:
        training = Training(**stage.network)
        if training.init is None:
            return training
        check_start(training.init, network, _block_tokens(registry))
    except (TypeError, ValueError) as cause:
        raise _bad_training(stage, cause) from cause
    # Workers may run elsewhere; a relative path counts from where the run was started.
    return replace(training, init=str(Path(training.init).absolute()))


def _bad_training(stage: Stage, cause: Exception) -> BadSetting:
    return BadSetting(f"{stage}: {NETWORK} settings: {str(cause).rstrip('.')}.", NETWORK)


def _block_tokens(registry: Registry) -> dict[str, str]:
    """Return class name -> token of every block."""
    tokens: dict[str, str] = {}
    for component in registry.components():
        if component.family == "neural":
            target = component.target
            kind = target.partition(":")[2] if isinstance(target, str) else getattr(target, "__name__", "")
            tokens.setdefault(kind, component.name)
    return tokens


def _content(stage: Stage, path: Any) -> str:
    try:
        return content(path)
    except DataError as cause:
        raise BadSetting(f"{stage}: {NETWORK} settings: init: {cause}", "init", path) from cause


def _learner(stage: Stage, registry: Registry) -> LearnerSettings:
    """Return the settings of a built-in learner, or a user's regressor wrapped as settings."""
    token = _token(stage)
    kind = _component(token, registry).load()
    made: LearnerSettings = _made(token, registry)  # also of a regressor: wrong settings are refused now
    return made if hasattr(kind, "build") else SklearnRegressor(kind, token.settings.arguments())


def _token(stage: Stage) -> Token:
    assert isinstance(stage.body, Token)
    return stage.body


def _component(token: Token, registry: Registry) -> Component:
    component = registry.component(token.name)
    assert component is not None
    return component


def _made(token: Token, registry: Registry) -> Any:
    """Return the component of a token with its settings."""
    return _component(token, registry).create(token.settings.arguments())
