"""Large requests and responses over HTTP: joined off the event loop, and sent piece by piece.

Copying a gigabyte takes half a second, in which the loop would respond to no other request.
"""

from __future__ import annotations

import asyncio
from typing import Any

from local_aws.front.browsers import Application

PIECE = 1024 * 1024
"""Bytes that may be copied on the event loop."""
STORED = "local_aws.stored_body"
"""Key of an ASGI message: the `StoredBody` of a request whose body is in a file; the message's own body is empty."""


async def joined(pieces: list[bytes]) -> bytes:
    """All pieces joined; without a copy if there is only one."""
    if sum(map(len, pieces)) <= PIECE:
        return b"".join(pieces)
    return await asyncio.to_thread(b"".join, pieces)


def in_pieces(inner: Application) -> Application:
    """Wrap ``inner``, which may respond with any amount at once, to send pieces."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def write(message: dict[str, Any]) -> None:
            body = message.get("body", b"")
            if message["type"] != "http.response.body" or len(body) <= PIECE:
                await send(message)
                return
            view, more = memoryview(body), message.get("more_body", False)
            for start in range(0, len(view), PIECE):
                rest = more or start + PIECE < len(view)
                await send({**message, "body": bytes(view[start : start + PIECE]), "more_body": rest})

        await inner(scope, receive, write)

    return application
