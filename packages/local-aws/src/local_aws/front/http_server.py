"""The HTTP server: uvicorn with a parser in C, whose small responses leave in one packet.

uvicorn writes a response's head and body separately. Each write is a system call that also wakes the client, so for
small responses it is a large part of the time that a request takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local_aws.front.browsers import Application
from local_aws.process.descriptors import Listener

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept."""
SMALL = 64 * 1024
"""Bytes up to which a write waits for the next one."""


async def serve(application: Application, listener: socket.socket, stopping: asyncio.Event) -> None:
    """Serve until ``stopping``; then requests have a second to end."""
    config = uvicorn.Config(
        application,
        http=_Connection,
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # `Ending` handles them
    serving = asyncio.create_task(server.serve(sockets=[Listener(fileno=listener.detach())]))
    await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


class _Connection(HttpToolsProtocol):  # type: ignore[misc]  # uvicorn is only in the local AWS's environment
    """uvicorn's connection, with a `_Gathering` transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(_Gathering(transport, self.loop))


class _Gathering:
    """A transport that sends what is written in one step of the event loop as one packet."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it soon, or at once if it is large, so that a slow client is noticed."""
        if len(data) > SMALL:
            self._flush()
            self._transport.write(data)
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Close once everything is sent."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            content = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts.clear()
            self._transport.write(content)
