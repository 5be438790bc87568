"""Running programs: their output goes line by line to a log sink, and ending one ends all of its processes.

Each program is a child of a small supervisor (`inside/supervisor.py`), not of the server itself, so that none of its
processes outlives a killed server.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from local_aws.runtimes.base import LogSink

RUN = Path(__file__).parent / "inside" / "run.py"
SUPERVISOR_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that Python may need to start: a program can read its supervisor's variables, so none may be a secret."""
LONGEST_LINE = 256 * 1024
"""Bytes after which a line without an end is split (CloudWatch Logs' own limit for an event)."""
PING_SECONDS = 2.0
"""How long SageMaker waits for the response to a ping."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command for a supervisor; `SupervisedProgram` sets the rest of its `Specification`."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    scratch: str | None = None
    spare_main: bool = False
    keep_open: tuple[int, ...] = ()
    handed: tuple[int, ...] = ()
    namespaces: dict[str, Any] | None = None


class SupervisedProgram:
    """A `Program` of the runtime contract; the constructor starts it. ``on_end`` is called once it has ended."""

    def __init__(self, command: Command, log: LogSink, on_end: Callable[[], object] = lambda: None) -> None:
        self._on_end = on_end
        status, supervisor_end = os.pipe()
        with os.fdopen(supervisor_end, "wb"), contextlib.ExitStack() as on_failure:
            on_failure.callback(os.close, status)
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", str(RUN), "supervisor"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(supervisor_end, *command.keep_open, *command.handed),
                env={name: value for name, value in os.environ.items() if name in SUPERVISOR_VARIABLES},
                start_new_session=True,
            )
            on_failure.pop_all()
        self.process_id = self._supervisor.pid
        self._exit_code = 0
        self._ended = threading.Event()
        self._tell({**asdict(command), "status": supervisor_end})
        follower = threading.Thread(target=self._follow, args=(os.fdopen(status, "rb"), log), daemon=True)
        follower.start()

    def wait(self, timeout: float | None = None) -> int:
        """See `Program.wait`."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"The program still runs after {timeout} s")
        return self._exit_code

    def terminate(self, grace_seconds: float) -> int:
        """See `Program.terminate`."""
        self._signal(signal.SIGTERM)
        try:
            return self.wait(grace_seconds)
        except TimeoutError:
            self._signal(signal.SIGQUIT)
            return self.wait()

    def _tell(self, specification: dict[str, Any]) -> None:
        pipe = self._supervisor.stdin
        with contextlib.suppress(BrokenPipeError):  # it has died already, and its exit code shows it
            if pipe is not None:
                with pipe:
                    pipe.write(json.dumps(specification).encode())

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._supervisor.send_signal(number)

    def _follow(self, status: IO[bytes], log: LogSink) -> None:
        """Log the output until its end, then read the program's exit code."""
        try:
            self._pass_on(log)
        finally:
            with status:
                report = json.loads(status.read() or b"{}")
            if "error" in report:
                log(f"The program could not be started: {report['error']}")
            self._exit_code = report.get("exit", 127 if "error" in report else None) or self._supervisor_exit(report)
            self._on_end()
            self._ended.set()
            self._supervisor.wait()

    def _pass_on(self, log: LogSink) -> None:
        output = self._supervisor.stdout
        if output is not None:
            with output:
                while line := output.readline(LONGEST_LINE):
                    log(line.decode("utf-8", "replace").rstrip("\r\n"))

    def _supervisor_exit(self, report: dict[str, Any]) -> int:
        """0 for a program that succeeded; without any report the supervisor was killed, so it is that signal."""
        return 0 if report else self._supervisor.wait()


class SupervisedModelServer(SupervisedProgram):
    """A `ModelServer` of the runtime contract, on a socket that was opened before it started."""

    def __init__(
        self, command: Command, listener: socket.socket, log: LogSink, on_end: Callable[[], object] = lambda: None
    ) -> None:
        host, port = listener.getsockname()
        self.url = f"http://{host}:{port}"
        self.opt_ml = command.folder
        with listener:  # from here on only the program holds it, so that connections are refused once it has ended
            super().__init__(command, log, on_end)

    def ready(self) -> bool:
        """See `ModelServer.ready`."""
        return answers_ping(self.url)


def answers_ping(url: str) -> bool:
    """Whether ``GET /ping`` returns 200 within the time that SageMaker waits for it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PING_SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def open_listener() -> socket.socket:
    """Listen on a free port of 127.0.0.1, so that the address is known, and reserved, before the program starts."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener
