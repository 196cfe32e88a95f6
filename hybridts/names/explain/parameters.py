"""Parameter counts of the networks of a recipe, block by block, at the shapes of an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridts.names.explain.phrases import LABELS, PARAMETERS
from hybridts.names.recipe import Recipe, Stage
from hybridts.names.registry import Registry

if TYPE_CHECKING:
    from hybridts.models.neural.parameter_counts import HeadCount


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
    pairs = list(zip(stage.tokens(), found.blocks, strict=True))
    each = [f"{token.name} {block.parameters:,}" for token, block in pairs]
    head = f"{PARAMETERS['head'].get(lang)} {found.head.total:,}"
    where = PARAMETERS["grid example" if grid else "example"].get(lang).format(**example)
    shapes = [f"{token.name} {_shape(block.before)} -> {_shape(block.after)}" for token, block in pairs]
    return [
        f"- {stage}{colon}{' + '.join([*each, head])} = {found.total:,}",
        f"  {', '.join(shapes)}",
        f"  {_head_line(found.head, length, lang)}",
        f"  {where}",
    ]


def _shape(shape: Any) -> str:
    return f"[B, {shape.length}, {shape.channels}]"


def _head_line(head: HeadCount, rows: int, lang: str) -> str:
    """Return what a head reads and its parts with their parameters."""
    parts = [("linear", head.linear), ("hidden", head.hidden), ("highway", head.highway)]
    listed = [PARAMETERS[name].get(lang).format(count=f"{count:,}", rows=rows) for name, count in parts if count]
    sizes = {"state": head.state, "facts": head.facts, "outputs": head.outputs}
    return PARAMETERS["head parts"].get(lang).format(parts=" + ".join(listed), total=f"{head.total:,}", **sizes)
