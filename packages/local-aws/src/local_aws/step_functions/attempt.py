"""One attempt at a task, for the integration that waits in it: whether waiting is still useful.

A thread of the engine can't be ended from outside. It checks its attempt, ends its job, and exits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

POLL_SECONDS = 0.1
T = TypeVar("T")


class ExecutionEndedError(SystemExit):
    """No execution waits for this task any more. A SystemExit, because the engine catches all other errors."""


class Attempt:
    """An attempt of an execution (None for a state that is tested alone)."""

    def __init__(self, execution: dict[str, Any] | None) -> None:
        self.execution = execution
        self._given_up = threading.Event()

    def give_up(self) -> None:
        """Mark the attempt as timed out."""
        self._given_up.set()

    @property
    def over(self) -> bool:
        """Whether the state has timed out, or the execution was stopped."""
        return self._given_up.is_set() or (self.execution is not None and self.execution["status"] != "RUNNING")

    def wait(self, look: Callable[[], T | None], cancel: Callable[[], object]) -> T:
        """Call ``look`` until it returns a value; when the attempt is over, call ``cancel`` and exit."""
        while (result := look()) is None:
            if self.over:
                cancel()
                raise ExecutionEndedError
            time.sleep(POLL_SECONDS)
        return result


current: ContextVar[Attempt] = ContextVar("attempt")
"""The attempt of this thread; the engine copies its context into the threads that it starts."""
