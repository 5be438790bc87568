"""Programs in containers: their output goes line by line to a log sink, and their end removes the container."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors

from local_aws.runtimes.base import LogSink
from local_aws.runtimes.docker_engine.engine import Engine, suppressing_absence, words
from local_aws.runtimes.programs import LONGEST_LINE, answers_ping

log = logging.getLogger("local_aws.docker")

NOT_STARTED = 127
"""Exit code of a missing program, as in any shell."""
LOST = 1
"""Exit code of a program if the engine did not report its end."""
SIGTERM_BIT = 1 << (signal.SIGTERM - 1)
OTHERS_TERM = ["sh", "-c", "kill -TERM -1"]
"""Sends SIGTERM to every process of a container except the first."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A program to start, with the options of the engine's API."""

    image: str
    options: dict[str, Any]
    root: Path
    """The folder that the program sees as /opt/ml."""
    on_end: list[Callable[[], None]] = field(default_factory=list)
    """Functions to call once the program has ended and its container is gone."""


class ContainerProgram:
    """A `Program` of the runtime contract; the constructor starts it."""

    def __init__(self, engine: Engine, launch: Launch, log: LogSink) -> None:
        self.process_id = 0
        self._engine, self._launch, self._log = engine, launch, log
        self._exit_code = 0
        self._ended = threading.Event()
        try:
            self._container = engine.create(launch.image, **launch.options)
        except BaseException:
            self._clean_up()
            raise
        try:
            self._start()
        except docker.errors.APIError as error:
            log(f"The program could not be started: {words(error)}")
            self._exit_code = NOT_STARTED
            self._clean_up(self._container)
            self._ended.set()

    def wait(self, timeout: float | None = None) -> int:
        """See `Program.wait`. Docker reports a signal as 128 + N, as it does a program's own exit code of 128 + N."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"The program still runs after {timeout} s")
        return self._exit_code

    def terminate(self, grace_seconds: float) -> int:
        """See `Program.terminate`. A first process without a handler ignores SIGTERM: then the others get it."""
        if not self._ended.is_set():
            with suppressing_absence():
                self._send_sigterm()
            try:
                return self.wait(grace_seconds)
            except TimeoutError:
                with suppressing_absence():
                    self._engine.api.kill(self._container, signal.SIGKILL)
        return self.wait()

    def _start(self) -> None:
        """Attach before the start, so that no line is lost."""
        output = self._engine.api.attach(self._container, stream=True, demux=True)
        self._engine.api.start(self._container)
        self.process_id = int(self._engine.api.inspect_container(self._container)["State"]["Pid"])
        threading.Thread(target=self._follow, args=(output,), name=f"container {self._container}", daemon=True).start()

    def _send_sigterm(self) -> None:
        if _handles_sigterm(self.process_id):
            self._engine.api.kill(self._container, signal.SIGTERM)
            return
        execution = self._engine.api.exec_create(self._container, OTHERS_TERM, user="0")
        self._engine.api.exec_start(execution["Id"])

    def _follow(self, output: Iterator[tuple[bytes | None, bytes | None]]) -> None:
        """Log the output until its end, then read the program's exit code."""
        try:
            for line in _lines(output):
                self._log(line)
            self._exit_code = _signed(int(self._engine.api.wait(self._container)["StatusCode"]))
            if self._engine.api.inspect_container(self._container)["State"]["OOMKilled"]:
                self._log("The container ran out of memory, and the kernel killed it.")
        except Exception as error:  # the thread's last resort: callers of `wait` must see an end
            log.exception("container %s", self._container)
            self._log(f"The Docker engine lost the program: {error}")
            self._exit_code = LOST
        finally:
            self._clean_up(self._container)
            self._ended.set()

    def _clean_up(self, container: str | None = None) -> None:
        for step in (*([lambda: self._engine.remove(container)] if container else []), *self._launch.on_end):
            try:
                step()
            except Exception:  # the others must still run
                log.exception("after container %s", container)


class ContainerModelServer(ContainerProgram):
    """A `ModelServer` of the runtime contract, reached through a socket of its network (see `networks`)."""

    opt_ml = "/opt/ml"

    def __init__(self, engine: Engine, launch: Launch, url: str, log: LogSink) -> None:
        self.url = url
        super().__init__(engine, launch, log)

    def ready(self) -> bool:
        """See `ModelServer.ready`."""
        return not self._ended.is_set() and answers_ping(self.url)


def _lines(output: Iterator[tuple[bytes | None, bytes | None]]) -> Iterator[str]:
    """Whole lines of both streams, and at the end the rest without a line end."""
    rest = [b"", b""]
    for parts in output:
        for stream, part in enumerate(parts):
            *lines, rest[stream] = (rest[stream] + (part or b"")).split(b"\n")
            if len(rest[stream]) >= LONGEST_LINE:
                lines.append(rest[stream])
                rest[stream] = b""
            yield from (_text(line) for line in lines)
    yield from (_text(line) for line in rest if line)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def _signed(code: int) -> int:
    """-N for 128 + N, if that signal exists."""
    return 128 - code if code - 128 in {int(number) for number in signal.Signals} else code


def _handles_sigterm(process: int) -> bool:
    """Whether a process has a handler; assumed if the machine does not show it."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:")).split()[1]
        return bool(int(caught, 16) & SIGTERM_BIT)
    return True
