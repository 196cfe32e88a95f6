"""One thread for these tests, as in a run."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="package")
def single_threaded():
    with threadpool_limits(1):
        yield
