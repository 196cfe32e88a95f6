"""The content of a report as values that every format can write.

A section is a title over blocks: paragraphs, tables, figures and so on. Sections make these values, formats write them;
neither imports the other. Texts are plain: a format escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

import pandas as pd

from hybridts.report.language import Language, in_language, tr
from hybridts.report.medium import Medium

Format = Literal["html", "md", "tex", "json"]
#: The default: every format writes a block.
EVERYWHERE: frozenset[Format] = frozenset(get_args(Format))
#: Not in LaTeX, whose file is one table for a paper.
ON_SCREEN: frozenset[Format] = EVERYWHERE - {"tex"}
#: On the html page only, whose tables can be wide, coloured and sorted.
PAGE: frozenset[Format] = frozenset({"html"})
#: In Markdown only, where a line stands for a row of such a table.
MARKDOWN: frozenset[Format] = frozenset({"md"})


class Term(NamedTuple):
    """Words of a paragraph to be set off, such as the heading of a column."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Attributes:
        words: a text, or texts and terms to be joined.
        formats: which write it.
    """

    words: str | Sequence[str | Term]
    formats: frozenset[Format] = EVERYWHERE
    kind = "paragraph"

    @property
    def parts(self) -> Sequence[str | Term]:
        """Return the texts and terms."""
        return [self.words] if isinstance(self.words, str) else self.words

    @property
    def text(self) -> str:
        """Return all of it as one text."""
        return "".join(part.text if isinstance(part, Term) else part for part in self.parts)

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.text


@dataclass(frozen=True)
class _Sentences:
    """Sentences that stand each by itself.

    Attributes:
        name: their key in JSON.
        texts: the most important first.
        formats: which write them.
    """

    name: str
    texts: Sequence[str]
    formats: frozenset[Format] = EVERYWHERE

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.texts


class Verdict(_Sentences):
    """The result in words, at the top; the first sentence stands out."""

    kind = "verdict"


class Notice(_Sentences):
    """Facts to know before relying on the numbers."""

    kind = "notice"


@dataclass(frozen=True)
class Pairs:
    """Labels with a text each.

    Attributes:
        name: their key in JSON; empty where they are no data of their own.
        items: (label, text).
        formats: which write them.
    """

    name: str
    items: Sequence[tuple[str, str]]
    formats: frozenset[Format] = EVERYWHERE
    kind = "pairs"

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.items


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: above it.
        words: it holds words, aligned left, not numbers.
        formats: which write it.
        minor: narrow screens leave it out.
    """

    heading: str
    words: bool = False
    formats: frozenset[Format] = EVERYWHERE
    minor: bool = False


class Cell(NamedTuple):
    """A cell: its text, and what it sorts by, such as a number with all digits; empty sorts last."""

    text: str
    key: str


