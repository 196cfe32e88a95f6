"""The report as one self-contained page: tables and figures inline, nothing fetched, readable without scripts."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hybridts.report.section_parts import Report, Term


def to_html(report: Report) -> str:
    """Return the page; every text is escaped, only style, script and the svg of figures are markup."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["markup"] = Markup
    environment.tests["term"] = lambda part: isinstance(part, Term)
    page = environment.from_string(_file("template.html.j2"))
    return page.render(report=report.only("html"), style=_file("style.css"), script=_file("sort.js"))


def _file(name: str) -> str:
    return files("hybridts.report").joinpath(name).read_text(encoding="utf-8")
