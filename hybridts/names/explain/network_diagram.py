"""Draw a neural stage: window, blocks, head and output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridts.names.explain.diagram_lines import DiagramLines
from hybridts.names.explain.phrases import ANCHORS, BLOCKS, LABELS, LINES, SCALES
from hybridts.names.explain.sequence_shape import SequenceShape, block_variant, shape_after, shortest
from hybridts.names.recipe import Net, Parallel, Stage, Token, TwoStep


class NetworkDiagram:
    """The diagram of one neural stage, written to `lines`.

    Args:
        lines: the diagram that the lines are added to.
        stage: the stage.
        later: whether the stage corrects the stages before it.
    """

    def __init__(self, lines: DiagramLines, stage: Stage, *, later: bool) -> None:
        self.lines = lines
        self.body = stage.body
        self.training: Mapping[str, Any] = stage.network
        self.later = later
        self.blocks = 0  # drawn so far that give channels of their own
        self.grid = bool(self.training.get("grid"))

    def draw(self) -> None:
        """Add all lines of the network."""
        phrase, lines = self.lines.phrase, self.lines
        shape = SequenceShape("T", "C x D", frames=True) if self.grid else SequenceShape()
        lines.step(shape, phrase(LINES["window later" if self.later else "window grid" if self.grid else "window"]))
        lines.bar(phrase(LINES["channels"]))
        if "init" in self.training and not isinstance(self.body, TwoStep):
            lines.bar(phrase(LINES["start"], file=self.training["init"]))
        self.network(self.body, shape, last=True)
        lines.bar(*() if self.later else (phrase(LINES["summary"]),))
        output_shape = "[B, D x H]" if self.grid else "[B, H]"
        lines.step(output_shape, phrase(LINES["head grid" if self.grid else "head"]))
        self.output(output_shape)

    # -- blocks --------------------------------------------------------------------------------------------
    def network(self, net: Net, shape: SequenceShape, *, last: bool, indent: str = "") -> SequenceShape:
        """Add the lines of an expression of blocks and return the shape of its output."""
        if isinstance(net, Token):
            return self.block(net, shape, last=last, indent=indent)
        if isinstance(net, Parallel):
            return self.parallel(net, shape, last=last, indent=indent)
        for i, part in enumerate(net.parts):
            end = i == len(net.parts) - 1
            if isinstance(net, TwoStep):
                self.lines.bar(self.training_step(i, end=end), indent)
            shape = self.network(part, shape, last=last and end, indent=indent)
        return shape

    def training_step(self, i: int, *, end: bool) -> str:
        """Return how part `i` of a two-step network gets its weights."""
        loaded = i == 0 and "init" in self.training
        key = "step loaded" if loaded else "step last" if end else "step first"
        if not self.training.get("freeze", True):
            key += " open"
        return self.lines.phrase(LINES[key], n=i + 1, file=self.training.get("init"))

    def block(self, token: Token, shape: SequenceShape, *, last: bool, indent: str) -> SequenceShape:
        """Add the line of one block and return the shape of its output."""
        self.blocks += token.name != "Attention"
        after = shape_after(token, shape, self.blocks, last=last)
        kind = f"{token.name}{block_variant(token, shape)}"
        words = BLOCKS.get(f"{kind} last") if last else None
        words = words or BLOCKS.get(kind) or BLOCKS.get(token.name, BLOCKS["block"])
        self.lines.bar_once(indent)
        phrase = self.lines.phrase
        self.lines.step(after, f"{token.name}{phrase(LABELS['colon'])}{phrase(words)}", indent)
        return after

    def parallel(self, net: Parallel, shape: SequenceShape, *, last: bool, indent: str) -> SequenceShape:
        """Add the lines of branches and return the shape of their features side by side."""
        phrase, lines = self.lines.phrase, self.lines
        lines.bar(phrase(LINES["fork"]), indent)
        ends = []
        for i, part in enumerate(net.parts):
            lines.title(f"{indent}    +-- {phrase(LABELS['branch'], n=i + 1, name=part)}")
            ends.append(self.network(part, shape, last=last, indent=indent + "    |   "))
        frames = all(end.frames for end in ends)
        together = SequenceShape(shortest([e.length for e in ends]), " + ".join(e.channels for e in ends), frames)
        lines.bar(indent=indent)
        lines.step(together, phrase(LINES["together"]), indent)
        return together

    # -- output --------------------------------------------------------------------------------------------
    def output(self, shape: str) -> None:
        """Add how the output of the head becomes a forecast, by the settings of the network."""
        phrase, get = self.lines.phrase, self.training.get
        scale = SCALES.get(get("scale", "deviation"))
        highway = get("highway", True) and not self.grid
        if scale:
            self.lines.bar(phrase(LINES["scale"], what=phrase(scale)))
        if highway:
            self.lines.bar(phrase(LINES["highway"]))
        if not (scale or highway):
            self.lines.bar()
        formula = self.formula(scaled=scale is not None, highway=highway)
        self.lines.step(shape, phrase(LABELS["output later" if self.later else "output"], whole=formula))

    def formula(self, *, scaled: bool, highway: bool) -> str:
        """Return the formula of the forecast in words."""
        phrase = self.lines.phrase
        anchor = ANCHORS.get(self.training.get("anchor", "seasonal_naive"))
        whole = phrase(LABELS["output head"])
        if highway:
            whole += f" + {phrase(LABELS['output highway'])}"
        if scaled:
            times = "×" if self.lines.lang == "zh" else "x"
            whole = f"{phrase(LABELS['output scale'])} {times} {f'({whole})' if highway else whole}"
        if anchor and not self.later:
            whole = f"{phrase(anchor)} + {whole}"
        return f"exp({whole})" if self.training.get("log") else whole
