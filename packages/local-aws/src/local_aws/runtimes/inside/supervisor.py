"""Starts one program, isolates it, and leaves none of its processes behind.

It runs between the server and the program, with a `Specification` as JSON on its stdin, the program's output as its
own stdout, and a pipe on which it reports ``{"exit": CODE}`` or ``{"error": TEXT}``. SIGTERM asks the program to end,
SIGQUIT kills it. Note: with namespaces there are two supervisors: the outer one watches the server, and the inner one
is the first process of the namespaces, so that the kernel itself kills all remaining processes when it ends. Standard
library only: it must start in milliseconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.runtimes.inside import namespaces, privileges, process_tree, removal

HANDLED = (signal.SIGTERM, signal.SIGQUIT, signal.SIGCHLD)
WATCH_SECONDS = 0.25
"""How often it checks that the server is still running."""


@dataclass(frozen=True)
class Specification:
    """The program to run, and its surroundings."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    """Working directory of the program."""
    status: int
    """File descriptor on which the end is reported."""
    spare_main: bool
    """SIGTERM goes to the program's children but not to the program itself, while it has any."""
    keep_open: list[int]
    """File descriptors that the program inherits."""
    handed: list[int]
    """File descriptors for this process alone."""
    scratch: str | None
    """Folder to remove at the end."""
    namespaces: dict[str, Any] | None
    """Arguments of `namespaces.enter`, or None to run directly on the machine."""


def main() -> None:
    """Run the program of the specification on stdin, and report how it ended."""
    server = os.getppid()
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)  # until a handler can process them
    specification = Specification(**json.load(sys.stdin))
    for descriptor in (specification.status, *specification.handed):
        os.set_inheritable(descriptor, False)
    lock = hold(specification.scratch)
    try:
        exit_code = _run_isolated(specification, server) if specification.namespaces else run(specification, server)
        report: dict[str, Any] = {"exit": exit_code}
    except OSError as error:
        report = {"error": f"{error}"}
    _silence()
    with contextlib.suppress(BrokenPipeError):  # the server is gone
        os.write(specification.status, json.dumps(report).encode())
    os.close(specification.status)
    if specification.scratch:
        namespaces.leave()
        removal.remove(Path(specification.scratch))
    del lock


def hold(scratch: str | None) -> int | None:
    """Lock the scratch folder, so that a later server can tell a running program's from an abandoned one."""
    if scratch is None:
        return None
    descriptor = os.open(f"{scratch}/lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _run_isolated(specification: Specification, server: int) -> int:
    """Enter the namespaces, and run the inner supervisor as their first process."""
    namespaces.enter(**(specification.namespaces or {}))
    reader, writer = os.pipe()
    inner = os.fork()
    if inner == 0:
        os.close(reader)
        _run_inside(specification, writer)
    os.close(writer)
    _leave_to_program(specification)
    _keep(
        inner,
        server,
        terminate=lambda: process_tree.send(inner, signal.SIGTERM),
        kill=lambda: process_tree.send(inner, signal.SIGKILL),
    )
    with os.fdopen(reader, "rb") as pipe:
        report = json.loads(pipe.read() or b'{"exit": -9}')
    if "error" in report:
        raise OSError(report["error"])
    return int(report["exit"])


def _run_inside(specification: Specification, writer: int) -> None:
    try:
        namespaces.become_first_process()
        report: dict[str, Any] = {"exit": run(specification, os.getppid())}
    except BaseException as error:  # whatever the error, the outer supervisor must report it
        report = {"error": f"{type(error).__name__}: {error}"}
    os.write(writer, json.dumps(report).encode())
    os._exit(0)


def run(specification: Specification, server: int) -> int:
    """Run the program, and when its main process has ended, kill all its remaining processes."""
    process_tree.adopt_orphans()
    program = _start(specification)
    _leave_to_program(specification)
    exit_code = _keep(
        program,
        server,
        terminate=lambda: process_tree.terminate(program, specification.spare_main),
        kill=lambda: process_tree.kill(program),
    )
    process_tree.kill_remaining()
    return exit_code


def _start(specification: Specification) -> int:
    """Fork and execute the program in a separate session. Raises `OSError` if it can't be executed."""
    reader, writer = os.pipe()
    program = os.fork()
    if program == 0:
        try:
            os.close(reader)
            namespaces.die_with_parent()
            os.setsid()
            os.chdir(specification.folder)
            _redirect_input()
            os.dup2(1, 2)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            if specification.namespaces:
                privileges.drop()
            os.execvpe(specification.arguments[0], specification.arguments, specification.environment)  # noqa: S606
        except BaseException as error:  # after a fork no caller could catch it
            os.write(writer, f"{specification.arguments[0]}: {error}".encode())
        os._exit(127)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        failure = pipe.read()
    if failure:
        os.waitpid(program, 0)
        raise OSError(failure.decode(errors="replace"))
    return program


def _keep(child: int, server: int, *, terminate: Callable[[], None], kill: Callable[[], None]) -> int:
    """Reap until ``child`` has ended; pass signals on, and kill if the server is gone. Returns the exit code."""
    actions: dict[int, Callable[[], None]] = {signal.SIGTERM: terminate, signal.SIGQUIT: kill}
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in HANDLED:
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
    while True:
        if (exit_code := process_tree.reap(child)) is not None:
            return exit_code
        if os.getppid() != server:
            kill()
        if select.select([reader], [], [], WATCH_SECONDS)[0]:
            for received in os.read(reader, 64):
                actions.get(received, lambda: None)()


def _leave_to_program(specification: Specification) -> None:
    """Close this process's copies of the program's descriptors, so that they close when the program ends."""
    _silence()
    for descriptor in specification.keep_open:
        os.close(descriptor)


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _redirect_input() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


if __name__ == "__main__":
    main()
