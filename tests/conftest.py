"""Shared fixtures: small panels, and a registry of its own for tests that add to it."""

from __future__ import annotations

import importlib

import pytest

from hybridts import plugins
from hybridts.catalog import default_registry


@pytest.fixture
def own_registry(monkeypatch):
    """The process registry replaced by a fresh one, so that what a test registers is gone afterwards."""
    fresh = default_registry()
    names = ("hybridts.plugins", "hybridts.api", "hybridts.audit", "hybridts.modelling", "hybridts.listing")
    for module in [importlib.import_module(name) for name in names]:  # all before one is changed: they import it too
        monkeypatch.setattr(module, "registry", lambda: fresh)
    plugins._LOADED.clear()
    return fresh
