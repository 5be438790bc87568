"""Finds, signals and reaps all the processes that descend from this one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PROCESSES = Path("/proc")


def adopt_orphans() -> None:
    """Make orphaned descendants children of this process (Linux only; elsewhere they escape)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(child: int) -> int | None:
    """Collect every process that has ended. Returns the exit code of ``child`` if it is among them."""
    exit_code = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
            if ended[0] == child:
                exit_code = os.waitstatus_to_exitcode(ended[1])
    return exit_code


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def terminate(program: int, spare_main: bool) -> None:
    """Send SIGTERM to the whole tree, or with ``spare_main`` to all but its top while that has children."""
    family = descendants(os.getpid())
    others = [pid for pid in family if pid != program]
    for pid in others if spare_main and others else family:
        send(pid, signal.SIGTERM)


def kill(program: int) -> None:
    """SIGKILL the whole tree once; `reap` then returns the exit code of ``program``."""
    for pid in {program, *descendants(os.getpid())}:
        send(pid, signal.SIGKILL)


def kill_remaining() -> None:
    """SIGKILL and reap until no descendant is left; the next round finds those that fork meanwhile."""
    while family := descendants(os.getpid()):
        for pid in family:
            send(pid, signal.SIGKILL)
        reap(-1)
        time.sleep(0.002)


def descendants(top: int) -> list[int]:
    """Process ids of the children of ``top``, their children and so on, parents first."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents_from_proc() if PROCESSES.joinpath("self/stat").exists() else _parents_from_ps():
        children.setdefault(parent, []).append(pid)
    family: list[int] = []
    queue = [top]
    while queue:
        offspring = children.get(queue.pop(0), [])
        family += offspring
        queue += offspring
    return family


def _parents_from_proc() -> list[tuple[int, int]]:
    pairs = []
    for entry in PROCESSES.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                pairs.append((int(entry.name), int(fields[1])))
    return pairs


def _parents_from_ps() -> list[tuple[int, int]]:
    """Read the processes from ps, on systems other than Linux; ps itself is in the list but has ended by then."""
    output = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(parent)) for pid, parent in (line.split() for line in output.splitlines())]
