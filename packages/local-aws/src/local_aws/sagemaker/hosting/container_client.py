"""An HTTP client for containers on the event loop: kept connections, no threads, time-outs for a whole response.

It does what a container's server needs and no more (no redirects, proxies or cookies), because it is in the path of
every invocation; httptools, which is in C, reads the responses. Use it on the server's event loop only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from local_aws.sagemaker.hosting.container_connection import (
    Connection,
    LostConnectionError,
    NotConnectedError,
    TimedOutError,
)

CONNECT_SECONDS = 5.0
STALE_SECONDS = 0.1
"""How soon after a request the loss of a kept connection shows that the server had closed it before."""
KEPT = 64
"""Idle connections per container: as many as requests that one variant may have at once."""

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ContainerResponse:
    """A response that has arrived completely."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def is_failure(self) -> bool:
        """Whether the status is no success."""
        return not 200 <= self.status < 300


class StreamedResponse:
    """A response whose body arrives in parts. Read `parts` to the end, or call `close`."""

    def __init__(self, client: ContainerClient, connection: Connection, url: str) -> None:
        self._client, self._connection, self._url = client, connection, url
        self._released = False
        self.status, self.headers = connection.status, connection.headers

    @property
    def is_failure(self) -> bool:
        """Whether the status is no success."""
        return not 200 <= self.status < 300

    async def parts(self, seconds: float) -> AsyncIterator[bytes]:
        """Each part as it arrives. Raises `ContainerError` if it breaks off or takes more than ``seconds`` in all."""
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while part := await self._next(deadline):
                yield part
        except TimeoutError as error:
            raise TimedOutError from error
        finally:
            self.close()

    async def read(self, seconds: float) -> bytes:
        """The rest of the body."""
        return b"".join([part async for part in self.parts(seconds)])

    async def _next(self, deadline: float) -> bytes:
        async with asyncio.timeout_at(deadline):
            return await self._connection.part()

    def close(self) -> None:
        """Keep the connection for the next request, or close it if the body has not ended."""
        if not self._released:
            self._released = True
            self._client.release(self._url, self._connection)


class ContainerClient:
    """Sends requests to containers, which are known by their URL, such as ``http://127.0.0.1:8080``."""

    def __init__(self) -> None:
        self._idle: dict[str, deque[Connection]] = {}

    async def post(self, url: str, path: str, headers: Headers, body: bytes, seconds: float) -> ContainerResponse:
        """POST and wait for the whole response. Raises `ContainerError`."""
        return await self.request("POST", url, path, headers, body, seconds)

    async def request(
        self, method: str, url: str, path: str, headers: Headers, body: bytes, seconds: float
    ) -> ContainerResponse:
        """Send a request and wait for the whole response, at most ``seconds``. Raises `ContainerError`."""
        message = _message(method, url, path, headers, body)
        try:
            async with asyncio.timeout(seconds):
                connection = await self._send(url, message)
                try:
                    content = await connection.rest()
                finally:
                    self.release(url, connection)
        except TimeoutError as error:
            raise TimedOutError from error
        return ContainerResponse(connection.status, connection.headers, content)

    async def stream(self, url: str, path: str, headers: Headers, body: bytes, seconds: float) -> StreamedResponse:
        """POST, and return once the response's head has arrived, at most after ``seconds``. Raises `ContainerError`."""
        message = _message("POST", url, path, headers, body)
        try:
            async with asyncio.timeout(seconds):
                return StreamedResponse(self, await self._send(url, message), url)
        except TimeoutError as error:
            raise TimedOutError from error

    def release(self, url: str, connection: Connection) -> None:
        """Keep a connection whose response is complete; close every other one."""
        idle = self._idle.setdefault(url, deque())
        while idle and not idle[0].reusable:
            idle.popleft()
        if connection.reusable and len(idle) < KEPT:
            idle.append(connection)
        else:
            connection.close()

    def forget(self, url: str) -> None:
        """Close the idle connections to a container that ends."""
        for connection in self._idle.pop(url, ()):
            connection.close()

    async def _send(self, url: str, message: list[bytes]) -> Connection:
        """Send the message and wait for the response's head.

        A server may close a kept connection just when it is used again: such a request is sent once more, on a new one.
        A connection that is lost later is not, because the request itself may have ended the server.
        """
        start = asyncio.get_running_loop().time()
        if (connection := self._kept(url)) is None:
            return await _head(await _connect(url), message)
        try:
            return await _head(connection, message)
        except LostConnectionError as loss:
            if connection.has_begun or asyncio.get_running_loop().time() - start > STALE_SECONDS:
                raise
            try:
                connection = await _connect(url)
            except NotConnectedError:
                raise loss from None
            return await _head(connection, message)

    def _kept(self, url: str) -> Connection | None:
        idle = self._idle.get(url)
        while idle:
            connection = idle.pop()  # the last one used: the others time out at the server
            if connection.reusable:
                return connection
        return None


async def _head(connection: Connection, message: list[bytes]) -> Connection:
    try:
        await connection.send(message)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connect(url: str) -> Connection:
    address = urlsplit(url)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, address.hostname or "", address.port or 80
            )
    except (OSError, TimeoutError) as error:
        raise NotConnectedError(f"no connection to {address.netloc}: {error}") from error
    return connection


def _message(method: str, url: str, path: str, headers: Headers, body: bytes) -> list[bytes]:
    """The request as bytes; a large body is not copied."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    host = url.partition("//")[2]
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    return [head.encode("utf-8"), body] if body else [head.encode("utf-8")]
