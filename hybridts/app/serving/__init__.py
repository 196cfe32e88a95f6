"""A fitted model behind HTTP: `hybridts serve MODEL`. Needs the extra `serve` (FastAPI and uvicorn).

    limits        bytes of a body, seconds of a request, forecasts that may wait
    bodies        rows of a request, JSON or Arrow, become frames; hostile ones are refused with a status
    answers       the forecast of a request, as JSON or Arrow
    application   the addresses: /forecast, /health, /docs
    page          the page of /docs, which needs no network
    server        the port, and the server on it

Only this folder imports FastAPI and uvicorn.
"""
