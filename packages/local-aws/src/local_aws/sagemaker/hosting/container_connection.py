"""One HTTP/1.1 connection to a container: a request at a time, and its response in parts as they arrive."""

from __future__ import annotations

import asyncio
from collections import deque

import httptools

HIGH_WATER = 4 * 1024 * 1024
"""Bytes of a streamed response that may wait for their reader before the container has to wait."""


class ContainerError(Exception):
    """The container did not respond as HTTP servers do; the message says how."""


class TimedOutError(ContainerError):
    """The response took too long."""

    def __init__(self) -> None:
        super().__init__("timed out")


class NotConnectedError(ContainerError):
    """No connection could be made, so the container has not seen the request."""


class LostConnectionError(ContainerError):
    """The container closed the connection before its response was complete."""


class Connection(asyncio.Protocol):
    """A connection, and the response that is on its way. Its methods are for `ContainerClient`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._failure: ContainerError | None = None
        self._alive = True
        self._reset()

    def _reset(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._has_head = self._complete = self._paused = self._whole = False
        self.has_begun = False
        """Whether any byte of the response has arrived."""
        self.status = 0
        self.headers: dict[str, str] = {}

    @property
    def reusable(self) -> bool:
        """Whether the last response has ended, and the server keeps the connection open."""
        return self._alive and self._complete and self._failure is None

    async def send(self, message: list[bytes]) -> None:
        """Send a request, and return once the response's head has arrived. Raises `ContainerError`."""
        self._reset()
        assert self._transport  # noqa: S101 (connected before it is used)
        self._transport.writelines(message)
        while not self._has_head:
            await self._wait()

    async def part(self) -> bytes:
        """The next part of the body; empty at its end. Raises `ContainerError`."""
        while not self._parts:
            if self._complete:
                return b""
            await self._wait()
        part = self._parts.popleft()
        self._waiting_bytes -= len(part)
        if self._waiting_bytes < HIGH_WATER:
            self._resume()
        return part

    async def rest(self) -> bytes:
        """The whole body that has not been read. Raises `ContainerError`."""
        self._whole = True
        self._resume()
        while not self._complete:
            await self._wait()
        content = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        return content

    def close(self) -> None:
        """Close it; a request in progress fails."""
        self._alive = False
        if self._transport:
            self._transport.close()

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP's)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        self.has_begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ContainerError(f"no HTTP response: {error}"))
            self.close()
            return
        if self._has_head:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a response that has no length; fail every other one."""
        self._alive = False
        if self._has_head and not self.headers.keys() & {"content-length", "transfer-encoding"}:
            self._complete = True
        elif not self._complete:
            self._fail(
                LostConnectionError(f"connection closed before the response was complete{f': {exc}' if exc else ''}")
            )
        self._wake()

    # httptools' callbacks

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the response."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]},{text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """The head is complete; interim responses are skipped."""
        self.status = self._parser.get_status_code()
        self._has_head = self.status >= 200

    def on_body(self, body: bytes) -> None:
        """A part of the body; reading pauses while too much waits for a slow reader."""
        self._parts.append(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes > HIGH_WATER and not self._whole and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The response has ended."""
        if not self._has_head:
            self.headers.clear()
            return
        self._complete = True
        self._alive = self._alive and self._parser.should_keep_alive()

    def _resume(self) -> None:
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()

    async def _wait(self) -> None:
        if self._failure:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._failure:
            raise self._failure

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, failure: ContainerError) -> None:
        self._failure = self._failure or failure
        self._wake()
