"""Write the lines of a diagram in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hybridts.names.explain.phrases import LEGEND
from hybridts.names.registry import Text

_WIDTH = 20  # of the column of shapes
_BAR = "    |"


@dataclass
class DiagramLines:
    """The lines of a diagram: a shape on the left, which is plain ASCII and so lines up in every language."""

    lang: str
    lines: list[str] = field(default_factory=list)

    def phrase(self, text: Text, **values: object) -> str:
        """Return a phrase in this diagram's language, its placeholders filled."""
        return text.get(self.lang).format(**values)

    def title(self, words: str) -> None:
        """Add a line without a shape."""
        self.lines.append(words)

    def step(self, shape: object, words: str, indent: str = "") -> None:
        """Add the shape of the data and the step that made it."""
        self.lines.append(f"{indent}{str(shape) + '  ':<{_WIDTH}}{words}")

    def bar(self, words: str = "", indent: str = "") -> None:
        """Add a vertical line between two steps, with a note beside it."""
        self.lines.append(f"{indent}{_BAR}  {words}" if words else f"{indent}{_BAR}")

    def bar_once(self, indent: str = "") -> None:
        """Add a vertical line unless the last line is one with a note."""
        if not self.lines[-1].startswith(f"{indent}{_BAR}  "):
            self.bar(indent=indent)

    def legend(self) -> str:
        """Return the meaning of the letters in the lines so far."""
        text = "\n".join(self.lines)
        used = set(re.findall(r"(?<![A-Za-z])[A-Z](?![A-Za-z])", text)) | ({"T/2"} if "T/2" in text else set())
        comma = "，" if self.lang == "zh" else ", "
        return comma.join(self.phrase(words) for key, words in LEGEND.items() if key in used)
