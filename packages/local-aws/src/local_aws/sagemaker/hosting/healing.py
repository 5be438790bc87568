"""Self-healing: an instance that ends, or stops answering pings, is replaced while the others serve.

As on SageMaker the endpoint keeps its status. Note: a server with one thread does not answer pings while it predicts.
SageMaker does not document how many pings it forgives; here an instance with requests in progress is replaced only
after more time than a request may take.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from local_aws.sagemaker.hosting.model_instance import ModelInstance

log = logging.getLogger("local_aws.hosting")

PING_SECONDS = 5.0
"""Between two pings, by the clock. SageMaker documents "periodic" pings and their time-out of 2 s."""
SHORTEST_PAUSE = 0.25
"""Real seconds between two pings, however fast the clock is."""
MISSES = 3
BUSY_SECONDS = 65.0
"""A little more than a request may take."""
RECENT_SECONDS = 600.0
LONGEST_DELAY = 60.0


class Fleet(Protocol):
    """What is watched."""

    stopping: threading.Event

    def watched(self) -> list[tuple[ModelInstance, Callable[[], None]]]:
        """Its instances that respond, each with the function that replaces it."""
        ...


@dataclass(slots=True)
class Health:
    """The pings that an instance has missed in a row."""

    misses: int = 0
    since: float = 0.0

    def note(self, *, healthy: bool, moment: float) -> None:
        """Count one ping."""
        if healthy:
            self.misses = 0
            return
        if not self.misses:
            self.since = moment
        self.misses += 1

    def is_lost(self, *, busy: bool, moment: float, busy_seconds: float = BUSY_SECONDS) -> bool:
        """Whether to replace the instance; ``busy`` is one with requests in progress."""
        return self.misses >= MISSES and (not busy or moment - self.since > busy_seconds)


def restart_delay(deaths: int) -> float:
    """Real seconds before the next start, by the number of recent deaths: none for the first, then ever longer."""
    return 0.0 if deaths <= 1 else min(2.0 ** (deaths - 2), LONGEST_DELAY)


class Deaths:
    """The recent deaths of a variant's instances."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque(maxlen=10)

    def next_delay(self) -> float:
        """Count a death; returns the real seconds until the replacement may start."""
        moment = time.monotonic()
        self._moments.append(moment)
        return restart_delay(sum(moment - each < RECENT_SECONDS for each in self._moments))


def watch(fleet: Fleet, pause: float, busy_seconds: float = BUSY_SECONDS) -> None:
    """Ping a fleet's instances every ``pause`` real seconds until it stops, and replace the lost ones."""
    healths: WeakKeyDictionary[ModelInstance, Health] = WeakKeyDictionary()
    while not fleet.stopping.wait(max(pause, SHORTEST_PAUSE)):
        for instance, replace in fleet.watched():
            health = healths.setdefault(instance, Health())
            health.note(healthy=instance.answers_ping(), moment=time.monotonic())
            busy = instance.in_flight > 0
            if health.is_lost(busy=busy, moment=time.monotonic(), busy_seconds=busy_seconds):
                log.info("endpoint %s: an instance answers no pings", instance.place.endpoint.name)
                replace()
