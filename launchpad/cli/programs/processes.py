"""A program in a process group of its own, so that Ctrl-C reaches it through us and it ends with its children.

On Linux the kernel also ends it when we are killed outright; that goes by the starting thread, hence: start programs
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

from launchpad.cli.programs import interrupts

GRACE_SECONDS = 10.0
_ASK_KERNEL = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15);"  # PR_SET_PDEATHSIG, SIGTERM
    "os.getppid() == int(sys.argv[1]) and os.execvp(sys.argv[2], sys.argv[2:])"
)
"""A program that becomes another one, once it has asked for SIGTERM on our end; `preexec_fn` is not for threads."""

_running: list[Program] = []


class Program:
    """One running program. `end_all` ends those that nobody ended."""

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
        """Start `command`, its output and errors as one stream to `output`, by default to `process.stdout`.

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
        """None while it runs."""
        return self.process.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end; the exit code. Raises `subprocess.TimeoutExpired`."""
        code = self.process.wait(seconds)
        self._forget()
        return code

    def end(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """SIGTERM, and after its end or the grace time SIGKILL to all of its group. Safe to call twice."""
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
    """End every program that still runs, the newest first: it may use an older one."""
    with interrupts.ignored():
        while _running:
            _running[-1].end()


def wait_until(ready: Callable[[], bool], seconds: float, interval: float = 0.05) -> bool:
    """Ask `ready` again and again; False if it has not come true after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def _launcher() -> list[str]:
    """What stands before a command so that it ends with this process. Only Linux's kernel can be asked."""
    return [sys.executable, "-I", "-S", "-c", _ASK_KERNEL, str(os.getpid())] if sys.platform == "linux" else []
