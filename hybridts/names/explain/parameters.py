"""How many numbers every network of a recipe learns, block by block, at an example's shapes."""

from __future__ import annotations

from hybridts.models.settings import load_target
from hybridts.names import build
from hybridts.names.explain.phrases import LABELS, PARAMETERS
from hybridts.names.recipe import Recipe, Stage
from hybridts.names.registry import Registry


def parameter_lines(recipe: Recipe, registry: Registry, lang: str) -> list[str]:
    """One line for each distinct network and the example it is counted at; none where nothing is a network.

    Only a recipe with a network imports torch for it.
    """
    networks = {s.identity(): s for s in recipe.stages() if s.kind == "neural"}
    return [line for stage in networks.values() for line in _lines(stage, registry, lang)]


def _lines(stage: Stage, registry: Registry, lang: str) -> list[str]:
    colon = LABELS["colon"].get(lang)
    try:
        found = load_target("hybridts.models.neural.parameter_counts:count")(
            build.expression(stage, registry), stage.network_values()
        )
    except Exception:  # a block of a plugin may fail in any way; the explanation must not
        return [f"- {stage}{colon}{PARAMETERS['unknown'].get(lang)}"]
    length, channels, grid = found.shape
    example = {"rows": length, "channels": channels // found.shape.cells, "horizon": found.horizon}
    if grid is not None:
        example |= {"height": grid[0], "width": grid[1]}
    each = [f"{t.name} {n:,}" for t, n in zip(stage.tokens(), found.blocks, strict=True)]
    head = f"{PARAMETERS['head'].get(lang)} {found.head:,}"
    where = PARAMETERS["grid example" if grid else "example"].get(lang).format(**example)
    return [f"- {stage}{colon}{' + '.join([*each, head])} = {found.total:,}", f"  {where}"]
