"""Shared fixtures: a registry of its own for tests that add to it, and finished runs for tests of the store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hybridts.names.catalog import default_registry
from hybridts.names.plugins import using
from tests.fakes.frames import frame_of
from tests.fakes.runs import run

HERE = Path(__file__).parent


#: Kind of test -> the files that hold it; all others are unit tests. `pytest -m unit` runs those alone.
KINDS = {
    "law": (
        "test_laws.py",
        "app/test_saved_names.py",
        "interop/test_sktime.py",
        "models/neural/test_network_contract.py",
        "models/statistical/test_awkward_series.py",
        "models/statistical/test_every_statistical_model.py",
    ),
    "command": (
        "app/test_cli.py",
        "app/test_streams.py",
        "app/test_existing_run.py",
        "app/test_forecast_commands.py",
        "names/test_code_fingerprint.py",
        "names/test_plugins.py",
    ),
    "fault": (
        "engine/test_process_faults.py",
        "engine/test_ray.py",
        "engine/test_store_faults.py",
        "engine/test_store_s3.py",
    ),
    "browser": ("report/test_browser.py",),
}


def pytest_collection_modifyitems(items):
    """Mark every test with its kind."""
    kind_of = {HERE / name: kind for kind, names in KINDS.items() for name in names}
    missing = [str(file) for file in kind_of if not file.is_file()]
    assert not missing, missing
    for item in items:
        item.add_marker(kind_of.get(item.path, "unit"))


@pytest.fixture
def own_registry():
    """A fresh registry in place of the process's own, so that what a test registers is gone afterwards."""
    with using(default_registry()) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A finished run nobody changes."""
    return run(out=tmp_path_factory.mktemp("kept") / "run")


@pytest.fixture
def copied(kept, tmp_path):
    """A finished run of one's own."""
    return shutil.copytree(kept.path, tmp_path / "run")


@pytest.fixture(scope="session")
def csv(tmp_path_factory):
    """A file of two monthly series, for tests of the command line."""
    path = tmp_path_factory.mktemp("data") / "my.csv"
    frame_of((60, 60)).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session", autouse=True)
def priors(tmp_path_factory):
    """Priors that are not shipped are learned in a few steps, and kept apart from those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYBRIDTS_PRIOR_EFFORT", "0.002")
        patch.setenv("HYBRIDTS_CACHE", str(tmp_path_factory.getbasetemp().parent / "priors"))
        yield
