"""A small HTTP client with connections that stay, for one request or thousands."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0
"""What SageMaker waits for a model."""
_NUMBER = re.compile(r"-?\d+\.?\d*(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    has_length: bool
    """Whether its head says how long the body is, without which an asynchronous endpoint fails the request."""

    def numbers(self) -> list[float]:
        return [float(text) for text in _NUMBER.findall(self.body.decode())]

    def __str__(self) -> str:
        return f"{self.status} {self.content_type} {self.body[:300]!r}"


class Client:
    """Asks one server; each thread has a separate connection."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._local = threading.local()

    def invoke(self, body: str | bytes, content_type: str = "text/csv", accept: str | None = None) -> Answer:
        headers = {"Content-Type": content_type, **({"Accept": accept} if accept else {})}
        return self._ask("POST", "/invocations", body.encode() if isinstance(body, str) else body, headers)

    def ping(self) -> Answer:
        return self._ask("GET", "/ping", None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            kind, has_length = response.headers.get("Content-Type") or "", "Content-Length" in response.headers
            return Answer(response.status, kind, response.read(), has_length)
        except BaseException:
            connection.close()  # the next request begins with a new one
            raise

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_SECONDS)
        connection: http.client.HTTPConnection = self._local.connection
        return connection


def at_once(connections: int, ask: Callable[[int], T], numbers: Iterable[int]) -> list[T]:
    """Call `ask` with each number, on so many threads; in order."""
    with ThreadPoolExecutor(connections) as threads:
        return list(threads.map(ask, numbers))


@contextlib.contextmanager
def in_background(call: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Start a call on a thread; what is yielded waits for its result."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(call).result
