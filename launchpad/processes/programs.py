"""Runs a program in a separate process group, so that Ctrl-C reaches it through us and it ends with its children.

On Linux the kernel also ends it when we are killed. That is tied to the thread that started it, so start programs
from the main thread.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from launchpad.processes import interrupts

GRACE_SECONDS = 10.0
_ASK_KERNEL = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15);"  # PR_SET_PDEATHSIG, SIGTERM
    "os.getppid() == int(sys.argv[1]) and os.execvp(sys.argv[2], sys.argv[2:])"
)
"""Requests SIGTERM for our end, then executes the real program; `preexec_fn` is unsafe with threads."""

_running: list[Program] = []


class Program:
    """One running program. `end_all` ends those that still run."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        folder: Path,
        output: IO[Any] | int = subprocess.PIPE,
    ) -> Program:
        """Start `command` with its output and errors as one stream to `output`, by default to `process.stdout`.

        Raises:
            OSError: it can't be started.
        """
        with interrupts.held():
            program = cls(
                subprocess.Popen(
                    [*_launcher(), *(str(part) for part in command)],
                    env=dict(environment),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    process_group=0,
                )
            )
            _running.append(program)
        return program

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self.process.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end; return the exit code. Raises `subprocess.TimeoutExpired`."""
        code = self.process.wait(seconds)
        self._forget()
        return code

    def end(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Send SIGTERM and, after its end or the grace period, SIGKILL to its whole group. Safe to call twice."""
        with interrupts.held():
            if self.process.poll() is None:
                self.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(grace_seconds)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._forget()

    def _forget(self) -> None:
        if self in _running:
            _running.remove(self)


def end_all() -> None:
    """End every program that still runs, the newest first, because it may use an older one."""
    with interrupts.ignored():
        while _running:
            _running[-1].end()


def wait_until(ready: Callable[[], bool], seconds: float, interval: float = 0.05) -> bool:
    """Poll `ready`; False if it is not true after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def _launcher() -> list[str]:
    """The prefix of a command that makes it end with this process. Only Linux supports this."""
    return [sys.executable, "-I", "-S", "-c", _ASK_KERNEL, str(os.getpid())] if sys.platform == "linux" else []
