"""The public surface: complete, sorted, light to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hybridts as ht

HEAVY = "torch xgboost sklearn pandas statsmodels statsforecast pmdarima matplotlib scipy"


def test_public_names_are_sorted_and_all_there():
    assert ht.__all__ == sorted(ht.__all__)
    assert all(getattr(ht, name) is not None for name in ht.__all__)


def test_no_module_hides_a_public_name():
    folder = Path(ht.__file__).parent
    modules = {p.stem for p in folder.glob("*.py")} | {p.name for p in folder.iterdir() if p.is_dir()}
    assert not modules & set(ht.__all__)


def test_listing_names_loads_no_heavy_library():
    code = f"""
import sys, hybridts
from hybridts.app.listing import list_models
assert len(list_models()) > 100
loaded = [m for m in "{HEAVY}".split() if m in sys.modules]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_attribute_is_an_attribute_error():
    assert not hasattr(ht, "forecast_everything")
