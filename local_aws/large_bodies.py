"""Large requests and answers over HTTP: put together off the event loop, and sent piece by piece.

One copy of a gigabyte takes half a second, in which the loop would answer nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
"""An ASGI application."""

PIECE = 1024 * 1024
"""Bytes that may be copied on the event loop."""


def with_large_bodies(inner: Application) -> Application:
    """The application ``inner``, which gets a request's body as one message and may answer with any amount at once."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await inner(scope, _in_one(receive), _in_pieces(send))
        else:
            await inner(scope, receive, send)

    return application


def _in_one(receive: Receive) -> Receive:
    whole = False

    async def read() -> Message:
        nonlocal whole
        message = await receive()
        if whole or not message.get("more_body"):
            whole = True
            return message
        pieces = [message["body"]]
        while message.get("more_body"):
            message = await receive()
            if message["type"] != "http.request":  # the client has gone
                return message
            pieces.append(message.get("body", b""))
        whole = True
        return {**message, "body": await _joined(pieces)}

    return read


async def _joined(pieces: list[bytes]) -> bytes:
    if sum(map(len, pieces)) <= PIECE:
        return b"".join(pieces)
    return await asyncio.to_thread(b"".join, pieces)


def _in_pieces(send: Send) -> Send:
    async def write(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or len(body) <= PIECE:
            await send(message)
            return
        view, more = memoryview(body), message.get("more_body", False)
        for start in range(0, len(view), PIECE):
            rest = more or start + PIECE < len(view)
            await send({**message, "body": bytes(view[start : start + PIECE]), "more_body": rest})

    return write
