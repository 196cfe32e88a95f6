"""The server of a model: the port, and what is said about it."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any

from hybridts.app.fitted_model import FittedModel
from hybridts.app.serving.limits import Limits
from hybridts.errors import UserError
from hybridts.files import reason

#: Names of this machine for itself.
LOOPBACK = ("localhost", "127.0.0.1")


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port; port 0 is any free one.

    Raises:
        UserError: the port is in use or needs rights, or the host is not an address of this machine.
    """
    if not 0 <= port <= 65535:
        raise UserError(f"--port must be between 0 and 65535, found {port}; 0 takes a free one.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as cause:
        raise UserError(f"--host {host}: there is no such address ({reason_of(cause)}). Leave it out.") from cause
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
    except OSError as cause:
        found.close()
        if cause.errno == errno.EADDRINUSE:
            text = f"port {port} of {host} is in use by another program: give another --port, or 0 for a free one."
            raise UserError(text) from cause
        if cause.errno == errno.EACCES:
            raise UserError(f"port {port} needs the rights of an administrator: give a --port above 1023.") from cause
        raise UserError(f"{host}:{port} cannot be used: {reason(cause)}.") from cause
    return found


def reason_of(cause: Exception) -> str:
    """Return why an address was not found."""
    return reason(cause) if isinstance(cause, OSError) else str(cause)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(listening: socket.socket, host: str) -> str:
    """Return the address of a server."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"


def serve(model: FittedModel, listening: socket.socket, host: str, limits: Limits) -> None:
    """Serve a model until the process is stopped.

    Raises:
        UserError: FastAPI or uvicorn is not installed.
    """
    uvicorn = server_library()
    from hybridts.app.serving.application import application

    hosts = tuple(dict.fromkeys((*LOOPBACK, host))) if is_loopback(host) and ":" not in host else ()
    app = application(model, limits, hosts)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        limit_concurrency=limits.waiting * 4,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


def server_library() -> Any:
    """Return uvicorn.

    Raises:
        UserError: it or FastAPI is not installed.
    """
    try:
        import fastapi  # noqa: F401 - whether it is there
        import uvicorn
    except ImportError as cause:
        raise UserError(
            f"serving needs FastAPI and uvicorn ({cause.name} is not installed): pip install fastapi uvicorn."
        ) from cause
    return uvicorn
