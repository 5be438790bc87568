"""The requests of one asynchronous endpoint that wait or are in progress, oldest first."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from local_aws.api.service import Scope
from local_aws.api.store import Record
from local_aws.sagemaker.hosting.async_requests import AsyncRequest


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, and the record that outlives the server."""

    request: AsyncRequest
    record: Record


class Backlog:
    """The queue of one endpoint. Thread-safe."""

    def __init__(self, scope: Scope, endpoint: str) -> None:
        self.scope, self.endpoint = scope, endpoint
        self._waiting: deque[Entry] = deque()
        self._running: list[Entry] = []
        self._changed = threading.Condition()

    def add(self, entry: Entry) -> None:
        """Add a request at the end."""
        with self._changed:
            self._waiting.append(entry)
            self._changed.notify_all()

    def next(self, seconds: float) -> Entry | None:
        """The oldest waiting request, which stays in the queue; None if none arrives in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, seconds)
            return self._waiting[0] if self._waiting else None

    def begin(self, entry: Entry) -> None:
        """Take a request out of the queue, because an instance processes it."""
        with self._changed:
            self._waiting.remove(entry)
            self._running.append(entry)

    def give_back(self, entry: Entry) -> None:
        """Put a request back to the front, because its instance has left."""
        with self._changed:
            self._running.remove(entry)
            self._waiting.appendleft(entry)
            self._changed.notify_all()

    def end(self, entry: Entry) -> None:
        """Forget a request, which has its result."""
        with self._changed:
            self._running.remove(entry)

    def take_expired(self, speed: float) -> list[Entry]:
        """Take out the requests that have waited too long."""
        now = time.time()
        with self._changed:
            expired = [entry for entry in self._waiting if entry.request.has_expired(now, speed)]
            for entry in expired:
                self._waiting.remove(entry)
            return expired

    def take_all(self) -> list[Entry]:
        """Take out every waiting request, because the endpoint has been deleted."""
        with self._changed:
            entries = list(self._waiting)
            self._waiting.clear()
            return entries

    def sizes(self) -> tuple[int, int]:
        """How many wait, and how many are in progress."""
        with self._changed:
            return len(self._waiting), len(self._running)

    def age(self) -> float:
        """Seconds since the oldest waiting request was received; 0 if none waits."""
        with self._changed:
            return time.time() - self._waiting[0].request.received if self._waiting else 0.0