class Row(NamedTuple):
    """A row: its cells, the CSS classes that mark it on the page, and facts for its scripts (data-KEY)."""

    cells: Sequence[Cell]
    style: str = ""
    facts: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Table:
    """A table: formatted for readers, raw for programs.

    Attributes:
        name: its key in JSON.
        columns: for readers.
        rows: for readers, one cell per column.
        data: raw values; its columns need not be those for readers.
        style: its CSS class on the page.
        formats: which write it for readers.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    data: pd.DataFrame
    style: str = ""
    formats: frozenset[Format] = EVERYWHERE
    kind = "table"

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.rows

    def only(self, written: Format) -> Table:
        """Return the table with the columns that a format writes."""
        kept = [k for k, column in enumerate(self.columns) if written in column.formats]
        rows = [row._replace(cells=[row.cells[k] for k in kept]) for row in self.rows]
        return replace(self, columns=[self.columns[k] for k in kept], rows=rows)


@dataclass(frozen=True)
class Figure:
    """A figure: a chart on the page, a drawing in a file of its own.

    Attributes:
        name: of its files and of its chart in page/charts.js.
        draw: returns the drawing for a medium.
        alternative: what is drawn, for readers who do not see it.
        caption: how to read it.
        chart: returns what the chart needs, as JSON values; None: the page shows the drawing.
        formats: which write it.
    """

    name: str
    draw: Callable[[Medium], bytes]
    alternative: str
    caption: str
    chart: Callable[[], Mapping[str, object]] | None = None
    formats: frozenset[Format] = EVERYWHERE
    kind = "figure"
    empty = False


@dataclass(frozen=True)
class Chart:
    """A chart of the page that has no drawing.

    Attributes:
        name: of its chart in page/charts.js.
        data: what it needs, as JSON values.
        alternative: what is drawn, for readers who do not see it.
        caption: how to read it.
        formats: which write it.
    """

    name: str
    data: Callable[[], Mapping[str, object]]
    alternative: str
    caption: str
    formats: frozenset[Format] = PAGE
    kind = "chart"
    empty = False


Block = Paragraph | Verdict | Notice | Pairs | Table | Figure | Chart


@dataclass(frozen=True)
class Section:
    """Blocks under a title.

    Attributes:
        title: plain text; without one, no heading is written.
        anchor: its id on the page, unique in a report.
        items: blocks, and sections below this one.
        folded: on a screen only the title shows until a reader opens it.
        values: further keys in JSON.
        formats: which write it.
    """

    title: str
    anchor: str
    items: Sequence[Item]
    folded: bool = False
    values: Mapping[str, object] = field(default_factory=dict)
    formats: frozenset[Format] = EVERYWHERE
    kind = "section"

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self.items

    def blocks(self) -> Iterable[Block]:
        """Yield all blocks, those of the sections below too."""
        for item in self.items:
            if isinstance(item, Section):
                yield from item.blocks()
            else:
                yield item

    def only(self, written: Format) -> Section:
        """Return the section with the items that a format writes and that are not empty.

        Paragraphs explain the other items: where there are others and all of them are empty, nothing is left.
        """
        items = [
            item.only(written) if isinstance(item, Section | Table) else item
            for item in self.items
            if written in item.formats
        ]
        explained = [item for item in items if not isinstance(item, Paragraph)]
        if explained and all(item.empty for item in explained):
            return replace(self, items=())
        return replace(self, items=[item for item in items if not item.empty])


Item = Block | Section


def mapped(section: Section, say: Callable[[str], str], heading: Callable[[str], str] | None = None) -> Section:
    """Return a section with its texts changed by a function, headings of tables by another."""
    head = heading or say

    def cell(column: Column, one: Cell) -> Cell:
        return one._replace(text=say(one.text)) if column.words else one

    def spoken(item: Item) -> Item:
        match item:
            case Section():
                return mapped(item, say, heading)
            case Paragraph():
                parts = [Term(say(p.text)) if isinstance(p, Term) else say(p) for p in item.parts]
                return replace(item, words=parts)
            case Verdict() | Notice():
                return replace(item, texts=[say(text) for text in item.texts])
            case Pairs():
                return replace(item, items=[(say(label), say(text)) for label, text in item.items])
            case Table():
                columns = [replace(column, heading=head(column.heading)) for column in item.columns]
                rows = [row._replace(cells=list(map(cell, item.columns, row.cells))) for row in item.rows]
                return replace(item, columns=columns, rows=rows)
            case Figure() | Chart():
                return replace(item, alternative=say(item.alternative), caption=say(item.caption))

    return replace(section, title=say(section.title), items=[spoken(item) for item in section.items])


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        run: the name of its run, never its path.
        sections: in their order.
        language: of the texts, where a format holds one language; of the first view on the page, which holds both.
    """

    run: str
    sections: Sequence[Section]
    language: Language = "en"

    @property
    def title(self) -> str:
        """Return the heading of it all."""
        return tr("Leaderboard: {run}", run=self.run)

    def only(self, written: Format) -> Report:
        """Return the report with what a format writes and what is not empty."""
        sections = [section.only(written) for section in self.sections if written in section.formats]
        return replace(self, sections=[section for section in sections if not section.empty])

    def spoken(self, language: Language) -> Report:
        """Return the report with its texts in one language."""
        say = partial(in_language, language=language)
        return replace(self, sections=[mapped(section, say) for section in self.sections])

    def blocks(self) -> Iterable[Block]:
        """Yield all blocks."""
        for section in self.sections:
            yield from section.blocks()
