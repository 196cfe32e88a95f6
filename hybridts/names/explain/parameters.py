"""Parameter counts of the networks of a recipe, block by block, at the shapes of an example."""

from __future__ import annotations

from hybridts.names.explain.phrases import LABELS, PARAMETERS
from hybridts.names.recipe import Recipe, Stage
from hybridts.names.registry import Registry


def parameter_lines(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    """Return one line per distinct network and one for its example; none if nothing is a network.

    Imports torch only for a recipe with a network.
    """
    networks = {s.identity(): s for s in recipe.stages() if s.kind == "neural"}
    return [line for stage in networks.values() for line in _lines(stage, registry, lang)]


def _lines(stage: Stage, registry: Registry, lang: str) -> list[str]:
    # Not at the top: listing names needs neither.
    from hybridts.models.neural.parameter_counts import count
    from hybridts.names.build import expression

    colon = LABELS["colon"].get(lang)
    try:
        found = count(expression(stage, registry), stage.network)
    except Exception:  # a block of a plugin may raise anything; the explanation goes on without its count
        return [f"- {stage}{colon}{PARAMETERS['unknown'].get(lang)}"]
    length, channels, grid = found.shape
    example = {"rows": length, "channels": channels // found.shape.cells, "horizon": found.horizon}
    if grid is not None:
        example |= {"height": grid[0], "width": grid[1]}
    each = [f"{t.name} {n:,}" for t, n in zip(stage.tokens(), found.blocks, strict=True)]
    head = f"{PARAMETERS['head'].get(lang)} {found.head:,}"
    where = PARAMETERS["grid example" if grid else "example"].get(lang).format(**example)
    return [f"- {stage}{colon}{' + '.join([*each, head])} = {found.total:,}", f"  {where}"]
