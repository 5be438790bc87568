"""Checks broken files as `launchpad validate` does, in a process that is ended when it hangs."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from launchpad.checks.validation import Folders, Validation
from launchpad.messages.errors import Problem

HANG_SECONDS = 60
"""Seconds of the clock: many times what any file takes, because others use the machine too."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    problems: tuple[Problem, ...] = ()
    error: str = ""
    """A traceback."""
    cpu_seconds: float = 0.0


class Validator:
    """One process that checks folder after folder."""

    def __init__(self) -> None:
        self._start()

    def check(self, root: Path) -> Outcome:
        """The outcome of everything below `root`."""
        self._pipe.send(root)
        if not self._pipe.poll(HANG_SECONDS):
            self.close()
            self._start()
            return Outcome(error=f"no result after {HANG_SECONDS} s")
        try:
            outcome: Outcome = self._pipe.recv()
        except EOFError:
            self.close()
            self._start()
            return Outcome(error="the process crashed")
        return outcome

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, inner = context.Pipe()
        self._process = context.Process(target=_serve, args=(inner,), daemon=True)
        self._process.start()
        inner.close()


def _serve(pipe: Connection) -> None:
    while True:
        pipe.send(_outcome(pipe.recv()))


def _outcome(root: Path) -> Outcome:
    folders = Folders(root / "config", root / "workloads", root / "containers")
    start = time.process_time()
    try:
        problems = tuple(Validation(folders).all().problems)
    except Exception:
        return Outcome(error=traceback.format_exc())
    return Outcome(problems, cpu_seconds=time.process_time() - start)
