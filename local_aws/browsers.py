"""Keeps web pages away from the server: whoever can create a job here runs code on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
"""An ASGI application."""


def refusing_browsers(inner: Application) -> Application:
    """Answer 403 to whatever a browser sends: it adds Origin to every request that could change something.

    AWS clients never send that header.
    """

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"The local AWS does not answer web pages."})
            return
        await inner(scope, receive, send)

    return application
