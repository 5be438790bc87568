"""Keeps web pages away from the server, because any client that can create a job here runs code on this machine.

A page of any site can make its visitor's browser send requests to loopback. Browsers mark them: with `Origin` if a
request could change something, with `Sec-Fetch-*` on all others, and with the page's host name in `Host` if that name
was made to resolve to 127.0.0.1 (DNS rebinding). AWS clients send none of these.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
"""An ASGI application."""
Headers = Iterable[tuple[bytes, bytes]]
"""Headers in ASGI's form: names in lower case."""

LOOPBACK_NAMES = (b"127.0.0.1", b"localhost")


def refusing_browsers(inner: Application) -> Application:
    """Respond with 403 to a browser's request, before anything else of it is read."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: the server responds with 403
            return
        if scope["type"] == "http" and (reason := refusal(scope["headers"])):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": f"The local AWS does not answer {reason}.\n".encode()})
            return
        await inner(scope, receive, send)

    return application


def refusal(headers: Headers) -> str | None:
    """Why a request with these headers is refused, or None if no browser sent it."""
    hosts = []
    for name, value in headers:
        if name == b"origin" or name.startswith(b"sec-fetch-"):
            return f"web pages (the request has the header {name.decode()})"
        if name == b"host":
            hosts.append(value)
    if len(hosts) != 1 or not on_loopback(hosts[0]):
        return "requests for other hosts: use 127.0.0.1 or localhost in the address"
    return None


def on_loopback(host: bytes) -> bool:
    """Whether a `Host` header names this machine's loopback; a bucket may precede `localhost`."""
    name, colon, port = host.lower().partition(b":")
    if colon and not port.isdigit():
        return False
    return name in LOOPBACK_NAMES or name.endswith(b".localhost")
