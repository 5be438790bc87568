"""A run that starts other jobs and looks at them until they have ended: a tuning job's, or a pipeline execution's."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any


class SupervisingRun(ABC):
    """One run, in a separate thread. `stop` and `abandon` may be called from any thread; they don't block."""

    def __init__(self, name: str, ended: Callable[[], object]) -> None:
        self._ended = ended
        self._stopping = threading.Event()
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def _run(self) -> None:
        """Run to the end, in the thread, and call `_ended`."""

    @abstractmethod
    def _change(self, status: str, **members: Any) -> None:
        """Change what is described."""

    def submit(self) -> None:
        """Start the run."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the jobs that run, then the run."""
        if not self._stopping.is_set():
            self._change("Stopping")
            self._stopping.set()

    def abandon(self) -> None:
        """End the thread, because the server stops; the services of the jobs end these."""
        self._abandoned = True
        self._stopping.set()
