"""The registry in use, and the doors through which users add to it: API, plugin modules, entry points."""

from __future__ import annotations

from hybridts.models.custom.adapters import RAISED
from hybridts.models.custom.signatures import is_learner
from hybridts.names.plugins.active_registry import ENTRY_POINTS, registry, using
from hybridts.names.plugins.modules import load_plugins, loaded_plugins, resolve
from hybridts.names.plugins.registration import register, register_all, register_forecaster, register_learner, used_by

__all__ = [
    "ENTRY_POINTS",
    "RAISED",
    "is_learner",
    "load_plugins",
    "loaded_plugins",
    "register",
    "register_all",
    "register_forecaster",
    "register_learner",
    "registry",
    "resolve",
    "used_by",
    "using",
]
