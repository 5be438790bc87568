"""Clients that send requests to an endpoint without a pause, and note what became of each one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

import urllib3

from tests.local_aws.launcher import LocalAws
from tests.local_aws.signed import signature

BODY = b"row"
SIGNATURE_SECONDS = 60.0
"""How long a signature is used again; AWS accepts it for five minutes."""
RECENT_SECONDS = 0.5
TIMEOUT_SECONDS = 65


class Result(NamedTuple):
    """One request."""

    start: float
    """Seconds since the traffic began."""
    ended: float
    step: str
    fleet: str
    """What the container says that it is."""
    error: str
    """Empty for a good response."""


@dataclass(frozen=True)
class _Signed:
    headers: dict[str, str]
    until: float


class Traffic:
    """Some clients, each with a thread and a connection of its own; a context manager."""

    def __init__(self, aws: LocalAws, endpoint: str, clients: int) -> None:
        self.events: list[tuple[float, str]] = []
        self._aws, self._path = aws, f"/endpoints/{endpoint}/invocations"
        self._pool = urllib3.connection_from_url(aws.url, maxsize=clients, retries=False)
        self._results: list[Result] = []
        self._step, self._started, self._stopping = "", time.monotonic(), threading.Event()
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Traffic:
        """Start the clients."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let every client end its request."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def begin(self, step: str) -> None:
        """Requests that are sent from now on belong to this step."""
        self._step = step

    def event(self, title: str) -> None:
        """Note something that happened now."""
        self.events.append((self._now(), title))

    def recent(self) -> Counter[str]:
        """The fleets that responded in the last half second."""
        since, fleets = self._now() - RECENT_SECONDS, Counter[str]()
        for result in reversed(self._results):
            if result.ended < since - RECENT_SECONDS:
                break
            if result.ended >= since and not result.error:
                fleets[result.fleet] += 1
        return fleets

    def of_step(self, step: str) -> list[Result]:
        """The requests that a step has had so far."""
        return [result for result in list(self._results) if result.step == step]

    def rows(self) -> Iterator[tuple[int, str, str, int, int, str]]:
        """For each second, step and fleet: the good responses and the errors; and the events."""
        good, bad = Counter[tuple[int, str, str]](), Counter[tuple[int, str, str]]()
        for result in self._results:
            key = (int(result.ended), result.step, result.fleet)
            (bad if result.error else good)[key] += 1
        for key in sorted({*good, *bad}):
            yield (*key, good[key], bad[key], "")
        for second, title in self.events:
            yield (int(second), "", "", 0, 0, title)

    def _send_all(self) -> None:
        signed = self._sign()
        while not self._stopping.is_set():
            if time.monotonic() > signed.until:
                signed = self._sign()
            self._results.append(self._send(signed.headers))

    def _send(self, headers: dict[str, str]) -> Result:
        start, step = self._now(), self._step
        fleet, error = "", ""
        try:
            response = self._pool.urlopen("POST", self._path, BODY, headers, timeout=TIMEOUT_SECONDS)
            if response.status == 200:
                fleet = response.data.decode().partition(":")[0]
            else:
                error = f"{response.status} {response.data.decode(errors='replace')[:300]}"
        except urllib3.exceptions.HTTPError as failure:
            error = str(failure)
        return Result(start, self._now(), step, fleet, error)

    def _sign(self) -> _Signed:
        headers = signature(self._aws, "sagemaker", BODY, {"Content-Type": "text/csv"}, path=self._path)
        return _Signed(headers, time.monotonic() + SIGNATURE_SECONDS)

    def _now(self) -> float:
        return time.monotonic() - self._started
