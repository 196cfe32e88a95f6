"""The page of /docs: how to ask for a forecast, and a form to try it. It fetches nothing but its own server."""

from __future__ import annotations

import html
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridts.app.fitted_model import FittedModel
    from hybridts.app.serving.limits import Limits
    from hybridts.data.panel import Panel

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} - hybridts</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }}
pre, textarea {{ font: 14px/1.4 ui-monospace, monospace; overflow: auto; width: 100%; box-sizing: border-box; }}
pre {{ padding: .75rem; border: 1px solid; border-radius: .4rem; max-height: 24rem; }}
textarea {{ height: 14rem; }}
code {{ font-family: ui-monospace, monospace; }}
table {{ border-collapse: collapse; }} td, th {{ text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top; }}
</style></head><body>
<h1>{name}</h1>
<p>Forecasts up to {horizon} steps of {series} series. <a href="/health">/health</a> lists the columns,
<a href="/openapi.json">/openapi.json</a> describes the addresses for programs.</p>
<h2>POST /forecast</h2>
<table>
<tr><th scope="row"><code>rows</code></th><td>new rows, the whole history or the part after the fit: a list of objects,
or an object of columns. Without rows, the forecast starts from the data of the fit. Rows without a target are rows to
come.</td></tr>
<tr><th scope="row"><code>future</code></th><td>known-future columns of the next rows, where the model has such
columns</td></tr>
<tr><th scope="row"><code>horizon</code></th><td>fewer steps than {horizon}</td></tr>
<tr><th scope="row"><code>levels</code></th><td>intervals in percent, such as [80, 95]</td></tr>
</table>
<p>An Arrow stream (<code>application/vnd.apache.arrow.stream</code>) of rows is taken, too, with horizon and levels
in the query, and given for the header <code>accept</code> of this type. A body has at most {body:,} bytes, a request
{seconds:g} seconds. What cannot be used is refused with 4xx and <code>{{"error": "..."}}</code>.</p>
<h2>Try it</h2>
<label for="body">Body</label>
<textarea id="body" spellcheck="false">{example}</textarea>
<p><button id="send" type="button">Forecast</button></p>
<pre id="answer" role="status" aria-label="Answer" tabindex="0"></pre>
<script>
document.getElementById("send").onclick = async () => {{
  const out = document.getElementById("answer");
  try {{
    const body = document.getElementById("body").value;
    const answer = await fetch("/forecast", {{method: "POST", headers: {{"content-type": "application/json"}}, body}});
    out.textContent = answer.status + "\\n" + JSON.stringify(await answer.json(), null, 1);
  }} catch (error) {{ out.textContent = String(error); }}
}};
</script>
</body></html>
"""


def docs_page(model: FittedModel, limits: Limits) -> str:
    """Return the page."""
    body: dict[str, Any] = {"rows": first_rows(model, 3)}
    if model.loaded.panel.future.size:
        body["future"] = next_rows(model)
    example = json.dumps(body, indent=1, ensure_ascii=False)
    return _PAGE.format(
        name=html.escape(model.recipe.name),
        horizon=model.horizon,
        series=len(model.loaded.panel),
        body=limits.body,
        seconds=limits.seconds,
        example=html.escape(example),
    )


def first_rows(model: FittedModel, count: int) -> list[dict[str, Any]]:
    """Return the newest rows of the first series, as a request gives them."""
    from hybridts.data import calendar

    panel = model.loaded.panel
    rows = range(max(int(panel.starts[0]), int(panel.stops[0]) - count), int(panel.stops[0]))
    times = calendar.to_pandas(panel.times[rows.start : rows.stop], panel.freq)
    found = []
    for at, time in zip(rows, times, strict=True):
        row = {**_key(panel, time), "y": _cell(float(panel.values[at]))}
        for role in ("past", "future", "static"):
            if panel.columns.get(role):
                row |= _covariates(panel, role, panel.static[0] if role == "static" else getattr(panel, role)[at])
        found.append(row)
    return found


def next_rows(model: FittedModel) -> list[dict[str, Any]]:
    """Return the next rows of the first series, with known-future columns as they were last."""
    from hybridts.data import calendar

    panel = model.loaded.panel
    last = int(panel.stops[0]) - 1
    ahead = calendar.later(panel.times[[last]], panel.freq, panel.step, model.horizon).ravel()
    columns = _covariates(panel, "future", panel.future[last])
    return [{**_key(panel, time), **columns} for time in calendar.to_pandas(ahead, panel.freq)]


def _key(panel: Panel, time: Any) -> dict[str, Any]:
    return {"unique_id": panel.ids[0], "ds": str(time) if panel.freq else int(time)}


def _covariates(panel: Panel, role: str, values: Any) -> dict[str, Any]:
    """Return covariates of one row by name, text columns as text."""
    found: dict[str, Any] = {}
    for name, value in zip(panel.columns.get(role, ()), values, strict=True):
        labels, cell = panel.categories.get(name), _cell(float(value))
        found[name] = labels[int(cell)] if labels and cell is not None else cell
    return found


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else value
