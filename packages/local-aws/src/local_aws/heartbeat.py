"""The one thread that lets time pass: measurements are published, alarms evaluated and capacities scaled, on the clock.

It wakes each ten seconds of the clock, right after the period has ended, and does nothing where nothing is used.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

from local_aws.clock import Clock

log = logging.getLogger("local_aws.heartbeat")

STEP, MINUTE = 10.0, 60.0
SHORTEST_SECONDS = 0.05
"""Between two beats, however fast the clock is."""
LATE_SECONDS = 0.002
"""How long after a period's end, so that it has surely ended."""


class Beat(Protocol):
    """What happens at a beat. Moments are in seconds since 1970."""

    def __call__(self, start: float, end: float, minute: float | None) -> None:
        """``start`` and ``end`` of the period that has ended; ``minute`` is the middle of a minute that has ended."""


class Heartbeat:
    """Calls a function at each beat until it is closed."""

    def __init__(self, clock: Clock, beat: Beat) -> None:
        self._clock, self._beat = clock, beat
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End it; a beat in progress goes on."""
        self._ended.set()

    def _run(self) -> None:
        step, width = max(self._clock.seconds(STEP), SHORTEST_SECONDS), self._clock.seconds(MINUTE)
        minute = math.floor(time.time() / width)
        while not self._ended.wait(step - time.time() % step + LATE_SECONDS):
            now = time.time()
            end = math.floor(now / step) * step
            before, minute = minute, math.floor(now / width + 1e-6)
            middle = (minute - 0.5) * width if minute > before else None
            _guarded(lambda: self._beat(end - step, end, middle))  # noqa: B023 (called at once)


def _guarded(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        log.exception("a beat failed")
