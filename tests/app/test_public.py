"""The public names are complete, sorted and fast to import, and all three interfaces have the same options."""

from __future__ import annotations

import inspect
import re
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
from hybridts.names.plugins import registry
assert len(list_models(registry())) > 100
loaded = [m for m in "{HEAVY}".split() if m in sys.modules]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_python_the_command_line_and_a_study_file_take_the_same_words():
    from hybridts.app.cli.backtest import backtest as command
    from hybridts.app.study_file import READING, DataConfig, StudyConfig

    in_file = {*StudyConfig.model_fields, *DataConfig.model_fields} - {"data", "source", "combos", "plugins"}
    in_python = {*inspect.signature(ht.backtest).parameters} - {"df", "verbose", "watch"}
    on_the_command_line = {*inspect.signature(command).parameters} - {"source", "plan", "quiet", "events", "as_json"}
    assert in_python == (in_file - {*READING}) | {"reading"}  # a mapping of these words
    assert on_the_command_line == in_file | {"plugins"}


def test_no_text_advises_to_install_the_other_package_of_this_name():
    """On PyPI `hybridts` is another project, so advice must install this checkout."""
    root = Path(ht.__file__).parents[1]
    folders = [root / name for name in ("hybridts", "configs", "experiments", "tests")]
    files = [f for folder in folders for f in folder.rglob("*") if f.suffix in (".py", ".md", ".yaml", ".txt", ".j2")]
    advice = re.compile(r"(pip3?|uv|pipx|poetry|conda)\s+(install|add)\b[^\n`]*[\s'\"]hybridts\b(?!/|-forecast)")
    found = [str(f) for f in [root / "README.md", *files] if advice.search(f.read_text(encoding="utf-8"))]
    assert not found
    assert '\nname = "hybridts"' not in (root / "pyproject.toml").read_text(encoding="utf-8")


def test_an_unknown_attribute_is_an_attribute_error():
    assert not hasattr(ht, "forecast_everything")
