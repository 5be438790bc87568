"""The one clock of the local AWS: each waiting time that AWS documents passes `LOCAL_AWS_CLOCK` times as fast.

Note: durations are divided by the speed, timestamps stay those of the real clock. With a speed of 60, an alarm's period
of 60 s is one second of the real clock. What guards a real program, such as the 60 s that a container has to respond,
is not sped up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

VARIABLE = "LOCAL_AWS_CLOCK"
"""The variable of the server with the speed."""
FASTEST = 1000.0
"""A minute of AWS then takes 60 ms, which is about what starting a thread and a request takes."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How fast AWS's waiting times pass. Thread-safe, without a thread until `after` is used."""

    speed: float = 1.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Clock:
        """The clock that the environment asks for. Raises `ValueError`, with the remedy, for an impossible speed."""
        text = environment.get(VARIABLE, "").strip() or "1"
        try:
            speed = float(text)
        except ValueError:
            speed = 0.0
        if not 1.0 <= speed <= FASTEST:
            raise ValueError(
                f"{VARIABLE}={text} is no speed: write a number from 1, as on AWS, to {FASTEST:.0f}; "
                "60 makes a minute of AWS one second."
            )
        return cls(speed)

    def seconds(self, aws_seconds: float) -> float:
        """The real seconds that a waiting time of AWS takes here."""
        return aws_seconds / self.speed

    def sleep(self, aws_seconds: float, stop: threading.Event | None = None) -> bool:
        """Wait; returns at once when ``stop`` is set. Returns whether the whole time has passed."""
        return not (stop or threading.Event()).wait(max(self.seconds(aws_seconds), 0.0))

    def after(self, aws_seconds: float, call: Callable[[], object]) -> threading.Timer:
        """Call later, in a thread that doesn't keep the server alive; `cancel` the result to call it off."""
        timer = threading.Timer(max(self.seconds(aws_seconds), 0.0), call)
        timer.daemon = True
        timer.start()
        return timer
