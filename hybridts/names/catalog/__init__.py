"""List every component and the 100 published hybrids, each with a line in English and Chinese.

Importing the catalogue imports no model.
"""

from __future__ import annotations

from hybridts.names.catalog.ensembles import AUTO
from hybridts.names.catalog.learners import LEARNERS
from hybridts.names.catalog.neural import NEURAL
from hybridts.names.catalog.published import HYBRIDS, SINGLES
from hybridts.names.catalog.statistical import BASELINES, CHECKED_ETS, STATISTICAL
from hybridts.names.registry import Combo, Component, Registry

__all__ = ["COMPONENTS", "PUBLISHED", "default_registry"]

#: Every token of the grammar.
COMPONENTS: tuple[Component, ...] = (*STATISTICAL, *NEURAL, *LEARNERS, *BASELINES)

#: The 100 published names, in the order of the list.
PUBLISHED: tuple[str, ...] = (*SINGLES, *(c.name for c in HYBRIDS))


def default_registry() -> Registry:
    """Return a new registry of all components and published names; additions to it change no other registry."""
    lines = {c.name: c.summary for c in COMPONENTS}
    singles = [Combo(name, name, summary=lines[name], published=True) for name in SINGLES]
    return Registry(COMPONENTS, (AUTO, *singles, *HYBRIDS, CHECKED_ETS))
