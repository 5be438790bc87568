"""Runs a command in a program's surroundings, in the terminal of the caller, until it ends.

Unlike a job's program it keeps the caller's input, output and session, so that Ctrl-C, a debugger and a shell's job
control work. It shares the machine's processes for that reason; all else is as in a job.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from local_aws.runtimes.inside import namespaces, privileges, supervisor
from local_aws.runtimes.inside.removal import remove
from local_aws.runtimes.programs import Command

NOT_STARTED = 127


def run(command: Command) -> int:
    """Run the command and return its exit code, 128 + N if signal N ended it; its scratch folder is removed."""
    scratch = Path(command.scratch) if command.scratch else None
    lock = supervisor.hold(command.scratch)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        child = os.fork()
        if child == 0:
            _become(command)
        return _wait(child)
    finally:
        if scratch:
            remove(scratch)
        if lock is not None:
            os.close(lock)


def _wait(child: int) -> int:
    """Wait for the child; Ctrl-C is the child's to handle."""
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _, status = os.waitpid(child, 0)
    finally:
        signal.signal(signal.SIGINT, earlier)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _become(command: Command) -> None:
    """Enter the surroundings and execute the command; never returns."""
    try:
        if command.namespaces:
            namespaces.enter(processes=False, **command.namespaces)
            privileges.drop()
        os.chdir(command.folder)
        os.execvpe(command.arguments[0], command.arguments, command.environment)  # noqa: S606
    except BaseException as error:  # after a fork no caller could catch it
        sys.stderr.write(f"{command.arguments[0]}: {error}\n")
        sys.stderr.flush()
    os._exit(NOT_STARTED)
