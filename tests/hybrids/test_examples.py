"""The examples in docstrings run as written."""

from __future__ import annotations

import doctest

import pytest

from hybridts.hybrids import ensemble_weights, gate


@pytest.mark.parametrize("module", [gate, ensemble_weights], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
