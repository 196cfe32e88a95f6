"""The registry in use, and the doors through which users add to it: API, plugin modules, entry points."""

from __future__ import annotations

from hybridts.plugins.modules import load_plugins, resolve
from hybridts.plugins.registering import register, register_forecaster, register_learner
from hybridts.plugins.signatures import is_learner
from hybridts.plugins.table import ENTRY_POINTS, registry

__all__ = [
    "ENTRY_POINTS",
    "is_learner",
    "load_plugins",
    "register",
    "register_forecaster",
    "register_learner",
    "registry",
    "resolve",
]
