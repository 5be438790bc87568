"""Clients that send requests to an endpoint without a pause, and note what became of each one."""

from __future__ import annotations

import csv
import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
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


class Record:
    """What became of requests, by step and fleet, and what happened meanwhile."""

    def __init__(self) -> None:
        self.events: list[tuple[float, str, str]] = []
        """Second, step and title."""
        self.step = ""
        self._results: list[Result] = []
        self._started = time.monotonic()

    def begin(self, step: str) -> None:
        """Requests that are sent from now on belong to this step."""
        self.step = step

    def event(self, title: str) -> None:
        """Note something that happened now."""
        self.events.append((self.now(), self.step, title))

    def add(self, start: float, fleet: str, error: str = "", *, step: str = "", ended: float | None = None) -> None:
        """Note a request that has ended, by default now and in this step."""
        self._results.append(Result(start, self.now() if ended is None else ended, step or self.step, fleet, error))

    def recent(self) -> Counter[str]:
        """The fleets that responded in the last half second."""
        since, fleets = self.now() - RECENT_SECONDS, Counter[str]()
        for result in reversed(self._results):
            if result.ended < since - RECENT_SECONDS:
                break
            if result.ended >= since and not result.error:
                fleets[result.fleet] += 1
        return fleets

    def of_step(self, step: str) -> list[Result]:
        """The requests that a step has had so far."""
        return [result for result in list(self._results) if result.step == step]

    def now(self) -> float:
        """Seconds since the record began."""
        return time.monotonic() - self._started

    def write(self, path: Path) -> None:
        """Write the requests of each second, step and fleet, and the events, as CSV."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["second", "step", "fleet", "requests", "errors", "event"])
            writer.writerows(self._rows())

    def _rows(self) -> Iterator[tuple[int, str, str, int, int, str]]:
        good, bad = Counter[tuple[int, str, str]](), Counter[tuple[int, str, str]]()
        for result in self._results:
            key = (int(result.ended), result.step, result.fleet)
            (bad if result.error else good)[key] += 1
        for key in sorted({*good, *bad}):
            yield (*key, good[key], bad[key], "")
        for second, step, title in self.events:
            yield (int(second), step, "", 0, 0, title)


class Traffic:
    """Some clients, each with a separate thread and connection; a context manager."""

    def __init__(
        self, record: Record, aws: LocalAws, endpoint: str, clients: int, pause: float = 0, targets: Sequence[str] = ()
    ) -> None:
        self.record, self.pause, self.targets = record, pause, targets
        """The targets are the models of a multi-model endpoint that are asked, in turn."""
        self._aws, self._path = aws, f"/endpoints/{endpoint}/invocations"
        self._pool = urllib3.connection_from_url(aws.url, maxsize=clients, retries=False)
        self._stopping, self._turns = threading.Event(), itertools.count()
        self._sending = threading.Event()
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Traffic:
        """Start the clients."""
        self._sending.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let every client end its request."""
        self._stopping.set()
        self._sending.set()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Send nothing meanwhile."""
        self._sending.clear()
        yield
        self._sending.set()

    def _send_all(self) -> None:
        signed = self._sign()
        while not self._stopping.is_set():
            self._sending.wait()
            if time.monotonic() > signed.until:
                signed = self._sign()
            self._send(dict(signed.headers))
            if self.pause:
                self._stopping.wait(self.pause)

    def _send(self, headers: dict[str, str]) -> None:
        start, step = self.record.now(), self.record.step
        if self.targets:
            headers["X-Amzn-SageMaker-Target-Model"] = self.targets[next(self._turns) % len(self.targets)]
        fleet, error = "", ""
        try:
            response = self._pool.urlopen("POST", self._path, BODY, headers, timeout=TIMEOUT_SECONDS)
            if response.status == 200:
                fleet = response.data.decode().partition(":")[0]
            else:
                error = f"{response.status} {response.data.decode(errors='replace')[:300]}"
        except urllib3.exceptions.HTTPError as failure:
            error = str(failure)
        self.record.add(start, fleet, error, step=step)

    def _sign(self) -> _Signed:
        headers = signature(self._aws, "sagemaker", BODY, {"Content-Type": "text/csv"}, path=self._path)
        return _Signed(headers, time.monotonic() + SIGNATURE_SECONDS)
