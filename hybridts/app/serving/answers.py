"""The forecast of a request, and its form: JSON or Arrow."""

from __future__ import annotations

import inspect
import json
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from hybridts.app.forecast_table import json_of
from hybridts.app.serving.bodies import Refused, Wanted
from hybridts.errors import HybridtsError

if TYPE_CHECKING:
    import pandas as pd

    from hybridts.app.fitted_model import FittedModel


class Answer(NamedTuple):
    """A forecast, and what its reader must know."""

    table: pd.DataFrame
    notices: tuple[str, ...]


def forecast(model: FittedModel, request: Wanted) -> Answer:
    """Forecast what a request asks for; not to be called from two threads at once, since it catches warnings.

    Raises:
        Refused: the rows or an option cannot be used (422).
    """
    accepted = inspect.signature(model.predict).parameters
    for name in request.options:
        if name not in accepted:
            raise Refused(422, f"this version of hybridts forecasts no {name}; leave it out.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = model.predict(request.future, new_rows=request.rows, **request.options)
        except HybridtsError as cause:
            raise Refused(422, str(cause)) from cause
    said = (str(warning.message) for warning in caught if issubclass(warning.category, UserWarning))
    return Answer(table, tuple(dict.fromkeys(said)))


def as_json(answer: Answer, model: FittedModel) -> bytes:
    """Return {"model", "horizon", "forecast": rows, "notices"}."""
    head = {"model": model.recipe.name, "horizon": model.horizon, "notices": list(answer.notices)}
    text = json.dumps(head, ensure_ascii=False)
    return f'{text[:-1]}, "forecast": {json_of(answer.table)}}}'.encode()


def as_arrow(answer: Answer) -> bytes:
    """Return the rows as an Arrow stream; notices are in the metadata of its schema."""
    import pyarrow as pa

    table = pa.Table.from_pandas(answer.table, preserve_index=False)
    notices = json.dumps(list(answer.notices), ensure_ascii=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"notices": notices.encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def health_of(model: FittedModel) -> dict[str, Any]:
    """Return the facts of /health."""
    from hybridts import __version__

    panel, roles = model.loaded.panel, model.roles
    return {
        "status": "ok",
        "model": model.recipe.name,
        "horizon": model.horizon,
        "series": len(panel),
        "columns": {
            "id": roles.id or "unique_id",
            "time": roles.time or "ds",
            "target": list(roles.target) or ["y"],
            "past": list(panel.columns.get("past", ())),
            "future": list(panel.columns.get("future", ())),
            "static": list(panel.columns.get("static", ())),
        },
        "freq": panel.freq,
        "hybridts": __version__,
    }
