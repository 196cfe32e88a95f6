"""The report as JSON for programs: all raw values by name, and the texts of every section.

``leaderboard.schema.json`` beside this file is a JSON Schema that says what every key holds; "schema" in the file is
its version, which changes when a key changes its meaning or goes. New keys may come.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from hybridts.report.section_parts import Figure, Notice, Pairs, Paragraph, Report, Section, Table, Verdict

#: Version of the layout, which `leaderboard.schema.json` beside this file describes.
SCHEMA = 1


def to_json(report: Report) -> str:
    """Return the text of the file; an unknown number is null, an infinite one a text.

    Data of sections that are empty in this run keep their keys.

    Raises:
        ValueError: two blocks have the same name.
    """
    named: list[tuple[str, object]] = [("schema", SCHEMA), ("run", report.run)]
    for section in report.sections:
        named += _values(section)
    named.append(("sections", [text for section in report.only("json").sections for text in _texts(section)]))
    value = dict(named)
    if len(value) < len(named):
        names = [name for name, _ in named]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"JSON keys of two blocks: {', '.join(twice)}. Give each block a name of its own.")
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _values(section: Section) -> list[tuple[str, object]]:
    """Return the data of a section by name."""
    values = list(section.values.items())
    for item in section.items:
        if isinstance(item, Section):
            values += _values(item)
        elif isinstance(item, Table) and item.name:
            values.append((item.name, _records(item.data)))
        elif isinstance(item, Pairs) and item.name:
            values.append((item.name, dict(item.items)))
        elif isinstance(item, Verdict | Notice):
            values.append((item.name, list(item.texts)))
    return values


def _texts(section: Section) -> list[dict[str, object]]:
    """Return the running text of a section, if any, and of those below it."""
    texts: list[str] = []
    below: list[dict[str, object]] = []
    for item in section.items:
        if isinstance(item, Section):
            below += _texts(item)
        elif isinstance(item, Paragraph):
            texts.append(item.text)
        elif isinstance(item, Figure):
            texts += [item.alternative, item.caption]
    own: dict[str, object] = {"anchor": section.anchor, "title": section.title, "text": texts}
    return [own, *below] if texts else below


def _records(data: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values."""
    return [
        {c: _plain(v) for c, v in zip(data.columns, row, strict=True)}
        for row in data.astype(object).itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    return value.item() if hasattr(value, "item") else value
