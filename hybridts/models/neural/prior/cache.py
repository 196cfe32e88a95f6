"""Prior weights that this machine trained, in a cache that all runs of a user share.

The cache never stands in the way: a folder that cannot be read or written, a full disk, a damaged or a foreign file
become a notice, and the run goes on without it. `HYBRIDTS_CACHE` names another folder, or `off` for none.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hybridts.files import whole_file
from hybridts.models.protocols import Weights

#: Variable with another folder, or "off".
CACHE = "HYBRIDTS_CACHE"


def folder() -> Path | None:
    """Return the folder of the cached priors; None if it is off."""
    import platformdirs

    given = os.environ.get(CACHE, "").strip()
    if given.lower() == "off":
        return None
    root = Path(given) if given else platformdirs.user_cache_path("hybridts", appauthor=False)
    return root / "priors" if root.is_absolute() or given else None  # without a home there is no place for it


class PriorCache:
    """The cache during one look-up; `notices` says what did not work."""

    def __init__(self, identity: str) -> None:
        where = folder()
        self.identity = identity
        self.path = None if where is None else where / f"{identity}.safetensors"
        self.notices: list[str] = []

    def read(self) -> Weights | None:
        """Return the cached weights; None if there are none that can be used."""
        from safetensors import SafetensorError, safe_open

        if self.path is None or not _is_file(self.path):
            return None
        try:
            with safe_open(self.path, framework="numpy") as file:
                held = (file.metadata() or {}).get("identity")
                weights = {key: file.get_tensor(key) for key in file.keys()}
        except (OSError, SafetensorError, ValueError) as cause:
            self._notice(f"the cached prior {self.path} cannot be read ({cause}); it is trained again")
            return None
        if held != self.identity:
            self._notice(f"{self.path} holds other weights than its name says; they are trained again")
            return None
        return weights

    def write(self, weights: Weights) -> None:
        """Keep weights for later runs."""
        from safetensors.numpy import save

        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self.path) as file:
                file.write(save(dict(weights), metadata={"identity": self.identity}))
        except OSError as cause:
            self._notice(f"the prior cannot be kept in {self.path.parent} ({cause}); the next run trains it again")

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process train the same prior meanwhile, where a lock can be had."""
        from filelock import FileLock

        lock = None
        if self.path is not None:
            with contextlib.suppress(OSError, NotImplementedError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                lock = FileLock(f"{self.path}.lock")
                lock.acquire()
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    def _notice(self, text: str) -> None:
        self.notices.append(f"prior: {text}. Set {CACHE} to another folder, or to off.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
