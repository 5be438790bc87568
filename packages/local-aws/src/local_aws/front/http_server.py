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
from local_aws.front.private_networks import CUT
from local_aws.process.descriptors import Listener

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept."""
MAX_HEAD = 65_535
"""Bytes of a URL, and of a head that arrives in pieces. The parser in C accepts no longer URL."""
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
SMALL = 64 * 1024
"""Bytes up to which a write waits for the next one."""


async def serve(application: Application, listener: socket.socket, stopping: asyncio.Event) -> None:
    """Serve until ``stopping``; then requests have a second to end."""
    config = uvicorn.Config(
        application,
        http=_Connection,
        loop="none",
        ws="none",
        lifespan="on",  # it starts the schedules
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
        self._head_bytes, self._in_head = 0, True

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless a head never ends."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope[CUT] = self.transport.abort
        self._head_bytes, self._in_head = 0, True

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that can't be read: with 431 if its head is too long."""
        if max(len(self.url or b""), self._head_bytes) <= MAX_HEAD:
            super().send_400_response(msg)
        elif not self.transport.is_closing():
            self.transport.write(TOO_LONG)
            self.transport.close()


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
