"""The addresses of a served model."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from hybridts.app.fitted_model import FittedModel
from hybridts.app.serving.answers import Answer, as_arrow, as_json, forecast, health_of
from hybridts.app.serving.bodies import ARROW, JSON, Refused, Wanted, wanted
from hybridts.app.serving.limits import DEFAULT, Limits
from hybridts.app.serving.page import docs_page

_LOG = logging.getLogger("hybridts")


def application(model: FittedModel, limits: Limits = DEFAULT, hosts: tuple[str, ...] = ()) -> FastAPI:
    """Return the application of a model.

    Args:
        model: what is served.
        limits: of one request.
        hosts: names that a request may address the server by; empty: any.
    """
    app = FastAPI(title=f"hybridts: {model.recipe.name}", docs_url=None, redoc_url=None)
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    queue = Queue(model, limits)

    @app.exception_handler(Refused)
    async def _refused(_: Request, cause: Refused) -> Response:
        return _told(cause.status, str(cause))

    @app.exception_handler(HTTPException)
    async def _unknown(request: Request, cause: HTTPException) -> Response:
        known = "/forecast (POST), /health, /docs"
        text = f"{request.method} {request.url.path[:80]}: {cause.detail}. There are {known}."
        return _told(cause.status_code, text, cause.headers)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Return what is served."""
        return health_of(model)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(model, limits))

    @app.post("/forecast", openapi_extra=_described(model))
    async def forecast_rows(request: Request) -> Response:
        """Forecast the next values after the rows of the body."""
        body = await _body(request, limits)
        asked = wanted(body, request.headers.get("content-type", ""), request.query_params)
        answer = await queue.answer(asked)
        if ARROW in request.headers.get("accept", ""):
            return Response(await asyncio.to_thread(as_arrow, answer), media_type=ARROW)
        return Response(await asyncio.to_thread(as_json, answer, model), media_type=JSON)

    return app


class Queue:
    """Forecasts one after the other, each within its time; a model is not asked by two threads at once."""

    def __init__(self, model: FittedModel, limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forecast")
        self.waiting = 0

    async def answer(self, asked: Wanted) -> Answer:
        """Return the forecast.

        Raises:
            Refused: the request cannot be answered (4xx), too many wait (503), or it took too long (503).
        """
        if self.waiting >= self.limits.waiting:
            raise Refused(503, f"{self.waiting} forecasts wait already; try again in a moment.")
        self.waiting += 1
        job = self.worker.submit(forecast, self.model, asked)
        job.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job), self.limits.seconds)
        except TimeoutError as cause:
            job.cancel()  # one that has begun runs to its end
            text = f"the forecast took longer than {self.limits.seconds:g} seconds; send fewer rows or series."
            raise Refused(503, text) from cause
        except Refused:
            raise
        except Exception as cause:  # a fault of a model must not end the server, nor show its code
            _LOG.exception("a forecast failed")
            raise Refused(500, f"the forecast failed ({type(cause).__name__}); the server has logged it.") from cause

    def _done(self, _: Any) -> None:
        self.waiting -= 1


async def _body(request: Request, limits: Limits) -> bytes:
    """Return the body of a request.

    Raises:
        Refused: it is too large (413), encoded (415), or does not arrive in time (408).
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.casefold() != "identity":
        raise Refused(415, f"the content encoding {encoding[:40]!r} is not read; send the body as it is.")
    largest = f"the body is larger than {limits.body:,} bytes; send fewer rows, or start the server with --max-mb."
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limits.body:
        raise Refused(413, largest)
    parts: list[bytes] = []

    async def read() -> None:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > limits.body:
                raise Refused(413, largest)
            parts.append(part)

    try:
        await asyncio.wait_for(read(), limits.seconds)
    except TimeoutError as cause:
        raise Refused(408, f"the body did not arrive within {limits.seconds:g} seconds.") from cause
    return b"".join(parts)


def _told(status: int, text: str, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": text}, status, headers=dict(headers or {}))


def _described(model: FittedModel) -> dict[str, Any]:
    """Return the body of /forecast for /openapi.json."""
    row = {"type": "object", "example": example_row(model)}
    schema = {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": row},
            "future": {"type": "array", "items": {"type": "object"}},
            "horizon": {"type": "integer", "minimum": 1, "maximum": model.horizon},
            "levels": {"type": "array", "items": {"type": "number"}, "example": [80, 95]},
        },
    }
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"content": {JSON: {"schema": schema}, ARROW: binary}, "required": False}}


def example_row(model: FittedModel) -> dict[str, Any]:
    """Return a row of the data of a model, as a request gives it."""
    from hybridts.app.serving.page import first_rows

    return first_rows(model, 1)[0]
