"""Every IAM decision, recorded once: one line of JSON per principal, action, resource and outcome."""

from __future__ import annotations

import json
import threading
from pathlib import Path


class Recorder:
    """Appends to a file; thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: set[tuple[str, str, str, bool]] = set()

    def record(self, principal: str, action: str, resource: str, *, allowed: bool) -> None:
        """Record a decision, unless it has been recorded already."""
        decision = (principal, action, resource, allowed)
        with self._lock:
            if decision in self._known:
                return
            self._known.add(decision)
            line = {"principal": principal, "action": action, "resource": resource, "allowed": allowed}
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
