"""The report as one self-contained page: nothing is fetched, tables are readable without scripts.

``page/`` holds its parts: a template, a style sheet, scripts that sort, filter and draw, and Plotly's basic bundle,
byte for byte that of the npm package plotly.js-basic-dist-min 4.1.1. The page carries a policy that lets a browser run
these scripts alone and fetch nothing, so that no text of a run can do either.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from hybridts.report.chinese import ON_SCREEN
from hybridts.report.language import Bilingual, in_language, tr
from hybridts.report.medium import Medium
from hybridts.report.section_parts import Chart, Column, Figure, Report, Term
from hybridts.text import visible

#: Scripts in their order; each works on what those before it define.
SCRIPTS = ("plotly-basic.min.js", "core.js", "board.js", "charts.js")


def to_html(report: Report) -> str:
    """Return the page; every text is escaped, only the style sheet and the scripts are markup."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "markup": Markup,
        "shown": partial(_shown, report.language),
        "say": partial(_said, report.language),
        "raw": _raw,
        "forms": _forms,
        "classes": _classes,
        "drawn": partial(_drawn, report.language),
    }
    environment.tests["term"] = lambda part: isinstance(part, Term)
    scripts = [_file(name) for name in SCRIPTS]
    return environment.from_string(_file("page.html.j2")).render(
        report=report.only("html"),
        language=report.language,
        style=_file("page.css"),
        scripts=scripts,
        hashes=" ".join(map(_hash, scripts)),
        values=_values(report),
        skip=tr("Skip to the result"),
        contents=tr("Contents"),
        made=tr("Made by hybridts; this file fetches nothing. Charts: Plotly.js (MIT licence)."),
    )


def _said(language: Any, text: str) -> Markup:
    """Return a text as markup; one that has two languages carries both, for the button that changes them."""
    shown = escape(_shown(language, text))
    return Markup("<span{}>{}</span>").format(_forms(text), shown) if isinstance(text, Bilingual) else shown


def _shown(language: Any, text: str) -> str:
    """Return a text in the page's language, without characters that a reader cannot see; line ends stay."""
    return "\n".join(visible(line) for line in in_language(text, language).split("\n"))


def _forms(text: str) -> Markup:
    """Return both forms of a text as attributes; nothing where it has one."""
    if not isinstance(text, Bilingual) or text.zh == str(text):
        return Markup("")
    return Markup(' data-en="{}" data-zh="{}"').format(_shown("en", text), _shown("zh", text))


def _raw(text: str) -> str:
    """Return a text of the run for scripts to compare; what HTML cannot hold is escaped."""
    return visible(text)


def _classes(column: Column) -> Markup:
    names = " ".join(name for name, on in (("words", column.words), ("minor", column.minor)) if on)
    return Markup(' class="{}"').format(names) if names else Markup("")


def _drawn(language: Any, figure: Figure) -> str:
    """Return a drawing as an address that holds it; scripts in it would not run."""
    return f"data:image/svg+xml;base64,{base64.b64encode(figure.draw(Medium('svg', language))).decode()}"


def _values(report: Report) -> str:
    """Return what the scripts read, as JSON that cannot end its script element."""
    values = {
        "language": report.language,
        "chinese": ON_SCREEN,
        "charts": {name: data() for name, data in _charts(report)},
    }
    text = json.dumps(_plain(values), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _charts(report: Report) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name and the data of every chart."""
    for block in report.only("html").blocks():
        if isinstance(block, Figure) and block.chart is not None:
            yield block.name, block.chart
        elif isinstance(block, Chart):
            yield block.name, block.data


def _plain(value: Any) -> Any:
    """Return values with texts that a reader can see, and None for numbers that JSON cannot hold."""
    if isinstance(value, dict):
        return {visible(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return visible(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _hash(script: str) -> str:
    """Return the source expression of a script in the page's policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return files("hybridts.report").joinpath("page", name).read_text(encoding="utf-8")
