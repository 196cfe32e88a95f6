"""Identify installed packages by what their installer recorded, without reading their files."""

from __future__ import annotations

import functools
import sysconfig
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from hybridts.names.source_code import digest

#: Import name -> distribution, where they differ and a search of every installed package would be slow.
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "PyYAML", "dateutil": "python-dateutil"}
#: Folders of the interpreter and of installed packages.
_INSTALLED = tuple(Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib"))


def is_installed(path: Path) -> bool:
    """Return whether a file belongs to an installed package or to Python."""
    resolved = path.resolve()
    if {"site-packages", "dist-packages"} & set(resolved.parts):
        return True
    return any(resolved.is_relative_to(folder) for folder in _INSTALLED)


def package_digest(top: str) -> str:
    """Return a hash of an installed package: name, version and recorded files; "" for Python's own modules."""
    distribution = _distribution(top)
    if distribution is None:
        return ""
    record = distribution.read_text("RECORD") or ""
    files = sorted(line for line in record.splitlines() if ",sha256=" in line and ".dist-info/" not in line)
    return digest(distribution.metadata["Name"], distribution.version, *files)


@functools.cache
def package_version(top: str) -> str:
    """Return the version of the package with this top-level module, "" if it is not installed."""
    distribution = _distribution(top)
    return "" if distribution is None else distribution.version


def _distribution(top: str) -> metadata.Distribution | None:
    """Return the installed distribution with this top-level module."""
    try:
        return metadata.distribution(_DISTRIBUTIONS.get(top, top))
    except metadata.PackageNotFoundError:
        holders = _packages().get(top, ())
        return metadata.distribution(holders[0]) if holders else None


@functools.lru_cache(maxsize=1)
def _packages() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
