"""The registry in use, and how users add names to it: by calls, plugin modules and entry points of packages.

Read `active_registry.py` first (the registry of the process, with what installed packages add), then `registration.py`
(register, register_learner, register_forecaster, register_block), `modules.py` (plugin files and modules) and
`errors_while_loading.py` (undo and explain a plugin that fails).
"""

from __future__ import annotations

from hybridts.models.custom.adapters import RAISED
from hybridts.models.custom.signatures import is_learner
from hybridts.models.neural.blocks.own import is_module
from hybridts.names.plugins.active_registry import ENTRY_POINTS, registry, using
from hybridts.names.plugins.modules import load_plugins, loaded_plugins, resolve
from hybridts.names.plugins.registration import (
    register,
    register_all,
    register_block,
    register_forecaster,
    register_learner,
    used_by,
)

__all__ = [
    "ENTRY_POINTS",
    "RAISED",
    "is_learner",
    "is_module",
    "load_plugins",
    "loaded_plugins",
    "register",
    "register_all",
    "register_block",
    "register_forecaster",
    "register_learner",
    "registry",
    "resolve",
    "used_by",
    "using",
]
