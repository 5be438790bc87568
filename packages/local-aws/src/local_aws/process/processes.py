"""The guard: a second process that ends everything that the server has started, however the server ended.

Jobs, model servers and Lambda workers have a mark in their environment, which their own children inherit. The guard
waits for the server's end (the pipe between them closes, even on SIGKILL) and kills every process with that mark.
A parent-death signal would not suffice: Linux sends it when the *thread* that started the child ends, and
grandchildren never get it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

from local_aws.process import guard
from local_aws.settings import Settings

FINISH_SECONDS = 10.0
"""How long the server waits for the guard; the guard continues without the server."""
MARK = guard.MARK
"""Name of the variable. A program that starts with a separate environment needs `mark()` in it."""


def mark() -> dict[str, str]:
    """The variable that identifies a child of this server to the guard."""
    return {MARK: os.environ[MARK]}


def end_children() -> None:
    """Kill every process of this run except the server itself."""
    guard.end_marked(f"{MARK}={os.environ[MARK]}".encode(), {os.getpid()})


@dataclass
class Guard:
    """The guard process of this run."""

    process: subprocess.Popen[bytes]
    folder: str
    """The folder that it removes at the end; empty to keep everything."""

    @classmethod
    def start(cls, settings: Settings) -> Guard:
        """Start the guard and mark this process, so that all its later children are marked."""
        run = uuid.uuid4().hex
        folder = "" if settings.keep_state else str(settings.state)
        command = [sys.executable, "-I", "-S", str(Path(guard.__file__)), run, str(os.getpid()), folder]
        # A separate session, so that neither Ctrl-C nor a kill of the server's process group reaches it.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd="/")
        os.environ[MARK] = run  # after the guard's own start, so that it does not find itself
        return cls(process, folder)

    def finish(self) -> None:
        """End the remaining processes and remove the folder; returns when that is done, or takes too long.

        May be called twice, from two threads.
        """
        assert self.process.stdin  # noqa: S101 (it was opened as a pipe)
        if self.process.poll():  # it was killed
            end_children()
            guard.remove(self.folder)
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.process.stdin.close()
            self.process.wait(timeout=FINISH_SECONDS)
